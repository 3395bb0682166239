"""Kept connections: no answer is taken for another's as far as anyone can tell, and a look has one fresh try."""

import asyncio
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
import uvloop
from hosts import Exchange, Host, Script, serve
from scenes import FAR, JPEG, LENGTH, head, on_reuse, ranged, wire

from auditor.model import Answered, ImageInfo, Probe
from auditor.probe import Look, open_probe
from auditor.settings import FrontierSettings, ProbeSettings

STRAY = head("Content-Length: 4", status="404 Stray") + b"gone"
GOOD = head(LENGTH) + JPEG
LIMITS = ProbeSettings(timeout=30.0, stall_timeout=30.0, allow_private=True)
LOOPS = pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


def is_good(probe: Probe) -> bool:
    """Whether this is what the scenes' picture gives."""
    return isinstance(probe, Answered) and isinstance(probe.body, ImageInfo)


def look_often(script: Script, times: int) -> tuple[list[bool], Host, Look]:
    """Look at so many pictures of a host, one after the other; says which were found."""

    async def main() -> tuple[list[bool], Host, Look]:
        async with serve(script) as host, open_probe(LIMITS, FrontierSettings()) as look:
            return [is_good(await look(host.url(f"/{number}.jpg"))) for number in range(times)], host, look

    return asyncio.run(main())


@contextmanager
def blurting(said: threading.Event) -> Iterator[tuple[int, threading.Event]]:
    """A host, in a thread, that sends a second answer behind its first as soon as it is told to; gives its port."""
    told = threading.Event()

    def converse(connection: socket.socket, first: bool) -> None:  # noqa: FBT001  # a thread's arguments have no names
        with connection, suppress(ConnectionError):
            connection.recv(65536)
            connection.sendall(GOOD)
            if first:
                told.wait(30)
                connection.sendall(STRAY)
                said.set()
            while connection.recv(65536):
                connection.sendall(GOOD)

    def listen() -> None:
        for place in range(2):
            connection, _ = server.accept()
            threads.append(threading.Thread(target=converse, args=(connection, not place)))
            threads[-1].start()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threads = [threading.Thread(target=listen)]
        threads[0].start()
        yield server.getsockname()[1], told
        for thread in threads:
            thread.join(30)


@LOOPS
def test_what_has_come_before_the_next_question_is_not_its_answer(
    loop: type[asyncio.AbstractEventLoop],
) -> None:
    """Though the loop hasn't read it yet, because it was busy, what came too early answers nothing."""
    said = threading.Event()

    async def main(port: int, told: threading.Event) -> tuple[Probe, Probe, int]:
        async with open_probe(LIMITS, FrontierSettings()) as look:
            first = await look(f"http://127.0.0.1:{port}/1.jpg")
            told.set()
            said.wait(30)  # the loop stands still meanwhile
            return first, await look(f"http://127.0.0.1:{port}/2.jpg"), look.traffic.requests

    with blurting(said) as (port, told), asyncio.Runner(loop_factory=loop) as runner:
        first, second, requests = runner.run(main(port, told))
    assert is_good(first)
    assert is_good(second)
    assert requests == 2  # it was seen before the question, not by what came of it


def test_answer_behind_which_another_comes_is_asked_for_again() -> None:
    """On a connection used before, the first of two answers at once may be a stray one: a new connection tells."""
    found, host, look = look_often(on_reuse(wire(STRAY + GOOD), first=ranged()), 3)
    assert found == [True, True, True]
    assert look.traffic.requests == len(host.requests) == 4


def test_no_connection_is_kept_to_a_host_that_sends_too_much() -> None:
    """Once one answer too many was seen, each question gets a connection of its own, whose first answer is its own."""

    async def blurt(exchange: Exchange) -> None:
        await exchange.send(GOOD if exchange.path > "/0.jpg" else GOOD + b"surplus")

    found, host, _ = look_often(blurt, 5)
    assert found == [True] * 5
    assert host.connections == 5


def test_stray_answer_between_two_ranges_starts_the_look_anew() -> None:
    """What was read of a picture before its connection proved untrustworthy doesn't count."""

    async def script(exchange: Exchange) -> None:
        if exchange.number == 3:
            await exchange.send(STRAY)
        await exchange.answer_range(FAR)

    found, host, look = look_often(script, 1)
    assert found == [True]
    assert len(host.requests) <= LIMITS.hops
    assert look.traffic.requests == len(host.requests)


def test_look_has_one_fresh_try_for_all_its_hops() -> None:
    """A host that ends every connection as it is used again costs one more request for a picture, not one a range."""
    _, plain, _ = look_often(ranged(FAR), 1)
    found, host, _ = look_often(on_reuse(wire(), first=ranged(FAR)), 1)
    assert found == [True]
    assert len(host.requests) == len(plain.requests) + 1


def test_fresh_tries_stay_within_the_limit_of_the_host() -> None:
    """When all kept connections break at once, no more questions are under way than the host is to have."""
    under_way: set[int] = set()
    most = 0

    async def good(exchange: Exchange) -> None:
        nonlocal most
        under_way.add(id(exchange))
        most = max(most, len(under_way))
        await asyncio.sleep(0.005)
        under_way.discard(id(exchange))
        await exchange.answer_range(JPEG)

    async def main() -> list[Probe]:
        script = on_reuse(wire(), first=good)
        async with serve(script) as host, open_probe(LIMITS, FrontierSettings(per_host=4)) as look:
            return await asyncio.gather(*(look(host.url(f"/{number}.jpg")) for number in range(40)))

    assert all(map(is_good, asyncio.run(main())))
    assert most <= 4
