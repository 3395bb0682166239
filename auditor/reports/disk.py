"""The disk as reports need it: the one place where their bytes become files. Tests put another in its place."""

import asyncio
import errno
import os
from collections.abc import AsyncGenerator
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, Protocol

from aiofiles.threadpool import wrap

from auditor.reports.lock import Lock, take_lock

_BLOCK = 1024 * 1024  # bytes per read
_LOOK = 0.05  # seconds until it is seen that somebody reads from a pipe


class DiskFile(Protocol):
    """A file that is written from some place on to its end. Every method raises `OSError` where the system refuses."""

    async def write(self, data: bytes) -> None:
        """Add bytes."""
        ...

    async def sync(self) -> None:
        """Return once all that was written would outlast a power cut."""
        ...

    async def close(self) -> None:
        """Close it. Nothing is promised of what wasn't synced."""
        ...

    @property
    def there(self) -> bool:
        """Whether its path still leads to it."""
        ...


class Disk(Protocol):
    """Files by their paths. Every method raises `OSError` where the system refuses."""

    async def open(self, path: Path, keep: int = 0) -> DiskFile:
        """Open a file to be written behind its first `keep` bytes; what stood behind them is gone. 0 also makes one."""
        ...

    def read(self, path: Path) -> AsyncGenerator[bytes, None]:
        """Yield a file's bytes, in blocks."""
        ...

    async def replace(self, source: Path, target: Path) -> None:
        """Give a file another name in one step, and take that from whichever file has it."""
        ...

    async def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        ...

    async def sync_folder(self, folder: Path) -> None:
        """Return once the names in a folder would outlast a power cut."""
        ...

    def lock(self, path: Path, holder: str) -> Lock | None:
        """Take a lock. See `take_lock`."""
        ...


class _File:
    """A file of the system. Bytes go straight to it: they come in blocks, and a buffer would keep what failed."""

    def __init__(self, path: Path, file: FileIO) -> None:
        self._path = path
        self._number = file.fileno()
        self._file: Any = wrap(file)

    async def write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            left = left[await self._file.write(left) :]

    async def sync(self) -> None:
        await asyncio.to_thread(os.fsync, self._number)

    async def close(self) -> None:
        await self._file.close()

    @property
    def there(self) -> bool:
        try:
            named = self._path.stat()
        except OSError:
            return False
        return os.path.samestat(named, os.fstat(self._number))


class SystemDisk:
    """The files of this machine."""

    async def open(self, path: Path, keep: int = 0) -> DiskFile:
        """Open a file to be written behind its first `keep` bytes."""
        if await asyncio.to_thread(path.is_fifo):
            return _File(path, await _open_pipe(path))
        return _File(path, await asyncio.to_thread(_open, path, keep))

    async def read(self, path: Path) -> AsyncGenerator[bytes, None]:
        """Yield a file's bytes, in blocks."""
        file = await asyncio.to_thread(FileIO, path, "rb")
        try:
            while block := await asyncio.to_thread(file.read, _BLOCK):
                yield block
        finally:
            file.close()

    async def replace(self, source: Path, target: Path) -> None:
        """Give a file another name in one step."""
        os.replace(source, target)  # noqa: PTH105  # it takes no time, unlike what is done in a thread

    async def remove(self, path: Path) -> None:
        """Remove a file if it is there."""
        with suppress(FileNotFoundError):
            os.unlink(path)  # noqa: PTH108  # likewise

    async def sync_folder(self, folder: Path) -> None:
        """Return once the names in a folder would outlast a power cut."""
        await asyncio.to_thread(_sync_folder, folder)

    def lock(self, path: Path, holder: str) -> Lock | None:
        """Take a lock."""
        return take_lock(path, holder)


async def _open_pipe(path: Path) -> FileIO:
    """Wait for whoever reads from a named pipe: a thread would be stuck in that, past any interrupt."""
    while True:
        try:
            number = os.open(path, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as error:
            if error.errno != errno.ENXIO:
                raise
            await asyncio.sleep(_LOOK)
        else:
            os.set_blocking(number, True)
            return FileIO(number, "wb")


def _open(path: Path, keep: int) -> FileIO:
    if not keep:
        return FileIO(path, "wb")
    file = FileIO(path, "r+b")
    try:
        file.truncate(keep)
        file.seek(keep)
    except OSError:
        file.close()
        raise
    return file


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":
        return  # a folder can't be opened there, and needn't be
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
