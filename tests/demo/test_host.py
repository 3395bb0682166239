"""The demo host answers what the names of its scenes say, and leaves nothing behind."""

import asyncio
import contextlib
import gc
import logging
import socket
from collections.abc import Mapping

import aiohttp
import pytest
from demo.visits import NAMED, SHORT, ask, get, url_of

from auditor.demo import PLANTS, Host, Plant, serve
from auditor.errors import SettingsError

ONE_ANSWER = {
    "not-found": {404, 410},
    "http-error": {400, 405},
    "unexpected-status": {202, 300},
    "redirect": {301, 302, 303, 307, 308},
    "access-denied": {401, 403, 451},
    "rate-limited": {429},
    "server-error": {500, 502, 503},
    "empty-body": {200, 204, 416},
    "html-page": {200},
    "not-an-image": {200},
}
NO_ANSWER: Mapping[str, type[BaseException]] = {
    "trickle": TimeoutError,
    "silence": TimeoutError,
    "stall": TimeoutError,
    "no-such-host": aiohttp.ClientConnectorDNSError,
    "refused": aiohttp.ClientConnectorError,
    "no-tls": aiohttp.ClientConnectorSSLError,
    "reset": aiohttp.ClientOSError,
    "hang-up": aiohttp.ServerDisconnectedError,
    "cut-headers": aiohttp.ServerDisconnectedError,
    "cut-body": aiohttp.ClientPayloadError,
    "reset-body": aiohttp.ClientError,
    "garbage": aiohttp.ClientResponseError,
    "two-lengths": aiohttp.ClientResponseError,
}
ASKS_A_NAME_SERVER = "no-such-host"


@pytest.mark.parametrize("name", [plant.name for plant in PLANTS if plant.code in ONE_ANSWER])
def test_statuses(name: str) -> None:
    """A scene about an answer's status has a status of its code."""
    [reply] = ask(name, Range="bytes=0-4095")
    assert reply.status in ONE_ANSWER[NAMED[name].code or ""]
    assert bool(reply.body) == (NAMED[name].code in ("html-page", "not-an-image") or b"<title>4" in reply.body)


@pytest.mark.parametrize("name", [plant.name for plant in PLANTS if plant.code == "redirect"])
def test_redirects_name_a_target(name: str) -> None:
    """Each redirect has a Location, except for the one that is about having none."""
    [reply] = ask(name)
    assert ("Location" in reply.headers) == (name != "moved-nowhere")


@pytest.mark.parametrize("name", [name for name in NO_ANSWER if name != ASKS_A_NAME_SERVER])
def test_network_faults(name: str) -> None:
    """A scene about the network raises what a client raises for that fault."""
    with pytest.raises(NO_ANSWER[name]):
        ask(name)


def test_every_network_fault_is_tested() -> None:
    """No scene about the network is left out above."""
    codes = {"timeout", "dns-failure", "connect-failure", "tls-failure", "connection-lost", "protocol-error"}
    assert set(NO_ANSWER) == {plant.name for plant in PLANTS if plant.code in codes}


@pytest.mark.parametrize("name", ["failing-once", "limited-once"])
def test_faults_that_pass(name: str) -> None:
    """A fault that passes by itself comes once, and again for the next audit."""
    first, second, third, fourth = (reply.status for reply in ask(name, times=4))
    assert (first, second) == (third, fourth)
    assert first in (429, 503)
    assert second == 200


def test_walls_have_doors() -> None:
    """The walls let those through for whom they are open."""
    assert ask("referer-wall", Referer="http://shop.example/")[0].status == 200
    assert ask("bot-wall", User_Agent="Mozilla/5.0")[0].status == 200


def test_unknown_path_is_not_found() -> None:
    """A path without a scene is a plain 404."""

    async def asking() -> list[int]:
        async with serve() as host, aiohttp.ClientSession() as session:
            return [(await get(session, host.base + path)).status for path in ("/", "/nothing/1.jpg")]

    assert asyncio.run(asking()) == [404, 404]


def test_nothing_stays_open(caplog: pytest.LogCaptureFixture) -> None:
    """After the block no task runs and the port is free, though some were never answered; nothing is logged."""

    async def visit(session: aiohttp.ClientSession, host: Host, plant: Plant) -> None:
        with contextlib.suppress(aiohttp.ClientError, TimeoutError):
            await get(session, url_of(plant, host))

    async def visiting() -> int:
        before = asyncio.all_tasks()
        async with aiohttp.ClientSession(timeout=SHORT) as session, serve(latency=0.01) as host:
            asked = [plant for plant in PLANTS if plant.answer or plant.name == "no-tls"]
            await asyncio.gather(*(visit(session, host, plant) for plant in asked))
        assert asyncio.all_tasks() == before
        return host.port

    with caplog.at_level(logging.INFO):
        port = asyncio.run(visiting())
    gc.collect()  # a socket left open would warn now
    assert not caplog.records
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_closing_does_not_wait_for_the_silent() -> None:
    """A visitor who waits for the silent scene is let go when the host closes."""

    async def visiting() -> BaseException | None:
        async with aiohttp.ClientSession() as session:
            async with serve() as host:
                visit = asyncio.create_task(get(session, url_of(NAMED["silence"], host)))
                await asyncio.sleep(0.05)
            await asyncio.wait([visit], timeout=30)
            return visit.exception()

    assert isinstance(asyncio.run(visiting()), aiohttp.ClientError)


def test_port_in_use_is_one_clear_sentence() -> None:
    """A port that somebody else has raises an error of ours."""

    async def twice() -> None:
        async with serve() as host, serve(host.port):
            pass

    with pytest.raises(SettingsError, match="can't be used"):
        asyncio.run(twice())
