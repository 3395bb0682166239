"""One event loop: a reader, an asker with its workers, one writer."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, Generic, TypeVar

from auditor.engines.asker import Asker, Job
from auditor.engines.passage import Outlet, Passage, Rows
from auditor.model import Probe
from auditor.settings import Settings

R = TypeVar("R")


class LocalEngine(Generic[R]):
    """Runs rows through `begin` and `look` to an outlet, in feed order. `stop` ends a run early, `complete` tells."""

    def __init__(
        self,
        settings: Settings,
        begin: Callable[[Any], Job[R]],
        look: Callable[[Any], Awaitable[Probe]],
        outlet: Outlet[R],
    ) -> None:
        self._passage = Passage(settings.frontier.window, outlet)
        self.asker = Asker(settings, begin, look, self._passage.finish)
        self._reader: asyncio.Task[None] | None = None

    @property
    def complete(self) -> bool:
        """Whether every row of the feeds has its report: an interrupt may come when all is done."""
        return self._passage.complete

    async def run(self, batches: AsyncIterator[Rows]) -> None:
        """Read, ask and write until all is done or `stop` was called.

        Raises `FeedError` once every row before the fault is written, what a look raises once the rows done by then
        are, and what the outlet raises at once. A cancellation lets go of everything at once.
        """
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._passage.write())
                async with asyncio.TaskGroup() as crew:
                    self._reader = crew.create_task(self._read(batches))
                    await self.asker.run()
                    self._reader.cancel()
                self._passage.end()
        except BaseExceptionGroup as errors:
            raise first(errors) from None
        fault = self._passage.fault or self.asker.fault
        if fault is not None:
            raise fault

    def stop(self, grace: float | None = None) -> None:
        """Take no more rows; give what is in flight a grace in seconds (None: the settings'), then let go of it."""
        if self._reader is not None:
            self._reader.cancel()
        self.asker.stop(grace)

    async def _read(self, batches: AsyncIterator[Rows]) -> None:
        await self._passage.read(batches, self.asker)
        self.asker.no_more()


def first(errors: BaseExceptionGroup[BaseException]) -> BaseException:
    """The error that began it all: a task group wraps it, and the errors of those it then took down."""
    inner: BaseException = errors
    while isinstance(inner, BaseExceptionGroup):
        inner = inner.exceptions[0]
    return inner
