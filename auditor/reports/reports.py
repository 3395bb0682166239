"""All reports of one run together."""

import asyncio
import errno
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from auditor.contents import content_of
from auditor.errors import LimitError, ReportError, Sentence, SettingsError, reason
from auditor.model import Audit, BadRow, Code, ImageRef, Outcome, Severity
from auditor.reports.backlog import Backlog
from auditor.reports.checkpoint import Checkpoint, Checkpoints, checkpoint_path
from auditor.reports.disk import Disk, SystemDisk
from auditor.reports.events import Note, unnoted
from auditor.reports.jsonl import Jsonl
from auditor.reports.lines import LineMaker, Remember
from auditor.reports.lock import LOCK
from auditor.reports.night import NightLog, Unsaid, night_path, nothing_unsaid
from auditor.reports.outcome import worst
from auditor.reports.part import PART, PartFile, is_device, refuse_descriptor
from auditor.reports.progress import Progress
from auditor.reports.row import RowReport, Tally
from auditor.reports.tables import AsinsCsv, FailingCsv, asins_path, fixed_path
from auditor.reports.totals import Totals
from auditor.settings import ReportSettings
from auditor.texts import Texts
from auditor.urls import authority, parse, repair


class Sink(Protocol):
    """One report file, seen from the rows: what it begins with, and the lines that one product row gives."""

    path: Path

    def opening(self) -> bytes:
        """What the file begins with."""
        ...

    def lines(self, audits: Sequence[Audit]) -> bytes:
        """The lines of one product row; none is b""."""
        ...


class About(NamedTuple):
    """What the reports say of the run itself: the codes under its policy, the language, and its facts."""

    codes: Mapping[str, Code]
    texts: Texts
    facts: Mapping[str, Any]
    remember: Remember | None = None  # what earlier nights say of a finding; tonight's are noted for the next one then


