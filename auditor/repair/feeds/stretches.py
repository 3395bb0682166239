"""The stored bytes of a feed, from one place in its rows to the next."""

from codecs import getincrementaldecoder
from collections.abc import AsyncGenerator
from typing import NamedTuple, TypeAlias

from auditor.feeds.encoding import Encoding

Blocks: TypeAlias = AsyncGenerator[bytes, None]


class Written(NamedTuple):
    """How the text of a feed is written, and whether `places` in it count UTF-8, as readers of text do, or its bytes.

    The two differ where the text isn't UTF-8.
    """

    encoding: Encoding
    in_utf_8: bool = True

    def bytes(self, text: str) -> bytes:
        """Return ASCII as it is written here."""
        return text.encode(self.encoding.codec)


class Stretches:
    """Gives the stored bytes of a feed, stretch by stretch, on and on. Close it.

    Raises FeedError as the blocks do.
    """

    def __init__(self, blocks: Blocks, written: Written) -> None:
        self._blocks = blocks
        self._codec, self._errors = written.encoding.codec, written.encoding.errors
        plain = not written.in_utf_8 or self._codec == "utf-8"
        self._decoder = None if plain else getincrementaldecoder(self._codec)(self._errors)
        self._pending = b""  # a character that is cut
        self._stored = b""
        self._text = b""  # the same in UTF-8
        self._stored_at = self._text_at = 0
        self._place = 0
        self._ended = False

    async def until(self, place: int | None) -> AsyncGenerator[bytes, None]:
        """Yield the bytes up to a place, or all that are left."""
        while place is None or self._place < place:
            if self._text_at == len(self._text) and not await self._next():
                return
            yield self._step(place)

    async def skip(self, place: int) -> None:
        """Leave out the bytes up to a place."""
        async for _ in self.until(place):
            pass

    async def aclose(self) -> None:
        """Close the feed."""
        await self._blocks.aclose()

    async def _next(self) -> bool:
        """Take the next block; False at the end."""
        block = await anext(self._blocks, b"")
        if self._ended:
            return False
        self._ended = not block
        self._stored_at = self._text_at = 0
        if self._decoder is None:
            self._stored = self._text = block
            return not self._ended
        self._text = self._decoder.decode(block, self._ended).encode(errors="surrogatepass")
        stored = self._pending + block
        self._pending = self._decoder.getstate()[0]
        self._stored = stored[: len(stored) - len(self._pending)]
        return bool(self._text) or not self._ended

    def _step(self, place: int | None) -> bytes:
        """Return what of the block stands before a place, and step behind it."""
        rest = len(self._text) - self._text_at
        length = rest if place is None else min(rest, place - self._place)
        text = self._text[self._text_at : self._text_at + length]
        begin = self._stored_at
        if self._decoder is None:
            self._stored_at += length
        elif length == rest:
            self._stored_at = len(self._stored)
        else:
            # In all encodings here, a character that has several forms has them in the same length.
            self._stored_at += len(text.decode(errors="surrogatepass").encode(self._codec, self._errors))
        self._text_at += length
        self._place += length
        return self._stored[begin : self._stored_at]
