"""Content codings that nobody asked for, undone within bounds."""

import asyncio
import zlib
from collections.abc import Sequence

from auditor.probe.client import Stream
from auditor.probe.faults import TooMuchError

OUTPUT = 64 * 1024  # bytes that one step may give: a bomb makes a thousand of each byte
MOST_CODINGS = 2  # undone, one after another: nobody stacks more in good faith
MOST_MEMBERS = 64  # of one gzip file: empty ones cost time and give nothing

_INFLATED = frozenset({"gzip", "x-gzip", "deflate"})
_UNREADABLE = frozenset({"br", "zstd", "compress", "x-compress", "dcb", "dcz", "pack200-gzip", "exi"})
# Whatever else stands in that header (utf-8, aws-chunked, none, a media type) codes nothing, and browsers ignore it.
CODINGS = _INFLATED | _UNREADABLE

_GZIP, _ZLIB, _RAW = 31, 15, -15  # zlib's names for the frames: its windowBits


class UndecodableError(Exception):
    """A body whose content coding can't be undone."""


class Decoded:
    """A body without its content codings. Reads like the `Stream` it wraps."""

    def __init__(self, stream: Stream, codings: Sequence[str], most: int) -> None:
        """`codings` are in the order in which they were applied. Each step takes at most `most` bytes.

        Raises `UndecodableError`.
        """
        if len(codings) > MOST_CODINGS or not _INFLATED.issuperset(codings):
            raise UndecodableError(f"Content-Encoding: {', '.join(codings)}")
        self._stream = stream
        self._steps = [_Inflation(coding, most) for coding in reversed(codings)]

    async def read(self) -> bytes:
        """Some bytes, or none at the end. Raises `UndecodableError`, `TooMuchError`, and what the stream raises."""
        while True:
            # The last step that has something left goes on with that, so that none gets more than it has undone.
            place = max((place for place, step in enumerate(self._steps) if step.pending), default=None)
            if place is not None:
                data = b""
                await asyncio.sleep(0)  # what is held already may take many rounds, and others wait meanwhile
            else:
                data = b"" if any(step.done for step in self._steps) else await self._stream.read()
                if not data:
                    return b""
            try:
                for number, step in enumerate(self._steps[place:], place or 0):
                    data = step.inflate(data)
                    if step.done:
                        for before in self._steps[:number]:
                            before.pending = False  # nobody wants what they have left
            except zlib.error as error:
                raise UndecodableError(str(error)) from error
            if data:
                return data

    @property
    def ended(self) -> bool:
        """Whether nothing more is to come."""
        if any(step.pending for step in self._steps):
            return False
        return self._stream.ended or any(step.done for step in self._steps)


class _Inflation:
    """Undoes one coding, at most `OUTPUT` bytes at a time.

    What it takes is limited, not only what it gives: of many bytes there may come none.
    """

    def __init__(self, coding: str, most: int) -> None:
        self._bits = _ZLIB if coding == "deflate" else _GZIP
        self._inner = zlib.decompressobj(self._bits)
        self._waiting = b""  # not looked at yet
        self._members = 0
        self._begun = False
        self._left = most  # bytes that it may still take
        self._over = False  # it was given more
        self.pending = False  # there is more to come without further input, were it an error
        self.done = False  # whatever follows is padding

    def inflate(self, data: bytes) -> bytes:
        """What these bytes give, or the first part of it. Only while nothing is pending, there may be any."""
        if self.done:
            return b""
        self._over = self._over or len(data) > self._left
        taken = data[: self._left]
        self._left -= len(taken)
        data = self._waiting + taken
        if not self._begun and data:
            self._begin(data)
        out = self._inner.decompress(data, OUTPUT)
        self._waiting = self._inner.unconsumed_tail
        if self._inner.eof:
            self._next_member(self._inner.unused_data)
        if self._over and not (out or self._waiting or self.done):
            raise TooMuchError("more compressed bytes than are taken")
        self.pending = (len(out) == OUTPUT or bool(self._waiting) or self._over) and not self.done
        return out

    def _begin(self, data: bytes) -> None:
        """Choose between the two things that hosts call deflate: with zlib's frame, as they should, or without."""
        self._begun = True
        if self._bits == _ZLIB and data[0] & 0x0F != zlib.DEFLATED:
            self._inner = zlib.decompressobj(_RAW)

    def _next_member(self, rest: bytes) -> None:
        """Go on with the next member of a gzip file. Anything else behind the end is padding."""
        if self._bits != _GZIP or not rest.startswith(b"\x1f"):
            self._waiting = b""
            self.done = bool(rest)
            return
        self._members += 1
        if self._members > MOST_MEMBERS:
            raise UndecodableError("a gzip file of too many members")
        self._inner = zlib.decompressobj(_GZIP)
        self._waiting = rest
