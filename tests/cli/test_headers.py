"""Headers of the user's own and the configuration file, as their user meets them."""

import asyncio
import json
from pathlib import Path

import pytest
from commands import Ran, check, write_feed, written
from hosts import Exchange, Host, serve
from images import made

JPEG = made("JPEG", size=(1200, 900))


async def shop(exchange: Exchange) -> None:
    """A host of one picture."""
    await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def checked(folder: Path, *arguments: str, config: str | None = None, variable: bool = False) -> tuple[Ran, Host]:
    """Check a feed of two links, to one host under two names; `{port}` in the configuration is its port."""

    async def main() -> tuple[Ran, Host]:
        async with serve(shop) as host:
            write_feed(folder, host.url("/1.jpg"), host.url("/2.jpg", host="localhost"))
            flags, environment = list(arguments), {}
            if config is not None:
                (folder / "auditor.toml").write_text(config.replace("{port}", str(host.port)))
                if variable:
                    environment["AUDITOR_CONFIG"] = "auditor.toml"
                else:
                    flags += ["--config", "auditor.toml"]
            return await check(folder, "--allow-private", *flags, environment=environment), host

    return asyncio.run(main())


def sent(host: Host, name: str) -> dict[str, str | None]:
    """What each path was asked with."""
    return {exchange.path: exchange.headers.get(name) for exchange in host.requests}


def test_header_goes_to_every_host_and_into_no_report(tmp_path: Path) -> None:
    """Name and value arrive as given; reports name the header and hide what it says."""
    ran, host = checked(tmp_path, "--header", "X-Audit: s3cret: yes", "--header", "Accept: image/jpeg")
    assert ran.code == 0, ran
    assert sent(host, "x-audit") == {"/1.jpg": "s3cret: yes", "/2.jpg": "s3cret: yes"}
    assert sent(host, "accept") == {"/1.jpg": "image/jpeg", "/2.jpg": "image/jpeg"}
    assert "s3cret" not in written(tmp_path) + ran.out + ran.err
    settings = json.loads((tmp_path / "summary.json").read_text())["settings"]
    assert settings["probe"]["extra_headers"][0] == {"name": "X-Audit", "value": "…"}


def test_user_agent_is_replaced(tmp_path: Path) -> None:
    """Some walls let only known visitors in."""
    ran, host = checked(tmp_path, "--user-agent", "shop-audit/1 (me@shop.example)")
    assert ran.code == 0, ran
    assert set(sent(host, "user-agent").values()) == {"shop-audit/1 (me@shop.example)"}


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("no colon s3cret", "Name: value"),
        ("X Y: s3cret", "letters, digits and hyphens"),
        (": s3cret", "letters, digits and hyphens"),
        ("X-É: s3cret", "letters, digits and hyphens"),
        ("X: s3cret\r\nHost: evil.example", "line break"),
        ("X: s3cret\nY: z", "line break"),
        ("X: s3cret\x01", "control character"),
        ("X: s3cret é", "plain English"),
        ("X\r\nHost: s3cret", "letters, digits and hyphens"),
        ("Host: s3cret", "Host"),
        ("hOsT: s3cret", "hOsT"),
        ("Range: bytes=0-s3cret", "Range"),
        ("Content-Length: s3cret", "Content-Length"),
        ("Transfer-Encoding: s3cret", "Transfer-Encoding"),
        ("Connection: s3cret", "Connection"),
        ("Accept-Encoding: s3cret", "Accept-Encoding"),
        ("Proxy-Authorization: s3cret", "--proxy"),
    ],
)
def test_header_that_cannot_be_sent_is_refused(tmp_path: Path, value: str, said: str) -> None:
    """Exit code 2 and a sentence with the header's name, not its value; nothing is asked."""
    ran, host = checked(tmp_path, "--header", value)
    assert ran.code == 2, ran
    assert said in " ".join(ran.err.split())
    assert "s3cret" not in ran.err + ran.out
    assert not host.requests


@pytest.mark.parametrize("value", ["", " ", "a\r\nX: y", "a\x02b", "é"])
def test_user_agent_that_cannot_be_sent_is_refused(tmp_path: Path, value: str) -> None:
    """Likewise for what we say we are."""
    ran, host = checked(tmp_path, "--user-agent", value)
    assert ran.code == 2, ran
    assert "User-Agent" in ran.err
    assert not host.requests


