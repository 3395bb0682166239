"""The header row of a text table: found, read with the delimiter and quotes that fit best, and told.

Lines above it, such as a title, are left out where none of their cells is a column's name. A first row `sep=…` states
the delimiter.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.errors import FeedError, Sentence
from auditor.feeds.cells import shown
from auditor.feeds.columns import Columns, find_columns
from auditor.feeds.head import Head, read_head
from auditor.feeds.names import HEADER_ROWS
from auditor.feeds.quoting import find_quoting
from auditor.feeds.records import Quoting, allow_cells, literal
from auditor.feeds.source import Source
from auditor.feeds.table import DELIMITERS, Layout
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_LINES = 50  # physical lines of a header with line ends in its names: a quote that is never closed
_STATED = re.compile(r'\s*"?sep=(.)"?[\s,;|]*', re.IGNORECASE)  # Excel's way to state the delimiter


class Header(NamedTuple):
    """The header as read with one delimiter, by the rules of quotes or not: its columns, its last physical line."""

    delimiter: str
    quoting: Quoting | None
    columns: Columns
    lines: int

    @property
    def evidence(self) -> tuple[int, bool, int]:
        """How much speaks for this reading: columns in use, then quotes that are quotes, then columns."""
        return self.columns.used, self.quoting is not None, len(self.columns.header)

    def layout(self, head: Head) -> Layout:
        """Say where the rows below it stand, and how their cells are quoted."""
        below = head.lines[self.lines :]
        quoting = find_quoting(below, self.delimiter, self.columns, self.quoting or Quoting())
        return Layout(self.delimiter, self.columns, self.lines, quoting=quoting)

    def told(self, source: Source, head: Head) -> tuple[Sentence, ...]:
        """Say what the table is, bit by bit: first how its cells are separated."""
        delimited = Sentence("text separated by {delimiter}", delimiter=shown(self.delimiter))
        titled = any(map(str.strip, head.lines[: self.lines - 1]))
        return (
            DELIMITERS.get(self.delimiter, delimited),
            *((Sentence("gzip"),) if source.packed else ()),
            head.encoding.said,
            *((Sentence("header row {row}", row=self.lines),) if titled else ()),
            self.columns.described(),
        )


async def header_of(source: Source, settings: FeedSettings) -> tuple[Head, Header]:
    """Read a table's head and the header in it. Raises FeedError if it has none."""
    await source.look_further()
    head = read_head(source.head, whole=source.whole)
    header = read_header(head.lines, settings)
    if header is None:
        raise FeedError(
            "{name} has no header row in its first {size:,} bytes; add one.", name=source.name, size=len(source.head)
        )
    return head, header


def read_header(lines: Sequence[str], settings: FeedSettings) -> Header | None:
    """Read the first row that isn't blank; where it names no column, the first one below it that names several.

    None if there is no such row.
    """
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


def _header_at(lines: Sequence[str], start: int, delimiters: Sequence[str], settings: FeedSettings) -> Header:
    """Read the row that begins at a line with the delimiter that gives most columns in use, then most columns.

    A header of one column has no delimiter; tab is as good as any, and cuts no link in two. Where quotes hide column
    names, the row is read literally.
    """
    lines = lines[start : start + _LINES]
    allow_cells(sum(map(len, lines)) + len(lines))  # with the wrong delimiter, all of it is one cell
    readings = (reading for delimiter in delimiters for reading in _readings(lines, start, delimiter, settings))
    return max(readings, key=lambda header: header.evidence)  # the first of equals


def _readings(lines: Sequence[str], start: int, delimiter: str, settings: FeedSettings) -> Iterator[Header]:
    for quoting in (Quoting(), Quoting("'")) if "'" in lines[0] else (Quoting(),):
        reader = csv.reader(lines, delimiter=delimiter, quotechar=quoting.quote)
        yield Header(delimiter, quoting, find_columns(next(reader), settings), start + reader.line_num)
    yield Header(delimiter, None, find_columns(literal(lines[0], delimiter), settings), start + 1)
