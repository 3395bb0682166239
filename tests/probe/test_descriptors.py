"""Running out of file descriptors: seen for what it is."""

import asyncio
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from hosts import Exchange, serve

from auditor.model import Cause, Probe, Unreached
from auditor.probe import make_room, open_probe
from auditor.settings import FrontierSettings, ProbeSettings

pytestmark = pytest.mark.usefixtures("either_client")


@pytest.fixture(autouse=True)
def _same_limit_afterwards() -> Iterator[None]:
    """No test leaves this program with another limit."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@contextmanager
def no_descriptor_left() -> Iterator[None]:
    """Take every descriptor there is."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (max(int(path.name) for path in Path("/proc/self/fd").iterdir()) + 4, hard)
    )
    taken = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.dup(1))
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


def test_limit_is_raised_where_allowed() -> None:
    """A low soft limit under a high hard one is no reason to be slow."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (200, hard))
    assert make_room(256) == 256
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= 512
