"""The file that a corrected feed is written to: whole or not at all, and never over the feed itself."""

import asyncio
import gzip
import os
import shutil
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple, TypeAlias

from auditor.errors import AuditorError, reason
from auditor.feeds.feed import Feed
from auditor.repair.feeds.stretches import Blocks
from auditor.reports.part import PART, is_device
from auditor.settings import KIB

_BLOCK = 256 * KIB
_TEXTS = (".txt", ".tsv", ".csv")
_BOOKS = (".xlsx", ".xlsm")
Prove: TypeAlias = Callable[[Path], Awaitable[None]]


class Output(NamedTuple):
    """Where a corrected feed goes, and which form it has.

    `only_changed` leaves out the rows that don't change; `as_text` writes a workbook's sheet as tab-delimited text. A
    name that ends in .gz is written as gzip.
    """

    path: Path
    only_changed: bool = False
    as_text: bool = False


def refuse_input(feed: Feed, path: Path) -> None:
    """Raise AuditorError where a file is the feed itself, by whatever name, or can't be one."""
    if path.suffix.lower() == ".zip":
        raise AuditorError(
            "{name}: a corrected feed isn't written into a zip archive; name a file of its own.", name=path
        )
    for one in (path, _part(path)):
        try:
            there = one.stat()
        except OSError:
            continue
        if (there.st_dev, there.st_ino) == feed.source.place[:2]:
            raise AuditorError(
                "{name} is the feed itself, which is never written over; name another file for the corrected one.",
                name=one,
            )


def refuse_name(feed: Feed, path: Path, *, book: bool) -> None:
    """Raise AuditorError where a workbook would be called a text, or a text a workbook: no program would open it."""
    name = path.name.lower().removesuffix(".gz")
    if book and name.endswith(_TEXTS):
        raise AuditorError(
            "{name} is a workbook and stays one: add --as-text to write it as text, or name a file that ends as it "
            "does.",
            name=feed.name,
        )
    if not book and name.endswith(_BOOKS):
        raise AuditorError("{name} would be no workbook but text: name a file that ends in .txt.", name=path)


async def write(path: Path, blocks: Blocks, prove: Prove) -> None:
    """Write a file's bytes beside it, and give it its name once that is proven; a device gets the bytes then.

    Raises AuditorError where it can't be written, and what `prove` raises of the file that it is given.
    """
    with _one_sentence(path):
        part = await asyncio.to_thread(_part_for, path)
        file = await asyncio.to_thread(_open, part, packed=path.suffix.lower() == ".gz")
    try:
        async for block in _large(blocks):
            with _one_sentence(path):
                await asyncio.to_thread(file.write, block)
        with _one_sentence(path):
            await asyncio.to_thread(file.close)
        await prove(part)
        with _one_sentence(path):
            await asyncio.to_thread(_publish, part, path)
    finally:
        with suppress(OSError, ValueError):  # of a full disk, or of a thread that still writes, all was said
            file.close()
        with suppress(OSError):
            part.unlink(missing_ok=True)


async def _large(blocks: Blocks) -> Blocks:
    """Put small blocks together: each that is written is a hop to a thread."""
    waiting: list[bytes] = []
    size = 0
    async for block in blocks:
        waiting.append(block)
        size += len(block)
        if size >= _BLOCK:
            yield b"".join(waiting)
            waiting, size = [], 0
    yield b"".join(waiting)


def _part(path: Path) -> Path:
    return path if is_device(path) else path.with_name(path.name + PART)


def _part_for(path: Path) -> Path:
    """Return where a file is written at first: what goes into a pipe can't be read again there."""
    if not is_device(path):
        return _part(path)
    number, name = tempfile.mkstemp(suffix="".join(path.suffixes))
    os.close(number)
    return Path(name)


def _publish(part: Path, path: Path) -> None:
    if not is_device(path):
        part.replace(path)
        return
    with part.open("rb") as written, path.open("wb") as device:
        shutil.copyfileobj(written, device)


def _open(part: Path, *, packed: bool) -> BufferedIOBase:
    return gzip.GzipFile(part, "wb", mtime=0) if packed else part.open("wb")


@contextmanager
def _one_sentence(path: Path) -> Iterator[None]:
    """Turn what the system says into one sentence."""
    try:
        yield
    except OSError as error:
        raise AuditorError(
            "The corrected feed {name} can't be written: {why}. Choose another place for it, or make room.",
            name=path,
            why=reason(error),
        ) from error
