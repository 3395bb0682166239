"""Who asks in a run: this process alone, or workers that are at its command."""

import asyncio
import pickle
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeAlias

from auditor.audit import beginning, unsurvived
from auditor.checks import Judge
from auditor.engines.asker import Tidings
from auditor.engines.channel import Channel, Kind
from auditor.engines.local import LocalEngine
from auditor.engines.memory import Remembering, remembering, try_state
from auditor.engines.nursery import Nursery, no_worker
from auditor.engines.order import Order
from auditor.engines.passage import Passage, Rows
from auditor.engines.place import Ledger, Place, fault_of
from auditor.engines.processes import ProcessEngine
from auditor.engines.shares import share
from auditor.errors import Sentence
from auditor.model import ProductRow
from auditor.plan import make_plan
from auditor.probe import spool_folder
from auditor.reports import Reports, RowReport


class Engine(Protocol):
    """What runs rows to their reports."""

    @property
    def complete(self) -> bool:
        """Whether every row of the feeds has its report."""
        ...

    @property
    def cost(self) -> dict[str, Any]:
        """URLs, requests and bytes so far, as summary.json shows them."""
        ...

    async def run(self, batches: AsyncIterator[Rows]) -> None:
        """Run them until all is done or `stop` was called."""
        ...

    def stop(self, grace: float | None = None) -> None:
        """End it early, in order: what is in flight has a grace in seconds (None: the settings')."""
        ...


# Makes a run's engine, once its reports are open. What it tells of meanwhile goes to the other.
MakeEngine: TypeAlias = Callable[[Reports, Tidings], Engine]


@asynccontextmanager
async def open_workforce(order: Order, nursery: Nursery | None, count: int) -> AsyncIterator[MakeEngine]:
    """Open what a run asks with, in so many workers; in this process where there is one, or no nursery.

    Raises as `open_looks` does, whoever opens them, and `AuditorError` where a worker can't be started.
    """
    judge = order.judge()
    if nursery is None or count == 1:
        async with (
            order.looks(order.settings, order.settings.report.out) as looks,
            remembering(order, judge, looks) as memory,
        ):
            yield partial(_alone, order, judge, memory)
        return
    try_state(order.settings)
    async with AsyncExitStack() as stack:
        if order.settings.further.deep:
            # What a killed worker leaves there goes with all that is in it.
            folder = stack.enter_context(spool_folder(order.settings.report.out))
            order = order._replace(beside=folder / "worker")
        hires = [partial(_hire, order, nursery, number, count) for number in range(count)]
        channels = await _all(hires, stack)
        yield partial(_together, _Hired(order, judge, list(zip(channels, hires, strict=True)), stack))


class _Hired(NamedTuple):
    """Workers that are there, with how each would be replaced, what they do, and what ends when they do."""

    order: Order
    judge: Judge
    workers: list[tuple[Channel, Callable[[], Awaitable[Channel]]]]
    stack: AsyncExitStack


class AloneEngine(LocalEngine[RowReport]):
    """The local engine, which knows what its looks have cost, and what it has learnt."""

    memory: Remembering

    @property
    def cost(self) -> dict[str, Any]:
        """What asking has cost."""
        return {**self.asker.cost, **self.memory.cost}

    async def run(self, batches: AsyncIterator[Rows]) -> None:
        """Run as the local engine does, and write down what was learnt. Raises `StateError`, too."""
        await super().run(batches)
        await self.memory.flush()


def _alone(order: Order, judge: Judge, memory: Remembering, reports: Reports, tidings: Tidings) -> Engine:
    plan = make_plan(judge, order.settings.further)
    begin = beginning(judge, reports.render, plan, reports.usual)
    engine = AloneEngine(order.settings, begin, memory.look, reports)
    engine.memory = memory
    engine.asker.recall = memory.recall
    engine.asker.tidings = tidings
    return engine


def _together(hired: _Hired, reports: Reports, tidings: Tidings) -> Engine:
    order, judge, workers, stack = hired
    passage: Passage[RowReport] = Passage(order.settings.frontier.window, reports)

    def give_up(row: ProductRow) -> RowReport:
        return reports.render(unsurvived(judge, row))

    ledger = Ledger(reports.silent, passage.finish, give_up)
    places = [Place(channel, hire, ledger) for channel, hire in workers]
    for place in places:
        stack.callback(place.close)
    engine = ProcessEngine(order.settings, places, passage)
    engine.tidings = tidings
    return engine


async def _all(hires: list[Any], stack: AsyncExitStack) -> list[Channel]:
    """Hire all workers at once."""
    tasks = [asyncio.create_task(hire()) for hire in hires]
    stack.callback(_let_go, tasks)
    await asyncio.wait(tasks)
    return [await task for task in tasks]


def _let_go(tasks: list[asyncio.Task[Channel]]) -> None:
    for task in tasks:
        if not task.done():
            task.cancel()
        elif not task.cancelled() and task.exception() is None:
            task.result().close()


async def _hire(order: Order, nursery: Nursery, number: int, of: int) -> Channel:
    """Start a worker and give it its part of the order; return once it is ready."""
    channel = await Channel.over(nursery.worker())
    channel.send(Kind.ORDER, pickle.dumps(order._replace(settings=share(order.settings, number, of))))
    try:
        kind, body = await channel.receive()
    except BaseException as error:
        channel.close()
        if isinstance(error, EOFError):
            raise no_worker(Sentence("it ended before it could begin")) from None
        raise
    if kind is Kind.READY:
        return channel
    channel.close()
    raise fault_of(kind, body)
