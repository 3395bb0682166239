"""Physical lines in, records out: what `csv` does, with a guard against stray quotes. Pure.

In seller feeds a quote is often just an inch sign. Read strictly by the rules, one that begins a cell swallows all rows
up to the next quote. So a record of several lines is believed only if nothing speaks against it:

- It ends: neither the feed nor `limit` characters end before it does. Otherwise its first line is a bad row.
- If its first line, read literally, has exactly the header's width, so has the record, and the same links in the image
  columns.
- None of its further lines, read literally, looks like a row of its own: the header's width (if that is more than one
  cell), and a link in an image column, if there are such columns.

Where something does, the first line is read literally, and reading resumes at the second.
"""

import csv
from collections.abc import Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import repeat
from typing import NamedTuple, TypeAlias

from auditor.feeds.lines import Lines
from auditor.model import BadRowReason

Record: TypeAlias = tuple[int, list[str]]  # the physical line it starts on, from 1; its cells: none for a blank line
BATCH = 500  # records at once: some milliseconds of work, so that the loop is never blocked for long
_RETRY_LINES = 32  # how far a record may reach that starts within one given up: lines that all open a quote would
#                    otherwise each be read to the limit, in time that grows with the square of the feed


class Quoting(NamedTuple):
    """How cells are quoted: the quote, what escapes one within (else it is doubled), whether blanks stand before it."""

    quote: str = '"'
    escape: str | None = None
    blanks: bool = False

    @property
    def marks(self) -> bytes:
        """The characters without which each line is one record, and each cell as it stands."""
        return f"{self.quote}{self.escape or ''}".encode()

    def read(self, lines: Iterable[str], delimiter: str) -> Iterator[list[str]]:
        """Return csv's reader of these lines."""
        return csv.reader(
            lines,
            delimiter=delimiter,
            quotechar=self.quote,
            escapechar=self.escape,
            skipinitialspace=self.blanks,
        )


class Shape(NamedTuple):
    """How the records of a feed look: the delimiter, the header's cells, which of them hold images, and the quotes."""

    delimiter: str
    width: int
    images: tuple[int, ...]
    quoting: Quoting = Quoting()


class Unreadable(NamedTuple):
    """A line that is no record: the physical line from 1, why not, and its text up to the limit of a record."""

    line: int
    reason: BadRowReason
    text: str


class _Stop(Enum):
    """Why a stretch of ordinary records ends."""

    FULL = auto()  # a batch is complete
    DONE = auto()  # no line is left
    OPEN = auto()  # the lines end within quotes
    ENDLESS = auto()  # within quotes beyond what a record may have
    LONG = auto()  # a line longer than a record may be
    STRAY = auto()  # several lines that are no record


