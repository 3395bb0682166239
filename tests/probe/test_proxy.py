"""Looking through a real proxy on loopback: it works, and its own faults are never told of a host."""

import asyncio
import socket
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import secure
import trustme
import uvloop
from hosts import Exchange, Host, serve
from images import made
from relays import Relay, relay

from auditor import texts
from auditor.checks import Judge
from auditor.errors import ProxyError
from auditor.frontier import is_transient
from auditor.model import Answered, Cause, ImageInfo, ImageRef, Probe, TlsFault, Unreached
from auditor.policies import load
from auditor.probe import open_probe
from auditor.settings import FrontierSettings, Header, HostSettings, ProbeSettings, Proxy, ProxySettings

JPEG = made("JPEG", size=(1200, 900))
LIMITS: dict[str, Any] = {"timeout": 10.0, "connect_timeout": 10.0, "stall_timeout": 10.0}
CREDENTIALS = "Basic " + b64encode(b"me:s3cret").decode()
SHOP = "http://shop.example/a.jpg"  # a name that nobody but the proxy can look up
CA = trustme.CA()
Loop = Callable[[], asyncio.AbstractEventLoop] | None
LOOPS = pytest.mark.parametrize("loop", [None, uvloop.new_event_loop], ids=["asyncio", "uvloop"])


async def shop(exchange: Exchange) -> None:
    """A host of one picture."""
    await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def through(proxy: Relay | str, authorization: str = "", **others: Any) -> ProxySettings:
    """Settings that send everything through a proxy."""
    one = Proxy(proxy if isinstance(proxy, str) else proxy.url, "--proxy", authorization)
    return ProxySettings(one, one, **others)


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def look_through(url: str = SHOP, authorization: str = "", wanted: str = "", **more: Any) -> tuple[Probe, Relay, Host]:
    """Look once at a plain host through a proxy."""
    proxy = {name: more.pop(name) for name in ("refusal", "silent", "deaf") if name in more}

    async def main() -> tuple[Probe, Relay, Host]:
        async with serve(shop) as host, relay(host.port, wanted, **proxy) as between:
            settings = ProbeSettings(**(LIMITS | more), proxy=through(between, authorization))
            async with open_probe(settings, FrontierSettings()) as look:
                return await look(url), between, host

    return asyncio.run(main())


def look_securely(
    url: str, talk: secure.Talk, ca_file: Path, loop: Loop = None, **proxy: Any
) -> tuple[Probe, list[tuple[str, str, dict[str, str]]]]:
    """Look once at an https host through a proxy that wants credentials and gets them."""

    async def main(port: int) -> tuple[Probe, list[tuple[str, str, dict[str, str]]]]:
        async with relay(port, CREDENTIALS, **proxy) as between:
            settings = ProbeSettings(**LIMITS, ca_file=ca_file, proxy=through(between, CREDENTIALS))
            async with open_probe(settings, FrontierSettings()) as look:
                return await look(url), between.asked

    with secure.serve(talk) as port, asyncio.Runner(loop_factory=loop) as runner:
        return runner.run(main(port))


@pytest.fixture(name="ca_file")
def _ca_file(tmp_path: Path) -> Path:
    path = tmp_path / "authority.pem"
    CA.cert_pem.write_to_path(path)
    return path


def test_plain_link_goes_through_the_proxy() -> None:
    """The proxy gets the whole address and looks the name up itself; its credentials go no further."""
    probe, between, host = look_through(authorization=CREDENTIALS, wanted=CREDENTIALS)
    assert isinstance(probe, Answered), probe
    assert isinstance(probe.body, ImageInfo)
    [(method, target, headers)] = between.asked
    assert (method, target, headers["host"]) == ("GET", SHOP, "shop.example")
    assert headers["range"] == "bytes=0-4095"
    assert "proxy-authorization" not in host.requests[0].headers
    assert "authorization" not in host.requests[0].headers


@LOOPS
def test_https_link_goes_through_a_tunnel(loop: Loop, ca_file: Path) -> None:
    """The proxy sees the host's name alone, the host sees nothing of the proxy's credentials."""
    heads: list[bytes] = []
    context = secure.context_of(CA.issue_cert("shop.example"))
    probe, asked = look_securely("https://shop.example/a.jpg", secure.https(context, JPEG, heads), ca_file, loop)
    assert isinstance(probe, Answered), probe
    assert isinstance(probe.body, ImageInfo)
    [(method, target, headers)] = asked
    assert (method, target) == ("CONNECT", "shop.example:443")
    assert headers["user-agent"].startswith("auditor/")
    assert "range" not in headers
    assert b"roxy-" not in heads[0]
    assert b"s3cret" not in heads[0]


