"""Finds where a run begins, and says why it isn't where an earlier one was cut short."""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from auditor.errors import Sentence, SettingsError
from auditor.reports import About, Checkpoint, Checkpoints, Disk, Reports, SystemDisk, lock_reports, output_paths
from auditor.resume.identity import difference
from auditor.resume.reading import Reading
from auditor.settings import Settings
from auditor.state import Nights


class Begun(NamedTuple):
    """Where a run begins, in seconds since the epoch and in product rows.

    `now` is what its rows are judged by: the start of the run that it goes on with. `row` is the first one that is
    checked, from 1; None if it didn't go on with another. `told` is what the user should know of it.
    """

    started: float
    now: float
    row: int | None = None
    told: Sentence | None = None


class Beginner:
    """Begins a run where an earlier one was cut short, if that can be and is wanted, else at the first row.

    In this order: take the lock, make the reports, begin.
    """

    def __init__(
        self,
        settings: Settings,
        identity: Mapping[str, Any],
        reading: Reading,
        disk: Disk | None = None,
        nights: Nights | None = None,
    ) -> None:
        self._settings = settings
        self._identity = identity
        self._reading = reading
        self._nights = nights
        self._disk = disk or SystemDisk()
        self._once = _once(settings, reading)
        self._checkpoints = (
            None if self._once else Checkpoints(settings.report.out, self._disk, settings.unattended, settings.clock)
        )

    def locked(self) -> AbstractContextManager[bool]:
        """Keep other runs from writing the same reports. Raises and says as `lock_reports` does."""
        return lock_reports(output_paths(self._settings.report), self._settings.clock(), self._disk.lock)

    def reports(self, about: About) -> Reports:
        """The reports of this run, not open yet."""
        most = self._settings.unattended.max_failures
        return Reports(self._settings.report, about, self._disk, self._checkpoints, most)

    async def begin(self, reports: Reports) -> Begun:
        """Make reading and reports go on from an earlier run, or tell why not.

        Raises `SettingsError` where the run has to go on and can't.
        """
        wanted, started = self._settings.unattended.resume, self._settings.clock()
        found: Checkpoint | Sentence | None = self._once
        if self._nights is not None:
            self._reading.slots = self._nights.slots
        if self._checkpoints is not None:
            found = None if wanted == "fresh" else await self._found(self._checkpoints, reports)
        if isinstance(found, Checkpoint):
            row = found.rows + 1
            begun = Begun(started, found.now, row, Sentence("resumed at row {row:,}.", row=row))
        elif wanted == "insist":
            why = found or Sentence("there is no unfinished run of this report")
            raise SettingsError("--resume can't go on: {why}. Leave it out to start over.", why=why)
        elif found and not self._once:
            begun = Begun(started, started, None, Sentence("starts over: {why}.", why=found))
        else:
            begun = Begun(started, started)
        if self._nights is not None:
            self._nights.now = begun.now
        if self._checkpoints is not None:
            self._checkpoints.begin(self._identity, begun.now, self._reading.mark, (begun.row or 1) - 1)
        return begun

    def then(self, rows: int) -> Sentence:
        """Say what the next run does, once this one has stopped with so many rows kept."""
        if self._once:
            then = Sentence("The next run starts over: {why}.", why=self._once)
        elif rows and self._settings.unattended.resume != "fresh":
            then = Sentence("The same command goes on from row {row:,}.", row=rows + 1)
        else:
            then = Sentence("The same command starts over.")
        if self._nights is None:
            return then
        return Sentence("{then} Only a complete run counts for {state}.", then=then, state=self._settings.state)

    async def _found(self, checkpoints: Checkpoints, reports: Reports) -> Checkpoint | Sentence | None:
        """The checkpoint that reading and reports now go on from; or why they don't."""
        try:
            content = await checkpoints.find()
        except OSError:
            return Sentence("its checkpoint can't be read")
        if content is None:
            return None
        found = Checkpoint.read(content)
        if found is None:
            return Sentence("its checkpoint is damaged")
        return self._obstacle(found) or await self._go_on(found, reports) or found

    def _obstacle(self, found: Checkpoint) -> Sentence | None:
        """What speaks against going on, as far as the checkpoint tells.

        One from the future was written by a clock that was wrong, so its age isn't known; a little of that is usual.
        """
        if abs(self._settings.clock() - found.written) > self._settings.unattended.resume_within:
            return Sentence("the last run stopped longer ago than --resume-within has it")
        changed = difference(self._identity, found.identity)
        return self._nights.obstacle(found.now) if changed is None and self._nights else changed

    async def _go_on(self, found: Checkpoint, reports: Reports) -> Sentence | None:
        if await self._reading.pass_over(found.rows, found.mark):
            why = await reports.resume(found)
        else:
            why = Sentence("the feed was changed, or is another one")
        if why is not None:
            await self._reading.restart()
        return why


def _once(settings: Settings, reading: Reading) -> Sentence | None:
    """Why a run can't be gone on with, if so."""
    if any(feed.modified is None for feed in reading.feeds):
        return Sentence("what was read from standard input or a pipe can't be read again")
    paths = [settings.report.out, settings.report.jsonl]
    device = next((path for path in paths if path is not None and path not in output_paths(settings.report)), None)
    return Sentence("{path} is no file that can be gone on with", path=device) if device else None
