"""What has arrived on connections and the loop hasn't read yet."""

import asyncio
import os
import select
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeAlias

# What tells of a descriptor, by being empty or not, whether there is anything to read.
Watch: TypeAlias = Callable[[], object]


def watch(descriptor: int) -> Watch:
    """Watch a descriptor by itself: each question is one to the system."""
    if not hasattr(select, "poll"):  # on Windows
        return lambda: select.select([descriptor], [], [], 0)[0]
    poll = select.poll()
    poll.register(descriptor, select.POLLIN)
    return partial(poll.poll, 0)


class Arrivals:
    """Watches the descriptors of all connections of one loop: the system is asked for all of them at once.

    What it says holds for the rest of the loop's turn, or until `renew`. To ask for each connection by itself costs a
    twentieth of a run's time.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._call_soon = loop.call_soon
        self._epoll = select.epoll() if hasattr(select, "epoll") else None  # only Linux has it
        self._most = 512  # descriptors to be told of at once
        self._there: set[int] | None = None

    def watch(self, descriptor: int) -> Watch:
        """Watch a descriptor, until it is closed."""
        if self._epoll is None:
            return watch(descriptor)
        try:
            self._epoll.register(descriptor, select.EPOLLIN)
        except (OSError, ValueError):  # the system lets no more be watched; the run is over
            return watch(descriptor)
        return partial(self._is_there, self._epoll, descriptor)

    def renew(self) -> None:
        """Ask the system anew when next asked."""
        self._there = None

    def close(self) -> None:
        """Watch nothing any more."""
        if self._epoll is not None:
            self._epoll.close()

    def _is_there(self, epoll: "select.epoll", descriptor: int) -> bool:
        there = self._there
        if there is None:
            there = self._there = self._all(epoll)
            self._call_soon(self.renew)
        return descriptor in there

    def _all(self, epoll: "select.epoll") -> set[int]:
        if epoll.closed:  # the run is over
            return set()
        ready = epoll.poll(0, self._most)
        while len(ready) == self._most:
            self._most *= 2
            ready = epoll.poll(0, self._most)
        return {descriptor for descriptor, _ in ready}


class Unread:
    """What has arrived on one connection and the loop hasn't read yet. While `poll` gives nothing, there is nothing."""

    __slots__ = ("_transport", "poll")

    def __init__(self, transport: asyncio.BaseTransport, watch: Callable[[int], Watch] = watch) -> None:
        self._transport = transport
        descriptor = _descriptor(transport)
        self.poll: Watch = _ended if descriptor < 0 else watch(descriptor)

    def is_there(self) -> bool:
        """Whether there is anything, be it only the connection's end."""
        return bool(self.poll()) and not self._transport.is_closing()

    @property
    def is_surplus(self) -> bool:
        """Whether it is bytes, which nobody asked for. Not inside TLS, where they may be anything."""
        if not self.is_there() or self._transport.get_extra_info("sslcontext") is not None:
            return False
        with suppress(OSError), socket.socket(fileno=os.dup(_descriptor(self._transport))) as same:
            return bool(same.recv(1, socket.MSG_PEEK))
        return False


def _descriptor(transport: asyncio.BaseTransport) -> int:
    """A connection's descriptor; -1 if it has ended, and only its protocol doesn't know yet."""
    found = transport.get_extra_info("socket")
    return -1 if found is None else int(found.fileno())


def _ended() -> bool:
    return True
