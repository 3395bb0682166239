"""What has arrived and isn't read yet: asked for all connections at once, or for each by itself."""

import asyncio
import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from auditor.probe.unread import Arrivals


@contextmanager
def pairs(count: int) -> Iterator[list[tuple[socket.socket, socket.socket]]]:
    """So many pairs of connected sockets."""
    with ExitStack() as stack:
        yield [tuple(map(stack.enter_context, socket.socketpair())) for _ in range(count)]  # type: ignore[misc]


def test_what_arrived_is_told_of_its_connection_alone() -> None:
    """Only the connection on which something came has something unread, and no more once it is read."""

    async def see() -> None:
        arrivals = Arrivals(asyncio.get_running_loop())
        with pairs(2) as ((ours, theirs), (others, _)):
            arrived, elsewhere = arrivals.watch(ours.fileno()), arrivals.watch(others.fileno())
            assert not arrived()
            theirs.send(b"surplus")
            arrivals.renew()
            assert arrived()
            assert not elsewhere()
            ours.recv(100)
            arrivals.renew()
            assert not arrived()
        arrivals.close()

    asyncio.run(see())


def test_an_answer_holds_for_one_turn_of_the_loop() -> None:
    """What comes after the first question of a turn is told of in the next one."""

    async def see() -> None:
        arrivals = Arrivals(asyncio.get_running_loop())
        with pairs(1) as ((ours, theirs),):
            arrived = arrivals.watch(ours.fileno())
            assert not arrived()
            theirs.send(b"surplus")
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            assert arrived()
        arrivals.close()

    asyncio.run(see())


def test_none_of_very_many_is_forgotten() -> None:
    """Where more connections have something to read than are told of at once, all of them are found."""

    async def see() -> None:
        arrivals = Arrivals(asyncio.get_running_loop())
        arrivals._most = 2
        with pairs(7) as made:
            watches = [arrivals.watch(ours.fileno()) for ours, _ in made]
            for _, theirs in made:
                theirs.send(b"surplus")
            assert all(watch() for watch in watches)
        arrivals.close()

    asyncio.run(see())


def test_where_the_system_has_no_epoll_each_is_asked_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other systems than Linux are asked for each connection, with the same outcome."""

    async def see() -> None:
        monkeypatch.delattr(select, "epoll", raising=False)
        arrivals = Arrivals(asyncio.get_running_loop())
        with pairs(1) as ((ours, theirs),):
            arrived = arrivals.watch(ours.fileno())
            assert not arrived()
            theirs.send(b"surplus")
            assert arrived()
        arrivals.close()

    asyncio.run(see())


def test_nothing_is_unread_once_the_run_is_over() -> None:
    """A question after the end raises nothing."""

    async def see() -> None:
        arrivals = Arrivals(asyncio.get_running_loop())
        with pairs(1) as ((ours, theirs),):
            arrived = arrivals.watch(ours.fileno())
            theirs.send(b"surplus")
            arrivals.close()
            assert not arrived()

    asyncio.run(see())
