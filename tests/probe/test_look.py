"""One attempt against real sockets on loopback."""

import asyncio
import gzip
import hashlib
import socket
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Any

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult
from hosts import Exchange, Host, Script, serve
from images import Entry, made, saved, segment, tiff, with_segments
from PIL import Image
from scenes import coded, empty_blocks

from auditor.model import (
    Answered,
    Body,
    Cause,
    Corrupt,
    Doubt,
    Flaw,
    Format,
    ImageInfo,
    Kind,
    NotAnImage,
    Probe,
    Undetermined,
    Unreached,
)
from auditor.probe import Look, open_probe
from auditor.settings import CLIENTS, FrontierSettings, ProbeSettings
from auditor.sniff import Held, Need, sniff

pytestmark = pytest.mark.usefixtures("either_client")

LIMITS: dict[str, Any] = {"timeout": 5.0, "stall_timeout": 5.0, "allow_private": True}
JPEG = made("JPEG", size=(1200, 900))


def look_at(script: Script, url: Callable[[Host], str] = Host.url, **limits: Any) -> tuple[Probe, Host, Look]:
    """Look once at a scripted server."""

    async def main() -> tuple[Probe, Host, Look]:
        settings = ProbeSettings(**(LIMITS | limits))
        async with serve(script) as host, open_probe(settings, FrontierSettings()) as look:
            return await look(url(host)), host, look

    return asyncio.run(main())


def answering(status: str, body: bytes = b"", **headers: str) -> Script:
    """A server with one answer to everything."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer(status, body, **headers)

    return script


def serving(data: bytes, **headers: str) -> Script:
    """A server of one resource that obeys Range."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer_range(data, **headers)

    return script


def test_image_is_read_from_its_first_range() -> None:
    """One small ranged GET tells format, size, length, type, validators and digest."""
    probe, host, look = look_at(serving(JPEG, Content_Type="image/jpeg", ETag='"1"', Last_Modified="yesterday"))
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert probe.body[:3] == (Format.JPEG, 1200, 900)
    assert probe.content_length == len(JPEG)
    assert (probe.status, probe.content_type, probe.etag, probe.last_modified) == (
        206,
        "image/jpeg",
        '"1"',
        "yesterday",
    )
    assert probe.digest == hashlib.sha256(JPEG[:4096]).hexdigest()
    assert look.traffic.requests == 1
    assert look.traffic.bytes == min(4096, len(JPEG))
    sent = host.requests[0].headers
    assert sent["range"] == "bytes=0-4095"
    assert sent["accept"] == "*/*"
    assert sent["accept-encoding"] == "identity"
    assert sent["user-agent"].startswith("auditor/")


def test_url_is_asked_as_the_seller_wrote_it() -> None:
    """Case, escapes, dots and doubled slashes of path and query are kept; the fragment isn't sent."""
    path = "/A%2fb/../c//D.jpg?x=%7E&y=a+b"
    _, host, _ = look_at(serving(JPEG), lambda host: host.url(path + "#top"))
    assert host.requests[0].path == path


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary", "308 Permanent"])
def test_redirect_is_never_followed(status: str) -> None:
    """A redirect is an answer with its target; the target isn't asked."""
    probe, host, _ = look_at(answering(status, b"moved", Location="/elsewhere.jpg"))
    assert isinstance(probe, Answered)
    assert (probe.status, probe.location, probe.body) == (int(status[:3]), "/elsewhere.jpg", None)
    assert [request.path for request in host.requests] == ["/a.jpg"]


def far_jpeg(segments: int) -> bytes:
    """A JPEG whose frame header stands behind so many segments of 50 KB."""
    filler = b"\xff\xe2" + (50_002).to_bytes(2, "big") + bytes(50_000)
    return JPEG[:2] + filler * segments + JPEG[2:]


