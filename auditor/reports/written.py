"""A table and its summary, written together: both appear whole, or neither."""

import json
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Any

from auditor.errors import ReportError
from auditor.reports.disk import Disk, SystemDisk
from auditor.reports.lines import Cell
from auditor.reports.lock import lock_reports
from auditor.reports.part import PartFile, is_device
from auditor.reports.tables import BOM, csv_lines
from auditor.settings import ReportSettings


class Written:
    """A CSV file in the making, and a JSON file of its counts if settings name one. Raises `ReportError`."""

    def __init__(self, settings: ReportSettings, disk: Disk) -> None:
        self._bom = settings.bom
        self._disk = disk
        self._published = False
        self._table = PartFile(settings.out, settings.block, disk)
        self._summary = PartFile(settings.summary, settings.block, disk) if settings.summary else None

    async def open(self) -> None:
        """Start both files."""
        for file in self._files:
            await file.open()
        if self._bom:
            await self._table.write(BOM)

    async def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        """Add rows to the table."""
        await self._table.write(csv_lines(rows))

    async def publish(self, facts: Mapping[str, Any]) -> None:
        """Write the counts, and give both files their names."""
        if self._summary:
            await self._summary.write(json.dumps(facts, ensure_ascii=False, indent=2).encode() + b"\n")
        for file in self._files:
            await file.close()
        for file in self._files:
            await file.publish()
        self._published = True

    async def discard(self) -> None:
        """Remove what hasn't got its name, whatever happened to it."""
        for file in () if self._published else self._files:
            with suppress(ReportError, OSError):
                await file.discard()
            with suppress(OSError):
                if not file.device:
                    await self._disk.remove(file.part)

    @property
    def _files(self) -> list[PartFile]:
        return [self._table, self._summary] if self._summary else [self._table]


@asynccontextmanager
async def written(settings: ReportSettings, now: float, disk: Disk | None = None) -> AsyncGenerator[Written, None]:
    """Give a table to write, while no other run writes it; what isn't published at the end is gone."""
    files = Written(settings, disk or SystemDisk())
    named = [path for path in (settings.out, settings.summary) if path is not None and not is_device(path)]
    with lock_reports(named, now):
        try:
            await files.open()
            yield files
        finally:
            await files.discard()
