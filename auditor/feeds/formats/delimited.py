"""Text tables with a header row: cells between tabs, commas, semicolons or bars, in UTF-8."""

import csv
from codecs import BOM_UTF8, getincrementaldecoder
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from typing import NamedTuple

from auditor.errors import FeedError
from auditor.feeds.cells import BLANKS
from auditor.feeds.columns import Columns, complaint, find_columns
from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.lines import LineCutter
from auditor.feeds.records import BATCH, Record, RecordReader, Shape, Unreadable, allow_cells, literal
from auditor.feeds.rows import RowBuilder
from auditor.feeds.source import Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings

_HEADER_LINES = 50  # physical lines of a header with line ends in its names: a quote that is never closed
_DELIMITERS = {"\t": "tab", ",": "comma", ";": "semicolon", "|": "bar"}


class _Header(NamedTuple):
    """The header as read with one delimiter, by the rules of quotes or not: its columns, its last physical line."""

    delimiter: str
    quoted: bool
    columns: Columns
    lines: int

    @property
    def evidence(self) -> tuple[int, bool, int]:
        """How much speaks for this reading: columns in use, then quotes that are quotes, then columns."""
        return self.columns.used, self.quoted, len(self.columns.header)


class DelimitedReader:
    """Reads one text table, streamed. Raises FeedError at once for what its head tells to be wrong."""

    def __init__(self, source: Source, settings: FeedSettings) -> None:
        self._source = source
        header = _read_header(source.head, whole=source.whole, settings=settings)
        if header is None:
            raise FeedError(f"{source.name} has no header row in its first {len(source.head)} bytes; add one.")
        why_not = complaint(header.columns, settings)
        if why_not:
            raise FeedError(f"{source.name} {why_not}")
        images = tuple(index for index, _ in header.columns.images)
        self._shape = Shape(header.delimiter, len(header.columns.header), images)
        self._skip = header.lines  # physical lines before the first row
        self._limit = settings.record_limit
        self._rows = RowBuilder(source.path, header.columns, settings)
        self.slots = frozenset(slot for _, slot in header.columns.images)
        self.recognised = ", ".join(
            (
                f"{_DELIMITERS[header.delimiter]}-separated text",
                *(("gzip",) if source.packed else ()),
                _encoding(source.head),
                header.columns.described(),
            )
        )
        if source.whole and not any(_lines(source.head)[self._skip :]):
            raise self._without_rows()

    def _without_rows(self) -> FeedError:
        return FeedError(f"{self._source.name} has a header row and no products below it; export the feed again.")

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows. Raises FeedError if the feed can't be read on, or has none."""
        cutter = LineCutter(self._limit, self._skip)
        records = RecordReader(self._shape, self._skip + 1, self._limit)
        empty = True
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                for rows in self._build(records, records.push(cutter.push(block))):
                    empty = False
                    yield rows
        for parts in (records.push(cutter.end()), records.end()):
            for rows in self._build(records, parts):
                empty = False
                yield rows
        if empty:
            raise self._without_rows()

    def _build(self, records: RecordReader, parts: Iterator[list[Record] | Unreadable]) -> Iterator[list[ProductRow]]:
        """Turn what was read into rows; what comes in small pieces (many bad rows) is put together."""
        rows: list[ProductRow] = []
        for part in parts:
            more = [self._rows.bad(part)] if isinstance(part, Unreadable) else self._rows.build(part, odd=records.odd)
            if len(rows) + len(more) > BATCH:
                yield rows
                rows = []
            rows += more
        if rows:
            yield rows


def _read_header(head: bytes, *, whole: bool, settings: FeedSettings) -> _Header | None:
    """Read the first row that isn't blank with the delimiter that gives most columns in use, then most columns.

    A header of one column has no delimiter; tab is as good as any, and cuts no link in two. Where quotes hide column
    names, the row is read literally.
    """
    lines = _lines(head) if whole else _lines(head)[:-1]
    start = next((index for index, line in enumerate(lines) if line.strip(BLANKS)), None)
    if start is None:
        return None
    allow_cells(len(head))  # with the wrong delimiter, all of it is one cell
    best: _Header | None = None
    for delimiter in _DELIMITERS:
        reader = csv.reader(lines[start : start + _HEADER_LINES], delimiter=delimiter)
        quoted = _Header(delimiter, True, find_columns(next(reader), settings), start + reader.line_num)
        bare = _Header(delimiter, False, find_columns(literal(lines[start], delimiter), settings), start + 1)
        best = max((best or quoted, quoted, bare), key=lambda header: header.evidence)  # the first of equals
    return best


def _lines(head: bytes) -> list[str]:
    """Return the head as lines without their ends, to look at."""
    text = head.decode(errors="surrogateescape").removeprefix("\ufeff")
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _encoding(head: bytes) -> str:
    """Say what the head's bytes are; its last character may be cut."""
    try:
        getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return "UTF-8 with other bytes in it"
    return "UTF-8 with BOM" if head.startswith(BOM_UTF8) else "UTF-8"


def _recognise(head: bytes) -> float | None:
    """Be half sure of text with a header that is known, and take any other text rather than none."""
    if foreign(head):
        return None
    header = _read_header(head, whole=True, settings=FeedSettings())
    return 0.5 if header and header.columns.used else 0.1


FORMAT = FeedFormat("delimited", (".csv", ".tsv", ".txt", ".tab"), _recognise, DelimitedReader)
