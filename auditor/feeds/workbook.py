"""A workbook: an archive of XML parts, of which the sheets, their links and the shared strings count here."""

import html
import posixpath
import re
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import NamedTuple, Self

from auditor.errors import FeedError, NoFeedError, Sentence
from auditor.feeds.archive import Archive
from auditor.feeds.comments import Comment, CommentsReader
from auditor.feeds.sheet import SheetReader, SheetRow, column_of, row_of
from auditor.feeds.source import Source
from auditor.feeds.strings import SharedStrings, StringsReader
from auditor.feeds.xml import XmlReader, local
from auditor.settings import KIB, MIB, FeedSettings

_BLOCK = 256 * KIB
_PART = 16 * MIB  # bytes of a part that is read whole: a list of sheets, relations, the links of a sheet
_SHEETS = 200
_TYPES = "[Content_Types].xml"  # in all documents of this kind
_LINKED = 100_000  # cells: Excel has at most 65,530 links in a sheet
_STRINGS = 64 * MIB  # bytes of shared strings in memory
_DATES = frozenset(map(str, (*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59))))  # formats of dates
_LITERAL = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.|General')  # in a format, what is shown as it stands
_DATE = re.compile("[dmyhs]", re.IGNORECASE)
_PADDED = re.compile("0{2,20}")
_SHEET_END = re.compile(rb"</(?:\w+:)?sheetData\s*>|<(?:\w+:)?sheetData\s*/>")
_LINK = re.compile(rb"<(?:\w+:)?hyperlink\s([^>]*)>")
_ATTRIBUTE = re.compile(rb"""([\w:]+)\s*=\s*(?:"([^"]*)"|'([^']*)')""")


class Sheet(NamedTuple):
    """A sheet: its name as the tab shows it, its part, and whether it is hidden."""

    name: str
    part: str
    hidden: bool


class Formats(NamedTuple):
    """How numbers are shown, by the style that cells name: as `dates`, days from 1904 on or from 1900, or `padded`.

    Those have as many digits at least as is said there, with zeros before the others.
    """

    dates: frozenset[str]
    padded: Mapping[str, int]
    is_1904: bool


class _Relation(NamedTuple):
    kind: str
    target: str


Links = dict[int, dict[int, str]]  # by sheet row, then by column from 0


class Reference(str):
    """A shared string that isn't read yet, in place of the string. `number` tells which one."""

    __slots__ = ("number",)
    number: int


class References(Sequence[str]):
    """Shared strings by reference; `most` is how many must be read to know those asked for."""

    def __init__(self) -> None:
        self.most = 0

    def __len__(self) -> int:
        return 2**31

    def __getitem__(self, number: int) -> str:  # type: ignore[override]  # nobody slices
        self.most = max(self.most, number + 1)
        reference = Reference("?")
        reference.number = number
        return reference


