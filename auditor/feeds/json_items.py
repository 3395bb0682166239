"""The members of one big JSON array, as they come. `ijson` does the parsing; the bounds are ours."""

import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from typing import Any, TypeVar

import ijson  # type: ignore[import-untyped]  # it has no types

from auditor.errors import FeedError, Sentence
from auditor.feeds.encoding import Encoding, Transcoder
from auditor.feeds.source import Source
from auditor.settings import KIB, MIB

MEMBER = 4 * MIB  # bytes without the end of a member: it is held whole, and may have no end
# ijson's way to name a place takes time that grows with the square of the depth, so it is fed slices with few brackets.
# A text over many slices is copied for each: where no member ends, slices grow.
_DEPTH = 1000
_SLICE = 2 * KIB
_PORTION = 500  # of what is made of members at once
_NO_BRACKETS = bytes(code for code in range(256) if code not in b"[]{}")
_Made = TypeVar("_Made")
_BOM = b"\xef\xbb\xbf"
_OPENING = frozenset({"start_map", "map_key", "start_array"})  # events after which a value isn't whole
_MEMBER = ".item"  # ijson's word for each member of an array
_NO_MEMBER = frozenset({"start_array", "end_array", "null"})
# ValueError: numbers of thousands of digits; RecursionError: what is nested without end.
_WRONG = (FeedError, ijson.JSONError, ValueError, RecursionError)


async def json_items(
    source: Source, encoding: Encoding, prefix: str, make: Callable[[Any, int], _Made]
) -> AsyncGenerator[list[_Made], None]:
    """Yield what `make` makes of the members of the array at `prefix` (ijson's word for a place), hundreds at once.

    It is given the member and its number, from 1. No member is kept: where many wait, they leave the processor's cache,
    and reading takes up to twice as long. Raises FeedError where the feed can't be read on or is no JSON, after what
    came before.
    """
    made: list[_Made] = []
    number = 0
    wrong: FeedError | None = None
    async with aclosing(source.blocks()) as blocks:
        slices = _Slices(source.name, blocks, Transcoder(encoding, source.name))
        try:
            async for member in ijson.items_async(slices, prefix, use_float=True):
                number += 1
                made.append(make(member, number))
                slices.member_ended()
                if len(made) == _PORTION:
                    yield made
                    made = []
        except _WRONG as error:
            wrong = _told(error, source.name)
    if made:
        yield made
    if wrong is not None:
        raise wrong


async def json_parts(
    source: Source, encoding: Encoding, places: frozenset[str]
) -> AsyncGenerator[list[tuple[str, Any]], None]:
    """Yield what stands at several places (ijson's word) of one document, each with its place, hundreds at once.

    Twice as slow as `json_items`, and for a document that is read once. No place may be within another. What stands
    alone where an array is asked for, as converters write an array of one, counts as its member. Raises FeedError
    likewise.
    """
    arrays = {place.removesuffix(_MEMBER): place for place in places if place.endswith(_MEMBER)}
    found: list[tuple[str, Any]] = []
    wrong: FeedError | None = None
    async with aclosing(source.blocks()) as blocks:
        slices = _Slices(source.name, blocks, Transcoder(encoding, source.name))
        builder, at = ijson.ObjectBuilder(), ""
        try:
            async for place, event, value in ijson.parse_async(slices, use_float=True):
                if not at and (place in places or (place in arrays and event not in _NO_MEMBER)):
                    builder, at = ijson.ObjectBuilder(), place
                if not at:
                    continue
                builder.event(event, value)
                if place == at and event not in _OPENING:
                    found.append((arrays.get(at, at), builder.value))
                    at = ""
                    slices.member_ended()
                    if len(found) == _PORTION:
                        yield found
                        found = []
        except _WRONG as error:
            wrong = _told(error, source.name)
    if found:
        yield found
    if wrong is not None:
        raise wrong


def _told(error: Exception, name: Sentence | str) -> FeedError:
    """Say in one sentence why JSON can't be read on."""
    if isinstance(error, FeedError):
        return error
    early = isinstance(error, ijson.IncompleteJSONError) and "premature EOF" in str(error)
    return ends_early(name) if early else damaged(name)


class _Slices:
    """The file that ijson reads: a feed's bytes as UTF-8, in slices, with an eye on what may have no end."""

    def __init__(self, name: Sentence | str, blocks: AsyncGenerator[bytes, None], transcoder: Transcoder) -> None:
        self._name = name
        self._blocks = blocks
        self._transcoder: Transcoder | None = transcoder
        self._text = b""
        self._at = 0
        self._begun = False
        self._silent = 0  # bytes since the last member ended
        self._deep = 0  # brackets open since then, more or less: those in texts count too

    async def read(self, most: int) -> bytes:
        """Return the next slice; none at the end. Raises FeedError for what has no end."""
        if not most:
            return b""  # it asks whether bytes are read, or text
        if self._at >= len(self._text):
            self._text, self._at = await self._next(), 0
        text = self._text[self._at : self._at + max(8 * _SLICE, self._silent // 8)]
        opening, closing = _brackets(text)
        if opening > _DEPTH:
            text = text[:_SLICE]
            opening, closing = _brackets(text)
        self._at += len(text)
        self._deep += opening - closing
        self._silent += len(text)
        if self._deep > _DEPTH:
            raise FeedError("{name} has JSON that is nested without end; it is no listings feed.", name=self._name)
        if self._silent > MEMBER:
            raise FeedError(
                "{name} has a message of more than {limit} MiB, as no listings feed has; write it anew.",
                name=self._name,
                limit=MEMBER // MIB,
            )
        return text

    def member_ended(self) -> None:
        """Tell that a member has come whole."""
        self._silent = self._deep = 0

    async def _next(self) -> bytes:
        """Return the next bytes; none at the end."""
        text = b""
        least = 1 if self._begun else len(_BOM) + 1  # a mark may come in pieces
        while len(text) < least and self._transcoder is not None:
            block = await anext(self._blocks, None)
            if block is None:
                text, self._transcoder = text + self._transcoder.end(), None
            else:
                text += self._transcoder.push(block)
        if not self._begun:
            text, self._begun = text.removeprefix(_BOM), True
        return text


def _brackets(text: bytes) -> tuple[int, int]:
    """Count the brackets that open and close, in one pass over the text and some over the few that they are."""
    brackets = text.translate(None, _NO_BRACKETS)
    opening = brackets.count(b"[") + brackets.count(b"{")
    return opening, len(brackets) - opening


def ends_early(name: Sentence | str) -> FeedError:
    """Return what to raise where JSON stops in the middle."""
    return FeedError("{name} ends early: its JSON stops in the middle; fetch it again.", name=name)


def damaged(name: Sentence | str) -> FeedError:
    """Return what to raise for what is no JSON."""
    return FeedError("{name} is damaged: its JSON can't be read on; write it anew.", name=name)


def json_text(value: Any) -> str:
    """Write a value as JSON, to be shown; one that is nested without end can't be."""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (RecursionError, ValueError):
        return "…"