class RecordReader:
    """Reads records from lines that come in portions, with the same outcome however they are portioned.

    `line` is the number of the first line to come, from 1; `limit` the most characters of one record.
    """

    def __init__(self, shape: Shape, line: int, limit: int) -> None:
        allow_cells(limit)
        self.odd = False  # whether what is yielded now comes from lines that hold something odd
        self._shape = shape
        self._limit = limit
        self._line = line  # the number of self._lines[0]
        self._lines: list[str] = []  # lines from the record on that is open
        self._open = 0  # their characters, if there are any
        self._fresh = 0  # characters that came since
        self._given_up = 0  # the last line, by number, of what was given up
        self._at = 0  # how many of self._lines csv was given
        self._first = 0  # which of them begins the record being read
        self._size = 0  # its characters
        self._stop = _Stop.DONE

    def push(self, portion: Lines) -> Iterator[list[Record] | Unreadable]:
        """Yield what the next lines complete, in batches of at most BATCH records."""
        if portion.plain and not self._lines:
            self.odd = False
            yield from self._plain(portion.lines)
            return
        self.odd = portion.odd or (self.odd and bool(self._lines))
        self._lines += portion.lines
        if self._open:
            # Reading an open record anew is worth it only once it has doubled: else tiny portions take square time.
            self._fresh += sum(map(len, portion.lines))
            if self._fresh < self._open and self._open + self._fresh <= self._limit:
                return
        yield from self._careful(last=False)

    def end(self) -> Iterator[list[Record] | Unreadable]:
        """Yield what is left when no more lines come."""
        yield from self._careful(last=True)

    def _plain(self, lines: Sequence[str]) -> Iterator[list[Record]]:
        # Without quotes, what csv does is cutting; this takes half its time.
        delimiter, quoting = self._shape.delimiter, self._shape.quoting
        for start in range(0, len(lines), BATCH):
            some = lines[start : start + BATCH]
            if quoting.blanks:
                yield list(enumerate(quoting.read(some, delimiter), self._line + start))
                continue
            bare = list(map(str.rstrip, some, repeat("\r\n")))
            cells: Iterable[list[str]] = map(str.split, bare, repeat(delimiter))
            if "" in bare:  # a blank line, which has no cells
                cells = (one if line else [] for line, one in zip(bare, cells, strict=True))
            yield list(enumerate(cells, self._line + start))
        self._line += len(lines)

    def _careful(self, *, last: bool) -> Iterator[list[Record] | Unreadable]:
        start = 0
        while start < len(self._lines):
            records, start, stop = self._stretch(start)
            if records:
                yield records
            if stop is _Stop.OPEN and not last:
                break
            if stop is _Stop.STRAY:
                yield [(self._line + start, literal(self._lines[start], self._shape.delimiter))]
            elif stop in {_Stop.OPEN, _Stop.ENDLESS, _Stop.LONG}:
                reason = BadRowReason.TOO_LONG if stop is _Stop.LONG else BadRowReason.QUOTE_NEVER_CLOSED
                yield Unreadable(self._line + start, reason, self._lines[start][: self._limit])
            else:
                continue
            self._given_up = max(self._given_up, self._line + self._at - 1)
            start += 1
        self._line += start
        del self._lines[:start]
        self._open, self._fresh = sum(map(len, self._lines)), 0

    def _stretch(self, start: int) -> tuple[list[Record], int, _Stop]:
        """Read the ordinary records from a line on; return them, the line after them, and what stopped it."""
        records: list[Record] = []
        for cells in self._shape.quoting.read(self._from(start), self._shape.delimiter):
            if self._stop is not _Stop.FULL:
                return records, start, self._stop
            if self._at > start + 1 and self._is_stray(start, cells):
                return records, start, _Stop.STRAY
            records.append((self._line + start, cells))
            start = self._first = self._at
            self._size = 0
            if len(records) == BATCH:
                return records, start, _Stop.FULL
        # Without an open record, lines that end are nothing but the end.
        return records, start, _Stop.DONE if self._stop is _Stop.OPEN else self._stop

    def _from(self, start: int) -> Iterator[str]:
        """Give csv its lines, and note why they stop: it asks for one more only while a record is open."""
        lines, limit = self._lines, self._limit
        self._stop, self._first, self._at, self._size = _Stop.FULL, start, start, 0
        for index in range(start, len(lines)):
            line = lines[index]
            self._size += len(line)
            if self._size > limit or (
                index >= self._first + _RETRY_LINES and self._line + self._first < self._given_up
            ):
                self._stop = _Stop.LONG if index == self._first else _Stop.ENDLESS
                return
            self._at = index + 1
            yield line
        self._stop = _Stop.OPEN

    def _is_stray(self, start: int, cells: list[str]) -> bool:
        """Say whether a record of several lines is really rows whose stray quotes pair up."""
        first = literal(self._lines[start], self._shape.delimiter)
        if len(first) == self._shape.width != len(cells):
            return True
        if self._is_row(first) and any(_is_link(first[at]) and first[at] != cells[at] for at in self._shape.images):
            return True
        further = (literal(line, self._shape.delimiter) for line in self._lines[start + 1 : self._at])
        return self._shape.width > 1 and any(map(self._is_row, further))

    def _is_row(self, cells: list[str]) -> bool:
        images = self._shape.images
        return len(cells) == self._shape.width and (not images or any(_is_link(cells[at]) for at in images))


def _is_link(cell: str) -> bool:
    return cell.startswith(("http://", "https://"))


def allow_cells(most: int) -> None:
    """Let csv take cells of so many characters.

    Its own limit, 128 KiB, is one for the whole Python and raises where ours makes a bad row. It is only ever raised
    here, never lowered: someone else may need it higher still.
    """
    csv.field_size_limit(max(csv.field_size_limit(), most))


def literal(line: str, delimiter: str) -> list[str]:
    """Read one line by its delimiters alone; quotes around a whole cell are still taken off."""
    return [
        cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell
        for cell in line.rstrip("\r\n").split(delimiter)
    ]
