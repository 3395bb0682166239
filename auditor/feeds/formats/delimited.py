"""Text tables with a header row: cells between tabs, commas, semicolons or bars, or what a first row `sep=…` states.

Lines above the header, such as a title, are left out where none of their cells is a column's name.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.errors import FeedError, Sentence
from auditor.feeds.cells import shown
from auditor.feeds.columns import Columns, find_columns
from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import read_head
from auditor.feeds.names import HEADER_ROWS
from auditor.feeds.quoting import find_quoting
from auditor.feeds.records import Quoting, allow_cells, literal
from auditor.feeds.source import Source
from auditor.feeds.table import DELIMITERS, Layout, TableReader
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_HEADER_LINES = 50  # physical lines of a header with line ends in its names: a quote that is never closed
_STATED = re.compile(r'\s*"?sep=(.)"?[\s,;|]*', re.IGNORECASE)  # Excel's way to state the delimiter


class _Header(NamedTuple):
    """The header as read with one delimiter, by the rules of quotes or not: its columns, its last physical line."""

    delimiter: str
    quoting: Quoting | None
    columns: Columns
    lines: int

    @property
    def evidence(self) -> tuple[int, bool, int]:
        """How much speaks for this reading: columns in use, then quotes that are quotes, then columns."""
        return self.columns.used, self.quoting is not None, len(self.columns.header)


async def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the table. Raises FeedError if it has no header or lacks columns or rows."""
    await source.look_further()
    head = read_head(source.head, whole=source.whole)
    header = _read_header(head.lines, settings)
    if header is None:
        raise FeedError(
            "{name} has no header row in its first {size:,} bytes; add one.", name=source.name, size=len(source.head)
        )
    quoting = find_quoting(head.lines[header.lines :], header.delimiter, header.columns, header.quoting or Quoting())
    delimited = Sentence("text separated by {delimiter}", delimiter=shown(header.delimiter))
    recognised = (
        DELIMITERS.get(header.delimiter, delimited),
        *((Sentence("gzip"),) if source.packed else ()),
        head.encoding.said,
        *(
            (Sentence("header row {row}", row=header.lines),)
            if any(map(str.strip, head.lines[: header.lines - 1]))
            else ()
        ),
        header.columns.described(),
    )
    layout = Layout(header.delimiter, header.columns, header.lines, quoting=quoting)
    return TableReader(source, head, layout, recognised, settings)


def _read_header(lines: Sequence[str], settings: FeedSettings) -> _Header | None:
    """Read the first row that isn't blank; where it names no column, the first one below it that names several."""
    start = _filled(lines, 0)
    stated = None if start is None else _STATED.fullmatch(lines[start].strip(INVISIBLE.replace("\t", "")))
    if start is not None and stated:
        start = _filled(lines, start + 1)
    if start is None:
        return None
    delimiters = (stated[1],) if stated else tuple(DELIMITERS)
    header = _header_at(lines, start, delimiters, settings)
    if header.columns.used:
        return header
    for place in range(start + 1, min(len(lines), start + HEADER_ROWS)):
        below = _header_at(lines, place, delimiters, settings)
        if below.columns.used > 1 and below.columns.images:
            return below
    return header


def _filled(lines: Sequence[str], start: int) -> int | None:
    return next((index for index in range(start, len(lines)) if lines[index].strip(INVISIBLE)), None)


def _header_at(lines: Sequence[str], start: int, delimiters: Sequence[str], settings: FeedSettings) -> _Header:
    """Read the row that begins at a line with the delimiter that gives most columns in use, then most columns.

    A header of one column has no delimiter; tab is as good as any, and cuts no link in two. Where quotes hide column
    names, the row is read literally.
    """
    lines = lines[start : start + _HEADER_LINES]
    allow_cells(sum(map(len, lines)) + len(lines))  # with the wrong delimiter, all of it is one cell
    readings = (reading for delimiter in delimiters for reading in _readings(lines, start, delimiter, settings))
    return max(readings, key=lambda header: header.evidence)  # the first of equals


def _readings(lines: Sequence[str], start: int, delimiter: str, settings: FeedSettings) -> Iterator[_Header]:
    for quoting in (Quoting(), Quoting("'")) if "'" in lines[0] else (Quoting(),):
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quoting.quote)
        yield _Header(delimiter, quoting, find_columns(next(reader), settings), start + reader.line_num)
    yield _Header(delimiter, None, find_columns(literal(lines[0], delimiter), settings), start + 1)


def _recognise(head: bytes) -> float | None:
    """Be half sure of text with a header that is known, and take any other text rather than none."""
    if foreign(head):
        return None
    header = _read_header(read_head(head, whole=True).lines, FeedSettings())
    return 0.5 if header and header.columns.used else 0.1


FORMAT = FeedFormat("delimited", (".csv", ".tsv", ".txt", ".tab"), _recognise, _reader)
