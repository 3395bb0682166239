"""The bytes of one feed, unpacked, in blocks: looked at first, read from the start later."""

import asyncio
import hashlib
import os
import tempfile
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager
from typing import BinaryIO, Protocol

from auditor.errors import FeedError, reason
from auditor.feeds.gunzip import MAGIC, Gunzip
from auditor.feeds.opened import Opened, called
from auditor.settings import KIB, MIB

_HEAD = 64 * KIB  # bytes looked at to recognise a feed, at least: the names of some thousand columns
_FURTHER = 4096 * KIB  # bytes looked at where this many don't hold the first rows: ten thousand columns
_FIRST_ROWS = 20  # lines
_COPY = 4096 * MIB  # bytes of a workbook or archive that comes through a pipe or in gzip: it would fill the disk


class Stored(Protocol):
    """A feed's bytes as they are stored: a file, a pipe, or a member of an archive. See `Opened`."""

    place: tuple[int, ...]
    size: int | None
    again: bool
    modified: int | None

    async def read(self, most: int) -> bytes:
        """Return the next bytes, at most so many; none at the end."""
        ...

    async def close(self) -> None:
        """Close it."""
        ...


class Digest(Protocol):
    """What takes bytes to make a digest of them, as `hashlib` has it."""

    def update(self, stored: bytes, /) -> None:
        """Take the next bytes."""
        ...


Opener = Callable[[], Awaitable[Stored]]


async def _fill(stored: Stored, most: int) -> bytes:
    """Return so many bytes, or fewer if it ends before. Raises FeedError."""
    blocks: list[bytes] = []
    while most and (block := await stored.read(most)):
        blocks.append(block)
        most -= len(block)
    return b"".join(blocks)


