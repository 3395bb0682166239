"""The cells of a workbook's sheet that change: each becomes a text of its own, with its style, and no other is touched.

Shared strings stay as they are: other cells may have the same.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from typing import NamedTuple
from xml.sax.saxutils import escape

from auditor.errors import Sentence
from auditor.feeds.encoding import Encoding
from auditor.feeds.formats.workbook import WorkbookReader
from auditor.feeds.sheet import SheetReader, SheetRow
from auditor.feeds.source import Source
from auditor.feeds.workbook import Links, Workbook
from auditor.feeds.xml import stated_encoding
from auditor.model import BadRow
from auditor.repair.feeds.change import UNCERTAIN, Changes
from auditor.repair.feeds.patch import Edit, Patch
from auditor.repair.feeds.spots import Spot, corrected_cells, find_spots
from auditor.repair.feeds.stretches import Written

_CELL = re.compile(
    r"""<(?P<name>(?P<prefix>[\w.-]+:)?c)(?P<attributes>(?:\s+[\w:.-]+\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*/?>"""
)
_TYPE = re.compile(r"""\s+t\s*=\s*(?:"[^"]*"|'[^']*')""")
_FORMULA = re.compile(r"<(?:[\w.-]+:)?f[\s/>]")
_ESCAPE = re.compile("_(?=x[0-9A-Fa-f]{4}_)")  # what OOXML reads as another character
_LINKED = Sentence("the hyperlink behind the cell still leads to the old address")
_LONGEST = 1 << 20  # bytes of a cell, as written

Sheet = tuple[Workbook, SheetReader, Links]


@asynccontextmanager
async def open_sheet(source: Source, reader: WorkbookReader, make: type[SheetReader]) -> AsyncGenerator[Sheet, None]:
    """Open a workbook, and give a reader of the sheet with products, and the links behind its cells."""
    async with AsyncExitStack() as opened:
        book = await Workbook.open(source, reader.settings)
        opened.callback(book.close)
        links = await book.links(reader.look.sheet)
        strings = await book.strings()
        opened.callback(strings.close)
        columns = reader.look.names.columns
        sheet = make(source.name, strings, reader.settings.record_limit)
        sheet.width, sheet.wanted = len(columns.header), columns.wanted
        yield book, sheet, links


def spots_of(
    reader: WorkbookReader, sheet: SheetReader, rows: list[SheetRow], links: Links, changes: Changes
) -> dict[int, list[Spot]]:
    """Return where links are to change in some rows of the sheet, by row."""
    cells = dict(rows)
    found: dict[int, list[Spot]] = {}
    for products in reader.products(sheet, rows, links):
        for refs in products:
            for ref in () if isinstance(refs, BadRow) else refs:
                spots = find_spots(ref, cells[ref.row], reader.rows, changes)
                if spots:
                    found.setdefault(ref.row, []).extend(spots)
    return found


class _Place(NamedTuple):
    """Where a cell is written, from its first byte to the one behind it, and how."""

    start: int
    end: int
    written: str


class _PlacedSheet(SheetReader):
    """Reads rows and notes how the cells in `noted` columns are written, until `forget`. `links` are those behind."""

    noted: frozenset[int] = frozenset()
    links: Links = {}  # noqa: RUF012  # never changed, but replaced

    def __init__(self, name: Sentence | str, shared: Sequence[str], limit: int) -> None:
        self.codec = ""
        self.places: dict[tuple[int, int], _Place] = {}
        self._begin: int | None = None  # of the cell that is open
        self._held = b""
        self._held_place = 0
        super().__init__(name, shared, limit)

    def push(self, block: bytes) -> list[SheetRow]:
        """Take the next bytes; return the rows that end in them."""
        self.codec = self.codec or stated_encoding(block)
        end = self._held_place + len(self._held)
        keep = self._xml.place if self._begin is None else self._begin
        keep = end if end - keep > _LONGEST else max(keep, self._held_place)
        self._held, self._held_place = self._held[keep - self._held_place :] + block, keep
        return super().push(block)

    def forget(self) -> None:
        """Let go of the cells of rows that have ended."""
        self.places = {place: cell for place, cell in self.places.items() if place[0] == self._row}

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        super()._start(tag, attributes)
        if tag == "c":
            self._begin = self._xml.place

    def _end(self, tag: str) -> None:
        if tag == "c":
            if self._column in self.noted:
                self._note()
            self._begin = None
        super()._end(tag)

    def _note(self) -> None:
        begin = -1 if self._begin is None else self._begin - self._held_place
        if begin < 0:  # a cell too long to be a link
            return
        # The sign that ends its tag has one more byte in UTF-16 LE.
        end = self._held.find(b">", self._xml.place - self._held_place) + 1 + (self.codec == "utf-16-le")
        written = self._held[begin:end].decode(self.codec, "replace")
        self.places[self._row, self._column] = _Place(begin + self._held_place, end + self._held_place, written)


class SheetRows:
    """The rows of the sheet with products, as edits of its part; `source` is the workbook's."""

    between = ""
    head = 0
    tail: int | None = None

    def __init__(self, source: Source, reader: WorkbookReader) -> None:
        self.written = Written(Encoding(Sentence("UTF-8"), "utf-8"), in_utf_8=False)
        self._source = source
        self._reader = reader

    async def stored(self) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of the sheet's part."""
        book = await Workbook.open(self._source, self._reader.settings)
        try:
            async with aclosing(book.part(self._reader.look.sheet)) as blocks:
                async for block in blocks:
                    yield block
        finally:
            book.close()

    async def patches(self, changes: Changes) -> AsyncGenerator[Patch, None]:
        """Yield the rows that change."""
        async with open_sheet(self._source, self._reader, _PlacedSheet) as (book, sheet, links):
            assert isinstance(sheet, _PlacedSheet)  # noqa: S101  # it is what was asked for
            sheet.noted = frozenset(column.at for column in self._reader.look.names.columns.images)
            sheet.links = links
            async with aclosing(book.rows(self._reader.look.sheet, sheet)) as portions:
                async for rows, _ in portions:
                    self.written = self.written._replace(encoding=Encoding(Sentence("UTF-8"), sheet.codec))
                    spots = spots_of(self._reader, sheet, rows, links, changes)
                    for row in rows:
                        edits = tuple(self._edits(row, spots.get(row[0], []), sheet, changes))
                        if edits:
                            yield Patch(edits[0].start, edits[-1].end, edits)
                    sheet.forget()

    def _edits(self, row: SheetRow, spots: list[Spot], sheet: _PlacedSheet, changes: Changes) -> Iterator[Edit]:
        """Yield what changes in a row, and tell of all its changes."""
        number, cells = row
        wanted = corrected_cells(cells, spots)
        for at in sorted({spot.at for spot in spots}):
            place = sheet.places.get((number, at))
            new = UNCERTAIN if place is None else _new_cell(place.written, wanted[at])
            note = _LINKED if sheet.links.get(number, {}).get(at) else None
            for spot in (spot for spot in spots if spot.at == at):
                if isinstance(new, Sentence):
                    changes.tell_left(spot.change, new)
                else:
                    changes.tell_made(spot.change, spot.ref, f"{column_letters(at)}{number}", note)
            if place is not None and not isinstance(new, Sentence):
                yield Edit(place.start, place.end, new)


def _new_cell(written: str, text: str) -> Sentence | str:
    """Write a cell anew with a text of its own and all its attributes; or say why it is left."""
    tag = _CELL.match(written)
    if tag is None or not text.isprintable():
        return UNCERTAIN
    if _FORMULA.search(written):
        return Sentence("its cell holds a formula; write the address itself into it, then repair again")
    name, prefix = tag["name"], tag["prefix"] or ""
    shown = escape(_ESCAPE.sub("_x005F_", text)).encode("ascii", "xmlcharrefreplace").decode()
    inner = f'<{prefix}is><{prefix}t xml:space="preserve">{shown}</{prefix}t></{prefix}is>'
    return f'<{name}{_TYPE.sub("", tag["attributes"])} t="inlineStr">{inner}</{name}>'


def column_letters(at: int) -> str:
    """Return what a sheet calls a column, from 0."""
    letters, at = "", at + 1
    while at:
        at, rest = divmod(at - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