@pytest.mark.parametrize("variable", [False, True])
def test_secret_of_one_host_goes_there_alone(tmp_path: Path, variable: bool) -> None:  # noqa: FBT001  # parametrize passes it so
    """A header from the configuration file reaches its host, in any case of letters, and no other."""
    config = '[hosts."LocalHost"]\nheaders = { Authorization = "Bearer s3cret" }\n'
    ran, host = checked(tmp_path, config=config, variable=variable)
    assert ran.code == 0, ran
    assert sent(host, "authorization") == {"/1.jpg": None, "/2.jpg": "Bearer s3cret"}
    assert "s3cret" not in written(tmp_path) + ran.out + ran.err
    own = json.loads((tmp_path / "summary.json").read_text())["settings"]["probe"]["hosts"]
    assert [host["headers"] for host in own] == [[{"name": "Authorization", "value": "…"}]]


def test_secret_may_be_bound_to_a_port(tmp_path: Path) -> None:
    """A table with a port counts for that port alone, before one without."""
    config = """
        [hosts."127.0.0.1:1"]
        headers = { X-Key = "wrong port" }
        [hosts."localhost"]
        headers = { X-Key = "any port" }
        [hosts."localhost:{port}"]
        headers = { X-Key = "this port" }
    """
    ran, host = checked(tmp_path, config=config)
    assert ran.code == 0, ran
    assert sent(host, "x-key") == {"/1.jpg": None, "/2.jpg": "this port"}


def test_header_of_a_host_comes_before_those_of_every_host(tmp_path: Path) -> None:
    """What is said of one host is meant."""
    config = '[hosts.localhost]\nheaders = { x-key = "own" }\n'
    _, host = checked(tmp_path, "--header", "X-Key: all", config=config)
    assert sent(host, "x-key") == {"/1.jpg": "all", "/2.jpg": "own"}


@pytest.mark.parametrize(
    ("config", "said"),
    [
        ("hosts = 1", "value for hosts that is no table"),
        ("host = {}", "unknown key host: did you mean hosts?"),
        ("zebra = 1", "unknown key zebra: it takes the options of auditor check"),
        ("[hosts.a]\nheader = {}", 'unknown key hosts."a".header: did you mean headers?'),
        ("[hosts.a]\nheaders = 'X: s3cret'", 'value for hosts."a".headers that is no table'),
        ("[hosts.a]\nheaders = { X = 1 }", 'needs a text in quotes for hosts."a".headers.X'),
        ("[hosts.a]\nheaders = { Host = 's3cret' }", "Host is not for users to set"),
        ('[hosts.a]\nheaders = { X = "s3cret\\r\\nY: z" }', "line break"),
        ("[hosts.'https://a']\nheaders = {}", "which is no host"),
        ("[hosts.'a/b']\nheaders = {}", "which is no host"),
        ("[hosts.'u@a']\nheaders = {}", "which is no host"),
        ("[hosts.'']\nheaders = {}", "which is no host"),
        ("[hosts.'a:99999']\nheaders = {}", "which is no host"),
        ("[hosts.'bücher.example']\nheaders = {}", "xn--"),
        ("[hosts.a]\n[hosts.A]", "names the host a twice"),
        ("[hosts.a\nheaders = 's3cret'", "is no TOML (at line 1"),
        ("[hosts.'user:s3cret@cdn.example.com']\nheaders = {}", 'hosts."…@cdn.example.com", which is no host'),
        ("[hosts]\n'user:s3cret@cdn.example.com' = 1", 'value for hosts."…@cdn.example.com" that is no table'),
        ("[hosts.'user:s3cret@cdn.example.com']\nx = 1", 'unknown key hosts."…@cdn.example.com".x'),
        ("[hosts.'cdn.example.com?token=s3cret']\nheaders = 1", "which is no host"),
        ("'Bearer s3cret' = 1", "has the unknown key …: it takes the options"),
        ("[hosts.a]\n'X: s3cret\\n' = 1", 'has the unknown key hosts."a".…: it takes headers'),
        ('[hosts."a\\nb"]\nheaders = {}', "which is no host"),
        ("[hosts.a.headers]\n'X: s3cret' = 1", 'needs a text in quotes for hosts."a".headers.…'),
    ],
)
def test_slip_in_the_configuration_file_is_one_sentence(tmp_path: Path, config: str, said: str) -> None:
    """Exit code 2; the sentence names the file and the key, and shows no value."""
    ran, host = checked(tmp_path, config=config)
    assert ran.code == 2, ran
    assert said in ran.err
    assert "auditor.toml" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert "s3cret" not in ran.err
    assert not host.requests


def test_missing_configuration_file_is_one_sentence(tmp_path: Path) -> None:
    """A file that was named must be there."""
    ran, _ = checked(tmp_path, "--config", "nowhere.toml")
    assert ran.code == 2
    assert ran.err == "auditor: The configuration file nowhere.toml can't be read: No such file or directory.\n"
