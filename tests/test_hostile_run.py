"""Whole runs among hostile hosts: each ends, accounts for every row, tells good from bad, and leaves nothing open."""

import asyncio
import gc
import json
import random
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hosts import Exchange, Host, Script, serve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scenes import INSIDIOUS, JPEG, SCENES, Scene, head, ranged

from auditor.model import Outcome
from auditor.reports import Totals
from auditor.run import Interrupt, run
from auditor.settings import FrontierSettings, ProbeSettings, ReportSettings, Settings

HEADER = "sku\tasin\tmain_image_url\n"
DESCRIPTORS = Path("/proc/self/fd")


def write_feed(path: Path, urls: Sequence[str]) -> None:
    """A feed of one product per URL."""
    rows = (f"S{number}\tB{number:09d}\t{url}\n" for number, url in enumerate(urls))
    path.write_text(HEADER + "".join(rows), encoding="utf-8")


async def audit(folder: Path, urls: Sequence[str], probe: ProbeSettings, frontier: FrontierSettings) -> Totals:
    """Check a feed of these URLs to its end, with every report."""
    write_feed(folder / "feed.tsv", urls)
    reports = ReportSettings(
        out=folder / "failing.csv", jsonl=folder / "all.jsonl", summary=folder / "summary.json", quiet=True
    )
    wanted = Settings(feeds=(str(folder / "feed.tsv"),), probe=probe, frontier=frontier, report=reports)
    ending = await run(wanted, Interrupt(lambda: None), lambda _: None)
    return ending.totals


def found(folder: Path) -> dict[str, str]:
    """The findings of each URL, as all.jsonl has them."""
    lines = (folder / "all.jsonl").read_text(encoding="utf-8").splitlines()[1:]
    audits = map(json.loads, lines)
    return {audit["url"]: " ".join(finding["code"] for finding in audit["findings"]) for audit in audits}


# ── all scenes at once ────────────────────────────────────────────────────────────────────────────────────────────


@asynccontextmanager
async def playing_all(scenes: Sequence[Scene]) -> AsyncIterator[Mapping[Host, Scene]]:
    """A host for each scene."""
    async with AsyncExitStack() as stack:
        yield {await stack.enter_async_context(serve(scene.script)): scene for scene in scenes}


def links(hosts: Mapping[Host, Scene], each: int) -> dict[str, str]:
    """So many pictures of each host, and what each must get. Where no client can tell, only one is asked for."""
    return {
        host.url(f"/{number}/{scene.name}.jpg"): scene.codes
        for host, scene in hosts.items()
        for number in range(1 if scene.name in INSIDIOUS else each)
    }