def test_far_size_is_reached_by_further_ranges_on_the_same_connection() -> None:
    """A frame header at 600 KB costs a few small requests, not 600 KB."""
    probe, host, look = look_at(
        serving(with_segments(JPEG, *[segment(0xE2, bytes(65_533))] * 9, segment(0xE1, bytes(10_000))))
    )
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert probe.body[:3] == (Format.JPEG, 1200, 900)
    assert look.traffic.requests <= 12
    assert look.traffic.bytes <= 64 * 1024
    assert host.connections == 1


def test_directory_at_the_end_of_a_tiff_costs_two_requests() -> None:
    """A TIFF of 20 MB whose directory stands in its last 4 KiB takes two requests and under 40 KiB."""
    sizes = [Entry(256, 3, 1, 1200), Entry(257, 3, 1, 900), Entry(258, 3, 1, 8), Entry(262, 3, 1, 2)]
    probe, host, look = look_at(serving(tiff(sizes, at=20_000_000, tail=bytes(2000))))
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert probe.body[:3] == (Format.TIFF, 1200, 900)
    assert len(host.requests) == look.traffic.requests == 2
    assert look.traffic.bytes < 40 * 1024


@pytest.mark.parametrize("ranges", [True, False])
def test_gif_is_walked_as_far_as_the_cap_allows(ranges: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Whether a GIF moves is looked for up to the cap of bytes; beyond it the size is known, and the frames aren't."""
    still = made("GIF", "P", (600, 600))
    at = still.index(b",\0\0\0\0") + 11
    for blocks, frames in ((4000, 2), (20_000, None)):
        data = still[:at] + (b"\xff" + bytes(255)) * blocks + b"\0" + still[at - 11 :]
        probe, host, look = look_at(serving(data) if ranges else answering("200 OK", data))
        assert isinstance(probe, Answered)
        assert isinstance(probe.body, ImageInfo)
        assert (probe.body.width, probe.body.height, probe.body.frames) == (600, 600, frames)
        assert len(host.requests) <= 12
        assert look.traffic.bytes <= 2.5 * 1024 * 1024


NOISE = saved(Image.frombytes("RGB", (600, 500), Random(1).randbytes(900_000)), "JPEG", quality=90)


def test_ends_are_only_looked_at_where_that_is_wanted() -> None:
    """An image that breaks off in its pixels passes on its headers; its last bytes tell, for one more request."""
    for data, check_tail, requests in (
        (NOISE[:150_000], False, 1),
        (NOISE, True, 2),
        (NOISE + bytes(9000), True, 3),  # another look, further back: something stands behind the image
        (JPEG[:700], False, 1),
    ):
        probe, host, _ = look_at(serving(data), check_tail=check_tail)
        assert isinstance(probe, Answered)
        assert isinstance(probe.body, ImageInfo) == (data != JPEG[:700])
        assert len(host.requests) == requests
    probe, host, _ = look_at(serving(NOISE[:150_000]), check_tail=True)
    assert isinstance(probe, Answered)
    assert probe.body == Corrupt(Format.JPEG, Flaw.NO_END_MARK)
    assert host.connections == 1


@pytest.mark.parametrize(("cut", "cap", "is_noticed"), [(0, 1_000_000, False), (90_000, 1_000_000, True)])
def test_end_of_a_host_that_ignores_ranges(cut: int, cap: int, is_noticed: bool) -> None:  # noqa: FBT001  # likewise
    """Without ranges the stream is read to its end for it, within the cap of bytes."""
    data = NOISE[: len(NOISE) - cut]
    probe, host, _ = look_at(answering("200 OK", data), check_tail=True, image_bytes=cap)
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, Corrupt) == is_noticed
    assert len(host.requests) == 1


def test_end_beyond_the_cap_isn_t_read_for() -> None:
    """An image whose end lies beyond the cap of bytes passes on its headers, and no byte is read in vain."""
    probe, _, look = look_at(answering("200 OK", NOISE + bytes(3_000_000)), check_tail=True, image_bytes=200_000)
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert look.traffic.bytes < 200_000


