"""Asking whether a file has changed: over real connections, both clients find the same, and stay in step."""

import asyncio
from contextlib import AbstractAsyncContextManager
from typing import Any

import pytest
from hosts import Exchange, Host, Script, serve
from relays import relay
from scenes import FAR, HTML, JPEG, chunks, head, keep, on_reuse, ranged, wire

from auditor.model import Answered, ImageInfo, Probe, Revalidation
from auditor.probe import Look, open_probe
from auditor.settings import FrontierSettings, ProbeSettings, Proxy, ProxySettings

pytestmark = pytest.mark.usefixtures("either_client")

ETAG, DATE = '"5f3e-1a2b"', "Mon, 02 Nov 2026 10:00:00 GMT"
UNCHANGED = "304 Not Modified"
LONG = f"Content-Length: {len(JPEG)}"


def looking(**more: Any) -> AbstractAsyncContextManager[Look]:
    """A probe with limits that no test here comes near to."""
    return open_probe(
        ProbeSettings(timeout=30.0, stall_timeout=30.0, allow_private=True, **more), FrontierSettings(adapt=False)
    )


async def conditional(exchange: Exchange) -> None:
    """A host that does it right, as nginx does."""
    asked = exchange.headers
    if asked.get("if-none-match") == ETAG or ("if-none-match" not in asked and asked.get("if-modified-since") == DATE):
        await exchange.send(head(f"ETag: {ETAG}", f"Last-Modified: {DATE}", status=UNCHANGED))
    else:
        await exchange.answer_range(JPEG, ETag=ETAG, Last_Modified=DATE)


def ask(script: Script, *questions: tuple[str | None, str | None], **more: Any) -> tuple[list[Probe], Host]:
    """Ask so many times about one picture, one after the other, with these validators."""

    async def main() -> tuple[list[Probe], Host]:
        async with serve(script) as host, looking(**more) as look:
            probes = [await look(Revalidation(host.url(), etag, date)) for etag, date in questions]
            assert look.traffic.requests == len(host.requests)
            return probes, host

    return asyncio.run(main())


def is_picture(probe: Probe) -> bool:
    """Whether this is the scenes' picture, seen."""
    return isinstance(probe, Answered) and isinstance(probe.body, ImageInfo)


def test_what_has_not_changed_costs_no_body() -> None:
    """By either validator: the same ranged request as ever, one header more, and an answer without a body."""
    probes, host = ask(conditional, (ETAG, None), (None, DATE))
    assert probes == [Answered(304, etag=ETAG, last_modified=DATE)] * 2
    assert [request.headers["range"] for request in host.requests] == ["bytes=0-4095"] * 2
    assert [request.headers.get("if-none-match") for request in host.requests] == [ETAG, None]
    assert [request.headers.get("if-modified-since") for request in host.requests] == [None, DATE]
    assert host.connections == 1


def test_what_has_changed_is_looked_at() -> None:
    """The answer to an old validator is an ordinary look, and so is the one of a host that heeds none."""
    for script in (conditional, ranged(ETag=ETAG)):
        probes, host = ask(script, ('"old"', None), (None, "Sun, 01 Nov 2026 10:00:00 GMT"))
        assert all(map(is_picture, probes))
        assert len(host.requests) == 2


def test_condition_is_for_the_first_range_only() -> None:
    """Once bytes have come the file is another one: what else of it is asked for has to come, too."""
    far = JPEG[:2] + (b"\xff\xe2" + (50_002).to_bytes(2, "big") + bytes(50_000)) * 2 + JPEG[2:]

    async def script(exchange: Exchange) -> None:
        if exchange.times > 1 and "if-none-match" in exchange.headers:
            await exchange.send(head(f"ETag: {ETAG}", status=UNCHANGED))
        else:
            await exchange.answer_range(far, ETag=ETAG)

    (probe,), host = ask(script, ('"old"', None))
    assert is_picture(probe)
    assert len(host.requests) > 1
    assert [request.number for request in host.requests if "if-none-match" in request.headers] == [1]


def test_look_that_begins_anew_asks_conditionally_again() -> None:
    """Where a stray answer made all that had come doubtful, whether the file has changed is the question once more."""
    begun = on_reuse(wire(head("Content-Length: 4", status="404 Stray") + b"gone" + head(LONG) + JPEG), ranged(FAR))
    (probe,), host = ask(begun, ('"old"', None))
    assert is_picture(probe)
    asked = [(request.number, request.headers["range"]) for request in host.requests[:3]]
    assert [number for number, _ in asked] == [1, 2, 1]  # of its connection
    assert [range_ == "bytes=0-4095" for _, range_ in asked] == [True, False, True]
    assert ["if-none-match" in request.headers for request in host.requests[:3]] == [True, False, True]


