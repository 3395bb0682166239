"""Hostile hosts, scene by scene: a true finding, at a bounded price, that spoils nothing else."""

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from itertools import pairwise
from typing import Any

import pytest
from addresses import Addresses, dropping
from aiohttp.abc import AbstractResolver
from hosts import Exchange, Host, Script, serve
from hypothesis import given, settings
from hypothesis import strategies as st
from scenes import INSIDIOUS, JPEG, LENGTH, REDIRECTS, SCENES, Scene, head, on_reuse, ranged, wire

from auditor.checks import Judge
from auditor.model import ImageRef, Probe
from auditor.policies import load
from auditor.probe import Look, open_probe
from auditor.settings import FrontierSettings, ProbeSettings

JUDGE = Judge(load("amazon-us-2022"), allow_private=True)
GENEROUS: dict[str, Any] = {"timeout": 30.0, "stall_timeout": 30.0, "allow_private": True}
SHORT = GENEROUS | {"timeout": 0.6, "stall_timeout": 0.3}
QUICK = [scene for scene in SCENES if not scene.slow and scene.name not in INSIDIOUS]


def codes(url: str, probe: Probe) -> str:
    """The findings of an answer."""
    ref = ImageRef("feed.tsv", 2, "B000000001", "sku", "", "MAIN", url)
    link = JUDGE.link(ref).link
    assert link is not None
    return " ".join(finding.code for finding in JUDGE.answer(ref, link, probe))


def probing(resolver: AbstractResolver | None = None, **limits: Any) -> Any:
    """A probe with generous limits, unless told otherwise."""
    return open_probe(ProbeSettings(**(GENEROUS | limits)), FrontierSettings(), resolver)


def by_name(scene: Scene) -> str:
    """How pytest shows a scene."""
    return scene.name


def with_good_rows(script: Script) -> Script:
    """A host whose other pictures are fine."""
    good = ranged()

    async def either(exchange: Exchange) -> None:
        await (good if exchange.path.startswith("/good") else script)(exchange)

    return either


@pytest.mark.parametrize("scene", SCENES, ids=by_name)
def test_scene_gets_its_finding(scene: Scene) -> None:
    """Each trick has a finding of its own, for a few requests and a bounded number of bytes."""

    async def main() -> None:
        async with serve(scene.script) as host, probing(**(SHORT if scene.slow else GENEROUS)) as look:
            url = host.url(f"/{scene.name}.jpg")
            for _ in range(scene.looks):
                before = len(host.requests)
                probe = await look(url)
                assert len(host.requests) - before <= scene.requests
            assert codes(url, probe) == scene.codes
            assert look.traffic.bytes <= 3 * 1024 * 1024
            assert look.traffic.requests == len(host.requests)

    asyncio.run(main())


@pytest.mark.parametrize("scene", QUICK, ids=by_name)
def test_scene_spoils_nothing_else_on_its_host(scene: Scene) -> None:
    """What is asked of the same host before and after it, on the same connections, gets its own answer at once."""

    async def main() -> None:
        async with serve(with_good_rows(scene.script)) as host, probing() as look:
            for path in ("/good/1.jpg", f"/{scene.name}.jpg", "/good/2.jpg", f"/{scene.name}.jpg", "/good/3.jpg"):
                probe = await look(host.url(path))
                if path.startswith("/good"):
                    assert codes(host.url(path), probe) == ""

    asyncio.run(main())


@pytest.mark.parametrize("scene", REDIRECTS, ids=by_name)
def test_redirect_is_never_followed(scene: Scene) -> None:
    """Wherever a redirect points, on this host or another, only the address in the feed is asked."""

    async def main() -> None:
        async with serve(ranged()) as elsewhere, serve(redirecting) as host, probing() as look:
            names.update({"127.0.0.9": f"127.0.0.1:{elsewhere.port}", "127.0.0.1/": f"127.0.0.1:{host.port}/"})
            await look(host.url())
            assert [request.path for request in host.requests] == ["/a.jpg"]
            assert elsewhere.connections == 0

    names: dict[str, str] = {}

    async def redirecting(exchange: Exchange) -> None:
        send = exchange.send

        async def pointed(data: bytes | str) -> None:
            text = data.decode("latin-1") if isinstance(data, bytes) else data
            for name, address in names.items():
                text = text.replace(name, address)
            await send(text)

        exchange.send = pointed  # type: ignore[method-assign]  # targets name this test's servers
        await scene.script(exchange)

    asyncio.run(main())


