"""Between the engine and the reader: rows come as they are finished, and their audits are taken in feed order."""

import asyncio
from collections import deque

from auditor.model import Audit

AHEAD = 1000  # audits that wait to be taken before no more rows are read


class Handover:
    """The engine's outlet on one side, audits to take on the other.

    A reader who takes nothing stops the reading of feeds. What is under way by then, the window at most, still comes.
    """

    def __init__(self) -> None:
        self.ready: deque[Audit] = deque()
        self._waiting: dict[int, list[Audit]] = {}
        self._head = 0
        self._ended = False
        self._news = asyncio.Event()
        self._room = asyncio.Event()

    def put(self, ticket: int, audits: list[Audit]) -> bool:
        """Keep a finished row until its turn comes; say whether it has."""
        self._waiting[ticket] = audits
        return ticket == self._head

    async def flush(self) -> int:
        """Make ready the rows whose turn it is; say how many."""
        before = self._head
        while (audits := self._waiting.pop(self._head, None)) is not None:
            self.ready.extend(audits)
            self._head += 1
        self._news.set()
        return self._head - before

    async def read(self, _rows: int, _share: float | None) -> None:
        """Return as soon as few enough audits wait to be taken."""
        while len(self.ready) >= AHEAD:
            self._room.clear()
            await self._room.wait()

    async def wait(self) -> None:
        """Wait until there is an audit to take, or none will come any more."""
        while not self.ready and not self._ended:
            self._news.clear()
            await self._news.wait()

    def take(self) -> Audit:
        """Take the next audit, of those that are ready."""
        audit = self.ready.popleft()
        if len(self.ready) < AHEAD:
            self._room.set()
        return audit

    def end(self, _: object = None) -> None:
        """Note that no more rows come."""
        self._ended = True
        self._news.set()
