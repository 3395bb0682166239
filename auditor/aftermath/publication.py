"""What a reconcile leaves behind: reconcile.csv, the counts as JSON, and the round in the state file."""

from auditor.aftermath.docket import Docket
from auditor.aftermath.lines import RECONCILE, Line, LineWriter, key_of
from auditor.aftermath.reconciled import Reconciled
from auditor.reports.written import Written, written
from auditor.settings import ReportSettings
from auditor.state import Rounds

_LINES = 500  # at once
_ROUNDS = 20  # that JSON has


class Publication:
    """Writes all of it, or nothing. `now` is in seconds since the epoch; without `rounds`, nothing is remembered."""

    def __init__(self, settings: ReportSettings, writer: LineWriter, rounds: Rounds | None, now: float) -> None:
        self._settings = settings
        self._writer = writer
        self._rounds = rounds
        self._now = now

    async def publish(self, docket: Docket, totals: Reconciled, batch_id: str) -> None:
        """Count and write what was found. Raises `ReportError` and `StateError`; no file has its name then."""
        async with written(self._settings, self._now) as files:
            await files.write([[*(header for header, _ in RECONCILE), *self._settings.keep]])
            lines: list[Line] = []
            for entry in docket.entries():
                lines.append(self._writer.line(entry))
                totals.count(lines[-1])
                if len(lines) == _LINES:
                    await self._write(lines, files)
                    lines = []
            await self._write(lines, files)
            if self._rounds:
                self._rounds.enter(batch_id, self._now, totals.errors, whole=not totals.unaudited)
                totals.rounds = self._rounds.past(_ROUNDS)
            await files.publish(totals.facts(self._now, batch_id))
            if self._rounds:
                self._rounds.commit()

    async def _write(self, lines: list[Line], files: Written) -> None:
        if self._rounds:
            self._rounds.note(key_of(line) for line in lines if line.left)
        none = ("",) * len(self._settings.keep)  # of what names no product of the feed
        await files.write([[*(getter(line) for _, getter in RECONCILE), *(line.entry.kept or none)] for line in lines])
