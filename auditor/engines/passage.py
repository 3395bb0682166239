"""Rows on their way through an engine: read ahead, finished in any order, passed on in the order of the feeds."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Any, Generic, Protocol, TypeVar

from auditor.errors import AuditorError
from auditor.frontier import Window

R = TypeVar("R")
Taken_contra = TypeVar("Taken_contra", contravariant=True)


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


class Asking(Protocol):
    """Where rows that were read go."""

    async def admit(self, rows: Sequence[tuple[int, Any]]) -> None:
        """Take rows, each with its ticket."""
        ...

    def starve(self, *, starving: bool) -> None:
        """Note whether no more rows can come before some of those that are here are done."""
        ...


class Passage(Generic[R]):
    """The reader and the writer of a run, with at most `size` rows between them. `fault` is what stopped the reader."""

    def __init__(self, size: int, outlet: Outlet[R]) -> None:
        self.fault: AuditorError | None = None
        self._window = Window(size)
        self._outlet = outlet
        self._room = asyncio.Event()
        self._ready = asyncio.Event()
        self._whole = False  # the feeds were read to their end
        self._ended = False

    @property
    def complete(self) -> bool:
        """Whether every row of the feeds has its report: an interrupt may come when all is done."""
        return self._whole and self._window.room == self._window.size

    async def read(self, batches: AsyncIterator[Rows], asking: Asking) -> None:
        """Read rows and have them admitted, each with its ticket, as there is room."""
        try:
            await self._read_on(batches, asking)
        except AuditorError as error:
            self.fault = error  # what was read before is still true: finish it, then say what happened
        else:
            self._whole = True

    def finish(self, ticket: int, report: R) -> None:
        """Take what remains of a row."""
        if self._outlet.put(ticket, report):
            self._ready.set()

    def end(self) -> None:
        """Note that no more rows will be finished."""
        self._ended = True
        self._ready.set()

    async def write(self) -> None:
        """Pass finished rows on, up to the end. Raises what the outlet raises."""
        while True:
            # Both are looked at before the outlet is, which takes a while where it has to turn to a file: rows that
            # finish meanwhile are seen in the next round.
            last_round = self._ended
            self._ready.clear()
            count = await self._outlet.flush()
            if count:
                self._window.close(count)
                self._room.set()
            elif last_round:
                return
            else:
                await self._ready.wait()

    async def _read_on(self, batches: AsyncIterator[Rows], asking: Asking) -> None:
        done = 0
        async for batch in batches:
            rows = batch.rows
            for start in range(0, len(rows), self._window.size):
                some = rows[start : start + self._window.size]
                if self._window.room < len(some):
                    asking.starve(starving=True)
                    await self._wait_for(len(some))
                    asking.starve(starving=False)
                await asking.admit(list(enumerate(some, self._window.open(len(some)))))
            done += len(rows)
            await self._outlet.read(done, batch.share)
            await asyncio.sleep(0)  # a batch is some milliseconds of work: let answers in between

    async def _wait_for(self, rows: int) -> None:
        while self._window.room < rows:
            self._room.clear()
            await self._room.wait()