class Reports:
    """Takes finished rows in feed order. The files appear under their names when `publish` is called.

    With `checkpoints`, what was written can be gone on with by another run, which calls `resume` before `open`.
    `most_failures` ends the run once so many product rows more have failed. `silent` is the report of every row that
    passes with nothing to say.
    """

    def __init__(
        self,
        settings: ReportSettings,
        about: About,
        disk: Disk | None = None,
        checkpoints: Checkpoints | None = None,
        most_failures: int | None = None,
    ) -> None:
        self.settings = settings
        self.totals = Totals(about.codes)
        self._disk = disk or SystemDisk()
        self._checkpoints = checkpoints
        self._most_failures = most_failures
        self._failing_before = 0  # product rows that had failed when this run went on
        self._before = 0  # product rows that were done then
        self._in_step = True  # every row that is counted is in every file
        self._summarised = False
        self._sealed = False
        self.note: Note = unnoted  # takes what happens
        self.unsaid: Unsaid = nothing_unsaid  # gives what else the next night should know
        self.progress = Progress(about.texts, quiet=settings.quiet)
        self._codes = about.codes
        maker = LineMaker(about.codes, about.texts, settings.batch_id, about.remember, only_new=settings.only_new)
        self._sinks: list[Sink] = [FailingCsv(settings, maker)]
        if not is_device(settings.out):
            self._sinks.append(AsinsCsv(settings, maker))
        if settings.jsonl:
            self._sinks.append(Jsonl(settings.jsonl, about.codes, about.facts))
        if about.remember:
            self._sinks.append(NightLog(night_path(settings.out), about.codes, self._left_unsaid))
        self._files = [PartFile(sink.path, settings.block, self._disk) for sink in self._sinks]
        # What goes into the state file, and is no report.
        self._night = self._files[-1] if about.remember else None
        self._fixed = PartFile(fixed_path(settings.out), settings.block, self._disk)
        self._summary = PartFile(settings.summary, settings.block, self._disk) if settings.summary else None
        self.silent = RowReport((b"",) * len(self._sinks), Tally(Outcome.PASSING, 1))
        self.backlog = Backlog(backlog_path(settings.out), settings.backlog, self.silent)

    async def resume(self, checkpoint: Checkpoint) -> Sentence | None:
        """Go on behind the rows of a checkpoint; if that can't be, say why, and nothing has changed."""
        totals = Totals.restored(self._codes, checkpoint.totals)
        if totals is None or totals.read != checkpoint.rows or len(checkpoint.files) != len(self._files):
            return Sentence("its checkpoint is damaged")
        for file, held in zip(self._files, checkpoint.files, strict=True):
            if not await file.holds(held, whole=checkpoint.whole):
                return Sentence("{path} was changed or removed since", path=file.part)
        self.totals = totals
        self._before, self._failing_before = totals.read, totals.failing
        self.progress.resume(totals)
        return None

    async def open(self) -> None:
        """Start every file, or go on with it. Raises `ReportError` if one can't be; no new one is left behind then."""
        try:
            if not self._before and self._checkpoints:
                await self._checkpoints.remove()  # before anything is written that it doesn't know of
            self.backlog.clear()
            for file in self._files:
                await file.open(anew=not self._before)
            if self._summary:
                await self._summary.open()
        except ReportError:
            await self.discard()
            raise
        if not self._before:
            for sink, file in zip(self._sinks, self._files, strict=True):
                await file.write(sink.opening())
        if self._checkpoints:
            await self._sync_folders()

    def render(self, audits: Sequence[Audit]) -> RowReport:
        """Make one product row's lines and tally. An empty row is a skipped one."""
        if not self._is_silent(audits):
            return RowReport(tuple(sink.lines(audits) for sink in self._sinks), self._tally(audits))
        images, contents = len(audits), self._contents(audits)
        if images == 1 and not contents:
            return self.silent
        return RowReport(self.silent.lines, Tally(Outcome.PASSING, images, (), (), contents))

    @property
    def usual(self) -> RowReport | None:
        """The report of any row with one image that passes with nothing to say, where that is always the same.

        It isn't where all.jsonl, summary.json or the next night are told more of such a row.
        """
        told = self.settings.jsonl or self.settings.summary or self.unsaid is not nothing_unsaid
        return None if told else self.silent

    def _is_silent(self, audits: Sequence[Audit]) -> bool:
        """Whether every image of a row was looked at, and no file gets a line of it."""
        if not audits or self.settings.jsonl:
            return False
        for audit in audits:
            if audit.findings or not audit.probe:
                return False
        return self.unsaid is nothing_unsaid or not self.unsaid(audits)

    def _left_unsaid(self, audits: Sequence[Audit]) -> Sequence[Sequence[Code]]:
        return self.unsaid(audits)

    def put(self, ticket: int, report: RowReport) -> bool:
        """Keep a finished row until its turn comes; say whether there is something to write, or too much kept."""
        return self.backlog.put(ticket, report) or (self._checkpoints is not None and self._checkpoints.due)

    async def flush(self) -> int:
        """Write the rows whose turn it is; say how many. Raises `ReportError`, and `LimitError` for a limit reached."""
        rows = await self.backlog.take()
        if rows:
            await self.write(rows)
        if self._checkpoints and self._checkpoints.due:
            await self._keep()
        return len(rows)

    async def read(self, rows: int, share: float | None) -> None:
        """Note that so many rows are this share of the feeds. There is always room for more: the backlog has it."""
        self.progress.read(self._before + rows, share)

    async def write(self, rows: Sequence[RowReport]) -> None:
        """Take finished rows, in feed order. Raises `ReportError`, and `LimitError` for a limit reached."""
        before, self._in_step = self.totals.read, False
        rows = self._until_enough(rows)
        all_silent = rows.count(self.silent) == len(rows)  # as mostly
        spoken = [] if all_silent else [row for row in rows if row is not self.silent]
        self.totals.passed(len(rows) - len(spoken))
        for row in spoken:
            self.totals.add(row.tally)
            for file, lines in zip(self._files, row.lines, strict=True):
                if lines:
                    await file.write(lines)
        self._in_step = True
        read = self.totals.read
        self.progress.done(read - before, self.totals)
        if self._checkpoints:
            self._checkpoints.count(read)
        if self._most_failures is not None and not self._failures_left:
            raise LimitError("{count:,} product rows have failed, as --max-failures has it.", count=self._most_failures)

    def _until_enough(self, rows: Sequence[RowReport]) -> Sequence[RowReport]:
        """Those of them up to the one with which enough have failed: a run that goes on later begins behind it."""
        if self._most_failures is None:
            return rows
        left = self._failures_left
        for count, row in enumerate(rows, 1):
            left -= row.tally.outcome is Outcome.FAILING
            if left <= 0:
                return rows[:count]
        return rows

    @property
    def _failures_left(self) -> int:
        return max(0, (self._most_failures or 0) - (self.totals.failing - self._failing_before))

    async def _keep(self, *, whole: bool = False) -> None:
        """Write a checkpoint: first what it counts, then what counts it. Raises `ReportError`."""
        if self._checkpoints:
            held = [await file.sync() for file in self._files]
            await self._checkpoints.write(self.totals.read, held, self.totals.state(), whole=whole)
            self.note("checkpoint", rows=self.totals.read, failing=self.totals.failing)

    @property
    def night(self) -> Path | None:
        """Tonight's findings, once sealed; None without memory."""
        return self._night.part if self._night else None

    async def seal(self) -> None:
        """See everything but summary.json onto the disk: from now on, nothing is left but to publish it.

        Raises `ReportError`. Doing it twice is fine.
        """
        if not self._sealed:
            for file in self._files:
                await file.close()
            await self._keep(whole=True)
            self._sealed = True

    async def publish(self, summary: Mapping[str, Any], fixed: Iterator[bytes] | None = None) -> None:
        """Give every file its name, summary.json last, and fixed.csv if there is one. Raises `ReportError`."""
        await self.seal()
        await self._summarise(summary)
        if self._summary:
            await self._summary.close()
        if fixed is not None:
            await self._write_fixed(fixed)
        for file in self._all:
            if file is not self._night:
                await file.publish()
        if self._checkpoints:
            await self._sync_folders()
            await self._checkpoints.remove()
        if self._night:
            with suppress(ReportError):  # it does no harm
                await self._night.remove()  # not before: what the checkpoint counts must be there

    async def _write_fixed(self, blocks: Iterator[bytes]) -> None:
        await self._fixed.open()
        while block := await asyncio.to_thread(next, blocks, b""):
            await self._fixed.write(block)
        await self._fixed.close()
        await self._fixed.publish()

    async def pause(self, summary: Mapping[str, Any]) -> int:
        """Keep what is done for another run to go on with; say with how many rows that begins, 0 for none.

        The part files hold what is done, summary.json's too.
        """
        with suppress(ReportError):
            await self._summarise(summary)
        if self._checkpoints is None or any(file.gone for file in self._files):
            return 0
        if self._in_step and not self._checkpoints.whole and self.totals.read > self._checkpoints.rows:
            with suppress(ReportError):  # then the last one holds
                await self._keep()
        return self._checkpoints.rows

    async def _summarise(self, summary: Mapping[str, Any]) -> None:
        if self._summary and not self._summarised:
            self._summarised = True
            await self._summary.write(json.dumps(summary, ensure_ascii=False, indent=2).encode() + b"\n")

    async def _sync_folders(self) -> None:
        """See the names of the files onto the disk. A lack of file numbers passes, and a crash in it costs little."""
        for folder in {file.path.parent: file.path for file in self._all if not file.device}:
            try:
                await self._disk.sync_folder(folder)
            except OSError as error:
                if error.errno not in (errno.EMFILE, errno.ENFILE):
                    raise ReportError(
                        "The folder {path} can't be written: {why}. Choose another place for the report, or make room.",
                        path=folder,
                        why=reason(error),
                    ) from error

    async def discard(self) -> None:
        """Close and remove the part files: nothing was found that they could tell. Those gone on with stay."""
        for file in self._all:
            if self._before:
                with suppress(ReportError):
                    await file.close()
            else:
                await file.discard()

    async def aclose(self) -> None:
        """Close what is open; files that weren't published keep the name they have while they are written."""
        self.progress.close()
        if self._checkpoints:
            self._checkpoints.close()
        await self.backlog.close()
        for file in self._all:
            # Whatever ended the run has been told; that the rest of a part file can't be saved either adds nothing.
            with suppress(ReportError):
                await file.close()

    @property
    def _all(self) -> list[PartFile]:
        return [*self._files, self._summary] if self._summary else self._files

    @property
    def parts(self) -> list[Path]:
        """The reports as they are called while they are written."""
        return [file.part for file in self._all if file is not self._night]

    def _tally(self, audits: Sequence[Audit]) -> Tally:
        if not audits:
            return Tally(Outcome.SKIPPED)
        codes = tuple(finding.code for audit in audits for finding in audit.findings)
        hosts = tuple(_host(audit.ref) for audit in audits if self._fails(audit))
        outcome = worst(self._codes[code] for code in codes) if codes else _without_findings(audits)
        return Tally(outcome, _images(audits), codes, tuple(filter(None, hosts)), self._contents(audits))

    def _contents(self, audits: Sequence[Audit]) -> tuple[tuple[str, str], ...]:
        """Each content of the row once. Only summary.json tells of them; without it they need not be kept."""
        if not self.settings.summary:
            return ()
        found: dict[str, str] = {}
        for audit in audits:
            content = content_of(audit.probe)
            if content is not None and isinstance(audit.ref, ImageRef):
                found.setdefault(content, audit.ref.url)
        return tuple(found.items())

    def _fails(self, audit: Audit) -> bool:
        return any(self._codes[finding.code].severity is Severity.FAIL for finding in audit.findings)