def look_at_all(script: Script, count: int, prepare: Callable[[Look, Host], Any] | None = None) -> tuple[set[str], int]:
    """Look at so many pictures of a host at once; gives all findings and the requests that the host got for them."""

    async def main() -> tuple[set[str], int]:
        async with serve(script) as host, probing() as look:
            if prepare is not None:
                await prepare(look, host)
            before = len(host.requests)
            urls = [host.url(f"/{number}.jpg") for number in range(count)]
            probes = await asyncio.gather(*map(look, urls))
            found = {codes(url, probe) for url, probe in zip(urls, probes, strict=True)}
            return found, len(host.requests) - before

    return asyncio.run(main())


async def open_connections(look: Look, host: Host) -> None:
    """Leave connections in the pool: as many as are asked at once."""
    await asyncio.gather(*(look(host.url(f"/first/{number}.jpg")) for number in range(8)))


@pytest.mark.parametrize(
    "end",
    [
        wire(),
        wire(end=Exchange.reset),
        wire(b"HTTP/1.1 200 OK\r\nConte"),
        wire(b"what is this?"),
        wire(head(LENGTH, "garbage") + JPEG),
    ],
    ids=["closed", "reset", "half an answer", "leftovers", "bad answer"],
)
def test_connection_that_ends_when_it_is_used_again_costs_no_attempt(end: Script) -> None:
    """A host that closes or spoils kept connections is asked once more on a new one, however many were kept."""
    found, requests = look_at_all(on_reuse(end, first=ranged()), 8, open_connections)
    assert found == {""}
    assert requests == 16


def test_host_that_always_ends_connections_is_asked_once_an_attempt() -> None:
    """On a new connection there is nothing to be tried again."""
    found, requests = look_at_all(wire(end=Exchange.reset), 4)
    assert found == {"connection-lost"}
    assert requests == 4


def test_what_comes_late_on_a_kept_connection_is_no_answer() -> None:
    """A whole answer that nobody asked for, sent while the connection is at rest, is not taken for the next one."""
    stray = head("Content-Length: 4", status="404 Not Found") + b"gone"

    async def main() -> None:
        sent = asyncio.Event()

        async def script(exchange: Exchange) -> None:
            await exchange.answer_range(JPEG)
            if not sent.is_set():
                await asyncio.sleep(0.01)
                await exchange.send(stray)
                sent.set()

        async with serve(script) as host, probing() as look:
            await look(host.url())
            await sent.wait()
            await asyncio.sleep(0.05)
            assert codes(host.url(), await look(host.url("/b.jpg"))) == ""
            assert host.connections == 2

    asyncio.run(main())


ANSWERS = {
    "plain": (head(LENGTH) + JPEG, ""),
    "surplus": (head(LENGTH) + JPEG + b"more than promised", ""),
    "second answer": (head(LENGTH) + JPEG + head("Content-Length: 0", status="404 No"), ""),
    "surplus page": (head("Content-Length: 2", status="404 No") + b"gone", "not-found"),
    "interim": (head(status="100 Continue") + head(status="103 Hints") + head(LENGTH) + JPEG, ""),
    "chunks": (head("Transfer-Encoding: chunked") + b"a8a0\r\n" + JPEG + b"\r\n0\r\n\r\n", ""),
    "bad chunk": (head("Transfer-Encoding: chunked") + b"20\r\n" + JPEG[:32] + b"\r\nzz\r\n", "protocol-error"),
    "short": (head(LENGTH) + JPEG[:200], "connection-lost"),
    "long enough": (head(LENGTH) + JPEG[:5000], ""),
    "bad header": (head("what is this") + JPEG, "protocol-error"),
    "line feeds": (head(LENGTH).replace(b"\r\n", b"\n") + JPEG + b"more", ""),
}


@settings(max_examples=60, deadline=None)
@given(
    name=st.sampled_from(sorted(ANSWERS)),
    cuts=st.lists(st.integers(0, 400) | st.integers(0, 45_000), max_size=4),
    reset=st.booleans(),
)
def test_finding_does_not_depend_on_how_bytes_arrive(name: str, cuts: list[int], reset: bool) -> None:  # noqa: FBT001  # drawn
    """The same bytes give the same finding, in one packet or in several, closed in good order or by a reset."""
    sent, expected = ANSWERS[name]
    edges = sorted({0, len(sent), *(min(cut, len(sent)) for cut in cuts)})
    pieces = [sent[start:stop] for start, stop in pairwise(edges)]
    found, _ = look_at_all(wire(*pieces, end=Exchange.reset if reset and len(sent) < 6000 else Exchange.close), 1)
    assert found == {expected}


