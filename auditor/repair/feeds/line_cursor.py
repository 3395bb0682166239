"""A second look at the physical lines of a feed, as UTF-8: where one begins, and what stands up to another."""

import re
from collections.abc import AsyncGenerator

from auditor.feeds.encoding import Encoding, Transcoder
from auditor.feeds.source import Source

_END = re.compile(rb"\r\n|\r|\n")
_DOS_END = b"\x1a"  # what programs of DOS end a text with, and no row


class LineCursor:
    """Goes through a feed's lines. `line` is the next one's number, from 1, and `place` its first byte. Close it."""

    def __init__(self, source: Source, encoding: Encoding) -> None:
        self.line = 1
        self.place = 0
        self._blocks: AsyncGenerator[bytes, None] = source.blocks()
        self._transcoder: Transcoder | None = Transcoder(encoding, source.name)
        self._text = b""
        self._at = 0
        self._return = b""  # a CR at the end of a block belongs to the LF that the next one may begin with
        self._ends: list[int] = []  # of the lines in the text
        self._next_end = 0

    async def skip(self, line: int) -> None:
        """Go to the beginning of a line."""
        while self.line < line and await self._more():
            self._step(line)

    async def until(self, line: int | None) -> bytes:
        """Return what stands before a line, or all that is left but for a program's mark at the end."""
        pieces = []
        while (line is None or self.line < line) and await self._more():
            pieces.append(self._step(line))
        text = b"".join(pieces)
        ended = line is None and text.endswith((b"\n" + _DOS_END, b"\r" + _DOS_END))
        return text[:-1] if ended else text

    async def aclose(self) -> None:
        """Close the feed."""
        await self._blocks.aclose()

    def _step(self, line: int | None) -> bytes:
        """Go to a line, or to the end of the text; return what stands before."""
        begin = self._at
        left = len(self._ends) - self._next_end
        if line is not None and line - self.line <= left:
            self._next_end += line - self.line
            self.line = line
            self._at = self._ends[self._next_end - 1]
        else:
            self.line += left
            self._next_end += left
            self._at = len(self._text)
        self.place += self._at - begin
        return self._text[begin : self._at]

    async def _more(self) -> bool:
        """See that there is text, unless it is the end."""
        while self._at == len(self._text):
            if self._transcoder is None:
                return False
            block = await anext(self._blocks, None)
            if block is None:
                text, self._transcoder, hold = self._return + self._transcoder.end(), None, False
            else:
                text = self._return + self._transcoder.push(block)
                hold = text.endswith(b"\r")
            self._return = b"\r" if hold else b""
            self._text, self._at = text[:-1] if hold else text, 0
            self._ends, self._next_end = [end.end() for end in _END.finditer(self._text)], 0
        return True
