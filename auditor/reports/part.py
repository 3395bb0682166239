"""A report file that appears whole or not at all."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import aiofiles

from auditor.errors import ReportError, reason

PART = ".part"


class PartFile:
    """Bytes go to `NAME.part` in blocks; `publish` gives the file its name once it is whole.

    What isn't a regular file (a pipe, /dev/null) can't be replaced and is written directly. Every method raises
    `ReportError` when the system refuses.
    """

    def __init__(self, path: Path, block: int) -> None:
        self.path = path
        self.part = path if is_device(path) else path.with_name(path.name + PART)
        self._block = block
        self._waiting: list[bytes] = []
        self._size = 0
        self._file: Any = None

    async def open(self) -> None:
        """Start the part file; an older one is overwritten."""
        with _told(self.path):
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            self._file = await aiofiles.open(self.part, "wb")

    async def write(self, data: bytes) -> None:
        """Add bytes. They reach the disk in blocks."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= self._block:
            await self.flush()

    async def flush(self) -> None:
        """Hand what waits to the system."""
        if self._waiting:
            block = b"".join(self._waiting)
            self._waiting.clear()
            self._size = 0
            with _told(self.path):
                await self._file.write(block)

    async def close(self) -> None:
        """Write what waits, see it onto the disk and close the part file. Closing twice is fine."""
        if self._file is None:
            return
        file, self._file = self._file, None
        with _told(self.path):
            try:
                if self._waiting:
                    await file.write(b"".join(self._waiting))
                await file.flush()
                if self.part != self.path:
                    os.fsync(file.fileno())
            finally:
                self._waiting.clear()
                await file.close()

    async def discard(self) -> None:
        """Close and remove the part file, if it was opened."""
        if self._file is not None:
            await self.close()
            if self.part != self.path:
                self.part.unlink(missing_ok=True)

    def publish(self) -> None:
        """Give the closed file its name, in one step."""
        if self.part != self.path:
            with _told(self.path):
                self.part.replace(self.path)


def is_device(path: Path) -> bool:
    """Whether something is there that is neither file nor folder: a pipe, a terminal, /dev/null."""
    return path.exists() and not path.is_file() and not path.is_dir()


@contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportError(
            "The report {path} can't be written: {why}. Choose another place for it, or make room.",
            path=path,
            why=reason(error),
        ) from error
