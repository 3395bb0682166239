"""The program of a worker: rows come, finished report lines go. It ends when it is done, or nobody listens any more."""

import asyncio
import marshal
import os
import pickle
import socket
import traceback
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from typing import Any, NoReturn

from auditor import texts
from auditor.audit import beginning
from auditor.engines.asker import Asker, Tidings
from auditor.engines.channel import Channel, Kind
from auditor.engines.chunk import packed, unpacked
from auditor.engines.loop import calm_collector, loop_factory
from auditor.engines.memory import remembering
from auditor.engines.order import Order
from auditor.engines.unsaid import unsaid
from auditor.errors import AuditorError
from auditor.plan import make_plan
from auditor.probe import make_room
from auditor.reports import About, Reports, RowReport
from auditor.state import open_nights, recurrence

MOST = 500  # finished rows in one message
SOON = 0.02  # seconds until those that were finished are told, however few


def work(end: socket.socket) -> NoReturn:
    """Do what is said at the other end of a socket; then end this process."""
    calm_collector()
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_obey(end))
    finally:
        os._exit(1)


async def _obey(end: socket.socket) -> NoReturn:
    channel = await Channel.over(end)
    try:
        message = await channel.receive()
        await _work(channel, pickle.loads(message.body))  # noqa: S301  # our own process wrote it
    except* AuditorError as errors:
        channel.send(Kind.FAULT, pickle.dumps(_one_of(errors)))
    except* EOFError:
        pass  # whoever gave the order has gone
    except* Exception as errors:  # noqa: BLE001  # it is told where it can be reported
        error = _one_of(errors)
        told = (f"{type(error).__name__}: {error}", "".join(traceback.format_exception(error)))
        channel.send(Kind.BROKEN, pickle.dumps(told))
    channel.close()
    await channel.closed()
    os._exit(0)  # threads may hang in look-ups of dead names for minutes


async def _work(channel: Channel, order: Order) -> None:
    settings = order.settings
    looks_each = 1 + settings.further.second_look + settings.further.deep
    make_room(looks_each * settings.frontier.concurrency)
    judge = order.judge()
    words = texts.load(settings.report.language).under(order.policy.channel)
    async with AsyncExitStack() as stack:
        nights = stack.enter_context(open_nights(settings, order.started))
        about = About(judge.codes, words, {}, recurrence(nights))
        reports = Reports(replace(settings.report, quiet=True), about)  # never opened: it only renders
        reports.unsaid = unsaid(order, judge, nights)
        begin = beginning(judge, reports.render, make_plan(judge, settings.further), reports.usual)
        looks = await stack.enter_async_context(order.looks(settings, order.beside))
        memory = await stack.enter_async_context(remembering(order, judge, looks))
        outbox = Outbox(channel, reports.silent, lambda: {**asker.cost, **memory.cost})
        asker = Asker(settings, begin, memory.look, outbox.put)
        asker.recall = memory.recall
        asker.tidings = Tidings(partial(channel.send, Kind.CUT_OFF), partial(_tell_suspension, channel))
        channel.send(Kind.READY)
        async with asyncio.TaskGroup() as group:
            listener = group.create_task(_listen(channel, asker))
            await asker.run()
            listener.cancel()
        await memory.flush()
        outbox.send()
    if asker.fault is not None:
        raise asker.fault
    channel.send(Kind.DONE, marshal.dumps(outbox.cost()))


def _tell_suspension(channel: Channel, host: str) -> None:
    channel.send(Kind.SUSPENDED, marshal.dumps(host))


async def _listen(channel: Channel, asker: Asker[RowReport]) -> None:
    while True:
        kind, body = await channel.receive()
        if kind is Kind.ROWS:
            await asker.admit(unpacked(body))
        elif kind is Kind.STARVE:
            asker.starve(starving=marshal.loads(body))  # noqa: S302  # our own process wrote it
        elif kind is Kind.NO_MORE:
            asker.no_more()
        else:
            asker.stop(marshal.loads(body))  # noqa: S302  # our own process wrote it


class Outbox:
    """Gathers finished rows, to tell of many at once, and with them of the `cost` so far."""

    def __init__(self, channel: Channel, silent: RowReport, cost: Callable[[], dict[str, Any]]) -> None:
        self.cost = cost
        self._channel = channel
        self._silent = silent
        self._finished: list[tuple[int, RowReport]] = []
        self._timer: asyncio.TimerHandle | None = None

    def put(self, ticket: int, report: RowReport) -> None:
        """Take a finished row."""
        self._finished.append((ticket, report))
        if len(self._finished) >= MOST:
            self.send()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SOON, self.send)

    def send(self) -> None:
        """Tell of all that are here."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._finished:
            self._channel.send(Kind.COST, marshal.dumps(self.cost()))
            self._channel.send(Kind.REPORTS, packed(self._finished, self._silent))
            self._finished.clear()


def _one_of(errors: BaseException) -> BaseException:
    while isinstance(errors, BaseExceptionGroup):
        errors = errors.exceptions[0]
    return errors
