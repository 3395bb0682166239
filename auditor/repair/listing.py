"""The list of a repair: every image with something to be done, as CSV."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from auditor.repair.entry import COLUMNS, Entry
from auditor.reports import SystemDisk
from auditor.reports.part import PartFile
from auditor.reports.tables import csv_lines
from auditor.settings import ReportSettings
from auditor.texts import Texts


class Listing:
    """Takes entries in feed order. Without a file, it takes them all the same."""

    def __init__(self, file: PartFile | None, words: Texts) -> None:
        self._file = file
        self._words = words

    async def add(self, entries: list[Entry]) -> None:
        """Add some. Raises `ReportError`."""
        if self._file is not None and entries:
            rows = [[getter(entry, self._words) for _, getter in COLUMNS] for entry in entries]
            await self._file.write(csv_lines(rows))


@asynccontextmanager
async def open_listing(path: Path | None, words: Texts) -> AsyncIterator[Listing]:
    """Open the list, and give it its name when the block ends as it should. Raises `ReportError`."""
    if path is None:
        yield Listing(None, words)
        return
    file = PartFile(path, ReportSettings().block, SystemDisk())
    await file.open()
    try:
        await file.write(csv_lines([[header for header, _ in COLUMNS]]))
        yield Listing(file, words)
        await file.close()
        await file.publish()
    except BaseException:
        await file.discard()
        raise