def test_image_that_changes_before_its_end_is_looked_at() -> None:
    """Where another file answers for the end, nothing is said of either."""

    async def script(exchange: Exchange) -> None:
        data = NOISE if exchange.times == 1 else NOISE[:-90_000]
        await exchange.answer_range(data)

    probe, _, _ = look_at(script, check_tail=True)
    assert isinstance(probe, Answered)
    assert probe.body == Undetermined(Format.JPEG, Doubt.CHANGED)


def test_hops_are_capped() -> None:
    """A file made to lead the reader on and on ends as undetermined."""
    probe, host, _ = look_at(serving(far_jpeg(10)), hops=3)
    assert isinstance(probe, Answered)
    assert probe.body == Undetermined(Format.JPEG, Doubt.TOO_MANY_HOPS)
    assert len(host.requests) == 3


def test_bytes_are_capped_when_the_server_ignores_range() -> None:
    """The same in one large answer: the stream is dropped at the cap."""
    probe, host, look = look_at(answering("200 OK", far_jpeg(10)), image_bytes=100_000)
    assert isinstance(probe, Answered)
    assert probe.body == Undetermined(Format.JPEG, Doubt.TOO_MANY_BYTES)
    assert look.traffic.bytes < 400_000
    assert len(host.requests) == 1


def test_server_that_ignores_range_is_read_as_far_as_needed() -> None:
    """A 200 with everything is fed to the sniffer and dropped as soon as the answer is known."""
    probe, _, look = look_at(answering("200 OK", JPEG + bytes(3_000_000), Content_Type="image/jpeg"))
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert probe.content_length == len(JPEG) + 3_000_000
    assert look.traffic.bytes < 1_000_000


