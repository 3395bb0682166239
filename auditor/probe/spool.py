"""A file that holds what is downloaded, for as long as it is looked at."""

import itertools
import re
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiofiles

from auditor.errors import ReportError, reason
from auditor.probe.descriptors import is_shortage

HEAD = 64 * 1024  # bytes that are kept to see what came
BLOCK = 256 * 1024  # bytes per write: each write is a hop to a thread
_DOWNLOAD = re.compile(r"[0-9]+\.image")
_NUMBERS = itertools.count()


class Spool:
    """Bytes as they come, in a file that is gone afterwards.

    Raises `ReportError` where the system refuses, but for a lack of descriptors: that passes, and is raised as it is.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{next(_NUMBERS)}.image"
        self.length = 0
        self.head = bytearray()  # the first bytes
        self._block = bytearray()
        self._beside = folder.parent
        self._file: Any = None

    async def __aenter__(self) -> Self:
        with _told(self._beside):
            self._file = await aiofiles.open(self.path, "wb")
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        if self._file is not None:
            await self._file.close()
        self.path.unlink(missing_ok=True)

    async def write(self, data: bytes) -> None:
        """Add bytes. They reach the disk in blocks."""
        self.head += data[: HEAD - len(self.head)]
        self._block += data
        self.length += len(data)
        if len(self._block) >= BLOCK:
            await self._flush()

    async def close(self) -> None:
        """See that all is in the file."""
        await self._flush()
        file, self._file = self._file, None
        with _told(self._beside):
            await file.close()

    async def _flush(self) -> None:
        block = bytes(self._block)
        self._block.clear()
        with _told(self._beside):
            await self._file.write(block)


@contextmanager
def spool_folder(out: Path | None) -> Iterator[Path]:
    """Make a folder for spools, and remove it with all that is in it.

    It stands beside a report, which has the room for them; without one, among the system's temporary files.
    """
    if out is None or (out.exists() and not out.is_file()):  # nothing can stand beside a pipe
        with _told(None):
            folder = tempfile.TemporaryDirectory(prefix=".auditor.", ignore_cleanup_errors=True)
    else:
        with _told(out.parent):
            folder = tempfile.TemporaryDirectory(prefix=f".{out.name}.", dir=out.parent, ignore_cleanup_errors=True)
    with folder as name:
        yield Path(name)


def clear_spools(out: Path) -> None:
    """Remove what killed runs have left beside a file, if nobody else may be writing that meanwhile. Blocks.

    One that downloads many large images leaves some of them, night after night. What isn't surely ours stays, and so
    does what the system won't remove.
    """
    ours = re.compile(rf"\.{re.escape(out.name)}\.[a-z0-9_]{{8}}")
    with suppress(OSError):
        for folder in out.parent.iterdir():
            if ours.fullmatch(folder.name) and _is_of_spools(folder):
                shutil.rmtree(folder, ignore_errors=True)


def _is_of_spools(folder: Path) -> bool:
    """Whether a folder is for its owner only, and holds downloads alone, or such folders of workers; or nothing yet."""
    try:
        there = folder.lstat().st_mode
        if not stat.S_ISDIR(there) or stat.S_IMODE(there) != stat.S_IRWXU:
            return False
        return all(_DOWNLOAD.fullmatch(inner.name) or _is_of_spools(inner) for inner in folder.iterdir())
    except OSError:
        return False


@contextmanager
def _told(folder: Path | None) -> Iterator[None]:
    """Turn what the system says into one sentence; without a folder it was among the temporary files."""
    try:
        yield
    except OSError as error:
        if is_shortage(error):
            raise
        if folder is None:
            raise ReportError(
                "Nothing can be written among the temporary files: {why}. Images are kept there while they are "
                "decoded; make room, or name another folder in TMPDIR.",
                why=reason(error),
            ) from error
        raise ReportError(
            "Nothing can be written in the folder {folder}: {why}. Images are kept there while they are decoded; make "
            "room, or have all that is written go to another folder.",
            folder=folder.resolve(),
            why=reason(error),
        ) from error
