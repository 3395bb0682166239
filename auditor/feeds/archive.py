"""A zip archive, which a workbook is too: opened with care, its parts read in blocks.

What is read is unpacked as it comes and never held whole, so a bomb costs time only; the ratio bounds that too. A
directory of millions of parts would take all memory: its size is looked at before it is read.
"""

import asyncio
import struct
import zipfile
import zlib
from collections.abc import AsyncGenerator, Iterator
from contextlib import contextmanager
from typing import BinaryIO

from auditor.errors import FeedError, Sentence
from auditor.settings import MIB

_DIRECTORY = 16 * MIB  # bytes of an archive's directory: a hundred thousand parts and more
_FREE = 64 * MIB  # bytes that may be packed as tightly as they like
_RATIO = 400  # times a part's packed size: deflate reaches 1032, sheets and tables of repeated words about 100
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, struct.error, ValueError, KeyError, OSError)


class Archive:
    """A zip archive in an open file. `name` is for messages. Raises FeedError where it is none or not to be trusted."""

    def __init__(self, file: BinaryIO, name: Sentence | str) -> None:
        self._file = file
        self._name = name
        try:
            with self._one_sentence():
                # The typing of zipfile wants a whole file; it reads, seeks and tells.
                self._zip = zipfile.ZipFile(_Bounded(file, _DIRECTORY))
        except _TooMuchError:
            file.close()
            raise FeedError(
                "{name} has too many parts for a feed; unpack it, and name the feeds in it.", name=name
            ) from None
        except FeedError:
            file.close()
            raise

    def parts(self) -> list[str]:
        """Return the names of the files in it, in their order."""
        return [entry.filename for entry in self._zip.infolist() if not entry.is_dir()]

    def size(self, part: str) -> int:
        """Return how many bytes a part has, as the archive says."""
        return self._zip.getinfo(part).file_size

    async def blocks(self, part: str, block: int) -> AsyncGenerator[bytes, None]:
        """Yield a part's bytes. Raises FeedError where it is damaged, encrypted or packed beyond reason."""
        with self._one_sentence():
            entry = self._zip.getinfo(part)
            if entry.flag_bits & 1:
                raise FeedError("{name} is protected by a password; save it without.", name=self._name)
            most = max(_FREE, entry.compress_size * _RATIO)
            stream = self._zip.open(entry)
        read = 0
        try:
            while True:
                with self._one_sentence():
                    unpacked = await asyncio.to_thread(stream.read, block)
                if not unpacked:
                    return
                read += len(unpacked)
                if read > most:
                    raise FeedError(
                        "{name} unpacks to more than {times} times its size, as no feed does; unpack it yourself if it "
                        "can be trusted.",
                        name=self._name,
                        times=_RATIO,
                    )
                yield unpacked
        finally:
            stream.close()

    def close(self) -> None:
        """Close the archive and its file."""
        self._zip.close()
        self._file.close()

    @contextmanager
    def _one_sentence(self) -> Iterator[None]:
        """Turn what the library says into one sentence."""
        try:
            yield
        except NotImplementedError as error:
            raise FeedError(
                "{name} is packed in a way that isn't read here; unpack it first.", name=self._name
            ) from error
        except _DAMAGED as error:
            raise FeedError(
                "{name} is damaged: its zip data can't be unpacked; fetch it again.", name=self._name
            ) from error


class _Bounded:
    """An open file that refuses to be read in one piece of more than a bound, as an archive's directory is."""

    def __init__(self, file: BinaryIO, most: int) -> None:
        self._file = file
        self._most = most
        self.seek, self.tell, self.close = file.seek, file.tell, file.close

    def seekable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes. Raises _TooMuchError."""
        if size > self._most:
            raise _TooMuchError
        return self._file.read(size if size >= 0 else self._most)


class _TooMuchError(Exception):
    """A directory that is too large to be one of a feed."""