def test_stream_of_fill_bytes_is_looked_through_a_few_times(monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces and however little more is asked each time, what is held is parsed a few dozen times."""
    rounds = 0

    def counting(held: Held, total: int | None) -> Body | Need:
        nonlocal rounds
        rounds += 1
        return sniff(held, total)

    async def trickle(exchange: Exchange) -> None:
        await exchange.send("HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        for piece in (b"\xff\xd8", *[b"\xff" * 1460] * 1500):
            await exchange.send(piece)
            await asyncio.sleep(0)
        exchange.close()

    monkeypatch.setattr("auditor.probe.look.sniff", counting)
    probe, _, look = look_at(trickle)
    assert isinstance(probe, Answered)
    assert probe.body == Undetermined(Format.JPEG, Doubt.TOO_MANY_BYTES)
    assert rounds <= 30
    assert look.traffic.bytes <= 2.5 * 1024 * 1024


@pytest.mark.parametrize("image_bytes", [100_000, 333_333, 2_000_000])
def test_stream_is_read_as_far_as_the_cap_allows(image_bytes: int) -> None:
    """A frame header before the cap is found, one far behind it isn't, however reading grows towards it."""
    for short, found in ((6000, True), (-600_000, False)):
        data = JPEG[:2] + b"\xff" * (image_bytes - short - JPEG.index(b"\xff\xc0")) + JPEG[2:]
        probe, _, _ = look_at(answering("200 OK", data), image_bytes=image_bytes)
        assert isinstance(probe, Answered)
        assert isinstance(probe.body, ImageInfo) == found


@pytest.mark.parametrize("size", [1, 100, 4000])
def test_short_part_of_unknown_total_is_not_the_end(size: int) -> None:
    """A host may send less than was asked; where it doesn't say how long the file is, the whole tells."""

    async def script(exchange: Exchange) -> None:
        if "range" in exchange.headers:
            await exchange.answer("206 Partial Content", data[:size], Content_Range=f"bytes 0-{size - 1}/*")
        else:
            await exchange.answer("200 OK", data)

    data = far_jpeg(1)
    probe, host, _ = look_at(script)
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert len(host.requests) == 2


def test_short_part_of_unknown_total_is_enough_if_it_tells_all() -> None:
    """A small picture whose end is there costs no second request."""
    data = made("JPEG")
    probe, host, _ = look_at(answering("206 Partial Content", data, Content_Range=f"bytes 0-{len(data) - 1}/*"))
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert len(host.requests) == 1


@pytest.mark.parametrize("change", [0, 1, None])
def test_later_416_is_a_change_only_if_it_tells_of_one(change: int | None) -> None:
    """A host that tires of ranges is asked once more without; one whose file has another length now isn't."""
    data = far_jpeg(3)

    async def script(exchange: Exchange) -> None:
        if exchange.number == 2:
            total = "*" if change is None else len(data) - change
            await exchange.answer("416 Range Not Satisfiable", Content_Range=f"bytes */{total}")
        else:
            await exchange.answer_range(data)

    probe, host, _ = look_at(script)
    assert isinstance(probe, Answered)
    if change:
        assert probe.body == Undetermined(Format.JPEG, Doubt.CHANGED)
    else:
        assert isinstance(probe.body, ImageInfo)
        assert "range" not in host.requests[-1].headers
    assert len(host.requests) == (2 if change else 3)


def test_other_looks_go_on_beside_bombs() -> None:
    """Compressed nothing, many at once, ends at its limits and holds nobody up meanwhile."""
    bomb = coded("gzip, gzip", gzip.compress(empty_blocks(b"", 20_000_000)))
    asked = asyncio.Event()

    async def dropping(exchange: Exchange) -> None:
        asked.set()
        await bomb(exchange)

    async def main() -> None:
        async with (
            serve(dropping) as hostile,
            serve(serving(JPEG)) as good,
            open_probe(ProbeSettings(**LIMITS), FrontierSettings()) as look,
        ):
            bombs = [asyncio.create_task(look(hostile.url(f"/{number}.jpg"))) for number in range(20)]
            await asked.wait()
            for number in range(5):
                probe = await look(good.url(f"/{number}.jpg"))
                assert isinstance(probe, Answered)
                assert isinstance(probe.body, ImageInfo)
            for probe in await asyncio.gather(*bombs):
                assert isinstance(probe, Unreached)
                assert probe.cause == Cause.PROTOCOL_ERROR

    asyncio.run(main())


def test_connection_is_kept_after_a_small_answer() -> None:
    """A bounded 206 and a small 404 page are read to their end, so that the next request needs no new connection."""

    async def script(exchange: Exchange) -> None:
        if exchange.path == "/gone":
            await exchange.answer("404 Not Found", b"nothing here")
        else:
            await exchange.answer_range(JPEG)

    async def main() -> int:
        async with serve(script) as host, open_probe(ProbeSettings(**LIMITS), FrontierSettings()) as look:
            for path in ("/a.jpg", "/gone", "/b.jpg"):
                await look(host.url(path))
            return host.connections

    assert asyncio.run(main()) == 1


@pytest.mark.parametrize(
    "script",
    [
        answering("200 OK"),
        answering("206 Partial Content", Content_Range="bytes 0-4095/*"),
        answering("416 Range Not Satisfiable", Content_Range="bytes */0"),
    ],
)
def test_no_bytes_are_an_empty_body(script: Script) -> None:
    """An empty file is said to be one, however the server puts it."""
    probe, _, _ = look_at(script)
    assert isinstance(probe, Answered)
    assert probe.body == NotAnImage(Kind.EMPTY)


@pytest.mark.parametrize("span", [None, "bytes 7-4102/9000", "bytes 0-1/1", "items 0-1/2", "bytes */9000"])
def test_server_with_broken_ranges_is_asked_once_more_without(span: str | None) -> None:
    """A 206 that isn't the range asked for, or a 416, gives way to the whole answer."""

    async def script(exchange: Exchange) -> None:
        if "range" not in exchange.headers:
            await exchange.answer("200 OK", JPEG)
        elif span == "bytes */9000":
            await exchange.answer("416 Range Not Satisfiable", Content_Range=span)
        else:
            await exchange.answer("206 Partial Content", JPEG[:4096], **({"Content_Range": span} if span else {}))

    probe, host, _ = look_at(script)
    assert isinstance(probe, Answered)
    assert isinstance(probe.body, ImageInfo)
    assert len(host.requests) == 2


def test_file_that_changes_between_two_ranges_is_undetermined() -> None:
    """Facts of two different files aren't put together."""
    data = far_jpeg(3)

    async def script(exchange: Exchange) -> None:
        await exchange.answer_range(data, ETag=f'"{exchange.number}"')

    probe, _, _ = look_at(script)
    assert isinstance(probe, Answered)
    assert probe.body == Undetermined(Format.JPEG, Doubt.CHANGED)


async def _hang(exchange: Exchange) -> None:
    await exchange.reader.read()


async def _fall_silent(exchange: Exchange) -> None:
    await exchange.send("HTTP/1.1 206 Partial Content\r\nContent-Length: 99\r\nContent-Range: bytes 0-98/99\r\n\r\nab")
    await exchange.reader.read()


async def _reset(exchange: Exchange) -> None:
    exchange.reset()


async def _cut_short(exchange: Exchange) -> None:
    await exchange.send("HTTP/1.1 206 Partial Content\r\nContent-Length: 99\r\nContent-Range: bytes 0-98/99\r\n\r\nab")
    exchange.writer.close()


async def _garbage(exchange: Exchange) -> None:
    await exchange.send(b"\x00\x01\x02 no HTTP at all\r\n\r\n")


async def _headers_without_end(exchange: Exchange) -> None:
    await exchange.send("HTTP/1.1 200 OK\r\n" + "".join(f"X-{number}: y\r\n" for number in range(300)) + "\r\n")


async def _huge_header(exchange: Exchange) -> None:
    await exchange.send("HTTP/1.1 200 OK\r\nX-Huge: " + "y" * 200_000 + "\r\n\r\n")


@pytest.mark.parametrize(
    ("script", "cause"),
    [
        (_hang, Cause.TIMEOUT),
        (_fall_silent, Cause.TIMEOUT),
        (_reset, Cause.CONNECTION_LOST),
        (_cut_short, Cause.CONNECTION_LOST),
        (_garbage, Cause.PROTOCOL_ERROR),
        (_headers_without_end, Cause.PROTOCOL_ERROR),
        (_huge_header, Cause.PROTOCOL_ERROR),
    ],
)
def test_no_answer_has_its_cause(script: Callable[[Exchange], Awaitable[None]], cause: Cause) -> None:
    """Each way of not answering is told apart."""
    probe, _, _ = look_at(script, timeout=0.4, stall_timeout=0.2)
    assert isinstance(probe, Unreached)
    assert probe.cause == cause
    assert probe.detail


@pytest.mark.parametrize("client", CLIENTS)
@pytest.mark.parametrize("script", [_hang, _reset, _fall_silent, _cut_short])
def test_it_is_known_whether_an_answer_had_begun(script: Script, client: str) -> None:
    """A host that sends headers is there, whatever becomes of the rest."""
    probe, _, _ = look_at(script, timeout=0.4, stall_timeout=0.2, client=client)
    assert isinstance(probe, Unreached)
    assert probe.heard is (script in (_fall_silent, _cut_short))


def test_refused_connection_is_a_connect_failure() -> None:
    """A port on which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
        probe, _, _ = look_at(_hang, lambda _: f"http://127.0.0.1:{port}/a.jpg")
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.CONNECT_FAILURE


def test_tls_to_a_plain_port_is_a_tls_failure() -> None:
    """An https link to a server that speaks plain HTTP."""

    async def main() -> Probe:
        async def speak_plainly(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            writer.close()

        server = await asyncio.start_server(speak_plainly, "127.0.0.1", 0)
        async with server, open_probe(ProbeSettings(**LIMITS), FrontierSettings()) as look:
            return await look(f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/a.jpg")

    probe = asyncio.run(main())
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.TLS_FAILURE


class NamedAddresses(AbstractResolver):
    """A resolver that knows what the test tells it."""

    def __init__(self, addresses: list[str] | OSError) -> None:
        self._addresses = addresses

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Give the addresses, or raise."""
        if isinstance(self._addresses, OSError):
            raise self._addresses
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": family,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


def look_up(
    addresses: list[str] | OSError, url: str = "http://shop.example/a.jpg", **limits: Any
) -> tuple[Probe, Host]:
    """Look at a name that resolves to these addresses; a server listens on loopback."""

    async def main() -> tuple[Probe, Host]:
        settings = ProbeSettings(**(LIMITS | {"allow_private": False} | limits))
        async with (
            serve(serving(JPEG)) as host,
            open_probe(settings, FrontierSettings(), NamedAddresses(addresses)) as look,
        ):
            return await look(url.replace(".example/", f".example:{host.port}/")), host

    return asyncio.run(main())


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1", "::ffff:127.0.0.1", "fd00:ec2::254"]
)
def test_name_that_resolves_to_a_private_address_is_refused(address: str) -> None:
    """What a name resolves to is checked, not the name; nothing is sent."""
    probe, host = look_up([address])
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.PRIVATE_ADDRESS
    assert address in probe.detail
    assert host.connections == 0


