"""The program in a few lines: feeds → engine → reports."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial

from auditor.course import Course, Ending, about_run, time_over
from auditor.engines.nursery import Nursery
from auditor.engines.shares import workers_for
from auditor.engines.unsaid import unsaid
from auditor.engines.workforce import open_workforce
from auditor.feeds import Feeds
from auditor.nightly import Nightly
from auditor.outset import Outset
from auditor.probe import clear_spools
from auditor.reports import About, Disk
from auditor.reports.events import open_events
from auditor.resume import Beginner, Reading, identity
from auditor.settings import Settings
from auditor.state import open_nights, recurrence


class Interrupt:
    """What Ctrl-C does: at first it cancels; once a run is under way it ends that in order."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.asked = False
        self._call = call

    def then(self, call: Callable[[], object]) -> None:
        """From now on, do this instead."""
        self._call = call

    def now(self) -> None:
        """It was pressed."""
        self.asked = True
        self._call()


async def run(
    settings: Settings,
    interrupt: Interrupt,
    tell: Callable[[str], object],
    nursery: Nursery | None = None,
    disk: Disk | None = None,
) -> Ending:
    """Check feeds. Raises `AuditorError`: with exit code 2 before the first request, 3 after it.

    `tell` takes what the user should know before it begins, a sentence each. Without a nursery, all is done here.
    """
    began = asyncio.get_running_loop().time()
    outset = Outset.of(settings, tell)
    settings, judge, words = outset.settings, outset.judge, outset.words
    async with _in_time(settings.unattended.max_runtime, began) as limit, AsyncExitStack() as stack:
        reading = await stack.enter_async_context(aclosing(await Reading.open(settings)))
        feeds = reading.feeds
        workers = workers_for(settings, _size(feeds)) if nursery else 1
        outset.say_opening(feeds, workers, several=bool(nursery))
        note = stack.enter_context(open_events(settings.unattended.log_json, settings.clock, words, tell))
        outset.note_opening(note, feeds, workers)
        nights = stack.enter_context(open_nights(settings))
        facts = about_run(settings, (outset.policy, judge.policy), feeds)
        known = identity(facts, judge.policy, outset.placeholders, feeds)
        beginner = Beginner(settings, known, reading, disk, nights)
        if not stack.enter_context(beginner.locked()):
            tell(words.phrase("unlocked"))
        elif settings.further.deep:
            clear_spools(settings.report.out)
        about = About(judge.codes, words, facts, recurrence(nights))
        reports = await stack.enter_async_context(aclosing(beginner.reports(about)))
        begun = await beginner.begin(reports)
        if begun.told:
            tell("auditor: " + words.said(begun.told))
        note("begun", row=begun.row or 1, said=str(begun.told or ""))
        order = outset.order(begun.now, nights)
        reports.note, reports.unsaid = note, unsaid(order, order.judge(), nights)
        make_engine = await stack.enter_async_context(open_workforce(order, nursery, workers))
        await reports.open()
        engine = make_engine(reports, outset.tidings(note))
        nightly = Nightly(settings, nights, known, judge.policy, words) if nights else None
        course = Course(settings, about._replace(facts={"workers": workers, **facts}), begun, began, nightly)
        interrupt.then(partial(course.interrupt, engine))
        limit.reschedule(None)
        return await course.see_through(engine, reading, beginner, reports)


def _size(feeds: Feeds) -> int | None:
    """The bytes of all feeds; None if one has no size."""
    sizes = [feed.size for feed in feeds]
    return None if None in sizes else sum(size or 0 for size in sizes)


@asynccontextmanager
async def _in_time(most: float | None, began: float) -> AsyncIterator[asyncio.Timeout]:
    """Stop what comes before a run's course, too, in its time: a pipe may never say what it holds."""
    limit = asyncio.timeout_at(None if most is None else began + most)
    try:
        async with limit:
            yield limit
    except TimeoutError:
        if limit.expired():
            raise time_over() from None
        raise
