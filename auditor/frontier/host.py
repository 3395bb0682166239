"""One host's queue, and the URLs that stand in it."""

from collections import deque
from typing import Generic, TypeVar

from auditor.model import Ask

W = TypeVar("W")


class Entry(Generic[W]):
    """One URL that waits or is in flight, and who wants to know of it."""

    __slots__ = ("attempts", "host", "url", "waiters", "waits")

    def __init__(self, url: Ask, host: "Host[W]", waiter: W) -> None:
        self.url = url
        self.host = host
        self.waiters = [waiter]
        self.attempts = 0
        self.waits = 0


class Host(Generic[W]):
    """One host's FIFO and how many of its URLs are in flight. `ready` says that it stands in the queue of hosts."""

    __slots__ = ("in_flight", "later", "name", "ready", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting: deque[Entry[W]] = deque()
        self.in_flight = 0
        self.later = 0
        self.ready = False
