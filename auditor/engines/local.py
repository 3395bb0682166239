"""One event loop: a reader, long-lived workers, one writer. Concurrency lives here and knows nothing of images."""

import asyncio
import math
import random
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Any, Generic, Protocol, TypeVar

from auditor.engines.crew import Crew
from auditor.errors import AuditorError
from auditor.frontier import Frontier, RetryRule, Steadiness, Window, is_shortage
from auditor.model import Ask, Probe
from auditor.settings import Settings

R = TypeVar("R")
Finished_co = TypeVar("Finished_co", covariant=True)
Taken_contra = TypeVar("Taken_contra", contravariant=True)


class Job(Protocol[Finished_co]):
    """One row under way, as the engine sees it."""

    def requests(self) -> Sequence[tuple[int, str, str]]:
        """What must be asked: place in the row, URL, host."""
        ...

    def answer(self, place: int, probe: Probe) -> bool:
        """Take the answer for one place; say whether it was the last."""
        ...

    def further(self) -> Sequence[tuple[int, Ask, str]]:
        """What must be asked because of an answer: the same of it. Asked once after each."""
        ...

    def report(self) -> Finished_co:
        """What remains of the row once every answer is there."""
        ...


class Outlet(Protocol[Taken_contra]):
    """Where finished rows go: they come in any order, with tickets from 0, and leave it in the order of those."""

    def put(self, ticket: int, report: Taken_contra, /) -> bool:
        """Take a finished row; say whether there is something to pass on now."""
        ...

    async def flush(self) -> int:
        """Pass on rows whose turn it is; say how many. More may be left as long as it isn't 0."""
        ...

    async def read(self, rows: int, share: float | None) -> None:
        """Note that so many rows, this share of the feeds, are read; return when more may be."""
        ...


class Rows(Protocol):
    """A batch of rows, and the share of all feeds read when it ends."""

    @property
    def rows(self) -> Sequence[Any]:
        """The rows."""
        ...

    @property
    def share(self) -> float | None:
        """From 0 to 1, None when unknown."""
        ...


