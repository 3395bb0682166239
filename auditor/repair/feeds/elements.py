"""The records of an XML feed that change: messages with product images, and Google Merchant's items.

The feed's own reader says what the texts are; the parser tells at which byte each stands.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple, TypeAlias

from auditor.errors import Sentence
from auditor.feeds.elements import Element, ElementReader, Texts, tidy
from auditor.feeds.encoding import Encoding
from auditor.feeds.formats.google_xml import GoogleReader
from auditor.feeds.formats.product_images import ProductImageReader
from auditor.feeds.rows import further, split_links
from auditor.feeds.source import Source
from auditor.feeds.xml import stated_encoding
from auditor.model import BadRow, ImageRef
from auditor.repair.feeds.change import COMMA, UNCERTAIN, Change, Changes
from auditor.repair.feeds.element_text import element_splice
from auditor.repair.feeds.patch import Edit, Patch
from auditor.repair.feeds.splice import Splice
from auditor.repair.feeds.stretches import Written

_Reader: TypeAlias = GoogleReader | ProductImageReader
_Places: TypeAlias = dict[str, list[tuple[int, int]]]  # of the elements by name: their begin, and that of the end tag
_BLANKS = b" \t\r\n\0"
_STRAY = "surrogateescape"  # bytes that are no text make no link


class _Record(NamedTuple):
    """A record and where it stands: its first byte, the one behind it, and its texts."""

    start: int
    end: int
    places: _Places


class _Spot(NamedTuple):
    """Where a link stands: the name of its element, which of that name, and which link in its list."""

    name: str
    which: int
    number: int | None = None


class _PlacedReader(ElementReader):
    """Reads elements and notes where they stand; `records` are those of the last block, `bytes_of` has their bytes."""

    def __init__(self, reader: _Reader, source: Source) -> None:
        self.records: list[_Record] = []
        self._held = b""
        self._held_place = 0
        self._places: _Places = {}
        self._began = 0
        super().__init__(source.name, reader.records, reader.naming, reader.limit)

    def push(self, block: bytes) -> list[Element]:
        """Take the next bytes; return the records that end in them."""
        keep = self._start_place if self._record_depth and not self._is_long() else self._xml.place
        keep = max(keep, self._held_place)
        self._held, self._held_place = self._held[keep - self._held_place :] + block, keep
        self.records = []
        return super().push(block)

    def bytes_of(self, start: int, end: int) -> bytes:
        """Return the bytes of a stretch within a record of the last block."""
        return self._held[start - self._held_place : end - self._held_place]

    def lead(self, record: _Record) -> int:
        """Return how many bytes of blanks stand before a record."""
        before = self._held[: record.start - self._held_place]
        return len(before) - len(before.rstrip(_BLANKS))

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        super()._start(tag, attributes)
        self._began = self._xml.place

    def _start_record(self) -> None:
        super()._start_record()
        self._places = {}

    def _end(self, tag: str) -> None:
        name = self._open
        if name:
            self._places.setdefault(name, []).append((self._began, self._xml.place))
        super()._end(tag)

    def _end_record(self) -> None:
        super()._end_record()
        mark = self._held.find(b">", self._xml.place - self._held_place)
        self.records.append(_Record(self._start_place, self._held_place + mark + 1, self._places))


class ElementRows:
    """The records of an XML feed."""

    between = ""

    def __init__(self, source: Source, reader: _Reader) -> None:
        self.head = 0
        self.tail: int | None = None
        self.written = Written(Encoding(Sentence("UTF-8"), "utf-8"), in_utf_8=False)
        self._unit = 1
        self._source = source
        self._reader = reader

    async def patches(self, changes: Changes) -> AsyncGenerator[Patch, None]:
        """Yield the records that change."""
        reader = _PlacedReader(self._reader, self._source)
        begun = False
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                if not begun:
                    begun = True
                    self._look(block)
                for element, record in zip(reader.push(block), reader.records, strict=True):
                    start = record.start - reader.lead(record) // self._unit * self._unit
                    # A sign in UTF-16 LE has one more byte.
                    end = record.end + (self.written.encoding.codec == "utf-16-le")
                    self.head, self.tail = self.head or start, end
                    edits = self._edits(reader, element, record, changes)
                    if edits:
                        yield Patch(start, end, edits)
        reader.end()

    def _look(self, head: bytes) -> None:
        """See how the feed is written."""
        codec = stated_encoding(head)
        self.written = self.written._replace(encoding=Encoding(Sentence("UTF-8"), codec))
        self._unit = 2 if codec.startswith("utf-16") else 1

    def _edits(self, reader: _PlacedReader, element: Element, record: _Record, changes: Changes) -> tuple[Edit, ...]:
        """Return a record's edits, and tell of all its changes."""
        row = self._reader.row(element)
        if isinstance(row, BadRow):
            return ()
        edits = []
        for ref in row:
            change = changes.of(ref)
            if change is None:
                continue
            spots = list(_spots(ref, element.texts))
            if "," in change.new and any(_is_listed(spot, element.texts) for spot in spots):
                changes.tell_left(change, COMMA)
                continue
            edit = self._edit(reader, record.places, spots[0], change) if len(spots) == 1 else None
            if edit is None:
                changes.tell_left(change, UNCERTAIN)
            else:
                changes.tell_made(change, ref, spots[0].name)
                edits.append(edit)
        return tuple(sorted(edits))

    def _edit(self, reader: _PlacedReader, places: _Places, spot: _Spot, change: Change) -> Edit | None:
        start, end = places[spot.name][spot.which]
        codec = self.written.encoding.codec
        text = reader.bytes_of(start, end).decode(codec, _STRAY)
        splice = element_splice(text, spot.number, change.new)
        return None if splice is None else _edit(start, text, splice, codec)


def _edit(place: int, text: str, splice: Splice, codec: str) -> Edit:
    begin = place + len(text[: splice.start].encode(codec, _STRAY))
    return Edit(begin, begin + len(text[splice.start : splice.end].encode(codec, _STRAY)), splice.new)


def _spots(ref: ImageRef, texts: Texts) -> Iterator[_Spot]:
    """Yield where an image's link stands, in a message or in an item."""
    if "ImageLocation" in texts:
        yield _Spot("ImageLocation", 0)
        return
    if ref.slot == "MAIN":
        yield from _main_spots(ref, texts.get("image_link", ()))
        return
    before = 0
    for index, text in enumerate(texts.get("additional_image_link", ())):
        links = split_links(text)
        for number in range(len(links)):
            if further(before + number + 1) == ref.slot:
                yield _Spot("additional_image_link", index, number)
        before += len(links)


def _is_listed(spot: _Spot, texts: Texts) -> bool:
    """Say whether a link shares its element with others."""
    return spot.number is not None and len(split_links(texts[spot.name][spot.which])) > 1


def _main_spots(ref: ImageRef, texts: Sequence[str]) -> Iterator[_Spot]:
    return (_Spot("image_link", index) for index, text in enumerate(texts) if tidy(text) and tidy(text) == ref.url)
