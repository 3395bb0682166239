"""An open feed file, or standard input: the only place of this package that asks the system for bytes."""

import asyncio
import os
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from io import FileIO
from typing import Self

from aiofiles.threadpool import wrap
from aiofiles.threadpool.binary import AsyncFileIO

from auditor.errors import FeedError, Sentence, reason

STDIN = "-"


def called(path: str) -> Sentence | str:
    """Return what messages call a feed."""
    return Sentence("Standard input") if path == STDIN else path


class Opened:
    """A file being read. `size` is None for a pipe; `place` is the same for two paths to the same file.

    `modified` is when it was last written, in nanoseconds of the system's; None for what can't be opened again.
    """

    def __init__(self, path: str, file: FileIO) -> None:
        self._path = path
        self._file = file
        self._reader: AsyncFileIO = wrap(file)
        self._reading: asyncio.Future[bytes] | None = None
        self._number = file.fileno()
        facts = os.fstat(self._number)
        self.place: tuple[int, ...] = (facts.st_dev, facts.st_ino)
        self.size = facts.st_size if stat.S_ISREG(facts.st_mode) else None
        # What is open as a path to a file can be opened again; a pipe or what the shell opened for us can't.
        self.again = self.size is not None and path != STDIN
        self.modified = facts.st_mtime_ns if self.again else None

    @classmethod
    async def open(cls, path: str) -> Self:
        """Open a path, or standard input for `-`. Raises FeedError."""
        with _one_sentence(path):
            if path != STDIN:
                return cls(path, await _open(path))
            if sys.stdin is None:
                raise FeedError("Standard input is closed; name a feed file, or pipe one in.")
            return cls(path, FileIO(sys.stdin.fileno(), "rb", closefd=False))

    async def read(self, most: int) -> bytes:
        """Return the next bytes, at most so many; none at the end. Raises FeedError."""
        with _one_sentence(self._path):
            while True:
                if self.size is None:
                    await _readable(self._number)
                # Whoever stops waiting doesn't stop the thread that reads; `close` has to wait for it.
                self._reading = asyncio.ensure_future(self._reader.read(most))
                block = await asyncio.shield(self._reading)
                # The stubs leave out that a pipe that doesn't block answers None while it is empty.
                if block is not None:
                    return block

    async def close(self) -> None:
        """Close the file, however often one is interrupted in it; standard input stays as it was."""
        try:
            if self._reading is not None and not self._reading.done():
                await asyncio.wait([self._reading])
        finally:
            self._file.close()  # not in a thread: it takes no time, and a call to one can be cancelled


async def _open(path: str) -> FileIO:
    """Open a file, in a thread: a disk takes its time. Whoever stops waiting leaves no file open."""
    opening = asyncio.get_running_loop().run_in_executor(None, partial(FileIO, path, "rb", opener=_at_once))
    try:
        return await asyncio.shield(opening)
    except asyncio.CancelledError:
        opening.add_done_callback(_close)
        raise


def _close(opened: asyncio.Future[FileIO]) -> None:
    if not opened.cancelled() and opened.exception() is None:
        opened.result().close()


def _at_once(path: str, flags: int) -> int:
    """Open a path at once. A named pipe would else keep a thread until someone writes into it, past any interrupt."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))


async def _readable(number: int) -> None:
    """Wait on the loop until a pipe has bytes, so that no thread is stuck in a read when the run is interrupted."""
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    try:
        loop.add_reader(number, ready.set)
    except (NotImplementedError, OSError):
        return  # not a thing that can be waited for (/dev/null, a loop without readers): reading it is all there is
    try:
        await ready.wait()
    finally:
        loop.remove_reader(number)


@contextmanager
def _one_sentence(path: str) -> Iterator[None]:
    """Turn what the system says into one sentence with what to do."""
    name = called(path)
    try:
        yield
    except FileNotFoundError as error:
        raise FeedError("{name}: there is no such file; check its name and folder.", name=name) from error
    except IsADirectoryError as error:
        raise FeedError("{name} is a folder; name the feed file in it.", name=name) from error
    except PermissionError as error:
        raise FeedError("{name} may not be read by this user; change its permissions or copy it.", name=name) from error
    except (OSError, ValueError) as error:  # ValueError: a path with a NUL in it, a closed standard input
        raise FeedError("{name} can't be read: {why}.", name=name, why=reason(error)) from error
