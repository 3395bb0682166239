"""Both clients ask the same and find the same."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from addresses import Addresses
from hosts import Exchange, Host, Script, serve
from scenes import JPEG, SCENES, Scene, head, ranged

from auditor.model import Answered, Probe
from auditor.probe import open_probe
from auditor.settings import CLIENTS, FrontierSettings, Header, HostSettings, ProbeSettings

GENEROUS: dict[str, Any] = {"timeout": 30.0, "stall_timeout": 30.0, "allow_private": True}
SHORT = GENEROUS | {"timeout": 0.6, "stall_timeout": 0.3}


def look_with_each(script: Script, path: str = "/a.jpg", looks: int = 1, **limits: Any) -> list[tuple[Probe, Host]]:
    """Look at a host of this script with one client after the other."""

    async def main(settings: ProbeSettings) -> tuple[Probe, Host]:
        async with serve(script) as host, open_probe(settings, FrontierSettings()) as look:
            for _ in range(looks):
                probe = await look(host.url(path))
            return probe, host

    settings = ProbeSettings(**(GENEROUS | limits))
    return [asyncio.run(main(replace(settings, client=client))) for client in CLIENTS]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_both_clients_find_the_same(scene: Scene) -> None:
    """Every fact and every word of detail is the same, for as many requests over as many connections."""
    limits = SHORT if scene.slow else GENEROUS
    (one, host), (other, other_host) = look_with_each(scene.script, looks=scene.looks, **limits)
    assert one == other
    assert len(host.requests) == len(other_host.requests)
    assert host.connections == other_host.connections


def asked(path: str = "/a.jpg", **settings: Any) -> list[tuple[str, str, dict[str, str]]]:
    """What a host is asked by each client, its port apart."""
    requests = [host.requests[0] for _, host in look_with_each(ranged(), path, **settings)]
    return [(request.method, request.path, request.headers | {"host": "…"}) for request in requests]


@pytest.mark.parametrize(
    ("path", "target"),
    [
        ("/a.jpg", "/a.jpg"),
        ("", "/"),
        ("?x=1", "/?x=1"),
        ("#part", "/"),
        ("/a#/a", "/a"),
        ("/a?b#/a?b", "/a?b"),
        ("/A%2fb/../c//D.jpg?x=%7E&y=a+b#top", "/A%2fb/../c//D.jpg?x=%7E&y=a+b"),
        ("/a'b\"c<d>e\\f|g^h`i{j}k", "/a'b\"c<d>e\\f|g^h`i{j}k"),
        ("/http://other.example/b.jpg", "/http://other.example/b.jpg"),
        ("/a@b:80/c", "/a@b:80/c"),
    ],
)
def test_both_clients_ask_for_what_is_written(path: str, target: str) -> None:
    """Nothing in the target of a request is normalised, and a fragment is never sent."""
    one, other = asked(path)
    assert one == other
    assert one[1] == target


def test_question_mark_without_a_query_is_asked_for() -> None:
    """To a host that may make a difference; aiohttp leaves it out."""
    lean, _ = asked("/a.jpg?")
    assert lean[1] == "/a.jpg?"


def test_both_clients_send_the_same_headers() -> None:
    """The user's own replace ours and may repeat; those of one host replace both."""
    own = HostSettings("127.0.0.1", None, (Header("X-Door", "host"), Header("Accept", "image/jpeg")))
    everywhere = (Header("x-door", "all"), Header("User-Agent", "me"), Header("X-Two", "1"), Header("X-Two", "2"))
    one, other = asked(extra_headers=everywhere, hosts=(own,))
    assert one == other
    assert one[2]["x-door"] == "host"
    assert one[2]["user-agent"] == "me"
    assert one[2]["range"] == "bytes=0-4095"


@pytest.mark.parametrize("url", ["http://h/a\r\nX: y", "http://h/a b", "http://h/caf\xe9", "http://h\n/a", "no url"])
def test_what_could_end_a_line_is_never_asked(url: str) -> None:
    """A URL that would become something else on the wire isn't sent, whoever calls."""

    async def main(settings: ProbeSettings) -> Probe:
        async with open_probe(settings, FrontierSettings()) as look:
            return await look(url)

    for client in CLIENTS:
        probe = asyncio.run(main(ProbeSettings(client=client)))
        assert probe[1] == "InvalidURL"


@pytest.mark.parametrize(
    ("written", "sent"),
    [
        ("Shop.Example:{port}", "Shop.Example:{port}"),
        ("shop.example.:{port}", "shop.example:{port}"),
        ("127.0.0.1:{port}", "127.0.0.1:{port}"),
    ],
)
def test_both_clients_name_the_host_as_it_is_written(written: str, sent: str) -> None:
    """Capitals stay; the root's dot, which no certificate and few configurations have, doesn't."""

    async def main(settings: ProbeSettings) -> str:
        resolver = Addresses("127.0.0.1")
        async with serve(ranged()) as host, open_probe(settings, FrontierSettings(), resolver) as look:
            probe = await look(f"http://{written.format(port=host.port)}/a.jpg")
            assert isinstance(probe, Answered), probe
            return host.requests[0].headers["host"].replace(str(host.port), "{port}")

    for client in CLIENTS:
        assert asyncio.run(main(ProbeSettings(**GENEROUS, client=client))) == sent


def test_blank_lines_behind_an_answer_are_no_answer() -> None:
    """Some servers send a line break too many behind a body: it harms nobody."""

    async def script(exchange: Exchange) -> None:
        await exchange.send(head(f"Content-Length: {len(JPEG)}") + JPEG + b"\r\n\r\n")

    (one, _), (other, _) = look_with_each(script, looks=3)
    assert one == other
    assert isinstance(one, Answered)
