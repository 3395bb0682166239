"""Questions that wait for the end of the loop's turn, when all of them are sent together.

To send one at a time, between the looks that ask them, costs a third of all time: the system's part of it and ours
take turns in driving each other out of the processor's caches, and a host that rests is woken anew for each.
"""

import asyncio
from collections.abc import Callable
from typing import Protocol


class Sender(Protocol):
    """Whoever has something to send."""

    def send(self) -> None:
        """Send it. Raises nothing."""
        ...


class Outbox:
    """Has all senders of a turn send at its end, in order. `before` is called first, each time."""

    def __init__(self, loop: asyncio.AbstractEventLoop, before: Callable[[], None]) -> None:
        self._call_soon = loop.call_soon
        self._before = before
        self._waiting: list[Sender] = []

    def put(self, sender: Sender) -> None:
        """Take one more."""
        if not self._waiting:
            self._call_soon(self._empty)
        self._waiting.append(sender)

    def _empty(self) -> None:
        waiting, self._waiting = self._waiting, []
        self._before()
        for sender in waiting:
            sender.send()
