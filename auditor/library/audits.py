"""The audits of one run, as an asynchronous iterator over a task of its own."""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Self

from auditor.errors import IncompleteError
from auditor.library.handover import Handover
from auditor.model import Audit


class Audits:
    """The audits of one run, in feed order. It begins when the first is asked for.

    `async with`, or `aclose`, ends it early: when that returns, no task, connection or file of it is left. So does a
    cancellation while the next audit is waited for. Where it is merely dropped, as by `break` in an `async for`, it
    ends as soon as the loop gets to it. Like a generator, it is for one reader.
    """

    # No generator: one that yields inside a task group gets its cancellations in the wrong task (PEP 789).

    def __init__(self, run: Callable[[Handover], Coroutine[Any, Any, None]]) -> None:
        self._run = run
        self._handover = Handover()
        self._task: asyncio.Task[None] | None = None
        self._closed = False
        self._fault: BaseException | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> Audit:
        if not self._handover.ready:
            await self._wait()
        return self._handover.take()

    async def _wait(self) -> None:
        """Wait for an audit. Raises what stopped the run, or StopAsyncIteration at its end."""
        if not self._closed:
            if self._task is None:
                # It knows nothing of this object, which can be dropped while it runs.
                self._task = asyncio.create_task(self._run(self._handover))
                self._task.add_done_callback(self._handover.end)
            try:
                await self._handover.wait()
            except asyncio.CancelledError:
                await self.aclose()
                self._fault = IncompleteError("The audit was cancelled before its end.")  # for who goes on with it
                raise
            if self._handover.ready:
                return
        await self._end()
        raise StopAsyncIteration

    async def _end(self) -> None:
        if self._closed:
            fault, self._fault = self._fault, None
            if fault is not None:
                raise fault
        elif self._task is not None:
            self._closed = True
            await self._task

    async def aclose(self) -> None:
        """End it now; audits that weren't taken are lost. Closing twice is fine."""
        self._closed = True
        self._handover.ready.clear()
        task = self._task
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
            _forget_fault(task)
            self._handover.ready.clear()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    def __del__(self) -> None:
        task = self._task
        if task is None:
            return
        if task.done():
            _forget_fault(task)
            return
        with suppress(RuntimeError):  # the loop is closed, and has ended all that ran in it
            task.get_loop().call_soon_threadsafe(task.cancel)


def _forget_fault(task: asyncio.Task[None]) -> None:
    """Keep asyncio from complaining of a fault that nobody asks for any more."""
    if not task.cancelled():
        task.exception()
