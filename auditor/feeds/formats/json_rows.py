"""JSON Lines with one product per line, and arrays of such objects. Names are those of a table's columns.

The objects needn't have the same names: each is read by its own. A row's number is its line, or its place in the array.
"""

import json
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import Any

from auditor.errors import FeedError, Sentence
from auditor.feeds.columns import complaint, find_columns, like_images, listed
from auditor.feeds.encoding import Transcoder
from auditor.feeds.foreign import report
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import Head, read_head
from auditor.feeds.json_items import json_items, json_text
from auditor.feeds.lines import LineCutter
from auditor.feeds.records import BATCH, Record
from auditor.feeds.rows import RowBuilder, bad_row
from auditor.feeds.source import Source
from auditor.model import BadRow, BadRowReason, ProductRow
from auditor.settings import SLOTS, FeedSettings
from auditor.urls import INVISIBLE

_SHAPES = 1000  # sets of names remembered: a feed may give every object names of its own
_decode = json.JSONDecoder().raw_decode  # json.loads looks at its parameters, and for blanks, each time
_LOOKED_AT = 20  # objects in which names are looked for


def _objects(head: bytes) -> list[dict[str, Any]]:
    """Return the first objects of a head; none if it is something else."""
    lines = read_head(head, whole=True).lines
    if "".join(lines[:1]).lstrip(INVISIBLE).startswith("["):
        return list(_array("\n".join(lines)))
    found = []
    for line in [line for line in lines if line.strip(INVISIBLE)][:_LOOKED_AT]:
        try:
            value = json.loads(line.strip(INVISIBLE))
        except (ValueError, RecursionError):
            break
        if not isinstance(value, dict):
            return []
        found.append(value)
    return found


def _array(text: str) -> Iterator[dict[str, Any]]:
    decoder, place = json.JSONDecoder(), text.index("[") + 1
    for _ in range(_LOOKED_AT):
        start = len(text) - len(text[place:].lstrip(INVISIBLE + ","))
        try:
            value, place = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            return
        if isinstance(value, dict):
            yield value