@LOOPS
def test_fault_of_a_certificate_is_told_through_a_tunnel(loop: Loop, ca_file: Path) -> None:
    """Behind a proxy the host's own faults are the host's."""
    context = secure.context_of(CA.issue_cert("other.example"))
    probe, _ = look_securely("https://shop.example/a.jpg", secure.https(context, JPEG), ca_file, loop)
    assert isinstance(probe, Unreached)
    assert (probe.cause, probe.tls) == (Cause.TLS_FAILURE, TlsFault.WRONG_HOST), probe
    probe, _ = look_securely("https://shop.example/a.jpg", secure.saying(b""), ca_file, loop)
    assert isinstance(probe, Unreached)
    assert (probe.cause, probe.tls) == (Cause.TLS_FAILURE, TlsFault.BROKEN_OFF), probe


@pytest.mark.parametrize("refusal", ["502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout", "403 No"])
def test_proxy_that_cannot_reach_the_host_says_so(refusal: str) -> None:
    """A tunnel that isn't opened is told as the proxy's word, not as the host's; it may fare better later."""
    probe, _, host = look_through("https://shop.example/a.jpg", refusal=refusal)
    assert probe == Unreached(Cause.PROXY_REFUSED, refusal)
    assert is_transient(probe)
    assert not host.connections
    judge = Judge(load("amazon-us-2022"), allow_private=True)
    ref = ImageRef("feed.tsv", 2, "B000000001", "S1", "", "MAIN", "https://shop.example/a.jpg")
    _, link = judge.link(ref, ())
    assert link is not None
    [finding] = judge.answer(ref, link, probe)
    assert finding.code == "connect-failure"
    assert f"proxy brought no connection to shop.example about ({refusal})" in texts.load("en").of(finding).symptom


@pytest.mark.parametrize("url", [SHOP, "https://shop.example/a.jpg"])
@pytest.mark.parametrize(
    ("authorization", "words"), [("", "asks for a user and a password"), (CREDENTIALS, "refuses the user")]
)
def test_proxy_that_wants_credentials_stops_the_run(url: str, authorization: str, words: str) -> None:
    """407 is about us: it is raised, with the proxy's address and without the password."""
    with pytest.raises(ProxyError, match=words) as caught:
        look_through(url, authorization, wanted="Basic b3RoZXI=")
    assert "http://127.0.0.1:" in str(caught.value)
    assert "s3cret" not in str(caught.value)
    assert CREDENTIALS not in str(caught.value)


def test_407_of_a_host_is_the_hosts() -> None:
    """Without a proxy it is an answer like any other."""

    async def strange(exchange: Exchange) -> None:
        await exchange.answer("407 Proxy Authentication Required")

    async def main() -> Probe:
        async with serve(strange) as host, relay(host.port) as between:
            settings = ProbeSettings(**LIMITS, allow_private=True, proxy=through(between, exempt="127.0.0.1"))
            async with open_probe(settings, FrontierSettings()) as look:
                return await look(host.url())

    probe = asyncio.run(main())
    assert isinstance(probe, Answered)
    assert probe.status == 407


