"""The feeds in a zip archive, each a source of its own."""

from collections.abc import AsyncGenerator
from functools import partial
from typing import Self

from auditor.errors import FeedError
from auditor.feeds.archive import Archive
from auditor.feeds.source import Source
from auditor.settings import KIB, FeedSettings

_MAGIC = b"PK\x03\x04"
_MOST = 1000  # members: each is looked at before anything starts
_BLOCK = 256 * KIB


async def members(source: Source, settings: FeedSettings) -> list[Source]:
    """Return the sources in a source that was looked at: itself, or those in a zip archive that is no workbook.

    Those are still to be looked at, one after the other: a thousand heads are a lot of memory.

    Raises FeedError for an archive that is damaged, or holds no file or too many.
    """
    if not source.head.startswith(_MAGIC) or settings.feed_format == "workbook":
        return [source]
    archive = Archive(await source.seekable(), source.name)
    try:
        parts = archive.parts()
    finally:
        archive.close()
    if "[Content_Types].xml" in parts or "xl/workbook.xml" in parts:
        return [source]
    if parts[:1] == ["mimetype"] or any(part.startswith("Index/") and part.endswith(".iwa") for part in parts):
        raise FeedError(
            "{name} is a document of LibreOffice or Numbers; save it as .xlsx, or as “CSV UTF-8”.", name=source.name
        )
    feeds = [(place, part) for place, part in enumerate(parts) if not _is_litter(part)]
    if not 0 < len(feeds) <= _MOST:
        raise FeedError(
            "{name} holds {count} files, not 1 to {most}; unpack it, and name the feeds in it.",
            name=source.name,
            count=len(feeds),
            most=_MOST,
        )
    return [
        Source(
            f"{source.path}/{part}",
            settings.block,
            opener=partial(_Member.open, source, part, place),
            within=source,
        )
        for place, part in feeds
    ]


def _is_litter(part: str) -> bool:
    """Say whether a file is what systems leave behind."""
    return part.startswith("__MACOSX/") or part.rpartition("/")[2].startswith((".", "Thumbs.db", "desktop.ini"))


class _Member:
    """One file of an archive, read from its start."""

    again = True

    def __init__(self, source: Source, archive: Archive, part: str, place: int) -> None:
        self.place = (*source.place, place)
        self.modified = source.modified
        self.size: int | None = archive.size(part)
        self._archive = archive
        self._blocks: AsyncGenerator[bytes, None] = archive.blocks(part, _BLOCK)
        self._rest = b""

    @classmethod
    async def open(cls, source: Source, part: str, place: int) -> Self:
        """Open a member. Raises FeedError."""
        return cls(source, Archive(await source.seekable(), source.name), part, place)

    async def read(self, most: int) -> bytes:
        """Return the next bytes, at most so many; none at the end. Raises FeedError."""
        if not self._rest:
            self._rest = await anext(self._blocks, b"")
        found, self._rest = self._rest[:most], self._rest[most:]
        return found

    async def close(self) -> None:
        """Close it, and its archive."""
        await self._blocks.aclose()
        self._archive.close()
