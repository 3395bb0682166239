"""Running out of file descriptors: seen for what it is."""

import asyncio
import os
import resource
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import pytest
import uvloop
from addresses import Addresses, dropping
from hosts import Exchange, serve

from auditor.model import Answered, Cause, Probe, Unreached
from auditor.probe import make_room, open_probe
from auditor.settings import FrontierSettings, ProbeSettings


@pytest.fixture(autouse=True)
def _same_limit_afterwards() -> Iterator[None]:
    """No test leaves this program with another limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def no_descriptor_left(but: int = 0) -> Iterator[None]:
    """Take every descriptor there is, but so many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(int(path.name) for path in Path("/proc/self/fd").iterdir()) + 4, hard)
    )
    taken = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(1))
        for _ in range(but):
            os.close(taken.pop())
        yield
    finally:
        for number in taken:
            os.close(number)


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost"])
def test_no_descriptor_for_a_connection_is_our_own_shortage(name: str) -> None:
    """Neither the host nor its name is blamed when this machine can't open one more connection."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer("404 Not Found")

    async def main() -> Probe:
        settings = ProbeSettings(allow_private=True)
        async with serve(script) as host, open_probe(settings, FrontierSettings()) as look:
            with no_descriptor_left():
                return await look(host.url(host=name))

    probe = asyncio.run(main())
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.SHORTAGE


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def test_connections_at_rest_make_room_for_new_ones(loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
    """When no descriptor is left, those of connections that are only kept are used before anything has to wait."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer("404 Not Found")

    async def main() -> Probe:
        settings = ProbeSettings(allow_private=True)
        async with serve(script) as one, serve(script) as other, open_probe(settings, FrontierSettings()) as look:
            await asyncio.gather(*(look(one.url(f"/{number}.jpg")) for number in range(4)))
            with no_descriptor_left():
                return await look(other.url())

    with asyncio.Runner(loop_factory=loop) as runner:
        probe = runner.run(main())
    assert isinstance(probe, Answered), probe


def test_shortage_among_silent_addresses_is_no_fault_of_theirs() -> None:
    """When one address is silent and there is no descriptor to try the next, nothing is known of the host."""

    async def main(port: int) -> Probe:
        settings = ProbeSettings(allow_private=True, connect_timeout=0.3)
        async with open_probe(settings, FrontierSettings(), Addresses("127.0.1.1", "127.0.1.2")) as look:
            with no_descriptor_left(but=1):
                return await look(f"http://shop.example:{port}/a.jpg")

    with ExitStack() as stack:
        probe = asyncio.run(main(dropping(stack, "127.0.1.1")))
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.SHORTAGE


def test_limit_is_raised_where_allowed() -> None:
    """A low soft limit under a high hard one is no reason to be slow."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    assert make_room(256) == 256
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 512