class Workbook:
    """An open workbook. Close it."""

    def __init__(self, archive: Archive, name: Sentence | str, settings: FeedSettings) -> None:
        self._archive = archive
        self._name = name
        self._limit = settings.record_limit
        self._main = ""
        self._strings_part = self._styles_part = ""
        self._is_1904 = False
        self.sheets: list[Sheet] = []

    @classmethod
    async def open(cls, source: Source, settings: FeedSettings) -> Self:
        """Open a workbook and list its sheets. Raises FeedError."""
        book = cls(Archive(await source.seekable(), source.name), source.name, settings)
        try:
            await book._look()
        except BaseException:
            book.close()
            raise
        return book

    async def _look(self) -> None:
        main = await self._relations("")
        self._main = next((one.target for one in main.values() if one.kind == "officeDocument"), "xl/workbook.xml")
        if not self._main.startswith("xl/") or self._main not in self._archive.parts():
            other = FeedError(
                "{name} is a zip archive and no workbook that is read here; save it as .xlsx, or as “CSV UTF-8”.",
                name=self._name,
            )
            # An archive within an archive may hold feeds; a document of another program's holds none.
            raise NoFeedError("{why}", why=other.sentence) if _TYPES in self._archive.parts() else other
        related = await self._relations(self._main)
        self._strings_part = next((one.target for one in related.values() if one.kind == "sharedStrings"), "")
        self._styles_part = next((one.target for one in related.values() if one.kind == "styles"), "")

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "workbookPr":
                self._is_1904 = attributes.get("date1904") in {"1", "true"}
            if local(tag) != "sheet" or len(self.sheets) >= _SHEETS:
                return
            number = next((value for name, value in attributes.items() if name.endswith(":id")), "")
            relation = related.get(number)
            if relation is not None and relation.kind == "worksheet":
                hidden = attributes.get("state", "visible") != "visible"
                self.sheets.append(Sheet(attributes.get("name", ""), relation.target, hidden))

        await self._read(self._main, start)

    async def _relations(self, part: str) -> dict[str, _Relation]:
        """Return what a part refers to, by id: the kind is the last word of the type, the same in strict OOXML."""
        folder, name = posixpath.split(part)
        found: dict[str, _Relation] = {}

        def start(tag: str, attributes: dict[str, str]) -> None:
            if local(tag) == "Relationship":
                target = attributes.get("Target", "")
                if attributes.get("TargetMode") != "External":
                    target = posixpath.normpath(posixpath.join("/", folder, target)).lstrip("/")
                found[attributes.get("Id", "")] = _Relation(attributes.get("Type", "").rpartition("/")[2], target)

        path = posixpath.join(folder, "_rels", f"{name}.rels")
        if path in self._archive.parts():
            await self._read(path, start)
        return found

    async def _read(self, part: str, start: Callable[[str, dict[str, str]], None]) -> None:
        reader = XmlReader(self._name, start, lambda _: None, lambda _: None)
        size = 0
        async with aclosing(self._archive.blocks(part, _BLOCK)) as blocks:
            async for block in blocks:
                size += len(block)
                if size > _PART:
                    raise self._unreasonable(part)
                reader.push(block)
        reader.end()

    def _unreasonable(self, part: str) -> FeedError:
        return FeedError(
            "{name} has a part {part} that is too large to be one; save the workbook again.", name=self._name, part=part
        )

    def reader(self, shared: Sequence[str]) -> SheetReader:
        """Return a reader for the rows of a sheet, to be told what is wanted."""
        return SheetReader(self._name, shared, self._limit)

    def part(self, sheet: Sheet) -> AsyncGenerator[bytes, None]:
        """Yield the bytes of a sheet's part."""
        return self._archive.blocks(sheet.part, _BLOCK)

    async def rows(self, sheet: Sheet, reader: SheetReader) -> AsyncGenerator[tuple[list[SheetRow], float], None]:
        """Yield a sheet's rows, block by block, with the share of the sheet read so far."""
        read, size = 0, max(1, self._archive.size(sheet.part))
        async with aclosing(self._archive.blocks(sheet.part, _BLOCK)) as blocks:
            async for block in blocks:
                read += len(block)
                yield reader.push(block), read / size
        reader.end()

    async def strings(self, most: int | None = None) -> SharedStrings:
        """Return the shared strings, at least the first `most` of them. Close them."""
        strings = SharedStrings(_STRINGS, self._limit)
        if not self._strings_part or self._strings_part not in self._archive.parts() or most == 0:
            return strings
        reader = StringsReader(self._name, strings, self._limit)
        try:
            async with aclosing(self._archive.blocks(self._strings_part, _BLOCK)) as blocks:
                async for block in blocks:
                    reader.push(block)
                    if most is not None and len(strings) >= most:
                        return strings
            reader.end()
        except BaseException:
            strings.close()
            raise
        return strings

    async def formats(self) -> Formats:
        """Return how styles show numbers; the formats that all books have are in ECMA-376, part 1, 18.8.30."""
        formats: dict[str, str] = {}
        styles: list[str] = []
        within = False

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal within
            match local(tag):
                case "numFmt":
                    formats[attributes.get("numFmtId", "")] = attributes.get("formatCode", "")
                case "cellXfs" | "cellStyleXfs" as part:
                    within = part == "cellXfs"
                case "xf" if within:
                    styles.append(attributes.get("numFmtId", "0"))

        if self._styles_part in self._archive.parts():
            await self._read(self._styles_part, start)
        own = {number for number, code in formats.items() if _DATE.search(_LITERAL.sub("", code))}
        dates = (str(at) for at, number in enumerate(styles) if number in own or number in _DATES)
        padded = {
            str(at): len(formats[number])
            for at, number in enumerate(styles)
            if _PADDED.fullmatch(formats.get(number, ""))
        }
        return Formats(frozenset(dates), padded, self._is_1904)

    async def links(self, sheet: Sheet) -> Links:
        """Return the addresses behind a sheet's cells. They stand at the part's end: it is read once more for them."""
        related = {
            key: one.target for key, one in (await self._relations(sheet.part)).items() if one.kind == "hyperlink"
        }
        links: Links = {}
        if not related:
            return links
        cells = 0
        for attributes in _attributes(await self._tail(sheet)):
            target = related.get(next((value for name, value in attributes.items() if name.endswith(":id")), ""))
            for row, column in _cells(attributes.get("ref", "")) if target else ():
                cells += 1
                if cells > _LINKED:
                    return links
                links.setdefault(row, {})[column] = str(target)
        return links

    async def comments(self, sheet: Sheet) -> AsyncGenerator[list[Comment], None]:
        """Yield the comments on a sheet's cells, in the order of their part, block by block."""
        related = (await self._relations(sheet.part)).values()
        reader = CommentsReader(self._name)
        for part in dict.fromkeys(one.target for one in related if one.kind == "comments"):
            if part in self._archive.parts():
                reader.begin()
                async with aclosing(self._archive.blocks(part, _BLOCK)) as blocks:
                    async for block in blocks:
                        yield reader.push(block)
                reader.end()

    async def _tail(self, sheet: Sheet) -> bytes:
        """Return what follows the rows in a sheet's part."""
        tail: list[bytes] = []
        size, before, found = 0, b"", False
        async with aclosing(self._archive.blocks(sheet.part, _BLOCK)) as blocks:
            async for block in blocks:
                more = block
                if not found:
                    end = _SHEET_END.search(before + block)
                    more = (before + block)[end.end() :] if end else b""
                    found, before = bool(end), block[-40:]
                tail.append(more)
                size += len(more)
                if size > _PART:
                    raise self._unreasonable(sheet.part)
        return b"".join(tail)

    def close(self) -> None:
        """Close the archive."""
        self._archive.close()


def _attributes(tail: bytes) -> Iterator[dict[str, str]]:
    for link in _LINK.finditer(tail):
        yield {
            found[1].decode(errors="replace"): html.unescape((found[2] or found[3] or b"").decode(errors="replace"))
            for found in _ATTRIBUTE.finditer(link[1])
        }


def _cells(area: str) -> Iterator[tuple[int, int]]:
    """Yield the cells of an area such as B2 or B2:C9, by row and column."""
    first, _, last = area.partition(":")
    # In their order: else an area told backwards would be rows without end, and no cell in any of them.
    left, right = sorted((column_of(first), column_of(last or first)))
    top, bottom = sorted((row_of(first), row_of(last or first)))
    if left >= 0 and top > 0:
        for row in range(top, bottom + 1):
            yield from ((row, column) for column in range(left, right + 1))
