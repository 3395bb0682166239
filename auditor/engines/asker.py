"""What asks for rows on one event loop, with long-lived workers. Concurrency lives here and knows nothing of images."""

import asyncio
import math
import random
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, Generic, NamedTuple, Protocol, TypeAlias, TypeVar

from auditor.engines.crew import Crew
from auditor.errors import AuditorError
from auditor.frontier import Frontier, RetryRule, is_shortage
from auditor.model import Ask, Probe
from auditor.settings import Settings

R = TypeVar("R")
Finished_co = TypeVar("Finished_co", covariant=True)


# Gives the answers that are known of some of these URLs.
Recalling: TypeAlias = Callable[[Sequence[str]], Awaitable[Mapping[str, Probe]]]


class Job(Protocol[Finished_co]):
    """One row under way, as the engine sees it."""

    def requests(self) -> Sequence[tuple[int, Ask, str]]:
        """What must be asked: place in the row, URL, host."""
        ...

    def answer(self, place: int, probe: Probe) -> bool:
        """Take the answer for one place; say whether it was the last."""
        ...

    def further(self) -> Sequence[tuple[int, Ask, str]]:
        """What must be asked because of an answer: the same of it. Asked once after each but the last."""
        ...

    def report(self) -> Finished_co:
        """What remains of the row once every answer is there."""
        ...


# A place in a row, by the row's ticket and its job.
Waiter: TypeAlias = tuple[int, Job[R], int]
# Queues a URL of a host for a waiter, or gives its answer if that is known.
Admitting: TypeAlias = Callable[[Ask, str, Waiter[R]], Probe | None]


class Tidings(NamedTuple):
    """What is called when it seems to be us who are cut off, and with each host that no longer answers."""

    outage: Callable[[], object] = lambda: None
    suspension: Callable[[str], object] = lambda _: None


