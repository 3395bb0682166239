"""The pace of a run against a host on this machine: what it asks for is obeyed, and what becomes of it is told."""

import asyncio
import itertools
import json
import time
from pathlib import Path

import pytest
from commands import Ran, check, write_feed
from hosts import Exchange, Host, serve
from images import made

from auditor.cli.hosts import paced, read_hosts
from auditor.errors import SettingsError
from auditor.settings import HostSettings

PICTURE = made("JPEG", size=(1200, 900))
QUICK = ("--allow-private", "--quiet")


def steadiness(folder: Path) -> dict[str, float]:
    """What summary.json says of it."""
    told: dict[str, float] = json.loads((folder / "summary.json").read_text())["steadiness"]
    return told


def run(folder: Path, host_script: object, count: int, *flags: str) -> tuple[Ran, Host, list[float]]:
    """Check `count` images of a host; give the end, the host, and when it was asked."""
    times: list[float] = []

    async def script(exchange: Exchange) -> None:
        times.append(time.monotonic())
        await host_script(exchange, len(times))  # type: ignore[operator]  # each test brings its own

    async def main() -> tuple[Ran, Host]:
        async with serve(script) as host:
            write_feed(folder, *(host.url(f"/{number}.jpg") for number in range(count)))
            return await check(folder, *QUICK, *flags), host

    ran, host = asyncio.run(main())
    return ran, host, times


async def good(exchange: Exchange, _: int) -> None:
    """Answer with a picture."""
    await exchange.answer_range(PICTURE, Content_Type="image/jpeg")


def test_retry_after_is_obeyed_and_nothing_fails(tmp_path: Path) -> None:
    """A host that wants a second's rest gets it, and every image is checked in the end."""

    async def script(exchange: Exchange, number: int) -> None:
        if number == 5:
            await exchange.answer("429 Too Many Requests", Retry_After="1")
        else:
            await good(exchange, number)

    ran, _, times = run(tmp_path, script, 40)
    assert (ran.code, ran.err) == (0, "")
    assert max(later - earlier for earlier, later in itertools.pairwise(times)) > 0.9
    told = steadiness(tmp_path)
    assert (told["pauses"], told["slowdowns"], told["retries"]) == (1, 1, 1)


def test_rate_is_kept(tmp_path: Path) -> None:
    """Ten images at ten a second take nearly a second, at least."""
    ran, _, times = run(tmp_path, good, 10, "--rate", "10")
    assert ran.code == 0
    assert times[-1] - times[0] > 0.8


def test_tables_of_hosts_are_read(tmp_path: Path) -> None:
    """Each key, beside the headers or alone."""
    tables = {"a.example": {"per-host": 4, "rate": 0.5}, "b.example:81": {"adapt": False}}
    assert read_hosts(tmp_path, tables) == (
        HostSettings("a.example", None, per_host=4, rate=0.5),
        HostSettings("b.example", 81, adapt=False),
    )


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("per-host", "4", "a whole number, without quotes,"),
        ("per-host", True, "a whole number, without quotes,"),
        ("per-host", 0, "a whole number from 1 on"),
        ("rate", "0.5", "a number, without quotes,"),
        ("rate", 0, "a number of requests a second, such as 0.5,"),
        ("rate", float("nan"), "a number of requests a second, such as 0.5,"),
        ("adapt", 1, "true or false, without quotes,"),
    ],
)
def test_what_makes_no_sense_for_a_host_is_refused(tmp_path: Path, key: str, value: object, wanted: str) -> None:
    """With the key and what it takes."""
    with pytest.raises(SettingsError) as error:
        read_hosts(tmp_path, {"a.example": {key: value}})
    assert str(error.value).endswith(f'needs {wanted} for hosts."a.example".{key}.')


def test_who_counts_requests_gets_no_secrets(tmp_path: Path) -> None:
    """Hosts with a pace of their own go without their headers; those without one needn't go."""
    hosts = read_hosts(
        tmp_path, {"a.example": {"rate": 1, "headers": {"X": "y"}}, "b.example": {"headers": {"X": "y"}}}
    )
    assert paced(hosts) == (HostSettings("a.example", None, rate=1.0),)