def audit_among(scenes: Sequence[Scene], good_rows: int, seconds: float, folder: Path) -> None:
    """Check a feed of these scenes among good rows, twice: each row gets its own, and both reports are the same."""

    async def main() -> list[bytes]:
        async with playing_all(scenes) as hostile, serve(ranged()) as one, serve(ranged()) as other:
            good = [host.url(f"/{number}.jpg") for number in range(good_rows // 2) for host in (one, other)]
            expected = links(hostile, each=3) | dict.fromkeys(good, "")
            urls = random.Random(1).sample(sorted(expected), len(expected))
            limits = ProbeSettings(timeout=seconds, stall_timeout=seconds, allow_private=True)
            patience = FrontierSettings(concurrency=128, retries=1, backoff=0.01, retry_after_cap=0.5)
            reports = []
            for _ in range(2):
                for host in hostile:
                    host.asked.clear()  # what a host says may depend on how often it was asked
                totals = await audit(folder, urls, limits, patience)
                told = found(folder)
                assert {url: codes for url, codes in told.items() if codes != expected[url]} == {}
                assert told.keys() == expected.keys()
                assert totals.read == totals.rows.total() == len(expected)
                reports.append((folder / "failing.csv").read_bytes() + (folder / "all.jsonl").read_bytes())
            return reports

    first, second = asyncio.run(main())
    differing = [pair for pair in zip(first.splitlines(), second.splitlines(), strict=True) if pair[0] != pair[1]]
    assert not differing
    assert first == second


def test_every_row_of_a_mixed_feed_gets_its_own_finding(tmp_path: Path) -> None:
    """All scenes that end by themselves, at once among 1,500 good rows: nobody is touched by another host's doings."""
    audit_among([scene for scene in SCENES if not scene.slow], 1500, 60.0, tmp_path)


@pytest.mark.long
def test_every_row_of_a_mixed_feed_gets_its_own_finding_or_a_timeout(tmp_path: Path) -> None:
    """Those that never end as well: pytest -m long tests/test_hostile_run.py."""
    audit_among(SCENES, 1500, 30.0, tmp_path)


# ── any server at all ─────────────────────────────────────────────────────────────────────────────────────────────


class Move(NamedTuple):
    """One thing that a server does: send bytes, pause, or end the connection."""

    what: str
    sent: bytes = b""


PIECES = st.sampled_from(
    [
        head(f"Content-Length: {len(JPEG)}"),
        head("Content-Length: 5"),
        head("Transfer-Encoding: chunked"),
        head("Content-Encoding: gzip"),
        head("Content-Encoding: br", "Content-Length: 9"),
        head("Content-Length: 0", "Location: /x.jpg", status="302 Found"),
        head("Content-Range: bytes 0-4095/9000", "Content-Length: 4096", status="206 Partial"),
        head("Content-Range: bytes */0", "Content-Length: 0", status="416 No"),
        head("Retry-After: 0", "Content-Length: 0", status="503 Busy"),
        head("Content-Length: 3", "Connection: close", status="404 No"),
        head(status="100 Continue"),
        head(status="101 Switching"),
        head(status="204 No Content"),
        head(status="304 Not Modified", version="HTTP/1.0"),
        b"HTTP/1.1 200 OK\r\n",
        b"Content-Type: image/jpeg\r\n",
        b"X-Odd: \xff\xfe\r\n",
        b"\r\n",
        b"\n\n",
        b"5\r\nhello\r\n",
        b"0\r\n\r\n",
        b"zz\r\n",
        JPEG,
        JPEG[:100],
        b"\x1f\x8b\x08\0\0\0\0\0",
        b"<html><title>x</title>",
        bytes(5000),
    ]
) | st.binary(max_size=40)
MOVES = st.lists(
    st.builds(Move, st.just("send"), PIECES)
    | st.builds(Move, st.sampled_from(["pause", "pause", "close", "reset", "hang"])),
    max_size=7,
)


def playing(moves: Sequence[Move]) -> Script:
    """A server that makes these moves at every request."""

    async def script(exchange: Exchange) -> None:
        for move in moves:
            if move.what == "send":
                await exchange.send(move.sent)
            elif move.what == "pause":
                await asyncio.sleep(0.002)
            elif move.what == "hang":
                await exchange.hang()
            else:
                exchange.reset() if move.what == "reset" else exchange.close()
                return

    return script


async def run_among(servers: Sequence[Sequence[Move]], folder: Path, rows: int) -> Totals:
    """Check rows spread over these servers; see that no task outlives the run."""
    async with AsyncExitStack() as stack:
        hosts: list[Host] = [await stack.enter_async_context(serve(playing(moves))) for moves in servers]
        urls = [hosts[number % len(hosts)].url(f"/{number}.jpg") for number in range(rows)]
        totals = await audit(
            folder,
            urls,
            ProbeSettings(timeout=0.2, stall_timeout=0.1, connect_timeout=0.2, allow_private=True),
            FrontierSettings(concurrency=24, retries=1, backoff=0.001, retry_after_cap=0.01),
        )
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == {asyncio.current_task()}
    return totals


def run_ends_well(servers: Sequence[Sequence[Move]]) -> None:
    """See that a run among these servers ends, accounts for every row, and leaves nothing behind."""
    gc.collect()
    before = len(list(DESCRIPTORS.iterdir()))
    with tempfile.TemporaryDirectory() as folder:
        totals = asyncio.run(run_among(servers, Path(folder), 24))
        assert len(found(Path(folder))) == 24
        assert totals.read == totals.rows.total() == 24
        assert totals.rows[Outcome.SKIPPED] == 0
        assert not list(Path(folder).glob("*.part"))
    gc.collect()  # an unclosed socket or file says so now, and every warning is an error here
    assert len(list(DESCRIPTORS.iterdir())) == before


ANY_SERVERS = given(servers=st.lists(MOVES, min_size=3, max_size=3))
NO_HURRY: dict[str, Any] = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow]}
LISTED = pytest.mark.skipif(not DESCRIPTORS.exists(), reason="this system doesn't list open descriptors")


@LISTED
@settings(max_examples=15, **NO_HURRY)
@ANY_SERVERS
def test_run_ends_and_leaves_nothing_open_whatever_servers_do(servers: list[list[Move]]) -> None:
    """Every row is accounted for, and no task, socket or file is left over."""
    run_ends_well(servers)


@LISTED
@pytest.mark.long
@settings(max_examples=1000, **NO_HURRY)
@ANY_SERVERS
def test_run_ends_well_whatever_many_more_servers_do(servers: list[list[Move]]) -> None:
    """The same, many times over: pytest -m long tests/test_hostile_run.py."""
    run_ends_well(servers)
