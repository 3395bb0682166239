"""The rows of a text table that change, whatever its columns, quotes and encoding.

The feed's own reader says what the cells are; a second look at the row's text says where they stand. A change is made
only where the row, read again with it, has all its cells as before but for that one.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from auditor.feeds.cells import shown
from auditor.feeds.lines import LineCutter
from auditor.feeds.records import Record, RecordReader, Shape, Unreadable, literal
from auditor.feeds.rows import RowBuilder
from auditor.feeds.source import Source
from auditor.feeds.table import Products, TableReader, TableText
from auditor.model import BadRow
from auditor.repair.feeds.cells import Cell, listed_link, literal_cells, quoted_cells, whole_cell
from auditor.repair.feeds.change import UNCERTAIN, Changes
from auditor.repair.feeds.line_cursor import LineCursor
from auditor.repair.feeds.patch import Patch
from auditor.repair.feeds.splice import Splice, are_apart, edits, spliced
from auditor.repair.feeds.spots import Spot, corrected_cells, find_spots
from auditor.repair.feeds.stretches import Written


class _Row(NamedTuple):
    """A row with changes: its lines, from the first to the one behind it (None: the last row), and its cells."""

    line: int
    behind: int | None
    cells: list[str]
    spots: list[Spot]


class TableRows:
    """The rows of a text table."""

    between = ""
    tail: int | None = None

    def __init__(self, source: Source, reader: TableReader) -> None:
        self.head = 0
        self.written = Written(reader.encoding)
        self._source = source
        self._reader = reader
        self._layout = layout = reader.layout
        images = tuple(column.at for column in layout.columns.images)
        self._shape = Shape(layout.delimiter, len(layout.columns.header), images, layout.quoting)

    async def patches(self, changes: Changes) -> AsyncGenerator[Patch, None]:
        """Yield the rows that change."""
        cursor = LineCursor(self._source, self._reader.encoding)
        async with aclosing(cursor), aclosing(self._rows(changes)) as rows:
            async for row in rows:
                await cursor.skip(row.line)
                place = cursor.place
                self.head = self.head or place
                if not row.spots:
                    continue
                patch = self._patch(place, await cursor.until(row.behind), row, changes)
                if patch is not None:
                    yield patch

    async def _rows(self, changes: Changes) -> AsyncGenerator[_Row, None]:
        """Yield the first row, and those that have changes."""
        reader = self._reader
        text = TableText(self._source, reader.encoding, self._layout, reader.limit)
        builder = reader.rows()
        products = Products(builder, text.records, self._layout.examples)
        open_row: _Row | None = None  # where it ends is where the next one begins
        begun = False
        async with aclosing(text.portions()) as portions:
            async for parts in portions:
                for part in products.without_examples(parts):
                    line = part.line if isinstance(part, Unreadable) else part[0][0]
                    if open_row is not None:
                        yield open_row._replace(behind=line)
                        open_row = None
                    if not begun:
                        begun = True
                        yield _Row(line, line, [], [])
                    if isinstance(part, Unreadable):
                        continue
                    for row in self._changed(part, builder, changes, odd=text.records.odd):
                        if row.behind is None:
                            open_row = row
                        else:
                            yield row
        if open_row is not None:
            yield open_row

    def _changed(self, records: list[Record], builder: RowBuilder, changes: Changes, *, odd: bool) -> Iterator[_Row]:
        """Yield the records with changes; where the last one ends isn't known yet."""
        filled = [place for place, (_, cells) in enumerate(records) if cells]
        for place, refs in zip(filled, builder.build(records, odd=odd), strict=True):
            if isinstance(refs, BadRow):
                continue
            line, cells = records[place]
            spots = [spot for ref in refs for spot in find_spots(ref, cells, builder, changes)]
            if spots:
                behind = records[place + 1][0] if place + 1 < len(records) else None
                yield _Row(line, behind, cells, spots)

    def _patch(self, place: int, stored: bytes, row: _Row, changes: Changes) -> Patch | None:
        """Return the row's edits, and tell of all its changes."""
        text = stored.decode(errors="surrogateescape")
        splices = self._splices(text, row)
        for spot in row.spots:
            if splices:
                changes.tell_made(spot.change, spot.ref, shown(self._layout.columns.header[spot.at]))
            else:
                changes.tell_left(spot.change, UNCERTAIN)
        return Patch(place, place + len(stored), tuple(edits(place, text, splices))) if splices else None

    def _splices(self, text: str, row: _Row) -> list[Splice]:
        """Return what changes in a row's text; nothing where that can't be told for certain."""
        wanted = corrected_cells(row.cells, row.spots)
        quoting, delimiter = self._layout.quoting, self._layout.delimiter
        for cut, read in ((quoted_cells, self._read), (literal_cells, self._read_literally)):
            cells = cut(text, quoting, delimiter)
            if len(cells) == len(row.cells) and read(text) == row.cells:
                splices = self._written(text, cells, row.spots)
                if splices and read(spliced(text, splices)) == wanted:
                    return splices
        return []

    def _written(self, text: str, cells: Sequence[Cell], spots: Sequence[Spot]) -> list[Splice]:
        quoting, delimiter = self._layout.quoting, self._layout.delimiter
        splices = []
        for _, change, at, number in spots:
            if number is None:
                splices.append(whole_cell(cells[at], change.new, quoting, delimiter))
            elif (splice := listed_link(text, cells[at], number, change.new, quoting)) is not None:
                splices.append(splice)
        splices.sort()
        return splices if are_apart(splices) and len(splices) == len(spots) else []

    def _read(self, text: str) -> list[str] | None:
        """Return the cells of a text that is one row; None for any other."""
        limit = self._reader.limit
        cutter, records = LineCutter(limit, 0, self._shape.quoting.marks), RecordReader(self._shape, 1, limit)
        found: list[list[Record] | Unreadable] = list(records.push(cutter.push(text.encode(errors="surrogateescape"))))
        found += [*records.push(cutter.end()), *records.end()]
        match found:
            case [[(_, cells)]]:
                return cells
        return None

    def _read_literally(self, text: str) -> list[str] | None:
        """Return the cells of a text that is one line, where stray quotes make it be read by its delimiters alone."""
        return None if "\n" in text.rstrip("\r\n") else literal(text, self._layout.delimiter)
