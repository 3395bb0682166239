"""`auditor check` as its user runs it: a real process, real files, a real host on loopback."""

import asyncio
import csv
import gzip
import json
import os
import shlex
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from commands import Ran, ended
from hosts import Exchange, Host, Script, serve
from images import made

JPEG = made("JPEG", size=(1200, 900))
HEADER = "sku\tasin\tmain_image_url\n"


async def auditor(*arguments: str | Path, stdin: bytes = b"", cwd: Path | None = None) -> Ran:
    """Run the command to its end."""
    ran = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "auditor", *map(str, arguments), stdin=PIPE, stdout=PIPE, stderr=PIPE, cwd=cwd
    )
    out, err = await ran.communicate(stdin)
    return ended(ran.returncode, out, err)


async def limited(limit: str, *arguments: str, cwd: Path) -> Ran:
    """Run the command under a limit of the system."""
    command = shlex.join([sys.executable, "-m", "auditor", *arguments])
    ran = await asyncio.create_subprocess_exec(
        "sh", "-c", f"{limit}; exec {command}", stdout=PIPE, stderr=PIPE, cwd=cwd
    )
    out, err = await ran.communicate()
    return ended(ran.returncode, out, err)


async def shop(exchange: Exchange) -> None:
    """A small shop: good pictures, a dead link, a redirect."""
    if exchange.path.startswith("/gone"):
        await exchange.answer("404 Not Found", b"gone")
    elif exchange.path.startswith("/moved"):
        await exchange.answer("301 Moved Permanently", Location="/good.jpg")
    else:
        await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def feed_of(host: Host, *paths: str) -> str:
    """A feed with one row per path."""
    return HEADER + "".join(f"S{n}\tB{n:09d}\t{host.url(path)}\n" for n, path in enumerate(paths, 1))


def with_shop(use: Callable[[Host], Awaitable[Ran]], script: Script = shop) -> Ran:
    """Run something while a host is there."""

    async def main() -> Ran:
        async with serve(script) as host:
            return await use(host)

    return asyncio.run(main())


def codes(path: Path) -> list[tuple[str, str]]:
    """SKU and code of each line of a report."""
    with path.open(newline="") as file:
        return [(line["sku"], line["code"]) for line in csv.DictReader(file)]


def test_feed_goes_in_and_failing_csv_comes_out(tmp_path: Path) -> None:
    """Failing images stand in failing.csv, products in asins.csv, the counts on stdout; exit code 1."""

    async def use(host: Host) -> Ran:
        (tmp_path / "feed.tsv").write_text(feed_of(host, "/good.jpg", "/gone.jpg", "/moved.jpg"))
        return await auditor("check", "feed.tsv", "--allow-private", "--summary", "summary.json", cwd=tmp_path)

    ran = with_shop(use)
    assert ran.code == 1, ran
    assert codes(tmp_path / "failing.csv") == [("S2", "not-found"), ("S3", "redirect")]
    assert "B000000002,S2,1,not-found" in (tmp_path / "asins.csv").read_text()
    assert "not-found" in ran.out
    assert "failing.csv" in ran.out
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["rows"] == {"read": 3, "passing": 1, "warned": 0, "failing": 2, "unchecked": 0, "skipped": 0}
    assert (summary["urls_fetched"], summary["requests"]) == (3, 3)
    assert not list(tmp_path.glob("*.part"))
    assert ran.err == ""


def test_feed_without_faults_exits_with_0(tmp_path: Path) -> None:
    """Nothing fails: the report has only its header."""

    async def use(host: Host) -> Ran:
        return await auditor("check", "-", "--allow-private", cwd=tmp_path, stdin=feed_of(host, "/good.jpg").encode())

    ran = with_shop(use)
    assert ran.code == 0, ran
    assert codes(tmp_path / "failing.csv") == []


def test_two_runs_give_the_same_bytes(tmp_path: Path) -> None:
    """The same feed and the same answers give identical reports, gzipped or not, whatever the concurrency."""

    async def use(host: Host) -> Ran:
        paths = [f"/{'gone' if number % 3 else 'good'}{number % 40}.jpg" for number in range(200)]
        (tmp_path / "feed.tsv").write_bytes(gzip.compress(feed_of(host, *paths).encode()))
        await auditor("check", "feed.tsv", "--allow-private", "--out", "1.csv", "--jsonl", "1.jsonl", cwd=tmp_path)
        return await auditor(
            "check",
            "feed.tsv",
            "--allow-private",
            "--out",
            "2.csv",
            "--jsonl",
            "2.jsonl",
            "--concurrency",
            "3",
            cwd=tmp_path,
        )

    ran = with_shop(use)
    assert ran.code == 1, ran
    assert (tmp_path / "1.csv").read_bytes() == (tmp_path / "2.csv").read_bytes()
    assert (tmp_path / "1.jsonl").read_text().split("\n")[1:] == (tmp_path / "2.jsonl").read_text().split("\n")[1:]