@pytest.mark.parametrize(
    "literal", ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "[::1]", "[::ffff:127.0.0.1]"]
)
def test_private_address_in_any_notation_is_refused(literal: str) -> None:
    """An address written as such is refused before any look-up, whoever calls."""

    async def main() -> tuple[Probe, int]:
        settings = ProbeSettings(**(LIMITS | {"allow_private": False}))
        async with serve(serving(JPEG)) as host, open_probe(settings, FrontierSettings()) as look:
            return await look(f"http://{literal}:{host.port}/a.jpg"), host.connections

    probe, connections = asyncio.run(main())
    assert isinstance(probe, Unreached)
    assert probe.cause == Cause.PRIVATE_ADDRESS
    assert connections == 0


def test_private_addresses_may_be_allowed() -> None:
    """With --allow-private the same name is asked."""
    probe, _ = look_up(["127.0.0.1"], allow_private=True)
    assert isinstance(probe, Answered)


@pytest.mark.parametrize(
    ("error", "cause"),
    [
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), Cause.DNS_FAILURE),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution"), Cause.DNS_TEMPORARY),
    ],
)
def test_failed_look_up_says_whether_it_may_pass(error: OSError, cause: Cause) -> None:
    """A name that doesn't exist and a resolver that is out of order are told apart."""
    probe, _ = look_up(error)
    assert isinstance(probe, Unreached)
    assert probe.cause == cause


def test_idle_connections_are_bounded() -> None:
    """A feed of many hosts doesn't leave an open connection to each of them behind."""

    async def main() -> tuple[int, int]:
        gone: list[Host] = []
        async with AsyncExitStack() as hosts:
            frontier = FrontierSettings(concurrency=3, per_host=3)
            look = await hosts.enter_async_context(open_probe(ProbeSettings(**LIMITS), frontier))
            for number in range(12):
                host = await hosts.enter_async_context(serve(serving(JPEG), f"127.0.0.{number + 1}"))
                gone.append(host)
                await look(host.url(host=f"127.0.0.{number + 1}"))
            for _ in range(20):
                await asyncio.sleep(0)
            opened = sum(host.connections for host in gone)
            await look(gone[0].url())
            await look(gone[11].url(host="127.0.0.12"))
            return opened, sum(host.connections for host in gone) - opened

    opened, again = asyncio.run(main())
    assert opened == 12
    assert again == 1  # the first host's was closed in favour of later ones; the last host's is still there