class Source:
    """One feed's bytes, unpacked if they are gzip (found by its magic, whatever the name says).

    `path` is as the user gave it, `name` the same for messages. `head` holds the first unpacked bytes, `whole` says
    whether they are all. `size` is that of the file as stored in bytes (None for a pipe), `digest` the SHA-256 in hex
    of the stored bytes that were looked at, `place` the same for two paths to the same file, `modified` when it was
    last written, in nanoseconds (None for what can't be opened again).

    `opener` opens what isn't a file of its own but stands `within` another source. Between the look and the reading a
    file is closed, so that many feeds, and runs that stop in between, leave nothing open, and read `again`; a pipe
    can't be opened twice and stays open, and so does the copy of what must be read from anywhere.
    """

    def __init__(self, path: str, block: int, *, opener: Opener | None = None, within: "Source | None" = None) -> None:
        self._opener = opener
        self._within = within
        self._copy: BinaryIO | None = None  # of what can't be read from anywhere
        self.path = path
        self.name = called(path)
        self.head = b""
        self.whole = False
        self.packed = False
        self.again = False
        self.size: int | None = None
        self.digest = ""
        self.place: tuple[int, ...] = ()
        self.modified: int | None = None
        self._block = block
        self._most = max(block, _HEAD)
        self._read = 0
        self._kept: tuple[Stored, bytes] | None = None  # what can't be opened again, and what was read of it
        self.told_share: float | None = None  # what a reader tells that doesn't read from start to end

    @property
    def share(self) -> float | None:
        """The share of the stored bytes read so far, 0 to 1; None while the size isn't known."""
        if self.told_share is not None and self.size is not None:
            return min(1.0, self.told_share)
        return None if self.size is None else min(1.0, self._read / max(1, self.size))

    async def _open(self) -> Stored:
        return await (self._opener() if self._opener else Opened.open(self.path))

    async def look_further(self) -> None:
        """Read more of a text whose head ends within its first rows. Raises FeedError as `look` does."""
        if not self.whole and self._most < _FURTHER and len(self.head.splitlines()) <= _FIRST_ROWS:
            self._most = _FURTHER
            await self.look()

    async def look(self) -> None:
        """Read the head. Raises FeedError if the feed can't be opened or read."""
        if self._kept is None:
            opened, stored = await self._open(), b""
        else:
            (opened, stored), self._kept = self._kept, None
        kept = False
        try:
            self.size, self.place, self.modified = opened.size, opened.place, opened.modified
            self.again = opened.again
            stored += await _fill(opened, self._most - len(stored))
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

    async def blocks(self, digest: Digest | None = None) -> AsyncGenerator[bytes, None]:
        """Yield all bytes from the start, unpacked, each block at most as long as settings say or as the head was.

        `digest` is given all of them as they are stored.

        Raises FeedError where the feed can't be read on, was changed since the look, or its gzip data end early.
        """
        if self._kept is None:
            opened = await self._open()
            stored = b""
        else:
            (opened, stored), self._kept = self._kept, None
        self._read = 0
        gunzip = Gunzip(self.name, self._block) if self.packed else None
        try:
            if opened.again:
                stored = await _fill(opened, self._most)
                self._compare(stored)
            while stored:
                self._read += len(stored)
                if digest is not None:
                    digest.update(stored)
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

    async def seekable(self) -> BinaryIO:
        """Return a file with all bytes, unpacked, to be read from anywhere: the feed itself, or a copy without a name.

        Raises FeedError as `blocks` does, and where the copy would be larger than settings allow.
        """
        if not self.packed and self._kept is None and self._opener is None and self._copy is None:
            opened = await self._open()
            try:
                self._compare(await _fill(opened, self._most))
            finally:
                await opened.close()
            return await asyncio.to_thread(open, self.path, "rb")
        if self._copy is None:
            self._copy = await self._copied()
        again = os.fdopen(os.dup(self._copy.fileno()), "rb")
        again.seek(0)
        return again

    async def _copied(self) -> BinaryIO:
        with self._written():
            copy = tempfile.TemporaryFile()  # noqa: SIM115  # closed with the source
        try:
            async with aclosing(self.blocks()) as blocks:
                async for block in blocks:
                    with self._written():
                        await asyncio.to_thread(copy.write, block)
                    self._bounded(copy.tell())
            with self._written():
                copy.flush()
        except BaseException:
            copy.close()
            raise
        return copy

    @contextmanager
    def _written(self) -> Iterator[None]:
        """Turn what the system says of temporary files into one sentence."""
        try:
            yield
        except OSError as error:
            raise FeedError(
                "{name} has to be copied to be looked into, and the temporary files can't be written: {why}; make "
                "room, name another folder in TMPDIR, or save the feed as a plain file.",
                name=self.name,
                why=reason(error),
            ) from error

    def _bounded(self, size: int) -> None:
        if size > _COPY:
            raise FeedError(
                "{name} has more than the {limit} GiB that are copied to look into; save it as a plain file.",
                name=self.name,
                limit=_COPY >> 30,
            )

    def _compare(self, stored: bytes) -> None:
        if hashlib.sha256(stored).hexdigest() != self.digest:
            raise self._changed()

    async def see_unchanged(self) -> None:
        """Raise FeedError where the feed was written since the look, as far as the system tells."""
        opened = await self._open()
        now = opened.size, opened.modified
        await opened.close()
        if now != (self.size, self.modified):
            raise self._changed()

    def _changed(self) -> FeedError:
        return FeedError("{name} was changed after it was looked at; start again.", name=self.name)

    def forget_head(self) -> None:
        """Let go of the head, which isn't needed once the feed is recognised: there may be a thousand feeds."""
        self.head = b""

    async def aclose(self) -> None:
        """Close a pipe that was looked at and won't be read, a copy, and what this stands within."""
        if self._within is not None:
            await self._within.aclose()
        await self.let_go()

    async def let_go(self) -> None:
        """Close the same, but not what this stands within: others do, too."""
        if self._copy is not None:
            self._copy.close()
            self._copy = None
        if self._kept is not None:
            (opened, _), self._kept = self._kept, None
            await opened.close()
