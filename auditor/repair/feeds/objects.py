"""The rows of a JSON feed that change: messages of a listings feed, and objects in an array or one a line.

The feed's own reader is given the object once more, with texts that know where they are written: what it makes a link
of tells where the link stands. A change is made only where the object, read again with it, asks for the same images but
for that one.
"""

import json
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from contextlib import aclosing
from itertools import compress
from typing import Any, NamedTuple, TypeAlias

from auditor.feeds.cells import shown
from auditor.feeds.columns import FURTHER
from auditor.feeds.encoding import Encoding
from auditor.feeds.formats.json_rows import JsonReader, ObjectRows
from auditor.feeds.formats.listings import ListingsReader
from auditor.feeds.rows import further, split_links
from auditor.feeds.source import Source
from auditor.model import BadRow, ImageRef, ProductRow
from auditor.repair.feeds.change import COMMA, UNCERTAIN, Change, Changes
from auditor.repair.feeds.json_text import Text, listed_text, path_of, read_texts, whole_text
from auditor.repair.feeds.line_cursor import LineCursor
from auditor.repair.feeds.members import read_members
from auditor.repair.feeds.patch import Patch
from auditor.repair.feeds.splice import Splice, are_apart, edits, spliced, width
from auditor.repair.feeds.stretches import Written
from auditor.urls import INVISIBLE

_Row: TypeAlias = Callable[[Any, int], ProductRow]  # of an object and its number
_LONGEST = 200  # characters of a path that is told


class _Wanted(NamedTuple):
    """A link that is to change: its place among the row's images, and the change."""

    at: int
    ref: ImageRef
    change: Change


class _Spot(NamedTuple):
    """Where a link stands: what changes there, in which text, and whether that is a list with commas between."""

    splice: Splice
    text: Text
    is_list: bool = False


class MemberRows:
    """The members of an array: the document itself, or the one that its object has under a `name`."""

    between = ","

    def __init__(self, source: Source, encoding: Encoding, name: str, objects: "Objects") -> None:
        self.head = 0
        self.tail: int | None = None
        self.written = Written(encoding)
        self._members = read_members(source, encoding, name)
        self._objects = objects

    async def patches(self, changes: Changes) -> AsyncGenerator[Patch, None]:
        """Yield the members that change."""
        async with aclosing(self._members) as members:
            async for member in members:
                self.head = self.head or member.behind
                self.tail = member.place + width(member.text)
                wanted = _wanted(self._objects.row(member.value, member.number), changes)
                splices = self._objects.splices(member.text, member.number, wanted, changes) if wanted else ()
                if splices:
                    yield Patch(member.behind, self.tail, tuple(edits(member.place, member.text, splices)))


class LineRows:
    """The lines of JSON Lines."""

    between = ""
    head = 0
    tail: int | None = None

    def __init__(self, source: Source, reader: JsonReader) -> None:
        self.written = Written(reader.encoding)
        self._source = source
        self._reader = reader
        self._objects = Objects(reader.rows.row, reader.rows)

    async def patches(self, changes: Changes) -> AsyncGenerator[Patch, None]:
        """Yield the lines that change."""
        cursor = LineCursor(self._source, self._reader.encoding)
        async with aclosing(cursor), aclosing(self._wanted(changes)) as rows:
            async for wanted in rows:
                line = wanted[0].ref.row
                await cursor.skip(line)
                start = cursor.place
                text = (await cursor.until(line + 1)).decode(errors="surrogateescape")
                before = width(text[: len(text) - len(text.lstrip(INVISIBLE))])
                document = text.strip(INVISIBLE)
                splices = self._objects.splices(document, line, wanted, changes)
                if splices:
                    yield Patch(start, cursor.place, tuple(edits(start + before, document, splices)))

    async def _wanted(self, changes: Changes) -> AsyncGenerator[list[_Wanted], None]:
        """Yield what is to change, line by line."""
        number = 1
        async with aclosing(self._reader.texts()) as portions:
            async for lines in portions:
                for row in self._reader.rows.read(lines, number):
                    wanted = _wanted(row, changes)
                    if wanted:
                        yield wanted
                number += len(lines)


