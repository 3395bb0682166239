"""Text tables with a header row: cells between tabs, commas, semicolons or bars."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from auditor.errors import FeedError
from auditor.feeds.columns import Columns, find_columns
from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import read_head
from auditor.feeds.records import allow_cells, literal
from auditor.feeds.source import Source
from auditor.feeds.table import DELIMITERS, Layout, TableReader
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_HEADER_LINES = 50  # physical lines of a header with line ends in its names: a quote that is never closed


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


def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the table. Raises FeedError if it has no header or lacks columns or rows."""
    head = read_head(source.head, whole=source.whole)
    header = _read_header(head.lines, settings)
    if header is None:
        raise FeedError(
            "{name} has no header row in its first {size:,} bytes; add one.", name=source.name, size=len(source.head)
        )
    recognised = ", ".join(
        (
            f"{DELIMITERS[header.delimiter]}-separated text",
            *(("gzip",) if source.packed else ()),
            head.encoding.said,
            header.columns.described(),
        )
    )
    return TableReader(source, head, Layout(header.delimiter, header.columns, header.lines), recognised, settings)


def _read_header(lines: Sequence[str], settings: FeedSettings) -> _Header | None:
    """Read the first row that isn't blank with the delimiter that gives most columns in use, then most columns.

    A header of one column has no delimiter; tab is as good as any, and cuts no link in two. Where quotes hide column
    names, the row is read literally.
    """
    start = next((index for index, line in enumerate(lines) if line.strip(INVISIBLE)), None)
    if start is None:
        return None
    lines = lines[start : start + _HEADER_LINES]
    allow_cells(sum(map(len, lines)) + len(lines))  # with the wrong delimiter, all of it is one cell
    best: _Header | None = None
    for delimiter in DELIMITERS:
        reader = csv.reader(lines, delimiter=delimiter)
        quoted = _Header(delimiter, True, find_columns(next(reader), settings), start + reader.line_num)
        bare = _Header(delimiter, False, find_columns(literal(lines[0], delimiter), settings), start + 1)
        best = max((best or quoted, quoted, bare), key=lambda header: header.evidence)  # the first of equals
    return best


def _recognise(head: bytes) -> float | None:
    """Be half sure of text with a header that is known, and take any other text rather than none."""
    if foreign(head):
        return None
    header = _read_header(read_head(head, whole=True).lines, FeedSettings())
    return 0.5 if header and header.columns.used else 0.1


FORMAT = FeedFormat("delimited", (".csv", ".tsv", ".txt", ".tab"), _recognise, _reader)