def _recognise(head: bytes) -> float | None:
    """Be rather sure of objects with an image's or product's name."""
    start = head[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \r\n\t")
    if start[:1] not in {b"{", b"["} or report(head):
        return None
    return 0.8 if any(find_columns(list(found), FeedSettings()).used for found in _objects(head)) else 0.2


async def _reader(source: Source, settings: FeedSettings) -> "JsonReader":
    return JsonReader(source, read_head(source.head, whole=source.whole), settings)


class JsonReader:
    """Reads objects, streamed, in an array or one a line; `rows` makes product rows of them.

    Raises FeedError at once where the first ones lack the columns needed.
    """

    def __init__(self, source: Source, head: Head, settings: FeedSettings) -> None:
        names = list(dict.fromkeys(name for found in _objects(source.head) for name in found))
        columns = find_columns(names, settings)
        if not (columns.used or like_images(names) or (names and settings.url_columns)):
            raise _something_else(source, names or _first_names(head))
        why_not = complaint(columns, settings)
        if why_not:
            raise FeedError("{name} {why}", name=source.name, why=why_not)
        self._source = source
        self.encoding = head.encoding
        self._limit = settings.record_limit
        self.is_array = "".join(head.lines[:1]).lstrip(INVISIBLE).startswith("[")
        self.rows = ObjectRows(source.path, settings)
        self.slots = frozenset({*columns.slots, *SLOTS})  # further objects may have further names
        self.ignored = columns.ignored
        self.recognised = (
            Sentence("array of JSON objects") if self.is_array else Sentence("JSON Lines"),
            *((Sentence("gzip"),) if source.packed else ()),
            head.encoding.said,
            columns.described(),
        )

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows. Raises FeedError if the feed can't be read on."""
        async with aclosing(self._members() if self.is_array else self._lines()) as portions:
            async for rows in portions:
                yield rows

    async def _members(self) -> AsyncGenerator[list[ProductRow], None]:
        async with aclosing(json_items(self._source, self.encoding, "item", self.rows.row)) as portions:
            async for rows in portions:
                yield rows

    async def _lines(self) -> AsyncGenerator[list[ProductRow], None]:
        number = 1
        async with aclosing(self.texts()) as portions:
            async for lines in portions:
                for start in range(0, len(lines), BATCH):
                    yield self.rows.read(lines[start : start + BATCH], number + start)
                number += len(lines)

    async def texts(self) -> AsyncGenerator[Sequence[str], None]:
        """Yield the lines, block by block. Raises FeedError."""
        transcoder = Transcoder(self.encoding, self._source.name)
        cutter = LineCutter(self._limit)
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                yield cutter.push(transcoder.push(block)).lines
        for last in (cutter.push(transcoder.end()), cutter.end()):
            yield last.lines


def _first_names(head: Head) -> list[str]:
    """Return the names in an object that is written over several lines, if it is short."""
    try:
        value = json.loads("\n".join(head.lines).strip(INVISIBLE))
    except (ValueError, RecursionError):
        return []
    return list(value) if isinstance(value, dict) else []


def _something_else(source: Source, names: list[str]) -> FeedError:
    return FeedError(
        "{name} is JSON, and neither a listings feed (an object with messages) nor objects with a product each, one a "
        "line or in an array{found}; save the products as a table in “CSV UTF-8”.",
        name=source.name,
        found=Sentence(": what it has is {names}", names=listed(names)) if names else "",
    )


class ObjectRows:
    """Makes product rows of objects, or of lines that hold one each."""

    def __init__(self, feed: str, settings: FeedSettings) -> None:
        self._feed = feed
        self._settings = settings
        self._builders: dict[tuple[str, ...], RowBuilder] = {}

    def read(self, lines: Sequence[str], number: int) -> list[ProductRow]:
        """Return what lines ask for, the first of which is the feed's `number`th; nothing for a blank one."""
        rows: list[ProductRow] = []
        alike: list[Record] = []  # records of objects with the same names, one after the other
        names: tuple[str, ...] = ()
        odd = not all(map(str.isascii, lines))  # bytes that are no text may be among them
        for place, line in enumerate(lines, number):
            text = line.strip(INVISIBLE)
            if not text:
                continue
            value = self._object(line, text, place)
            if isinstance(value, BadRow):
                rows += self.builder(names).build(alike, odd=odd)
                rows.append(value)
                alike = []
                continue
            if tuple(value) != names:
                rows += self.builder(names).build(alike, odd=odd)
                alike, names = [], tuple(value)
            alike.append((place, [one if type(one) is str else _cell(one) for one in value.values()] or [""]))
        return rows + self.builder(names).build(alike, odd=odd)

    def _object(self, line: str, text: str, number: int) -> dict[str, Any] | BadRow:
        if len(line) > self._settings.record_limit:
            return bad_row(self._feed, number, BadRowReason.TOO_LONG, line)
        try:
            value, end = _decode(text)
        except (ValueError, RecursionError):
            end = -1
        if end != len(text):
            return bad_row(self._feed, number, BadRowReason.NOT_JSON, line)
        return value if isinstance(value, dict) else bad_row(self._feed, number, BadRowReason.WRONG_SHAPE, line)

    def row(self, value: Any, number: int) -> ProductRow:
        """Return what an object asks for."""
        if not isinstance(value, dict):
            return bad_row(self._feed, number, BadRowReason.WRONG_SHAPE, json_text(value))
        rows = self.builder(tuple(value)).build([(number, list(map(_cell, value.values())))], odd=False)
        return rows[0] if rows else ()

    def builder(self, names: tuple[str, ...]) -> RowBuilder:
        """Return what makes product rows of objects with these names."""
        builder = self._builders.get(names)
        if builder is None:
            if len(self._builders) >= _SHAPES:
                self._builders.clear()
            builder = RowBuilder(self._feed, find_columns(names, self._settings), self._settings)
            self._builders[names] = builder
        return builder


def _cell(value: Any) -> str:
    """Write a value as a table's cell would have it; of a list, its texts with commas between."""
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(_cell(one) for one in value if not isinstance(one, list | dict))
    return json_text(value) if isinstance(value, bool | dict) else str(value)


FORMAT = FeedFormat("json", (".jsonl", ".ndjson", ".json"), _recognise, _reader)
