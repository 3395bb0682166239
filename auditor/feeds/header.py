"""The header row of a text table: found, read with the delimiter that fits best, and told. Pure."""

import csv
from collections.abc import Sequence
from typing import NamedTuple

from auditor.errors import FeedError, Sentence
from auditor.feeds.columns import Columns, find_columns
from auditor.feeds.head import Head
from auditor.feeds.records import allow_cells, literal
from auditor.feeds.source import Source
from auditor.feeds.table import DELIMITERS
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_LINES = 50  # physical lines of a header with line ends in its names: a quote that is never closed


class Header(NamedTuple):
    """The header as read with one delimiter, by the rules of quotes or not: its columns, its last physical line."""

    delimiter: str
    quoted: bool
    columns: Columns
    lines: int

    @property
    def evidence(self) -> tuple[int, bool, int]:
        """How much speaks for this reading: columns in use, then quotes that are quotes, then columns."""
        return self.columns.used, self.quoted, len(self.columns.header)

    def told(self, source: Source, head: Head) -> tuple[Sentence, ...]:
        """Say what the table is, bit by bit."""
        packed = (Sentence("gzip"),) if source.packed else ()
        return (DELIMITERS[self.delimiter], *packed, head.encoding.said, self.columns.described())


def read_header(lines: Sequence[str], settings: FeedSettings) -> Header | None:
    """Read the first row that isn't blank with the delimiter that gives most columns in use, then most columns.

    A header of one column has no delimiter; tab is as good as any, and cuts no link in two. Where quotes hide column
    names, the row is read literally. None if there is no such row.
    """
    start = next((index for index, line in enumerate(lines) if line.strip(INVISIBLE)), None)
    if start is None:
        return None
    lines = lines[start : start + _LINES]
    allow_cells(sum(map(len, lines)) + len(lines))  # with the wrong delimiter, all of it is one cell
    best: Header | None = None
    for delimiter in DELIMITERS:
        reader = csv.reader(lines, delimiter=delimiter)
        quoted = Header(delimiter, True, find_columns(next(reader), settings), start + reader.line_num)
        bare = Header(delimiter, False, find_columns(literal(lines[0], delimiter), settings), start + 1)
        best = max((best or quoted, quoted, bare), key=lambda header: header.evidence)  # the first of equals
    return best


def header_of(source: Source, head: Head, settings: FeedSettings) -> Header:
    """Read a table's header. Raises FeedError if it has none."""
    header = read_header(head.lines, settings)
    if header is None:
        raise FeedError(
            "{name} has no header row in its first {size:,} bytes; add one.", name=source.name, size=len(source.head)
        )
    return header