def test_host_without_ranges_is_read_as_ever() -> None:
    """A 200 to a conditional request is the whole file."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer("200 OK", JPEG, ETag='"new"')

    (probe,), _ = ask(script, (ETAG, None))
    assert is_picture(probe)


ODD = {
    "with a length": head(LONG, f"ETag: {ETAG}", status=UNCHANGED),
    "with a short length": head("Content-Length: 7", status=UNCHANGED),
    "with chunks to come": head("Transfer-Encoding: chunked", status=UNCHANGED),
    "compressed": head("Content-Encoding: gzip", LONG, status=UNCHANGED),
    "with a range": head(f"Content-Range: bytes 0-4095/{len(JPEG)}", status=UNCHANGED),
    "behind an interim answer": head(status="103 Hints") + head(status=UNCHANGED),
}


@pytest.mark.parametrize("name", ODD)
def test_unchanged_has_no_body_whatever_its_headers_say(name: str) -> None:
    """RFC 9112 section 6.3: it ends with its headers, so the connection goes on with the next question at once."""
    probes, host = ask(wire(ODD[name], end=keep), *[(ETAG, None)] * 3)
    assert [probe.status for probe in probes if isinstance(probe, Answered)] == [304] * 3
    assert all(isinstance(probe, Answered) and probe.body is None for probe in probes)
    assert host.connections == 1


SPOILT = {
    "a picture": head(LONG, status=UNCHANGED) + JPEG,
    "a page": head(f"Content-Length: {len(HTML)}", status=UNCHANGED) + HTML,
    "chunks": head("Transfer-Encoding: chunked", status=UNCHANGED) + chunks(JPEG),
    "another answer": head(status=UNCHANGED) + head("Content-Length: 4", status="404 Not Found") + b"gone",
}


@pytest.mark.parametrize("name", SPOILT)
@pytest.mark.parametrize("parted", [False, True])
def test_body_behind_unchanged_is_nobodys_answer(name: str, parted: bool) -> None:  # noqa: FBT001  # drawn
    """What comes behind the headers, at once or later, is not taken for the answer to what is asked next."""
    answer = SPOILT[name]
    cut = answer.index(b"\r\n\r\n") + 4
    pieces = (answer[:cut], answer[cut:]) if parted else (answer,)

    async def main() -> tuple[list[Probe], Host]:
        async with serve(script) as host, looking() as look:
            probes = []
            for number in range(3):
                probes.append(await look(Revalidation(host.url(), ETAG, None)))
                await asyncio.sleep(0.01)
                probes.append(await look(host.url(f"/other/{number}.jpg")))
            return probes, host

    async def script(exchange: Exchange) -> None:
        await (ranged() if "other" in exchange.path else wire(*pieces, end=keep))(exchange)

    probes, _ = asyncio.run(main())
    assert [probe.status for probe in probes[::2] if isinstance(probe, Answered)] == [304] * 3
    assert all(map(is_picture, probes[1::2]))


@pytest.mark.parametrize(
    ("etag", "date"),
    [
        ('"a"\r\nHost: elsewhere', None),
        ('"a"\r\n\r\nGET /secret HTTP/1.1', None),
        ('"a\nb"', None),
        ("*", None),
        ("unquoted", None),
        ('""', None),
        ('"a", "b"', None),
        ('"caf\u00e9"', None),
        ('"\ud800"', None),
        ('"' + "x" * 257 + '"', None),
        (None, "yesterday"),
        (None, f"{DATE}\r\nX-Evil: 1"),
        (None, "Mon, 02 Nov 2026 10:00:00 GMT\n"),
        (None, "Mon, ٠٢ Nov 2026 10:00:00 GMT"),
        ("", ""),
    ],
)
def test_what_is_no_validator_is_never_sent(etag: str | None, date: str | None) -> None:
    """Whatever a host once sent or a file holds: the request is then one without a condition, header for header."""
    (probe,), host = ask(conditional, (etag, date))
    assert is_picture(probe)
    (request,) = host.requests
    assert set(request.headers) <= {"host", "user-agent", "accept", "accept-encoding", "range"}
    assert request.headers["host"] == f"127.0.0.1:{host.port}"


def test_weak_validators_are_sent_as_they_are() -> None:
    """If-None-Match compares weakly, so a weak one serves (RFC 9110 section 13.1.2)."""
    _, host = ask(conditional, (f"W/{ETAG}", None))
    assert host.requests[0].headers["if-none-match"] == f"W/{ETAG}"


def test_connection_that_ends_before_its_answer_costs_no_attempt() -> None:
    """The question is asked once more on a new one, with its condition."""

    async def script(exchange: Exchange) -> None:
        if exchange.number > 1:
            exchange.close()
        else:
            await conditional(exchange)

    probes, host = ask(script, (ETAG, None), (ETAG, None))
    assert probes == [Answered(304, etag=ETAG, last_modified=DATE)] * 2
    assert host.requests[-1].headers["if-none-match"] == ETAG


def test_proxies_carry_the_condition() -> None:
    """Through a proxy it is the same question and the same answer."""

    async def main() -> tuple[Probe, Host]:
        async with serve(conditional) as host, relay(host.port, "") as between:
            proxy = Proxy(between.url)
            async with looking(proxy=ProxySettings(proxy, proxy)) as look:
                return await look(Revalidation("http://shop.example/a.jpg", ETAG, None)), host

    probe, host = asyncio.run(main())
    assert probe == Answered(304, etag=ETAG, last_modified=DATE)
    assert host.requests[0].headers["range"] == "bytes=0-4095"


def test_unchanged_that_nobody_asked_for_stays_what_it_is() -> None:
    """To a plain look, 304 is a status without a picture, as ever."""

    async def main() -> Probe:
        async with serve(wire(head(status=UNCHANGED), end=keep)) as host, looking() as look:
            return await look(host.url())

    assert asyncio.run(main()) == Answered(304)
