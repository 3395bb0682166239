"""The bytes of one resource that are held so far, and what is lacking."""

from bisect import bisect_right
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from auditor.model import ImageInfo, Undetermined

# Bytes asked for at least: whoever follows a pointer nearly always needs a little more than the first field there.
LEAST_ASKED = 32


class Need(NamedTuple):
    """The bytes without which no answer is possible: `length` of them from `offset`."""

    offset: int
    length: int


class Lacking(Exception):  # noqa: N818  # no error but a question, answered by the next range
    """A parser asked for `length` bytes at `offset` that aren't held; with `hint` of them it would get further.

    `so_far` is what can be said even if they never come: None for no more than the signature tells.
    """

    def __init__(self, offset: int, length: int, hint: int = LEAST_ASKED) -> None:
        super().__init__(offset, length)
        self.offset = offset
        self.length = length
        self.hint = hint
        self.so_far: ImageInfo | Undetermined | None = None

    def past(self, total: int | None) -> bool:
        """Whether the resource ends before what is lacking does."""
        return total is not None and self.offset + self.length > total

    def need(self, total: int | None) -> Need:
        """What to ask for, never past the end of the resource. Only for what isn't `past` it."""
        length = max(self.length, self.hint)
        return Need(self.offset, length if total is None else min(length, total - self.offset))


@contextmanager
def so_far(known: ImageInfo | Undetermined) -> Iterator[None]:
    """Say what is known already, whatever the block finds lacking."""
    try:
        yield
    except Lacking as lacking:
        lacking.so_far = lacking.so_far or known
        raise


class Held:
    """The byte ranges of one resource that were read so far.

    Ranges may come in any order and may overlap; of bytes that come twice the first are kept. Adding a range costs no
    copy of what is held already, so that a stream of many small chunks stays linear.
    """

    __slots__ = ("_end", "_head", "_parts", "_reach", "_starts")

    def __init__(self, data: bytes = b"") -> None:
        # `_head` begins at 0 and has `_reach` bytes. Parts behind it never overlap and are sorted by where they start.
        self._head = data
        self._end = self._reach = len(data)
        self._starts: list[int] = []
        self._parts: list[bytes] = []

    @property
    def prefix(self) -> bytes:
        """All bytes held from the very first on without a gap."""
        if self._starts and self._starts[0] == self._reach:
            self._join_head()
        return self._head

    @property
    def islands(self) -> int:
        """How many ranges are held beside the prefix."""
        return len(self._starts)

    def add(self, offset: int, data: bytes) -> None:
        """Hold `data`, which stands at `offset` bytes from the beginning of the resource."""
        if offset >= self._end:  # nearly always: ranges mostly come in order
            if data:
                self._insert(len(self._starts), offset, data)
            return
        end = offset + len(data)
        while offset < end:
            place = bisect_right(self._starts, offset) if offset < self._end else len(self._starts)
            held_to = self._starts[place - 1] + len(self._parts[place - 1]) if place else self._reach
            gap_to = min(end, self._starts[place]) if place < len(self._starts) else end
            start = max(offset, held_to)
            if start < gap_to:
                self._insert(place, start, data[len(data) - (end - start) : len(data) - (end - gap_to)])
            offset = max(gap_to, start)

    def read(self, offset: int, length: int, hint: int = LEAST_ASKED) -> bytes:
        """Exactly `length` bytes from `offset`; raises `Lacking`, naming the first that isn't held."""
        end = offset + length
        if end <= self._reach:
            return self._head[offset:end]
        found = self.run(offset, length)
        if len(found) < length:
            raise Lacking(offset + len(found), length - len(found), hint)
        return found

    def run(self, offset: int, limit: int) -> bytes:
        """The bytes held without a gap from `offset`, at most `limit` of them, possibly none."""
        if offset < len(self.prefix):
            return self._head[offset : offset + limit]
        place = bisect_right(self._starts, offset) - 1
        if place < 0:
            return b""
        pieces: list[bytes] = []
        at, end = offset, offset + limit
        for start, part in zip(self._starts[place:], self._parts[place:], strict=True):
            if at >= end or not start <= at < start + len(part):
                break
            pieces.append(part[at - start : end - start])
            at += len(pieces[-1])
        return b"".join(pieces)

    def mentions(self, words: bytes) -> bool:
        """Whether these bytes stand anywhere within one of the ranges."""
        return words in self._head or any(words in part for part in self._parts)

    def _insert(self, place: int, start: int, data: bytes) -> None:
        self._end = max(self._end, start + len(data))
        if start == 0:
            self._head, self._reach = data, len(data)
        else:
            self._starts.insert(place, start)
            self._parts.insert(place, data)

    def _join_head(self) -> None:
        """Make one part of those that follow each other from 0 on: once for many chunks, not once for each."""
        count, reach = 0, self._reach
        for start, part in zip(self._starts, self._parts, strict=True):
            if start != reach:
                break
            count, reach = count + 1, reach + len(part)
        self._head, self._reach = b"".join((self._head, *self._parts[:count])), reach
        del self._starts[:count], self._parts[:count]
