"""One event loop per worker process: a reader and a writer here, between them the places of the workers."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any

from auditor.engines.asker import Tidings
from auditor.engines.cost import added
from auditor.engines.local import first
from auditor.engines.passage import Passage, Rows
from auditor.engines.place import Place
from auditor.engines.shares import route
from auditor.errors import AuditorError
from auditor.model import ProductRow
from auditor.reports import RowReport
from auditor.settings import Settings

MOST_SUSPENDED = 10_000  # hosts told of: a feed may name a dead one in each row
SLACK = 3.0  # seconds beyond the grace for workers to come to their end


class ProcessEngine:
    """Runs rows through workers to an outlet, in feed order. `stop` ends a run early, `complete` tells.

    A row goes to the place that `route` says; its worker asks, judges and renders, and what comes back are report
    lines. The window of unfinished rows is here, over all places.
    """

    def __init__(self, settings: Settings, places: Sequence[Place], passage: Passage[RowReport]) -> None:
        self._grace = settings.frontier.grace
        self._per_host = settings.frontier.per_host
        self._places = places
        self._passage = passage
        self._reader: asyncio.Task[None] | None = None
        self._fault: AuditorError | None = None
        self.tidings = Tidings()
        self._told = False
        self._suspended: set[str] = set()
        for place in places:
            place.tidings = Tidings(self._cut_off, self._suspend)

    @property
    def complete(self) -> bool:
        """Whether every row of the feeds has its report: an interrupt may come when all is done."""
        return self._passage.complete

    @property
    def cost(self) -> dict[str, Any]:
        """What asking has cost all workers together; of one that was killed, up to the last rows it told of."""
        cost: dict[str, Any] = {}
        for place in self._places:
            cost = added(cost, place.cost)
        return cost

    async def run(self, batches: AsyncIterator[Rows]) -> None:
        """Read, let ask and write until all is done or `stop` was called.

        Raises what the local engine does, and a worker's faults as if they were its own.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._passage.write())
                async with asyncio.TaskGroup() as crew:
                    self._reader = crew.create_task(self._read(batches))
                    for place in self._places:
                        crew.create_task(self._see_to(place))
                self._passage.end()
        except BaseExceptionGroup as errors:
            raise first(errors) from None
        fault = self._passage.fault or self._fault
        if fault is not None:
            raise fault

    def stop(self, grace: float | None = None) -> None:
        """Take no more rows; give what is in flight a grace in seconds (None: the settings'), then let go of it."""
        self._stop(self._grace if grace is None else grace)

    async def admit(self, rows: Sequence[tuple[int, ProductRow]]) -> None:
        """Part rows among the places."""
        parts: list[list[tuple[int, ProductRow]]] = [[] for _ in self._places]
        for entry in rows:
            parts[route(entry[1], self._per_host, len(parts))].append(entry)
        for place, part in zip(self._places, parts, strict=True):
            if part:
                place.add(part)

    def starve(self, *, starving: bool) -> None:
        """Note whether no more rows can come before some of those that are here are done."""
        for place in self._places:
            place.starve(starving=starving)

    def _cut_off(self) -> None:
        """Tell of an outage once: each worker finds it out for itself."""
        if not self._told:
            self._told = True
            self.tidings.outage()

    def _suspend(self, host: str) -> None:
        """Tell of a host once, likewise."""
        if host not in self._suspended and len(self._suspended) < MOST_SUSPENDED:
            self._suspended.add(host)
            self.tidings.suspension(host)

    def _stop(self, grace: float) -> None:
        if self._reader is not None:
            self._reader.cancel()
        for place in self._places:
            place.stop(grace)
            asyncio.get_running_loop().call_later(grace + SLACK, place.close)

    async def _see_to(self, place: Place) -> None:
        await place.run()
        if place.fault is not None:
            self._fault = self._fault or place.fault
            self._stop(0.0)

    async def _read(self, batches: AsyncIterator[Rows]) -> None:
        await self._passage.read(batches, self)
        for place in self._places:
            place.no_more()