def test_407_from_inside_a_tunnel_is_the_hosts(ca_file: Path) -> None:
    """Once a tunnel stands the proxy has no more to say, even before any other answer."""
    context = secure.context_of(CA.issue_cert("shop.example"))

    def strange(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            inside.recv(secure.HELLO)
            inside.sendall(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")

    probe, _ = look_securely("https://shop.example/a.jpg", strange, ca_file)
    assert isinstance(probe, Answered), probe
    assert probe.status == 407


def test_407_through_a_proxy_that_let_others_pass_is_the_hosts() -> None:
    """One strange host among many doesn't stop the run."""

    async def some_strange(exchange: Exchange) -> None:
        if exchange.path.endswith("/407.jpg"):
            await exchange.answer("407 Proxy Authentication Required")
        else:
            await shop(exchange)

    async def main() -> list[Probe]:
        async with serve(some_strange) as host, relay(host.port) as between:
            settings = ProbeSettings(**LIMITS, proxy=through(between))
            async with open_probe(settings, FrontierSettings()) as look:
                return [await look(SHOP), await look("http://shop.example/407.jpg"), await look(SHOP)]

    statuses = [probe.status for probe in asyncio.run(main()) if isinstance(probe, Answered)]
    assert statuses == [206, 407, 206]


@LOOPS
def test_hosts_that_break_off_inside_a_tunnel_do_not_stop_the_run(loop: Loop, ca_file: Path) -> None:
    """A proxy that opens tunnels is one, however many dead hosts stand at the head of a feed."""
    context = secure.context_of(CA.issue_cert("shop.example"))

    def dead(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as inside:
            inside.recv(secure.HELLO)

    async def main(port: int) -> list[Probe]:
        async with relay(port) as between:
            settings = ProbeSettings(**LIMITS, ca_file=ca_file, proxy=through(between))
            async with open_probe(settings, FrontierSettings()) as look:
                return [await look("https://shop.example/a.jpg") for _ in range(25)]

    with secure.serve(dead) as port, asyncio.Runner(loop_factory=loop) as runner:
        probes = runner.run(main(port))
    assert {probe.cause for probe in probes if isinstance(probe, Unreached)} == {Cause.CONNECTION_LOST}
    assert len(probes) == 25


@pytest.mark.parametrize("back", [True, False])
def test_proxy_that_is_busy_for_a_moment_does_not_stop_the_run(back: bool) -> None:  # noqa: FBT001  # parametrize passes it so
    """One that has worked before is tried twice; only one that stays away stops the run."""

    async def proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(4096)
        writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        writer.close()

    async def main() -> Probe:
        server = await asyncio.start_server(proxy, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        settings = ProbeSettings(**LIMITS, proxy=through(f"http://127.0.0.1:{port}"))
        async with open_probe(settings, FrontierSettings()) as look:
            assert isinstance(await look(SHOP), Answered)
            server.close()
            await server.wait_closed()
            looking = asyncio.create_task(look(SHOP))
            await asyncio.sleep(0.2)
            if back:
                server = await asyncio.start_server(proxy, "127.0.0.1", port)
            async with server:
                return await looking

    if back:
        probe = asyncio.run(main())
        assert isinstance(probe, Unreached), probe
        assert probe.cause is Cause.PROXY_UNREACHABLE
        assert is_transient(probe)
    else:
        with pytest.raises(ProxyError, match="can't be reached"):
            asyncio.run(main())


@pytest.mark.parametrize("refusal", ["502 caf\xe9 \x1b[31m", "502 " + "x" * 5000])
def test_word_of_a_proxy_can_be_written_anywhere(refusal: str) -> None:
    """What it says is cleaned like any other text from outside."""
    probe, _, _ = look_through("https://shop.example/a.jpg", refusal=refusal)
    assert isinstance(probe, Unreached)
    assert probe.detail.startswith("502 ") or probe.cause is Cause.PROTOCOL_ERROR, probe
    assert probe.detail.isprintable()
    assert len(probe.detail) <= 200


@pytest.mark.parametrize(
    ("host", "proxied"),
    [
        ("localhost.", False),
        ("foo.localhost.", False),
        ("FOO.LOCALHOST.", False),
        ("in.example.", False),
        ("127.0.0.1.", False),
        ("shop.example.", True),
    ],
)
def test_dot_at_the_end_of_a_name_changes_nothing(host: str, proxied: bool) -> None:  # noqa: FBT001  # parametrize passes them so
    """A name with the root's dot is the same name."""

    async def main() -> bool:
        proxy = through("http://127.0.0.1:9", exempt="in.example", from_environment=True)
        async with open_probe(ProbeSettings(**LIMITS, proxy=proxy), FrontierSettings()) as look:
            assert look.routes is not None
            return look.routes.proxy_for(f"http://{host}/a.jpg") is not None

    assert asyncio.run(main()) is proxied


def test_proxy_that_is_not_there_is_told_before_the_first_request() -> None:
    """A named proxy is reached for once, before anything is asked."""

    async def main() -> None:
        settings = ProbeSettings(**LIMITS, proxy=through(f"http://127.0.0.1:{unused_port()}"))
        async with open_probe(settings, FrontierSettings()):
            pass

    with pytest.raises(ProxyError, match=r"proxy http://127.0.0.1:\d+ \(from --proxy\) can't be reached"):
        asyncio.run(main())


@pytest.mark.parametrize("url", [SHOP, "https://shop.example/a.jpg"])
def test_proxy_that_goes_away_stops_the_run(url: str) -> None:
    """Once it can't be reached any more, no further image is blamed for it."""

    async def main() -> Probe:
        async with serve(shop) as host:
            async with relay(host.port) as between:
                settings = ProbeSettings(**LIMITS, proxy=through(between))
                look = open_probe(settings, FrontierSettings())
                asking = await look.__aenter__()
            try:
                return await asking(url)
            finally:
                await look.__aexit__(None, None, None)

    with pytest.raises(ProxyError, match="can't be reached"):
        asyncio.run(main())


def test_proxy_of_an_unknown_name_stops_the_run() -> None:
    """A proxy whose name can't be looked up isn't an unknown host of an image."""

    async def main() -> Probe:
        proxy = through("http://proxy.invalid:3128", from_environment=True)
        async with open_probe(ProbeSettings(**LIMITS, proxy=proxy), FrontierSettings()) as look:
            return await look(SHOP)

    with pytest.raises(ProxyError, match=r"proxy\.invalid"):
        asyncio.run(main())


@pytest.mark.parametrize("url", [SHOP, "https://shop.example/a.jpg"])
def test_slow_host_behind_a_proxy_is_a_timeout(url: str) -> None:
    """A proxy that can be reached isn't blamed for the silence behind it."""
    probe, _, _ = look_through(url, silent=True, timeout=0.3)
    assert isinstance(probe, Unreached)
    assert probe.cause is Cause.TIMEOUT


@pytest.mark.parametrize("url", [SHOP, "https://shop.example/a.jpg"])
def test_proxy_that_never_answers_stops_the_run(url: str) -> None:
    """It takes connections, but says nothing whatever it is asked: no image is to blame."""
    with pytest.raises(ProxyError, match="never answers"):
        look_through(url, deaf=True, timeout=0.3, connect_timeout=0.3)


def test_proxy_inside_is_reached_by_name_while_private_hosts_are_not() -> None:
    """The proxy may stand in one's own network; a feed's address there is refused as ever, and never sent to it."""

    async def main() -> tuple[Probe, Probe, Relay]:
        async with serve(shop) as host, relay(host.port) as between:
            settings = ProbeSettings(**LIMITS, proxy=through(f"http://localhost:{between.port}"))
            async with open_probe(settings, FrontierSettings()) as look:
                return await look(SHOP), await look("http://10.0.0.1/a.jpg"), between

    public, private, between = asyncio.run(main())
    assert isinstance(public, Answered), public
    assert isinstance(private, Unreached)
    assert private.cause is Cause.PRIVATE_ADDRESS
    assert len(between.asked) == 1


@pytest.mark.parametrize(
    ("host", "exempt", "from_environment", "proxied"),
    [
        ("127.0.0.1", "", True, False),
        ("localhost", "", True, False),
        ("127.0.0.1", "", False, True),
        ("127.0.0.1", "*", False, False),
        ("localhost", "other.example,LOCALHOST", False, False),
        ("localhost", "other.example", False, True),
        ("a.shop.example", "shop.example", False, False),
        ("a.shop.example", ".shop.example", True, False),
        ("ashop.example", "shop.example", True, True),
        ("shop.example", "shop.example:81", True, True),
        ("shop.example", "shop.example:80", True, False),
        ("127.0.0.1", "127.0.0.0/8", False, True),
        ("localhost", "other.example, localhost", False, False),
    ],
)
def test_some_hosts_are_asked_straight(host: str, exempt: str, from_environment: bool, proxied: bool) -> None:  # noqa: FBT001  # parametrize passes them so
    """NO_PROXY names hosts and domains; a proxy of the environment is never used for this machine's own addresses."""

    async def main() -> tuple[Probe, Relay]:
        async with serve(shop) as there, relay(there.port) as between:
            proxy = through(between, exempt=exempt, from_environment=from_environment)
            settings = ProbeSettings(**LIMITS, allow_private=True, proxy=proxy)
            async with open_probe(settings, FrontierSettings()) as look:
                port = f":{there.port}" if host != "shop.example" else ""
                return await look(f"http://{host}{port}/a.jpg"), between

    probe, between = asyncio.run(main())
    assert bool(between.asked) is proxied
    assert isinstance(probe, Answered) is (proxied or not host.endswith("example"))


def test_headers_of_a_host_go_through_the_proxy_with_the_request() -> None:
    """A secret bound to a host reaches it behind a proxy too."""
    own = HostSettings("shop.example", None, (Header("Authorization", "Bearer 1"),))
    _, _, host = look_through(hosts=(own,))
    assert host.requests[0].headers["authorization"] == "Bearer 1"


@pytest.mark.parametrize("answer", [b"", b"SSH-2.0-OpenSSH_9.6\r\n"])
@pytest.mark.parametrize("url", [SHOP, "https://shop.example/a.jpg"])
def test_port_that_is_no_proxy_stops_the_run(url: str, answer: bytes) -> None:
    """What breaks off every request from the first on isn't told as the fault of many hosts."""

    async def main() -> None:
        async def no_proxy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read(1)
            writer.write(answer)
            writer.close()

        server = await asyncio.start_server(no_proxy, "127.0.0.1", 0)
        proxy = through(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", from_environment=True)
        async with server, open_probe(ProbeSettings(**LIMITS, proxy=proxy), FrontierSettings()) as look:
            for _ in range(19):
                assert isinstance(await look(url), Unreached)
            with pytest.raises(ProxyError, match="Is it an HTTP proxy"):
                await look(url)

    asyncio.run(main())


def test_link_that_makes_no_sense_does_not_stop_the_run() -> None:
    """Whatever stands in a feed is data, behind a proxy too."""
    for url in ("http://[::1", "http://a:99999/", "http:///a", "x", "http://xn--/"):
        probe, _, _ = look_through(url, connect_timeout=1.0)
        assert isinstance(probe, Unreached | Answered)