def test_private_hosts_are_refused_unless_allowed(tmp_path: Path) -> None:
    """A feed that points at this machine sends nothing there."""
    asked: list[str] = []

    async def spy(exchange: Exchange) -> None:
        asked.append(exchange.path)
        await shop(exchange)

    async def use(host: Host) -> Ran:
        return await auditor("check", "-", cwd=tmp_path, stdin=feed_of(host, "/good.jpg").encode())

    assert with_shop(use, spy).code == 1
    assert codes(tmp_path / "failing.csv") == [("S1", "url-private-address")]
    assert asked == []


def test_limit_slot_and_columns(tmp_path: Path) -> None:
    """--limit counts product rows, --slot leaves other images out, columns may have names of the user's own."""

    async def use(host: Host) -> Ran:
        lines = [f"{n}\t{host.url(f'/gone{n}.jpg')}\t{host.url(f'/moved{n}.jpg')}\n" for n in range(9)]
        feed = "article\tfront\tback\n" + "".join(lines)
        own = ("--sku-column", "article", "--url-column", "front", "--url-column", "back")
        return await auditor(
            "check", "-", "--allow-private", *own, "--limit", "2", "--slot", "PT01", cwd=tmp_path, stdin=feed.encode()
        )

    ran = with_shop(use)
    assert ran.code == 1, ran
    assert codes(tmp_path / "failing.csv") == [("0", "redirect"), ("1", "redirect")]


GOOD_FEED = HEADER + "S1\tB000000001\thttps://h.example/a.jpg\n"


@pytest.mark.parametrize(
    ("feed", "flags", "said"),
    [
        (None, (), "no such file"),
        ("folder", (), "folder"),
        (b"", (), "empty"),
        (HEADER.encode(), (), "header"),
        (b"colour,size\nred,L\n", (), "column"),
        (GOOD_FEED.encode(), ("--policy", "amazon-us-2020"), "amazon-us-2022"),
        (GOOD_FEED.encode(), ("--out", "nowhere/failing.csv"), "nowhere"),
        (GOOD_FEED.encode(), ("--out", "feed.tsv"), "feed.tsv"),
        (GOOD_FEED.encode(), ("--summary", "nowhere/summary.json"), "nowhere"),
        (GOOD_FEED.encode(), ("--concurrency", "0"), "--concurrency"),
        (GOOD_FEED.encode(), ("--timeout", "nan"), "--timeout"),
        (GOOD_FEED.encode(), ("--slot", "MAIN,PT99"), "PT99"),
        (GOOD_FEED.encode(), ("--url-column", "main_image_ur"), "main_image_url"),
        (GOOD_FEED.encode(), ("--no-such-flag",), "--no-such-flag"),
    ],
)
def test_what_cannot_run_says_so_in_one_sentence(
    tmp_path: Path, feed: bytes | str | None, flags: tuple[str, ...], said: str
) -> None:
    """Exit code 2, a sentence on stderr that names the matter, no traceback and no report."""
    if feed == "folder":
        (tmp_path / "feed.tsv").mkdir()
    elif isinstance(feed, bytes):
        (tmp_path / "feed.tsv").write_bytes(feed)
    ran = asyncio.run(auditor("check", "feed.tsv", *flags, cwd=tmp_path))
    assert ran.code == 2, ran
    assert said in ran.err
    assert "Traceback" not in ran.err
    assert ran.out == ""
    assert {path.name for path in tmp_path.iterdir()} <= {"feed.tsv"}


def test_feed_that_breaks_off_is_incomplete(tmp_path: Path) -> None:
    """A gzip that ends early: exit code 3, the rows before it in the part file, and the sentence names that."""

    async def use(host: Host) -> Ran:
        lines = "".join(f"S{n} {os.urandom(1000).hex()}\t\t{host.url('/gone.jpg')}\n" for n in range(2000))
        (tmp_path / "feed.gz").write_bytes(gzip.compress((HEADER + lines).encode(), 1)[:-50_000])
        return await auditor("check", "feed.gz", "--allow-private", cwd=tmp_path)

    ran = with_shop(use)
    assert ran.code == 3, ran
    assert "failing.csv.part" in ran.err
    assert len(codes(tmp_path / "failing.csv.part")) > 1000
    assert not (tmp_path / "failing.csv").exists()


def test_disk_that_fills_up_is_incomplete(tmp_path: Path) -> None:
    """A report that can't be written on: exit code 3 and one sentence, nothing under the final name."""

    async def use(host: Host) -> Ran:
        (tmp_path / "feed.tsv").write_text(feed_of(host, *["/gone.jpg"] * 3000))
        return await limited("ulimit -f 100", "check", "feed.tsv", "--allow-private", cwd=tmp_path)

    ran = with_shop(use)
    assert ran.code == 3, ran
    assert "failing.csv can't be written" in ran.err
    assert len(ran.err.splitlines()) == 1
    assert not (tmp_path / "failing.csv").exists()


