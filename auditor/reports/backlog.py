"""Finished rows that wait behind a slow one: in memory up to a limit, then in a file beside the report."""

from contextlib import suppress
from itertools import repeat, takewhile
from pathlib import Path
from typing import Any, NamedTuple

import aiofiles

from auditor.errors import ReportError, reason
from auditor.reports.row import RowReport, Tally

TAKE = 1000  # rows handed out at once, so that what comes back from the file doesn't fill the memory again


class _Spilled(NamedTuple):
    """A row whose lines are in the file."""

    offset: int
    lengths: tuple[int, ...]
    tally: Tally


class Backlog:
    """Puts finished rows back into feed order. Tickets count up from 0; each is put once.

    `silent` is a report without lines, that of most rows: it weighs nothing.
    """

    def __init__(self, path: Path, limit: int, silent: RowReport) -> None:
        self._path = path
        self._limit = limit
        self._silent = silent
        self._rows: dict[int, RowReport | _Spilled] = {}
        self._head = 0
        self._weight = 0  # bytes of lines in memory
        self._file: Any = None
        self._end = 0  # of the file
        self._spilled = 0  # rows in the file
        self._cache = (0, b"")  # a stretch of the file: spilled rows are mostly read back one after another

    def put(self, ticket: int, report: RowReport) -> bool:
        """Keep a finished row; say whether there is something to do: lines to take, or too many in memory."""
        self._rows[ticket] = report
        if report is not self._silent:
            self._weight += sum(map(len, report.lines))
            if self._weight > self._limit:
                return True
        return ticket == self._head

    async def take(self) -> list[RowReport]:
        """The finished rows whose turn it is, in feed order; more may be left, ask until none comes."""
        tickets = range(self._head, self._head + TAKE)
        # Up to the first that isn't there; mostly, that is all there is to do.
        taken: list[Any] = list(takewhile(bool, map(self._rows.pop, tickets, repeat(None))))
        self._head += len(taken)
        if self._weight:
            self._weight -= sum(sum(map(len, row.lines)) for row in taken if isinstance(row, RowReport))
        if self._spilled:
            taken = [await self._restore(row) if isinstance(row, _Spilled) else row for row in taken]
        if self._weight > self._limit:
            await self._spill()
        return taken

    def clear(self) -> None:
        """Remove the file that a killed run has left."""
        with suppress(OSError):  # where that can't be done, nor can the report be written, which says it better
            self._path.unlink(missing_ok=True)

    async def close(self) -> None:
        """Remove the file."""
        if self._file is not None:
            await self._file.close()
            self._file = None
            self._path.unlink(missing_ok=True)

    async def _spill(self) -> None:
        """Move every row's lines into the file, in order."""
        block: list[bytes] = []
        try:
            if self._file is None:
                self._file = await aiofiles.open(self._path, "w+b")
            end = self._end
            for ticket, row in sorted(self._rows.items()):
                if isinstance(row, RowReport) and any(row.lines):
                    lengths = tuple(map(len, row.lines))
                    self._rows[ticket] = _Spilled(end, lengths, row.tally)
                    self._spilled += 1
                    block += row.lines
                    end += sum(lengths)
            self._weight = 0
            await self._file.seek(self._end)
            await self._file.write(b"".join(block))
            self._end = end
        except OSError as error:
            raise ReportError(
                "{path} can't be written: {why}. It holds finished lines that wait behind a slow image; free some "
                "space and start again.",
                path=self._path,
                why=reason(error),
            ) from error

    async def _restore(self, row: _Spilled) -> RowReport:
        size = sum(row.lengths)
        start, data = self._cache
        if not start <= row.offset <= row.offset + size <= start + len(data):
            await self._file.seek(row.offset)
            start, data = row.offset, await self._file.read(max(size, 1024 * 1024))
            self._cache = (start, data)
        at = row.offset - start
        lines = []
        for length in row.lengths:
            lines.append(data[at : at + length])
            at += length
        self._spilled -= 1
        if not self._spilled:
            self._end = 0
            self._cache = (0, b"")
            await self._file.truncate(0)
        return RowReport(tuple(lines), row.tally)
