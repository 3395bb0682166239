"""Names looked up by c-ares: a name server on loopback, of our own."""

import asyncio
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Thread
from typing import Any

import pytest
from hosts import serve
from images import made

from auditor.errors import SettingsError
from auditor.model import Answered, Cause, Probe, Unreached
from auditor.probe import open_probe
from auditor.probe.ares import AresResolver
from auditor.settings import FrontierSettings, ProbeSettings

JPEG = made("JPEG", size=(1200, 900))
NO_SUCH_NAME, REFUSED = 3, 5  # RFC 1035 section 4.1.1
TYPE_A = 1


def reply(question: bytes, addresses: dict[str, str], failure: int) -> bytes:
    """What a name server answers to one question."""
    name, place = [], 12
    while length := question[place]:
        name.append(question[place + 1 : place + 1 + length].decode())
        place += length + 1
    asked = question[12 : place + 5]
    kind = int.from_bytes(question[place + 1 : place + 3])
    address = addresses.get(".".join(name).lower())
    code = failure if address is None else 0
    answers = b""
    if address is not None and kind == TYPE_A:
        answers = b"\xc0\x0c" + asked[-4:] + (60).to_bytes(4) + (4).to_bytes(2) + socket.inet_aton(address)
    counts = (1).to_bytes(2) + (1 if answers else 0).to_bytes(2) + bytes(4)
    return question[:2] + bytes([0x81, 0x80 | code]) + counts + asked + answers


@contextmanager
def name_server(addresses: dict[str, str], failure: int = NO_SUCH_NAME) -> Iterator[dict[str, Any]]:
    """Serve names on loopback; yields where, as c-ares is told it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(30)

        def answer() -> None:
            while True:
                question, asker = server.recvfrom(512)
                if not question:
                    return
                server.sendto(reply(question, addresses, failure), asker)

        thread = Thread(target=answer)
        thread.start()
        try:
            yield {"nameservers": ["127.0.0.1"], "udp_port": server.getsockname()[1]}
        finally:
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
                end.sendto(b"", server.getsockname())
            thread.join()


async def look_at(url: str, settings: ProbeSettings, where: dict[str, Any]) -> Probe:
    """Look at one URL, with names from the name server."""
    async with open_probe(settings, FrontierSettings(), AresResolver(settings, **where)) as look:
        return await look(url)


@pytest.mark.usefixtures("either_client")
def test_an_image_is_found_under_a_name_that_a_name_server_knows() -> None:
    """A name that only the name server knows leads to the image."""

    async def see() -> Probe:
        async with serve(lambda exchange: exchange.answer_range(JPEG)) as host:
            with name_server({"shop.test": "127.0.0.1"}) as where:
                return await look_at(host.url(host="shop.test"), ProbeSettings(allow_private=True), where)

    found = asyncio.run(see())
    assert isinstance(found, Answered)
    assert found.status in (200, 206)


@pytest.mark.parametrize(("failure", "cause"), [(NO_SUCH_NAME, Cause.DNS_FAILURE), (REFUSED, Cause.DNS_TEMPORARY)])
def test_a_name_that_nobody_knows_stops_nothing(failure: int, cause: Cause) -> None:
    """That there is no such name is said of the image; that nobody would say, so that it is asked again."""
    with name_server({}, failure) as where:
        found = asyncio.run(look_at("http://nowhere.test/a.jpg", ProbeSettings(), where))
    assert isinstance(found, Unreached)
    assert found.cause is cause


def test_a_silent_name_server_costs_the_time_set_for_it() -> None:
    """A name server that never answers is given up."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        where = {"nameservers": ["127.0.0.1"], "udp_port": silent.getsockname()[1]}
        found = asyncio.run(look_at("http://shop.test/a.jpg", ProbeSettings(dns_timeout=0.2), where))
    assert isinstance(found, Unreached)
    assert found.cause is Cause.DNS_TEMPORARY


def test_an_address_inside_is_refused() -> None:
    """A public name that leads into the seller's own network is not followed there."""
    with name_server({"shop.test": "10.0.0.7"}) as where:
        found = asyncio.run(look_at("http://shop.test/a.jpg", ProbeSettings(), where))
    assert isinstance(found, Unreached)
    assert found.cause is Cause.PRIVATE_ADDRESS


def test_without_aiodns_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who asks for c-ares without having it is told the command, rather than served by another resolver."""
    monkeypatch.setitem(sys.modules, "aiodns", None)
    with pytest.raises(SettingsError, match=r"pip install 'auditor\[aiodns\]'"):
        AresResolver(ProbeSettings())
