"""The program in a few lines: feeds → engine → reports."""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path

from auditor import policies, texts
from auditor.checks import Judge
from auditor.contents import read_contents
from auditor.course import Course, Ending, about_run, time_over
from auditor.engines.asker import Tidings
from auditor.engines.nursery import Nursery
from auditor.engines.order import Order
from auditor.engines.shares import workers_for
from auditor.engines.unsaid import unsaid
from auditor.engines.workforce import open_workforce
from auditor.feeds import Feeds, facts
from auditor.nightly import Nightly, see_that_it_can
from auditor.policies import Policy
from auditor.probe import clear_spools, make_room
from auditor.reports import About, Disk, check_paths, fixed_path
from auditor.reports.events import Note, open_events
from auditor.resume import Beginner, Reading, identity
from auditor.settings import VERSION, Settings
from auditor.state import Nights, open_nights, recurrence
from auditor.texts import Texts


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
    see_the_paths(settings)
    see_that_it_can(settings)
    policy = policies.choose(settings.policy)
    judge = Judge(policy, now=settings.clock())
    placeholders = read_contents(settings.further.placeholders)
    words = texts.load(settings.report.language).under(policy.channel)
    settings = _fitted(settings, words, tell)
    async with _in_time(settings.unattended.max_runtime, began) as limit, AsyncExitStack() as stack:
        reading = await stack.enter_async_context(aclosing(await Reading.open(settings)))
        workers = workers_for(settings, _size(reading.feeds)) if nursery else 1
        check_paths(settings.report, [feed.path for feed in reading.feeds], _beside(settings))
        for line in _opening(settings, words, reading.feeds, policy):
            tell(line)
        if settings.workers not in (None, workers):
            tell(words.phrase("workers-fewer" if nursery else "workers-none", count=workers, wanted=settings.workers))
        note = stack.enter_context(open_events(settings.unattended.log_json, settings.clock, words, tell))
        note("started", version=VERSION, policy=policy.name, workers=workers)
        for feed in reading.feeds:
            note("feed-opened", path=feed.path, bytes=feed.size, recognised=feed.recognised)
        nights = stack.enter_context(open_nights(settings))
        about = About(
            judge.codes, words, about_run(settings, (policy, judge.policy), reading.feeds), recurrence(nights)
        )
        known = identity(about.facts, judge.policy, placeholders, reading.feeds)
        beginner = Beginner(settings, known, reading, disk, nights)
        if not stack.enter_context(beginner.locked()):
            tell(words.phrase("unlocked"))
        elif settings.further.deep:
            clear_spools(settings.report.out)
        reports = await stack.enter_async_context(aclosing(beginner.reports(about)))
        begun = await beginner.begin(reports)
        if begun.told:
            tell("auditor: " + words.said(begun.told))
        note("begun", row=begun.row or 1, said=str(begun.told or ""))
        reports.note = note
        order = Order(settings, policy, placeholders, begun.now, before=_judged_before(nights))
        reports.unsaid = unsaid(order, order.judge(), nights)
        make_engine = await stack.enter_async_context(open_workforce(order, nursery, workers))
        await reports.open()
        engine = make_engine(reports, _tidings(settings, words, tell, note))
        nightly = Nightly(settings, nights, known, judge.policy, words) if nights else None
        course = Course(settings, about._replace(facts={"workers": workers, **about.facts}), begun, began, nightly)
        interrupt.then(partial(course.interrupt, engine))
        limit.reschedule(None)
        return await course.see_through(engine, reading, beginner, reports)


def see_the_paths(settings: Settings) -> None:
    """See that nothing is written over what is read, nor twice under one name. Raises `SettingsError`."""
    check_paths(settings.report, (*settings.feeds, *settings.feed.asin_maps), _beside(settings))


def _judged_before(nights: Nights | None) -> Policy | None:
    """The policy of the night before."""
    before = nights.before if nights else None
    return policies.read_written(before.policy) if before else None


def _beside(settings: Settings) -> list[Path | None]:
    """What else than reports is written."""
    always = [settings.unattended.log_json, settings.unattended.metrics]
    return always if settings.state is None else [*always, settings.state, fixed_path(settings.report.out)]


def _opening(settings: Settings, words: Texts, feeds: Feeds, policy: Policy) -> Iterator[str]:
    """What is said before anything is asked."""
    if settings.probe.insecure:
        yield words.phrase("insecure-begin")
    if not settings.report.quiet:
        for feed in feeds:
            yield words.phrase("recognised", feed=feed.path, what=", ".join(map(words.said, feed.facts)))
        for better in dict.fromkeys(feed.policy for feed in feeds if feed.policy):
            if policy.name == Settings().policy:
                yield words.phrase("other-policy", policy=policy.name, better=better)
        yield from facts.told(feeds, words)


def _tidings(settings: Settings, words: Texts, tell: Callable[[str], object], note: Note) -> Tidings:
    """What is done when no host answers any more, or a single one."""

    def outage() -> None:
        note("outage")
        tell(words.phrase("outage", seconds=settings.frontier.outage_wait))

    return Tidings(outage, lambda host: note("host-suspended", host=host))


def _fitted(settings: Settings, words: Texts, tell: Callable[[str], object]) -> Settings:
    """Settings with as many connections as this machine lets a program have."""
    wanted = settings.frontier.concurrency
    looks = 1 + settings.further.second_look + settings.further.deep  # each keeps idle connections of its own
    fits = max(1, make_room(looks * wanted) // looks)
    if fits == wanted:
        return settings
    tell(words.phrase("descriptors", fits=fits, wanted=wanted))
    per_host = min(settings.frontier.per_host, fits)
    frontier = dataclasses.replace(settings.frontier, concurrency=fits, per_host=per_host)
    return dataclasses.replace(settings, frontier=frontier)


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
