"""Proxies and certificates, as the user of the command meets them."""

import asyncio
import json
import socket
from base64 import b64encode
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import secure
import trustme
from commands import Ran, check, write_feed, written
from hosts import Exchange, serve
from images import made
from relays import Relay, relay

JPEG = made("JPEG", size=(1200, 900))
SHOP = "http://shop.example/a.jpg"
ENCODED = b64encode(b"me:s3 cret").decode()
CREDENTIALS = f"Basic {ENCODED}"


async def shop(exchange: Exchange) -> None:
    """A host of one picture."""
    await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def unused_port() -> int:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
    return port


def checked(
    folder: Path, *arguments: str, links: tuple[str, ...] = (SHOP,), environment: Mapping[str, str] = {}, **proxy: Any
) -> tuple[Ran, Relay]:
    """Check a feed while there is a proxy; `{proxy}` is its host and port, `{host}` that of the images."""

    async def main() -> tuple[Ran, Relay]:
        async with serve(shop) as host, relay(host.port, **proxy) as between:
            places = {"proxy": f"127.0.0.1:{between.port}", "host": f"127.0.0.1:{host.port}"}
            write_feed(folder, *(link.format(**places) for link in links))
            flags = [flag.format(**places) for flag in arguments]
            variables = {name: value.format(**places) for name, value in environment.items()}
            return await check(folder, *flags, environment=variables), between

    return asyncio.run(main())


def codes(folder: Path) -> list[str]:
    """The codes found, in feed order."""
    audits = (json.loads(line) for line in (folder / "all.jsonl").read_text().splitlines()[1:])
    return [finding["code"] for audit in audits for finding in audit["findings"]]


def test_proxy_is_used_and_its_password_shown_nowhere(tmp_path: Path) -> None:
    """--proxy with user and password: images are found, and no output holds the password in any spelling."""
    ran, between = checked(tmp_path, "--proxy", "http://me:s3%20cret@{proxy}", authorization=CREDENTIALS)
    assert ran.code == 0, ran
    assert [target for _, target, _ in between.asked] == [SHOP]
    everything = written(tmp_path) + ran.out + ran.err
    for secret in ("s3 cret", "s3%20cret", ENCODED):
        assert secret not in everything
    proxy = json.loads((tmp_path / "summary.json").read_text())["settings"]["probe"]["proxy"]
    assert proxy["http"] == {"url": between.url, "source": "--proxy", "authorization": "…"}


@pytest.mark.parametrize(
    "environment",
    [
        {"http_proxy": "http://{proxy}"},
        {"HTTP_PROXY": "{proxy}"},
        {"ALL_PROXY": "http://{proxy}/"},
        {"all_proxy": "http://{proxy}", "HTTPS_PROXY": "http://127.0.0.1:1"},
        {"http_proxy": "http://{proxy}", "HTTP_PROXY": "http://127.0.0.1:1"},
        {"http_proxy": "http://{proxy}", "no_proxy": "other.example"},
    ],
)
def test_proxy_of_the_environment_is_used(tmp_path: Path, environment: dict[str, str]) -> None:
    """The usual variables count, lower case first."""
    ran, between = checked(tmp_path, environment=environment)
    assert ran.code == 0, ran
    assert len(between.asked) == 1


def test_flag_comes_before_the_environment(tmp_path: Path) -> None:
    """What is said on the command line is meant."""
    ran, between = checked(tmp_path, "--proxy", "{proxy}", environment={"http_proxy": "http://127.0.0.1:1"})
    assert ran.code == 0, ran
    assert len(between.asked) == 1


def test_empty_flag_means_no_proxy(tmp_path: Path) -> None:
    """--proxy '' asks straight, whatever the environment says."""
    _, between = checked(tmp_path, "--proxy", "", "--retries", "0", environment={"http_proxy": "http://{proxy}"})
    assert not between.asked
    assert codes(tmp_path) == ["dns-failure"]


@pytest.mark.parametrize(
    "environment", [{"http_proxy": "http://127.0.0.1:1"}, {"ALL_PROXY": "socks5://x", "NO_PROXY": "*"}]
)
def test_loopback_never_goes_through_a_proxy_of_the_environment(tmp_path: Path, environment: dict[str, str]) -> None:
    """Hosts of this machine are asked straight, even while the proxy is broken."""
    ran, between = checked(tmp_path, "--allow-private", links=("http://{host}/a.jpg",), environment=environment)
    assert ran.code == 0, ran
    assert not between.asked


def test_proxy_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """A named proxy that can't be reached: exit code 2, nothing written."""
    ran, _ = checked(tmp_path, "--proxy", f"http://me:s3cret@127.0.0.1:{unused_port()}")
    assert ran.code == 2, ran
    assert "can't be reached" in ran.err
    assert "s3cret" not in ran.err
    assert len(ran.err.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"feed.tsv"}


def test_proxy_of_the_environment_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """It is told once a request needs it, with the variable that names it; no image is blamed."""
    port = unused_port()
    ran, _ = checked(tmp_path, environment={"HTTP_PROXY": f"http://127.0.0.1:{port}"}, links=(SHOP,) * 3)
    assert ran.code == 2, ran
    assert f"The proxy http://127.0.0.1:{port} (from HTTP_PROXY) can't be reached" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"feed.tsv"}


