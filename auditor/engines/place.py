"""One worker's place: filled anew when its worker is killed, until all that was given to it is finished."""

import marshal
import pickle
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any

from auditor.engines.asker import Tidings
from auditor.engines.channel import Channel, Kind
from auditor.engines.chunk import Chunk, reports
from auditor.engines.cost import added
from auditor.engines.nursery import NoWorkerError
from auditor.errors import AuditorError
from auditor.model import ProductRow
from auditor.reports import RowReport

ROWS = 500  # of a chunk at the most
_TICKET = itemgetter(0)  # of a row with it
TRIES = 3  # to replace a worker: whatever kills it, such as a lack of memory, may meet the next one as it begins


class BrokenWorkerError(Exception):
    """A fault of our own in a worker. The text names it; a note has its traceback."""


class Ledger:
    """What a place needs to know of finished rows: `silent` is the report of one that has nothing to say."""

    def __init__(
        self, silent: RowReport, finish: Callable[[int, RowReport], None], give_up: Callable[[ProductRow], RowReport]
    ) -> None:
        self.silent = silent
        self.finish = finish
        self.give_up = give_up


class Place:
    """Gives chunks of rows to a worker, and all that are unfinished to the next one if it is killed.

    What was unfinished when two workers died is suspected: each such chunk is run alone, by halves when a worker dies
    over it again, down to a row that kills a worker which has nothing else to do. That row is given up. A row is
    finished once, whatever happens.

    `fault` is what a worker says stops the run.
    """

    def __init__(self, channel: Channel, hire: Callable[[], Awaitable[Channel]], ledger: Ledger) -> None:
        self.fault: AuditorError | None = None
        self.tidings = Tidings()  # of its worker
        self._channel = channel
        self._hire = hire
        self._ledger = ledger
        self._spent: Mapping[str, Any] = {}  # by the workers before
        self._spending: Mapping[str, Any] = {}  # by the one that is there, as it said last
        self._unfinished: dict[int, Chunk] = {}  # by ticket
        self._waiting: deque[Chunk] = deque()
        self._suspects: deque[Chunk] = deque()
        self._given: dict[Chunk, None] = {}  # to the worker that is there
        self._alone = False  # what is given is a suspect
        self._closing = False
        self._starving = False
        self._stopped = False
        self._vacant = False  # the next worker isn't there yet

    @property
    def cost(self) -> Mapping[str, Any]:
        """What asking has cost its workers, as far as they could say."""
        return added(self._spent, self._spending)

    def add(self, rows: Sequence[tuple[int, ProductRow]]) -> None:
        """Take rows, each with its ticket."""
        for start in range(0, len(rows), ROWS):
            some = rows[start : start + ROWS]
            chunk = Chunk(some)
            self._unfinished.update(dict.fromkeys(map(_TICKET, some), chunk))
            self._waiting.append(chunk)
        self._give()

    def starve(self, *, starving: bool) -> None:
        """Note whether no more rows can come before some of those that are here are done."""
        self._starving = starving
        if not self._vacant:
            self._channel.send(Kind.STARVE, marshal.dumps(starving))

    def no_more(self) -> None:
        """Note that no more rows come.

        The worker learns of it only once all are done, since another's may come yet: that none comes before, it learns
        now.
        """
        self._closing = True
        self.starve(starving=True)
        self._give()

    def stop(self, grace: float) -> None:
        """Let the worker ask nothing new, and let go of what is in flight after a grace in seconds."""
        self._stopped = True
        self._channel.send(Kind.STOP, marshal.dumps(grace))

    def close(self) -> None:
        """Wait for the worker no longer."""
        self._stopped = True
        self._channel.close()

    async def run(self) -> None:
        """See to the worker, and to the next, until all is finished or `stop` was called, or there is a fault."""
        while True:
            try:
                kind, body = await self._channel.receive()
            except EOFError:
                if self._stopped or (self._closing and not self._unfinished):
                    return
                try:
                    await self._replace()
                except AuditorError as error:
                    self.fault = error
                    return
                continue
            if kind is Kind.REPORTS:
                self._finish(body)
            elif kind is Kind.COST:
                self._spending = marshal.loads(body)  # noqa: S302  # our own process wrote it
            elif kind is Kind.CUT_OFF:
                self.tidings.outage()
            elif kind is Kind.SUSPENDED:
                self.tidings.suspension(marshal.loads(body))  # noqa: S302  # our own process wrote it
            elif kind is Kind.DONE:
                self._spending = marshal.loads(body)  # noqa: S302  # our own process wrote it
                return
            else:
                self.fault = fault_of(kind, body)
                return

    def _give(self) -> None:
        """Hand over what there is; but as long as something is suspected, that alone."""
        if self._stopped or self._vacant:
            return
        if not self._given:
            self._alone = bool(self._suspects)
            if self._alone:
                self._send(self._suspects.popleft())
        if not self._alone:
            while self._waiting:
                self._send(self._waiting.popleft())
        if self._closing and not self._unfinished:
            self._channel.send(Kind.NO_MORE)

    def _send(self, chunk: Chunk) -> None:
        self._given[chunk] = None
        self._channel.send(Kind.ROWS, chunk.body)

    def _finish(self, body: bytes) -> None:
        for ticket, report in reports(body, self._ledger.silent):
            chunk = self._unfinished.pop(ticket, None)
            if chunk is not None:
                self._ledger.finish(ticket, report)
                chunk.left -= 1
                if not chunk.left:
                    del self._given[chunk]
        if not self._given:
            self._give()

    async def _replace(self) -> None:
        """Put a new worker in place of one that was killed."""
        self._channel.close()
        self._vacant = True
        self._spent, self._spending = self.cost, {}
        given, self._given = list(self._given), {}
        for chunk in reversed(given):
            self._take_back(chunk)
        channel = await self._hire_next()
        if self._stopped:
            channel.close()
        self._channel, self._vacant = channel, False
        self._give()
        self.starve(starving=self._starving)

    async def _hire_next(self) -> Channel:
        for _ in range(TRIES - 1):
            with suppress(NoWorkerError):
                return await self._hire()
        return await self._hire()

    def _take_back(self, chunk: Chunk) -> None:
        rows = [(ticket, row) for ticket, row in chunk.rows() if ticket in self._unfinished]
        if not self._alone:
            deaths = chunk.deaths + 1
            self._requeue(rows, deaths, self._waiting if deaths < 2 else self._suspects)
        elif len(rows) > 1:
            self._requeue(rows[len(rows) // 2 :], chunk.deaths, self._suspects)
            self._requeue(rows[: len(rows) // 2], chunk.deaths, self._suspects)
        else:
            for ticket, row in rows:
                del self._unfinished[ticket]
                self._ledger.finish(ticket, self._ledger.give_up(row))

    def _requeue(self, rows: Sequence[tuple[int, ProductRow]], deaths: int, queue: deque[Chunk]) -> None:
        chunk = Chunk(rows, deaths)
        self._unfinished.update((ticket, chunk) for ticket, _ in rows)
        queue.appendleft(chunk)


def fault_of(kind: Kind, body: bytes) -> AuditorError:
    """The fault that a worker told of. Raises `BrokenWorkerError` for one that is our own."""
    told = pickle.loads(body)  # noqa: S301  # our own process wrote it
    if kind is Kind.FAULT and isinstance(told, AuditorError):
        return told
    text, trace = told
    broken = BrokenWorkerError(text)
    broken.add_note(trace)
    raise broken