class Asker(Generic[R]):
    """Asks by `look` what the jobs that `begin` makes of rows want to know, and says to `finish` what remains of each.

    `fault` is what a look raised: it concerns the whole run, which ends with what is done.
    """

    def __init__(
        self,
        settings: Settings,
        begin: Callable[[Any], Job[R]],
        look: Callable[[Any], Awaitable[Probe]],
        finish: Callable[[int, R], None],
    ) -> None:
        self.fault: AuditorError | None = None
        self.tidings = Tidings()
        self.recall: Recalling | None = None  # gives the answers of URLs that needn't be asked
        self._begin = begin
        self._look = look
        self._finish = finish
        self._grace = settings.frontier.grace
        self._frontier: Frontier[Waiter[R]] = Frontier(
            settings.frontier, RetryRule(settings.frontier, settings.clock, random.uniform), self._cut_off
        )
        self._frontier.tell_suspension = self._suspended
        self._idle: deque[asyncio.Future[None]] = deque()
        self._admitted_all = False
        self._starving = False  # no more rows come before some of those that are here are done
        self._crew = Crew(settings.frontier.concurrency)
        self._workers: set[asyncio.Task[None]] = set()
        self._hire: Callable[[int], None] = lambda _: None
        self._alarm: asyncio.Handle | None = None
        self._alarm_due = math.inf

    @property
    def cost(self) -> dict[str, Any]:
        """Distinct URLs whose answer is final, and how evenly it went."""
        return {"urls_fetched": self._frontier.settled, "steadiness": self._frontier.steadiness._asdict()}

    async def run(self) -> None:
        """Ask until all is answered and no more comes, or `stop` was called, or there is a fault."""
        try:
            async with asyncio.TaskGroup() as group:
                self._hire = partial(self._begin_work, group)
                self._hire(self._crew.hands)
        finally:
            if self._alarm is not None:
                self._alarm.cancel()

    async def admit(self, rows: Iterable[tuple[int, Any]]) -> None:
        """Take rows, each with its ticket. Raises what `recall` does."""
        begin, admit = self._begin, self._frontier.admit
        if self.recall is None:
            for ticket, row in rows:
                self._admit(ticket, begin(row), admit)
        else:
            jobs = [(ticket, begin(row)) for ticket, row in rows]
            known = await self.recall([ask for _, job in jobs for _, ask, _ in job.requests() if isinstance(ask, str)])
            recall = partial(self._recalled, known)
            for ticket, job in jobs:
                self._admit(ticket, job, recall)
        self._ring(1)

    def starve(self, *, starving: bool) -> None:
        """Note whether no more rows can come before some of those that are here are done."""
        self._starving = starving
        if starving:
            self._ring(1)  # what waits for everything else to be done may be what has to be done now

    def no_more(self) -> None:
        """Note that no more rows come."""
        self._admitted_all = True
        self._ring(len(self._idle))

    def stop(self, grace: float | None = None) -> None:
        """Ask nothing new; give what is in flight a grace in seconds (None: the settings'), then let go of it."""
        self._abandon()
        asyncio.get_running_loop().call_later(self._grace if grace is None else grace, self._dismiss)

    def _abandon(self) -> None:
        self._frontier.abandon()
        self._pass_on()
        self.no_more()

    def _begin_work(self, group: asyncio.TaskGroup, count: int) -> None:
        for _ in range(count):
            worker = group.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def _dismiss(self) -> None:
        for worker in self._workers:
            worker.cancel()

    def _admit(self, ticket: int, job: Job[R], admit: Admitting[R]) -> None:
        """Queue what a row asks for, or finish it if that is nothing."""
        requests = job.requests()
        for place, ask, host in requests:
            waiter = (ticket, job, place)
            known = admit(ask, host, waiter)
            if known is not None:
                self._hand_over((waiter,), known)
        if not requests:
            self._finish(ticket, job.report())

    def _recalled(self, known: Mapping[Any, Probe], ask: Ask, host: str, waiter: Waiter[R]) -> Probe | None:
        """Give what is recalled of a URL, or queue it. What is recalled tells the frontier nothing of any host."""
        return known.get(ask) or self._frontier.admit(ask, host, waiter)

    async def _work(self) -> None:
        """Ask until there is nothing left."""
        try:
            await self._ask()
        except AuditorError as error:
            self.fault = self.fault or error
            self._abandon()
            self._dismiss()

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        frontier, look, idle, crew = self._frontier, self._look, self._idle, self._crew
        now = loop.time()
        while True:
            url = frontier.take(now)
            if url is None:
                if await self._rest(loop):
                    return
                now = loop.time()
                continue
            if idle and frontier.has_more():
                self._tell_idle(loop)
            probe = await look(url)
            now = loop.time()
            waiters = frontier.settle(url, probe, now)
            if frontier.released:
                self._pass_on()
            if not waiters:
                if self._lets_go(probe, loop):
                    return
            elif crew.away:
                self._hire(crew.come_back(now))
            self._hand_over(waiters, probe)

    def _tell_idle(self, loop: asyncio.AbstractEventLoop) -> None:
        """See that those at rest, each of whom wakes the next, come when there is something to take, now or later."""
        self._set_alarm(loop)
        if self._frontier.ready:
            self._ring(1)

    def _lets_go(self, probe: Probe, loop: asyncio.AbstractEventLoop) -> bool:
        """Look after a URL that wasn't settled; say whether its worker shall go."""
        if not (is_shortage(probe) and self._crew.leave(loop.time())):
            return False
        self._ring(1)
        return True

    def _conclude(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Decide about what waits for everything else to be done, if it is; say whether that made a difference."""
        frontier = self._frontier
        if not ((self._admitted_all or self._starving) and frontier.stalled):
            return False
        passed_on = frontier.conclude(loop.time())
        self._pass_on()
        return passed_on

    def _cut_off(self) -> None:
        self.tidings.outage()

    def _suspended(self, host: str) -> None:
        self.tidings.suspension(host)

    def _pass_on(self) -> None:
        """Hand over the answers that come without an attempt's end."""
        released, self._frontier.released = self._frontier.released, []
        for waiters, probe in released:
            self._hand_over(waiters, probe)

    def _hand_over(self, waiters: Sequence[Waiter[R]], probe: Probe) -> None:
        """Give an answer to all rows that waited for it."""
        for ticket, job, place in waiters:
            if job.answer(place, probe):
                self._finish(ticket, job.report())
            else:
                self._go_on(ticket, job)

    def _go_on(self, ticket: int, job: Job[R]) -> None:
        """Queue what must be asked because of an answer."""
        for place, ask, host in job.further():
            waiter = (ticket, job, place)
            known = self._frontier.admit(ask, host, waiter)
            if known is not None:
                self._hand_over((waiter,), known)

    async def _rest(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Wait until there may be something to take: a new URL, a host with room, a URL that falls due.

        Says whether this is the end.
        """
        if self._conclude(loop):
            return False
        if self._admitted_all and self._frontier.empty:
            self._ring(len(self._idle))
            return True
        self._set_alarm(loop)
        bell: asyncio.Future[None] = loop.create_future()
        self._idle.append(bell)
        await bell
        return False

    def _set_alarm(self, loop: asyncio.AbstractEventLoop) -> None:
        """See that someone is woken when the next URL falls due, were everyone at rest by then."""
        due = self._frontier.next_due
        if due is None or due >= self._alarm_due:
            return
        if self._alarm is not None:
            self._alarm.cancel()
        self._alarm = loop.call_at(due, self._wake)
        self._alarm_due = due

    def _wake(self) -> None:
        self._alarm, self._alarm_due = None, math.inf
        self._ring(1)

    def _ring(self, count: int) -> None:
        while count and self._idle:
            bell = self._idle.popleft()
            if not bell.done():
                bell.set_result(None)
                count -= 1