@pytest.mark.parametrize("name", ["surplus", "line feeds", "surplus page", "second answer"])
@pytest.mark.parametrize("back", range(-1, 6))
def test_end_of_headers_is_seen_though_packets_part_it(name: str, back: int) -> None:
    """Wherever a packet ends around the blank line behind the headers."""
    sent, expected = ANSWERS[name]
    blank = sent.index(b"\n\n") + 2 if name == "line feeds" else sent.index(b"\r\n\r\n") + 4
    found, _ = look_at_all(wire(sent[: blank - back], sent[blank - back :]), 1)
    assert found == {expected}


def refusing(stack: ExitStack, address: str, port: int) -> int:  # noqa: ARG001  # as `dropping` has them
    """Nobody listens there: a connection is refused at once."""
    return port


@pytest.mark.parametrize("place", [0, 31, 63])
@pytest.mark.parametrize("others", [refusing, dropping])
def test_host_with_64_addresses_of_which_one_answers(place: int, others: Callable[[ExitStack, str, int], int]) -> None:
    """Whichever it is, and whether the others refuse or never answer, the picture is found."""
    addresses = [f"127.0.1.{number}" for number in range(64)]

    async def main() -> None:
        resolver = Addresses(*addresses)
        async with serve(ranged(), addresses[place]) as host, probing(resolver, connect_timeout=4.0) as look:
            with ExitStack() as stack:
                for address in addresses[:place] + addresses[place + 1 :]:
                    others(stack, address, host.port)
                url = host.url(host="shop.example")
                assert codes(url, await look(url)) == ""

    asyncio.run(main())


def test_host_with_64_addresses_of_which_none_answers() -> None:
    """That is one finding."""

    async def main() -> None:
        async with probing(Addresses(*(f"127.0.1.{number}" for number in range(64)))) as look:
            with socket.socket() as unused:
                unused.bind(("127.0.0.1", 0))
                url = f"http://shop.example:{unused.getsockname()[1]}/a.jpg"
                assert codes(url, await look(url)) == "connect-failure"

    asyncio.run(main())


@pytest.mark.parametrize("name", ["shop.example", "[::1]"])
def test_host_that_has_only_ipv6(name: str) -> None:
    """By name or by address, it is asked like any other."""

    async def main() -> None:
        async with serve(ranged(), "::1") as host, probing(Addresses("::1")) as look:
            url = host.url(host=name)
            assert codes(url, await look(url)) == ""

    asyncio.run(main())


def test_answer_is_known_though_the_rest_of_its_page_never_comes() -> None:
    """A small page that stalls or breaks off changes nothing about its status."""

    async def stalling(exchange: Exchange) -> None:
        await exchange.send(head("Content-Length: 99", status="404 Not Found") + b"gone")
        await exchange.hang()

    found, _ = look_at_all(stalling, 1)
    assert found == {"not-found"}


def test_fresh_try_is_made_for_any_range() -> None:
    """A connection that ends between two ranges of one picture doesn't end the look."""
    far = JPEG[:2] + (b"\xff\xe2" + (50_002).to_bytes(2, "big") + bytes(50_000)) * 3 + JPEG[2:]
    found, requests = look_at_all(on_reuse(wire(), first=ranged(far)), 1)
    assert found == {""}
    assert requests <= 12


@contextmanager
def busy_machine() -> Iterator[None]:
    """Twice as many programs that only burn CPU as there are cores."""
    burners = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


async def told(scene: Scene) -> str:
    """What a scene gets."""
    async with serve(scene.script) as host, probing(**(SHORT if scene.slow else GENEROUS)) as look:
        for _ in range(scene.looks):
            probe = await look(host.url())
        return codes(host.url(), probe)


@pytest.mark.long
def test_no_finding_depends_on_timing() -> None:
    """All scenes at once, 50 times in a row on a loaded machine: pytest -m long tests/probe/test_hostile.py."""

    async def every_scene() -> list[str]:
        return await asyncio.gather(*map(told, SCENES))

    expected = [scene.codes for scene in SCENES]
    with busy_machine():
        for turn in range(50):
            found = asyncio.run(every_scene())
            wrong = [
                (scene.name, codes)
                for scene, codes, right in zip(SCENES, found, expected, strict=True)
                if codes != right
            ]
            assert not wrong, f"turn {turn}"