@pytest.mark.parametrize(("trusting", "code"), [(0, 2), (3, 3)])
def test_proxy_that_wants_credentials_stops_the_run(tmp_path: Path, trusting: int, code: int) -> None:
    """Wrong credentials concern every image: one sentence, and what was found before is kept."""
    links = tuple(f"https://shop{number}.example/a.jpg" for number in range(50))
    flags = ("--proxy", "http://me:s3cret@{proxy}", "--concurrency", "1", "--retries", "0")
    relaying = partial(checked, authorization=CREDENTIALS, trusting=trusting, hollow=True)
    ran, between = relaying(tmp_path, *flags, links=links)
    assert ran.code == code, ran
    assert "refuses the user and password" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert "s3cret" not in ran.err + written(tmp_path)
    assert "access-denied" not in written(tmp_path)
    assert len(between.asked) == trusting + 1


def test_proxy_that_cannot_reach_a_host_is_told_of_that_image(tmp_path: Path) -> None:
    """The other images are checked all the same, and the proxy's word stands in the symptom."""
    links = ("https://shop.example/a.jpg",)
    ran, _ = checked(tmp_path, "--proxy", "{proxy}", "--retries", "0", links=links, refusal="502 Bad Gateway")
    assert ran.code == 1, ran
    assert codes(tmp_path) == ["connect-failure"]
    assert "The proxy brought no connection to shop.example about (502 Bad Gateway)" in written(tmp_path)


@pytest.mark.parametrize(
    ("proxy", "said"),
    [
        ("socks5://me:s3cret@h:1080", "only http:// proxies"),
        ("https://me:s3cret@h:3128", "only http:// proxies"),
        ("ftp://me:s3cret@h", "names no proxy"),
        ("http://", "names no proxy"),
        ("http://me:s3cret@", "names no proxy"),
        ("http://me:s3cret@h:port", "names no proxy"),
        ("http://me:s3cret@h:99999", "names no proxy"),
        ("http://me:s3cret@h/path", "names no proxy"),
        ("http://me:s3 cret@a b", "names no proxy"),
        ("http://me:s3cret@[::1", "names no proxy"),
    ],
)
def test_proxy_that_makes_no_sense_is_one_sentence(tmp_path: Path, proxy: str, said: str) -> None:
    """Exit code 2; the password isn't repeated, and the flag or variable is named."""
    for arguments, environment, source in (
        (("--proxy", proxy), {}, "--proxy"),
        ((), {"HTTPS_PROXY": proxy}, "HTTPS_PROXY"),
    ):
        ran, _ = checked(tmp_path, *arguments, environment=environment)
        assert ran.code == 2, ran
        assert said in ran.err
        assert source in ran.err
        assert "cret" not in ran.err
        assert len(ran.err.splitlines()) == 1


def secured(folder: Path, *arguments: str) -> Ran:
    """Check one image on an https host whose certificate comes from a private authority, authority.pem."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "authority.pem")
    context = secure.context_of(authority.issue_cert("localhost"))
    with secure.serve(secure.https(context, JPEG)) as port:
        write_feed(folder, f"https://localhost:{port}/a.jpg")
        return asyncio.run(check(folder, "--allow-private", *arguments))


def test_certificate_is_checked(tmp_path: Path) -> None:
    """An unknown authority is a tls-failure, with a sentence that says so."""
    ran = secured(tmp_path)
    assert ran.code == 1, ran
    assert codes(tmp_path) == ["tls-failure"]
    assert "No known authority vouches for the certificate" in written(tmp_path)


def test_authority_of_a_file_is_trusted(tmp_path: Path) -> None:
    """--ca-file makes it pass, quietly."""
    ran = secured(tmp_path, "--ca-file", "authority.pem")
    assert ran.code == 0, ran
    assert ran.err == ""
    assert "--insecure" not in ran.out


def test_insecure_is_loud(tmp_path: Path) -> None:
    """Without checks the image passes; stderr, the printed summary and summary.json say at what price."""
    ran = secured(tmp_path, "--insecure")
    assert ran.code == 0, ran
    assert "--insecure" in ran.err
    assert "--insecure" in ran.out
    assert json.loads((tmp_path / "summary.json").read_text())["settings"]["probe"]["insecure"] is True


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--ca-file", "nowhere.pem"), "CA file nowhere.pem can't be read: No such file"),
        (("--ca-file", "feed.tsv"), "CA file feed.tsv holds no certificate"),
        (("--ca-file", "authority.pem", "--insecure"), "leave one of them out"),
    ],
)
def test_bad_ca_file_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, and nothing is written."""
    ran = secured(tmp_path, *arguments)
    assert ran.code == 2, ran
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"feed.tsv", "authority.pem"}


def test_library_without_its_compiled_part_is_one_sentence(tmp_path: Path) -> None:
    """Findings would differ with it, so the run doesn't begin; the lean client has no use for it."""
    environment = {"AIOHTTP_NO_EXTENSIONS": "1"}
    links = ("http://{host}/a.jpg",)
    ran, _ = checked(tmp_path, "--allow-private", links=links, environment=environment)
    assert ran.code == 0, ran
    ran, _ = checked(tmp_path, "--client", "aiohttp", links=links, environment=environment)
    assert ran.code == 2
    assert ran.err.startswith("auditor: aiohttp is installed here without its compiled part")
    assert ran.err.count("\n") == 1
