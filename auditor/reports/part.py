"""A report file that appears whole or not at all."""

import errno
import os
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from auditor.errors import SettingsError
from auditor.reports.disk import Disk, DiskFile
from auditor.reports.unwritable import telling

PART = ".part"


class Held(NamedTuple):
    """The beginning of a report that is on the disk: how many bytes, and their digest in hex."""

    length: int
    digest: str


class PartFile:
    """Bytes go to `NAME.part` in blocks; `publish` gives the file its name once it is whole.

    What isn't a regular file (a pipe, /dev/null) can't be replaced and is written directly. Every method but `holds`
    raises `ReportError` when the system refuses.
    """

    def __init__(self, path: Path, block: int, disk: Disk) -> None:
        self.path = path
        self.device = is_device(path)
        self.part = path if self.device else path.with_name(path.name + PART)
        self._block = block
        self._disk = disk
        self._waiting: list[bytes] = []
        self._size = 0
        self._file: DiskFile | None = None
        self._length = 0  # bytes handed to the system
        self._digest = _new_digest()
        self._published = False
        self._lost = False  # it was found gone, which is so still when it is closed
        self._broken = False  # a write failed: nobody knows what is behind the last checkpoint

    async def holds(self, held: Held, *, whole: bool) -> bool:
        """Whether an earlier run has left this much; if so, `open` goes on behind it.

        A `whole` report may have its name already.
        """
        for path in (self.part, self.path) if whole else (self.part,):
            digest = await self._read(path, held.length)
            if digest is not None and digest.hexdigest() == held.digest:
                self._length, self._digest = held.length, digest
                self._published = path == self.path
                return True
        return False

    async def _read(self, path: Path, length: int) -> blake2b | None:
        """The digest of a file's first bytes; None if it can't be read or hasn't so many."""
        digest, left = _new_digest(), length
        try:
            async for block in self._disk.read(path):
                digest.update(block[:left])
                left -= len(block[:left])
                if not left:
                    break
        except OSError:
            return None
        return None if left else digest

    async def open(self, *, anew: bool = True) -> None:
        """Start the part file, an older one is overwritten; or go on with what it `holds`."""
        if anew:
            self._length, self._digest, self._published = 0, _new_digest(), False
        if self._published:
            return
        with telling(self.path):
            if self.path.is_dir():
                raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
            self._file = await self._disk.open(self.part, self._length)

    async def write(self, data: bytes) -> None:
        """Add bytes. They reach the disk in blocks."""
        self._waiting.append(data)
        self._size += len(data)
        if self._size >= self._block:
            await self.flush()

    async def flush(self) -> None:
        """Hand what waits to the system."""
        if not self._waiting:
            return
        block = b"".join(self._waiting)
        self._waiting.clear()
        self._size = 0
        self._broken = True
        with telling(self.path):
            assert self._file is not None  # noqa: S101  # it is open for as long as anything is written
            await self._file.write(block)
        self._broken = False
        self._digest.update(block)
        self._length += len(block)

    async def sync(self) -> Held:
        """See everything onto the disk, and say what is there.

        A part file that was removed meanwhile is told now: nothing would be left of hours of work.
        """
        await self.flush()
        if self._file is not None and not self.device:
            with telling(self.path):
                if self._broken:
                    raise OSError(errno.EIO, os.strerror(errno.EIO))
                if self.gone:
                    self._lost = True
                    raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
                await self._file.sync()
        return Held(self._length, self._digest.hexdigest())

    @property
    def gone(self) -> bool:
        """Whether the part file was removed, or another one put in its place, while it was written."""
        return self._lost or (self._file is not None and not self.device and not self._file.there)

    async def close(self) -> None:
        """See everything onto the disk and close the part file. Closing twice is fine."""
        if self._file is None:
            return
        try:
            await self.sync()
        finally:
            self._waiting.clear()
            file, self._file = self._file, None
            with telling(self.path):
                await file.close()

    async def discard(self) -> None:
        """Close and remove the part file, if it was opened."""
        if self._file is None:
            return
        self._waiting.clear()
        file, self._file = self._file, None
        with telling(self.path):
            await file.close()
            if not self.device:
                await self._disk.remove(self.part)

    async def remove(self) -> None:
        """Remove the part file of what needn't be published, once it is closed."""
        with telling(self.path):
            await self._disk.remove(self.part)

    async def publish(self) -> None:
        """Give the closed file its name, in one step."""
        if not self.device and not self._published:
            with telling(self.path):
                await self._disk.replace(self.part, self.path)
            self._published = True


def _new_digest() -> blake2b:
    return blake2b(digest_size=16)


def is_device(path: Path) -> bool:
    """Whether something is there that is neither file nor folder: a pipe, a terminal, /dev/null."""
    return path.exists() and not path.is_file() and not path.is_dir()


def refuse_descriptor(path: Path) -> None:
    """Raise `SettingsError` for a name of the system's that leads to a file, as /dev/stdout does behind a `>`.

    The report would take the place of that name, for every program on this machine. Nor is a file called -, by which
    other programs mean their standard output.
    """
    if path == Path("-"):
        raise SettingsError("No file is called - here: name one to write to.")
    if path.is_symlink() and path.is_file():
        folder = path.parent.resolve()
        if folder == Path("/dev") or folder.is_relative_to("/proc"):
            raise SettingsError("{path} leads to a file here, and would itself be replaced: name that file.", path=path)
