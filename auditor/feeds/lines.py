"""Blocks of bytes in, whole physical lines out. Pure."""

from collections.abc import Sequence
from typing import NamedTuple


class Lines(NamedTuple):
    """Some whole lines as text. `plain`: they hold neither quotes nor anything odd, so each line is one record.

    `odd`: they hold NUL characters, or bytes that aren't UTF-8 (as lone surrogates, see PEP 383).
    """

    lines: Sequence[str]
    plain: bool
    odd: bool


_DOS_END = b"\x1a"  # what programs of DOS end a text with
_NONE = Lines((), plain=True, odd=False)


class LineCutter:
    """Cuts blocks of UTF-8 bytes into lines that end in LF, CR or CRLF, wherever the blocks are cut.

    `limit` is the most characters a line may have. Of a longer line only the beginning is kept, longer than the limit
    by a little so that it shows, and so no more than a few times the limit is ever held. The first `skip` lines, those
    of the header, are left out. `marks` are the bytes that a plain line hasn't.
    """

    def __init__(self, limit: int, skip: int = 0, marks: bytes = b'"') -> None:
        self._limit = limit
        self._marks = [marks[place : place + 1] for place in range(len(marks))]
        self._skip = skip
        self._most = 4 * limit + 4  # bytes that hold more characters than the limit, at up to four each
        self._begun: list[bytes] = []  # the line that hasn't ended
        self._length = 0  # its bytes so far, also those not kept
        self._return = False  # a CR at the end of a block belongs to the LF that the next one may begin with

    def push(self, block: bytes) -> Lines:
        """Take the next bytes; return the lines that end in them."""
        if self._return:
            block = b"\r" + block
        self._return = block.endswith(b"\r")
        if self._return:
            block = block[:-1]
        cut = max(block.rfind(b"\n"), block.rfind(b"\r")) + 1
        if not cut:
            self._keep(block)
            return _NONE
        start = _line_end(block) if self._length > self._most else 0
        whole = b"".join((*self._begun, block[start:cut]))
        self._begun, self._length = [], 0
        self._keep(block[cut:])
        return self._read(whole)

    def end(self) -> Lines:
        """Return the last line, if the bytes don't end with a line end."""
        last = b"".join(self._begun) + (b"\r" if self._return else b"")
        last = b"" if last == _DOS_END else last
        self._begun, self._length, self._return = [], 0, False
        return self._read(last) if last else _NONE

    def _keep(self, block: bytes) -> None:
        room = self._most + 1 - self._length
        if room > 0 and block:
            self._begun.append(block[:room])
        self._length += len(block)

    def _read(self, whole: bytes) -> Lines:
        # Unlike that of str, splitlines of bytes knows these three line ends and no others.
        split = whole.splitlines(keepends=True)
        try:
            lines, decodable = list(map(bytes.decode, split)), True
        except UnicodeDecodeError:
            lines, decodable = [line.decode(errors="surrogateescape") for line in split], False
        if self._skip:
            skipped = len(lines[: self._skip])
            lines = lines[skipped:]
            self._skip -= skipped
        odd = not decodable or b"\0" in whole
        long = len(whole) > self._limit and any(len(line) > self._limit for line in lines)
        plain = not (odd or long or any(mark in whole for mark in self._marks))
        return Lines(lines, plain=plain, odd=odd)


def _line_end(block: bytes) -> int:
    """Return where the first line of a block that has a line end ends."""
    found = [place for place in (block.find(b"\n"), block.find(b"\r")) if place >= 0]
    return min(found)
