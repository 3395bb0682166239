"""The file that a corrected feed is written to: whole or not at all, and never over the feed itself."""

import asyncio
import gzip
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from pathlib import Path
from typing import NamedTuple

from auditor.errors import AuditorError, reason
from auditor.feeds.feed import Feed
from auditor.repair.feeds.stretches import Blocks
from auditor.reports.part import PART, is_device
from auditor.settings import KIB

_BLOCK = 256 * KIB


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


async def write(path: Path, blocks: Blocks) -> None:
    """Write a file's bytes beside it and then give it its name; a device is written directly. Raises AuditorError."""
    part = _part(path)
    with _one_sentence(path):
        file = await asyncio.to_thread(_open, part, packed=path.suffix.lower() == ".gz")
    try:
        async for block in _large(blocks):
            with _one_sentence(path):
                await asyncio.to_thread(file.write, block)
        with _one_sentence(path):
            await asyncio.to_thread(file.close)
            if part != path:
                await asyncio.to_thread(os.replace, part, path)
    except BaseException:
        with suppress(OSError, ValueError):  # of a full disk, or of a thread that still writes, all was said
            file.close()
        if part != path:
            with suppress(OSError):
                part.unlink(missing_ok=True)
        raise


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
