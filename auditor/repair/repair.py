"""A repair: feed and audit → new files and addresses → the corrected feed."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, Callable, Iterator
from contextlib import aclosing, closing, contextmanager
from functools import partial
from typing import Any, NamedTuple

from auditor.engines.asker import Tidings
from auditor.errors import AuditorError, IncompleteError
from auditor.model import ImageRef
from auditor.repair.account import Account
from auditor.repair.address import base_of
from auditor.repair.basis import Basis, only_feed
from auditor.repair.entry import Entry
from auditor.repair.errand import Wish
from auditor.repair.feeds.change import Difference, Told
from auditor.repair.feeds.diff import said
from auditor.repair.feeds.output import Output
from auditor.repair.feeds.rewrite import Rewritten, corrected, refuse
from auditor.repair.journal import Journal, journal_path
from auditor.repair.listing import open_listing
from auditor.repair.mending import Asking, Ledger, Mender, Wishes, open_asking
from auditor.repair.outcome import Became, Outcome
from auditor.repair.paths import make_folder
from auditor.repair.progress import open_progress
from auditor.repair.remedy import Action
from auditor.repair.remnants import clear_remnants
from auditor.repair.survey import Planned
from auditor.reports import lock_reports
from auditor.reports.part import is_device
from auditor.run import Interrupt
from auditor.settings import RepairSettings, Settings


class Voice(NamedTuple):
    """Where a repair speaks: `tell` takes what the user should know meanwhile, `show` what was asked for."""

    tell: Callable[[str], object]
    show: Callable[[str], object]


class Repaired(NamedTuple):
    """How a repair ended. `cost` is what asking has cost; `kept` counts what an earlier run has left."""

    account: Account
    rewritten: Rewritten
    kept: int
    cost: dict[str, Any]

    @property
    def exit_code(self) -> int:
        """0 nothing is left that fails, 1 something is, 3 that of some images nobody knows."""
        if self.account.unaudited:
            return IncompleteError.exit_code
        return 1 if self.account.remaining or self.rewritten.left else 0


@contextmanager
def once_begun() -> Iterator[None]:
    """Turn what stops a repair that has made something into an `IncompleteError`: the next one goes on with it."""
    try:
        yield
    except AuditorError as error:
        raise IncompleteError(
            "{fault} What was made by then is kept, and the same command goes on with it.", fault=error.sentence
        ) from error


class Repair:
    """One repair. What was made stays, however it ends, and the next one goes on with it."""

    def __init__(self, settings: Settings, wanted: RepairSettings, basis: Basis, voice: Voice) -> None:
        concurrency = min(settings.frontier.concurrency, wanted.at_once)
        self._settings = dataclasses.replace(
            settings, frontier=dataclasses.replace(settings.frontier, concurrency=concurrency)
        )
        self._wanted = wanted
        self._basis = basis
        self._voice = voice

    async def run(self, interrupt: Interrupt) -> Repaired | None:
        """Repair; None if it was interrupted. Raises `AuditorError`, of exit code 3 once something was asked for."""
        wanted, basis = self._wanted, self._basis
        task = asyncio.current_task()
        assert task is not None  # noqa: S101  # a coroutine run by a runner is in a task
        base = base_of(wanted.base_url, basis.rules.judge, basis.words)
        await self._refuse()
        make_folder(wanted.images)
        path = journal_path(wanted.images)
        taken = [path] if is_device(wanted.out) else [wanted.out, path]
        with lock_reports(taken, self._settings.clock()) as locked, closing(Journal(path)) as journal:
            if locked:
                await asyncio.to_thread(clear_remnants, wanted.images, path)
            mender = Mender(journal, wanted.images)
            async with open_asking(self._settings, basis.conversion, wanted.images) as asking:
                if not await self._mend(mender, asking, journal, interrupt):
                    return None
            interrupt.then(task.cancel)
            with once_begun():
                account = await self._list(journal, base)
                return Repaired(account, await self._rewrite(journal), mender.kept, asking.cost)

    @property
    def _output(self) -> Output:
        return Output(self._wanted.out, self._wanted.only_changed, self._wanted.as_text)

    async def _refuse(self) -> None:
        """See before all the work that the feed can be corrected into that file. Raises `AuditorError`."""
        feed = await only_feed(self._wanted.feed, self._basis.reading)
        async with aclosing(feed):
            refuse(feed, self._output)

    async def _mend(self, mender: Mender, asking: Asking, journal: Journal, interrupt: Interrupt) -> bool:
        """See all wishes through; say whether that came to its end."""
        words = self._basis.words
        with open_progress(words, quiet=self._wanted.quiet) as progress:
            ledger = Ledger(journal, progress)
            engine = mender.engine(self._settings, asking, self._basis.rules, ledger)
            outage = words.phrase("outage", seconds=self._settings.frontier.outage_wait)
            engine.asker.tidings = Tidings(partial(self._voice.tell, outage))
            interrupt.then(engine.stop)
            with once_begun():
                async with aclosing(mender.missing(self._wishes())) as wishes:
                    await engine.run(wishes)
        return engine.complete

    async def _wishes(self) -> AsyncGenerator[Wishes, None]:
        async with aclosing(self._basis.survey.images()) as batches:
            async for some, share in batches:
                wishes = [
                    Wish(planned.key, planned.ref, converts=planned.remedy.action is Action.CONVERT)
                    for planned in some
                    if planned.key and isinstance(planned.ref, ImageRef)
                ]
                yield Wishes(wishes, share)

    async def _list(self, journal: Journal, base: str) -> Account:
        """Say what became of each image, and note what changes in the feed."""
        account = Account(self._wanted.listed)
        survey = self._basis.survey
        async with (
            open_listing(self._wanted.report, self._basis.words) as listing,
            aclosing(survey.images()) as batches,
        ):
            async for some, _ in batches:
                entries = [_entry(planned, journal, base) for planned in some]
                for entry in entries:
                    account.add(entry)
                    if entry.new:
                        journal.change(entry.change)
                await listing.add(entries)
        account.nothing, account.unaudited = survey.nothing, survey.unaudited
        return account

    async def _rewrite(self, journal: Journal) -> Rewritten:
        words = self._basis.words

        def heard(told: Told) -> None:
            if not isinstance(told, Difference):
                self._voice.tell("auditor: " + words.said(said(told)))
            elif self._wanted.diff:
                self._voice.show(words.said(said(told)))

        feed = await only_feed(self._wanted.feed, self._basis.reading)
        async with aclosing(feed):
            return await corrected(feed, self._basis.reading, journal.changes(), heard, self._output)


def _entry(planned: Planned, journal: Journal, base: str) -> Entry:
    """Say what became of an image."""
    if not planned.key:
        return Entry(planned.ref, planned.remedy)
    outcome = journal.done(planned.key) or Outcome(Became.LEFT)
    new = base + outcome.name if outcome.became is Became.CONVERTED else outcome.name
    return Entry(planned.ref, planned.remedy, outcome, new)
