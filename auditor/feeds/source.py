"""The bytes of one feed, unpacked, in blocks: looked at first, read from the start later."""

import hashlib
from collections.abc import AsyncGenerator

from auditor.errors import FeedError
from auditor.feeds.gunzip import MAGIC, Gunzip
from auditor.feeds.opened import Opened, called
from auditor.settings import KIB

_HEAD = 64 * KIB  # bytes looked at to recognise a feed, at least: the names of some thousand columns


class Source:
    """One feed's bytes, unpacked if they are gzip (found by its magic, whatever the name says).

    `path` is as the user gave it, `name` the same for messages. `head` holds the first unpacked bytes, `whole` says
    whether they are all. `size` is that of the file as stored in bytes (None for a pipe), `digest` the SHA-256 in hex
    of the stored bytes that were looked at, `place` the same for two paths to the same file.

    Between the look and the reading a file is closed, so that many feeds, and runs that stop in between, leave nothing
    open; a pipe can't be opened twice and stays open.
    """

    def __init__(self, path: str, block: int) -> None:
        self.path = path
        self.name = called(path)
        self.head = b""
        self.whole = False
        self.packed = False
        self.size: int | None = None
        self.digest = ""
        self.place = (0, 0)
        self._block = block
        self._most = max(block, _HEAD)
        self._read = 0
        self._kept: tuple[Opened, bytes] | None = None  # what can't be opened again, and what was read of it

    @property
    def share(self) -> float | None:
        """The share of the stored bytes read so far, 0 to 1; None while the size isn't known."""
        return None if self.size is None else min(1.0, self._read / max(1, self.size))

    async def look(self) -> None:
        """Read the head. Raises FeedError if the feed can't be opened or read."""
        opened = await Opened.open(self.path)
        kept = False
        try:
            self.size, self.place = opened.size, opened.place
            stored = await opened.fill(self._most)
            self.digest = hashlib.sha256(stored).hexdigest()
            self.packed = stored.startswith(MAGIC)
            ended = len(stored) < self._most
            self.head, self.whole = self._unpack(stored, ended=ended) if self.packed else (stored, ended)
            kept = not opened.again
        finally:
            if kept:
                self._kept = (opened, stored)
            else:
                await opened.close()

    def _unpack(self, stored: bytes, *, ended: bool) -> tuple[bytes, bool]:
        """Unpack the head, and say whether it is all. Damage counts later, unless nothing comes before it."""
        head = b""
        gunzip = Gunzip(self.name, self._most)
        try:
            for block in gunzip.push(stored):
                head += block
                if len(head) >= self._most:
                    return head, False
            if ended:
                gunzip.end()
        except FeedError:
            if not head:
                raise
            return head, False
        return head, ended

    async def blocks(self) -> AsyncGenerator[bytes, None]:
        """Yield all bytes from the start, unpacked, each block at most as long as settings say or as the head was.

        Raises FeedError where the feed can't be read on, was changed since the look, or its gzip data end early.
        """
        if self._kept is None:
            opened = await Opened.open(self.path)
            stored = b""
        else:
            (opened, stored), self._kept = self._kept, None
        gunzip = Gunzip(self.name, self._block) if self.packed else None
        try:
            if opened.again:
                stored = await opened.fill(self._most)
                self._compare(stored)
            while stored:
                self._read += len(stored)
                if gunzip is None:
                    yield stored
                else:
                    for block in gunzip.push(stored):
                        yield block
                stored = await opened.read(self._block)
        finally:
            await opened.close()
        if gunzip is not None:
            gunzip.end()

    def _compare(self, stored: bytes) -> None:
        if hashlib.sha256(stored).hexdigest() != self.digest:
            raise FeedError("{name} was changed after it was looked at; start again.", name=self.name)

    async def aclose(self) -> None:
        """Close a pipe that was looked at and won't be read."""
        if self._kept is not None:
            (opened, _), self._kept = self._kept, None
            await opened.close()