def test_few_files_allowed_means_slower_not_failing(tmp_path: Path) -> None:
    """Where only 80 files may be open, fewer requests go out at once, with a word about it, and every row is right."""

    async def use(host: Host) -> Ran:
        (tmp_path / "feed.tsv").write_text(feed_of(host, *[f"/good{number}.jpg" for number in range(300)]))
        return await limited("ulimit -n 80", "check", "feed.tsv", "--allow-private", cwd=tmp_path)

    ran = with_shop(use)
    assert ran.code == 0, ran
    assert "passing 300" in ran.out
    assert "8 are made" in ran.err


@pytest.mark.parametrize("closed", [">&-", "2>&-", "<&-", "<&- >&- 2>&-"])
def test_closed_streams_change_nothing(tmp_path: Path, closed: str) -> None:
    """Started with stdin, stdout or stderr closed, as some schedulers do, the run is the same."""

    async def use(host: Host) -> Ran:
        (tmp_path / "feed.tsv").write_text(feed_of(host, "/gone.jpg"))
        return await limited(f"exec {closed}", "check", "feed.tsv", "--allow-private", cwd=tmp_path)

    ran = with_shop(use)
    assert ran.code == 1, ran
    assert codes(tmp_path / "failing.csv") == [("S1", "not-found")]


def test_reader_of_the_summary_may_leave(tmp_path: Path) -> None:
    """A summary piped into something that reads nothing of it is no fault of the run."""

    async def use(host: Host) -> Ran:
        (tmp_path / "feed.tsv").write_text(feed_of(host, "/gone.jpg"))
        command = shlex.join([sys.executable, "-m", "auditor", "check", "feed.tsv", "--allow-private"])
        piped = f"({command}; echo $? >code) | true"
        ran = await asyncio.create_subprocess_exec("sh", "-c", piped, stdout=PIPE, stderr=PIPE, cwd=tmp_path)
        out, err = await ran.communicate()
        return ended(int((tmp_path / "code").read_text()), out, err)

    ran = with_shop(use)
    assert (ran.code, ran.err) == (1, ""), ran
    assert codes(tmp_path / "failing.csv") == [("S1", "not-found")]


async def interrupted(folder: Path, *signals: signal.Signals) -> Ran:
    """Interrupt a run whose fifth image is slow: it comes once all signals are sent."""
    waiting, sent = asyncio.Event(), asyncio.Event()

    async def slow(exchange: Exchange) -> None:
        if exchange.path.startswith("/slow"):
            waiting.set()
            await sent.wait()
        await shop(exchange)

    async with serve(slow) as host:
        (folder / "feed.tsv").write_text(
            feed_of(host, "/gone1.jpg", "/gone2.jpg", "/gone3.jpg", "/good.jpg", "/slow.jpg", "/gone5.jpg")
        )
        command = (sys.executable, "-m", "auditor", "check", "feed.tsv", "--allow-private", "--per-host", "1")
        ran = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=folder)
        await waiting.wait()
        assert ran.stderr is not None
        said = await ran.stderr.readuntil(b"\n")  # what the feed was taken for
        for name in signals:
            ran.send_signal(name)
            said += await ran.stderr.readuntil(b"\n") + await ran.stderr.readuntil(b"\n")
        sent.set()
        out, err = await ran.communicate()
        return ended(ran.returncode, out, said + err)


@pytest.mark.parametrize("name", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_says_how_far_it_came(tmp_path: Path, name: signal.Signals) -> None:
    """Ctrl-C or SIGTERM: exit code 130, what was done or under way in the part file, nothing under the final name."""
    ran = asyncio.run(interrupted(tmp_path, name))
    assert ran.code == 130, ran
    assert "5 product rows" in ran.err
    assert "failing.csv.part" in ran.err
    assert codes(tmp_path / "failing.csv.part") == [("S1", "not-found"), ("S2", "not-found"), ("S3", "not-found")]
    assert not (tmp_path / "failing.csv").exists()


def test_second_interrupt_stops_at_once(tmp_path: Path) -> None:
    """Nobody has to wait for the grace."""
    ran = asyncio.run(interrupted(tmp_path, signal.SIGINT, signal.SIGINT))
    assert ran.code == 130, ran
    assert "at once" in ran.err
    assert not (tmp_path / "failing.csv").exists()


@pytest.mark.skipif(not Path("/dev/stdout").exists(), reason="the system has no such path")
def test_pipe_that_takes_the_report_takes_nothing_else(tmp_path: Path) -> None:
    """Who reads `--out /dev/stdout |` takes each line for one of the report, whichever; the summary goes to stderr."""
    (tmp_path / "feed.tsv").write_text(HEADER + "S1\tB000000001\tftp://h.example/a.jpg\n")
    for report, lines in (("--out", ["asin,sku,", "B00000000"]), ("--jsonl", ['{"schema"', '{"feed":"'])):
        ran = asyncio.run(auditor("check", "feed.tsv", report, "/dev/stdout", cwd=tmp_path))
        assert [line[:9] for line in ran.out.splitlines()] == lines
        assert "1 of 1 product rows need attention" in ran.err