def backlog_path(out: Path) -> Path:
    """Where finished lines wait that don't fit into memory: beside the report, which has the room for them."""
    return out.with_name(f"{out.name}.backlog{PART}")


def output_paths(settings: ReportSettings) -> list[Path]:
    """The report files of a run, but for devices."""
    asins = None if is_device(settings.out) else asins_path(settings.out)
    paths = [settings.out, asins, settings.jsonl, settings.summary]
    return [path for path in paths if path is not None and not is_device(path)]


def check_paths(settings: ReportSettings, feeds: Sequence[str], others: Sequence[Path | None] = ()) -> None:
    """See that no report, nor what else is written, is written over another or over a feed. Raises `SettingsError`."""
    paths = [settings.out, asins_path(settings.out), settings.jsonl, settings.summary, *others]
    for path in paths:
        if path is not None:
            refuse_descriptor(path)
    named = [path.resolve() for path in paths if path is not None]
    own = [backlog_path(settings.out), checkpoint_path(settings.out), night_path(settings.out)]
    beside = [
        *(path.with_name(path.name + suffix) for path in named for suffix in (PART, LOCK)),
        *(path.resolve() for path in own),
        checkpoint_path(settings.out).resolve().with_suffix(".checkpoint" + PART),
    ]
    for feed in map(Path, feeds):
        if feed.resolve() in {*named, *beside}:
            raise SettingsError(
                "The feed {feed} would be written over by a report. Give the report another name.", feed=feed
            )
    twice = next((path for path in named if named.count(path) > 1 or path in beside), None)
    if twice:
        raise SettingsError(
            "Two reports would be written to {name}. Give each file that is written a name of its own.",
            name=twice.name,
        )


def _without_findings(audits: Sequence[Audit]) -> Outcome:
    """Passing means that every image was looked at; a policy may have switched off what stood in the way of one."""
    asked = [audit for audit in audits if isinstance(audit.ref, ImageRef) and audit.ref.url]
    if not asked:
        return Outcome.SKIPPED
    return Outcome.PASSING if all(audit.probe for audit in asked) else Outcome.UNCHECKED


def _images(audits: Sequence[Audit]) -> int:
    return sum(1 for audit in audits if isinstance(audit.ref, ImageRef) and audit.ref.url)


def _host(ref: ImageRef | BadRow) -> str | None:
    link = None if isinstance(ref, BadRow) else parse(repair(ref.url))
    return authority(link) if link else None
