"""The members of one big JSON array, as they are written, and where."""

import json
import re
from codecs import getincrementaldecoder
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any, NamedTuple

from auditor.feeds.encoding import Encoding, Transcoder
from auditor.feeds.json_items import MEMBER, damaged, ends_early
from auditor.feeds.source import Source
from auditor.repair.feeds.splice import width

_BLANKS = re.compile(r"[ \t\r\n\ufeff]*")
_decode = json.JSONDecoder().raw_decode


class Member(NamedTuple):
    """A member: its number, from 1; where the one before ended or the array began; its first place; text and value."""

    number: int
    behind: int
    place: int
    text: str
    value: Any


async def read_members(source: Source, encoding: Encoding, name: str) -> AsyncGenerator[Member, None]:
    """Yield the members of an array: the document itself, or the one that its object has under a name.

    Raises FeedError where the document can't be read on or is no JSON.
    """
    async with aclosing(_Text(source, encoding)) as text:
        if name:
            await text.enter(name)
        await text.expect("[")
        behind, number = text.place, 0
        while await text.peek() != "]":
            if number:
                await text.expect(",")
                behind = text.place
                await text.peek()
            number += 1
            place = text.place
            written, value = await text.value()
            yield Member(number, behind, place, written, value)


class _Text:
    """The text of a document, from value to value; `place` is where it stands, in UTF-8."""

    def __init__(self, source: Source, encoding: Encoding) -> None:
        self.place = 0
        self._name = source.name
        self._blocks = source.blocks()
        self._transcoder: Transcoder | None = Transcoder(encoding, source.name)
        self._decoder = getincrementaldecoder("utf-8")("surrogateescape")
        self._text = ""
        self._at = 0

    async def aclose(self) -> None:
        """Close the feed."""
        await self._blocks.aclose()

    async def enter(self, name: str) -> None:
        """Go into an object, up to the array that it has under a name."""
        await self.expect("{")
        while True:
            _, key = await self.value()
            await self.expect(":")
            if await self.peek() == "[" and key == name:
                return
            await self.value()
            await self.expect(",")

    async def peek(self) -> str:
        """Return the next character that isn't blank, and go to it. Raises FeedError at the end."""
        while True:
            found = _BLANKS.match(self._text, self._at)
            self._go(found.end() if found else self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not await self._more():
                raise ends_early(self._name)

    async def expect(self, character: str) -> None:
        """Go behind a character. Raises FeedError where there is another."""
        if await self.peek() != character:
            raise damaged(self._name)
        self._go(self._at + 1)

    async def value(self) -> tuple[str, Any]:
        """Go behind a value; return it as it is written and as it is."""
        await self.peek()
        while True:
            try:
                value, end = _decode(self._text, self._at)
            except (ValueError, RecursionError):
                end = -1
            # A number at the end of a block may go on in the next one.
            whole = 0 <= end < len(self._text)
            if whole or (len(self._text) - self._at > MEMBER) or not await self._more():
                break
        if end < 0:
            raise damaged(self._name) if self._transcoder else ends_early(self._name)
        text = self._text[self._at : end]
        self._go(end)
        return text, value

    def _go(self, at: int) -> None:
        self.place += width(self._text[self._at : at])
        self._at = at

    async def _more(self) -> bool:
        """Take the next block; False at the end."""
        if self._transcoder is None:
            return False
        block = await anext(self._blocks, None)
        if block is None:
            more, self._transcoder = self._decoder.decode(self._transcoder.end(), final=True), None
        else:
            more = self._decoder.decode(self._transcoder.push(block))
        self._text, self._at = self._text[self._at :] + more, 0
        return True