def object_rows(source: Source, reader: JsonReader | ListingsReader) -> MemberRows | LineRows:
    """Return the rows of a JSON feed."""
    if isinstance(reader, ListingsReader):
        return MemberRows(source, reader.encoding, "messages", Objects(reader.messages.row))
    if reader.is_array:
        return MemberRows(source, reader.encoding, "", Objects(reader.rows.row, reader.rows))
    return LineRows(source, reader)


def _wanted(row: ProductRow, changes: Changes) -> list[_Wanted]:
    if isinstance(row, BadRow):
        return []
    asked = ((at, ref, changes.of(ref)) for at, ref in enumerate(row))
    return [_Wanted(at, ref, change) for at, ref, change in asked if change is not None]


class Objects:
    """Finds links in objects: `row` makes a product row of one, `tables` too if its names are those of columns."""

    def __init__(self, row: _Row, tables: ObjectRows | None = None) -> None:
        self.row = row
        self._tables = tables

    def splices(self, document: str, number: int, wanted: Sequence[_Wanted], changes: Changes) -> list[Splice]:
        """Return what changes in an object, and tell of all its changes."""
        try:
            tree = read_texts(document)
        except RecursionError:  # nested deeper than it can be read here, though not than the reader can
            tree = None
        found = [] if tree is None else list(self._found(document, tree, number, wanted))
        if len(found) == len(wanted):
            parted = [spot.is_list and "," in one.change.new for one, spot in zip(wanted, found, strict=True)]
            for one in compress(wanted, parted):
                changes.tell_left(one.change, COMMA)
            whole = [not each for each in parted]
            wanted, found = list(compress(wanted, whole)), list(compress(found, whole))
        splices = sorted(spot.splice for spot in found)
        sure = len(found) == len(wanted) and are_apart(splices) and self._comes_out(document, number, wanted, splices)
        for at, (_, ref, change) in enumerate(wanted):
            if sure:
                changes.tell_made(change, ref, shown(path_of(tree, found[at].text)[:_LONGEST]))
            else:
                changes.tell_left(change, UNCERTAIN)
        return splices if sure else []

    def _found(self, document: str, tree: Any, number: int, wanted: Sequence[_Wanted]) -> Iterator[_Spot]:
        row = self.row(tree, number)
        if isinstance(row, BadRow):
            return
        for at, ref, change in wanted:
            link = row[at].url
            if isinstance(link, Text):
                yield _Spot(whole_text(document, link, change.new), link)
            elif self._tables is not None:
                yield from self._in_list(document, tree, ref, change.new)

    def _in_list(self, document: str, tree: dict[str, Any], ref: ImageRef, new: str) -> Iterator[_Spot]:
        """Yield where a link of several in one value stands: in a text with commas between, or in an array of texts."""
        assert self._tables is not None  # noqa: S101  # asked before
        values = list(tree.values())
        before = 0
        for column in self._tables.builder(tuple(tree)).columns_of(ref):
            value = values[column.at]
            texts = value if isinstance(value, list) else [value]
            if not all(isinstance(text, Text) for text in texts):
                return
            links = split_links(", ".join(texts))
            numbers = [place for place in range(len(links)) if further(before + place + 1) == ref.slot]
            before += len(links)
            if column.slot != FURTHER and len(texts) == 1:
                yield _Spot(whole_text(document, texts[0], new), texts[0])
            elif numbers and len(texts) == len(links):
                text = texts[numbers[0]]
                yield _Spot(whole_text(document, text, new), text, is_list=text is value)
            elif numbers and len(texts) == 1:
                splice = listed_text(document, texts[0], numbers[0], new)
                if splice is not None:
                    yield _Spot(splice, texts[0], is_list=True)

    def _comes_out(self, document: str, number: int, wanted: Sequence[_Wanted], splices: Sequence[Splice]) -> bool:
        """Say whether an object asks for the same images as before, but for those that change."""
        before = self.row(json.loads(document), number)
        after = self.row(json.loads(spliced(document, splices)), number)
        if isinstance(before, BadRow):
            return False
        news = {at: change.new for at, _, change in wanted}
        return after == tuple(ref._replace(url=news.get(at, ref.url)) for at, ref in enumerate(before))