class LocalEngine(Generic[R]):
    """Runs rows through `begin` and `look` to an outlet, in feed order. `stop` ends a run early, `complete` tells."""

    def __init__(
        self,
        settings: Settings,
        begin: Callable[[Any], Job[R]],
        look: Callable[[Any], Awaitable[Probe]],
        outlet: Outlet[R],
    ) -> None:
        self._settings = settings.frontier
        self._begin = begin
        self._look = look
        self._outlet = outlet
        self._frontier: Frontier[tuple[int, Job[R], int]] = Frontier(
            self._settings, RetryRule(self._settings, settings.clock, random.uniform), self._cut_off
        )
        self.tell_outage: Callable[[], object] = lambda: None  # called when it seems to be us who are cut off
        self._window = Window(self._settings.window)
        self._idle: deque[asyncio.Future[None]] = deque()
        self._room = asyncio.Event()
        self._ready = asyncio.Event()
        self._read_all = False
        self._answered_all = False
        self._crew = Crew(self._settings.concurrency)
        self._workers: set[asyncio.Task[None]] = set()
        self._hire: Callable[[int], None] = lambda _: None
        self._reader: asyncio.Task[None] | None = None
        self._alarm: asyncio.Handle | None = None
        self._alarm_due = math.inf
        self._fault: AuditorError | None = None
        self._whole = False  # the feeds were read to their end
        self._reader_waits = False  # for room in the window

    @property
    def urls_fetched(self) -> int:
        """Distinct URLs whose answer is final."""
        return self._frontier.settled

    @property
    def steadiness(self) -> Steadiness:
        """How evenly it went."""
        return self._frontier.steadiness

    async def run(self, batches: AsyncIterator[Rows]) -> None:
        """Read, ask and write until all is done or `stop` was called.

        Raises `FeedError` once every row before the fault is written, what a look raises once the rows done by then
        are, and what the outlet raises at once. A cancellation lets go of everything at once.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._write())
                async with asyncio.TaskGroup() as crew:
                    self._reader = crew.create_task(self._read(batches))
                    self._hire = partial(self._begin_work, crew)
                    self._hire(self._crew.hands)
                self._answered_all = True
                self._ready.set()
        except BaseExceptionGroup as errors:
            raise _first(errors) from None
        finally:
            if self._alarm is not None:
                self._alarm.cancel()
        if self._fault is not None:
            raise self._fault

    @property
    def complete(self) -> bool:
        """Whether every row of the feeds has its report: an interrupt may come when all is done."""
        return self._whole and self._window.room == self._window.size

    def stop(self) -> None:
        """Take no more rows; give what is in flight a grace, then let go of it."""
        self._admit_no_more()
        asyncio.get_running_loop().call_later(self._settings.grace, self._dismiss)

    def _admit_no_more(self) -> None:
        if self._reader is not None:
            self._reader.cancel()
        self._frontier.abandon()
        self._pass_on()
        self._read_all = True
        self._ring(len(self._idle))

    def _begin_work(self, group: asyncio.TaskGroup, count: int) -> None:
        for _ in range(count):
            worker = group.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    def _dismiss(self) -> None:
        for worker in self._workers:
            worker.cancel()

    async def _read(self, batches: AsyncIterator[Rows]) -> None:
        try:
            await self._read_on(batches)
        except AuditorError as error:
            self._fault = error  # what was read before is still true: finish it, then say what happened
        else:
            self._whole = True
        self._read_all = True
        self._ring(len(self._idle))

    async def _read_on(self, batches: AsyncIterator[Rows]) -> None:
        done = 0
        async for batch in batches:
            rows = batch.rows
            for start in range(0, len(rows), self._window.size):
                some = rows[start : start + self._window.size]
                while self._window.room < len(some):
                    self._room.clear()
                    self._reader_waits = True
                    self._ring(1)  # what waits for everything else to be done may be what has to be done now
                    await self._room.wait()
                    self._reader_waits = False
                for row in some:
                    self._admit(self._begin(row))
                self._ring(1)
            done += len(rows)
            await self._outlet.read(done, batch.share)
            await asyncio.sleep(0)  # a batch is some milliseconds of work: let answers in between

    def _admit(self, job: Job[R]) -> None:
        ticket = self._window.open()
        requests = job.requests()
        last = not requests
        for place, url, host in requests:
            known = self._frontier.admit(url, host, (ticket, job, place))
            if known is not None:
                last = self._answer(ticket, job, place, known)
        if last:
            self._finish(ticket, job)

    def _answer(self, ticket: int, job: Job[R], place: int, probe: Probe) -> bool:
        """Hand an answer over, and queue what must be asked because of it; say whether the row is done."""
        last = job.answer(place, probe)
        for next_place, ask, host in job.further():
            known = self._frontier.admit(ask, host, (ticket, job, next_place))
            if known is not None:
                last = self._answer(ticket, job, next_place, known)
        return last

    def _finish(self, ticket: int, job: Job[R]) -> None:
        if self._outlet.put(ticket, job.report()):
            self._ready.set()

    async def _work(self) -> None:
        """Ask until there is nothing left. What a look raises concerns the whole run, which ends with what is done."""
        try:
            await self._ask()
        except AuditorError as error:
            self._fault = self._fault or error
            self._admit_no_more()
            self._dismiss()

    async def _ask(self) -> None:
        loop = asyncio.get_running_loop()
        frontier = self._frontier
        while True:
            url = frontier.take(loop.time())
            self._set_alarm(loop)
            if url is None:
                if await self._rest(loop):
                    return
                continue
            if frontier.ready:
                self._ring(1)  # each worker wakes the next as long as there is something to take
            probe = await self._look(url)
            waiters = frontier.settle(url, probe, loop.time())
            if frontier.released:
                self._pass_on()
            if not waiters:
                if self._lets_go(probe, loop):
                    return
            elif self._crew.hands < self._crew.size:
                self._hire(self._crew.come_back(loop.time()))
            self._hand_over(waiters, probe)

    def _lets_go(self, probe: Probe, loop: asyncio.AbstractEventLoop) -> bool:
        """Look after a URL that wasn't settled; say whether its worker shall go."""
        self._set_alarm(loop)
        if not (is_shortage(probe) and self._crew.leave(loop.time())):
            return False
        self._ring(1)
        return True

    def _conclude(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Decide about what waits for everything else to be done, if it is; say whether that made a difference."""
        frontier = self._frontier
        if not ((self._read_all or self._reader_waits) and frontier.stalled):
            return False
        passed_on = frontier.conclude(loop.time())
        self._set_alarm(loop)
        self._pass_on()
        return passed_on

    def _cut_off(self) -> None:
        self.tell_outage()

    def _pass_on(self) -> None:
        """Hand over the answers that come without an attempt's end."""
        released, self._frontier.released = self._frontier.released, []
        for waiters, probe in released:
            self._hand_over(waiters, probe)

    def _hand_over(self, waiters: Sequence[tuple[int, Job[R], int]], probe: Probe) -> None:
        """Give an answer to all rows that waited for it."""
        for ticket, job, place in waiters:
            if self._answer(ticket, job, place, probe):
                self._finish(ticket, job)

    async def _rest(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Wait until there may be something to take: a new URL, a host with room, a URL that falls due.

        Says whether this is the end.
        """
        if self._conclude(loop):
            return False
        if self._read_all and self._frontier.empty:
            self._ring(len(self._idle))
            return True
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

    async def _write(self) -> None:
        while True:
            # Both are looked at before the outlet is, which takes a while where it has to turn to a file: rows that
            # finish meanwhile are seen in the next round.
            last_round = self._answered_all
            self._ready.clear()
            count = await self._outlet.flush()
            if count:
                self._window.close(count)
                self._room.set()
            elif last_round:
                return
            else:
                await self._ready.wait()


def _first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that began it all: a task group wraps it, and the errors of those it then took down."""
    inner: BaseException = errors
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner
