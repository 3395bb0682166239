"""Workers: the same reports as without them, budgets kept, and nothing lost when one is killed. Real processes."""

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from deadly import deadly_looks, stillborn_looks
from hosts import Exchange, Host, Script, serve
from images import made

from auditor import policies, texts
from auditor.course import Ending
from auditor.engines.asker import Tidings
from auditor.engines.cost import added
from auditor.engines.nursery import Nursery
from auditor.engines.order import OpenLooks, Order
from auditor.engines.workforce import open_workforce
from auditor.errors import AuditorError, ProxyError
from auditor.feeds import open_feeds, read_opened
from auditor.reports import About, Reports
from auditor.run import Interrupt, run
from auditor.settings import (
    DeepSettings,
    FeedSettings,
    FrontierSettings,
    FurtherSettings,
    Header,
    HostSettings,
    ProbeSettings,
    Proxy,
    ProxySettings,
    ReportSettings,
    Sample,
    Settings,
)

JPEG = made("JPEG", size=(1200, 900))
OTHER = made("JPEG", size=(1300, 900))
WEBP = made("WEBP", size=(1200, 900))
CLOSER = FurtherSettings(second_look=True, deep=True, deep_sample=0.2, decoding=DeepSettings(processes=2))
ROWS = 60
HEADER = "sku\tasin\tmain_image_url\tother_image_url1\tother_image_url2\tbrand\n"


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One for all tests, in a Python of its own: this one has threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
        opened = Nursery(fork=False)
    with opened:
        yield opened


async def shop(exchange: Exchange) -> None:
    """Good pictures, two of the same content, and faults."""
    path = exchange.path
    if path.startswith("/gone"):
        await exchange.answer("404 Not Found", b"gone")
    elif path.startswith("/moved"):
        await exchange.answer("301 Moved Permanently", Location="/good.jpg")
    elif path.startswith("/page"):
        await exchange.answer("200 OK", b"<html><title>Hello</title></html>", Content_Type="text/html")
    elif path.startswith("/secret") and exchange.headers.get("x-key") != "open":
        await exchange.answer("403 Forbidden")
    elif path.startswith("/negotiated") and "webp" in exchange.headers.get("accept", ""):
        await exchange.answer_range(WEBP, Content_Type="image/webp")
    else:
        await exchange.answer_range(OTHER if path.startswith("/other") else JPEG, Content_Type="image/jpeg")


def mixed(host: Host) -> str:
    """A feed with rows of every kind: one and three images, none, repeated, twins, unreadable, faulty, for one host."""
    lines = []
    for number in range(ROWS):
        cells = [host.url(f"/{kind}{number}.jpg") for kind in _kinds(number)]
        if number % 7 == 0:
            cells = ["", "", ""]
        elif number % 11 == 0:
            cells = ["not an address", cells[1], cells[1]]
        elif number % 13 == 0:
            cells = [f"{host.url('/good.jpg')}\xa0", "", f"=cmd {number}"]
        elif number % 17 == 0:
            cells[0] += "\0"
        lines.append("\t".join([f"S{number}", f"B{number:09d}", *cells, f"brand {number % 3}"]))
    return HEADER + "\n".join(lines) + "\n"


def _kinds(number: int) -> tuple[str, str, str]:
    kinds = ("good", "gone", "moved", "page", "secret", "negotiated", "other")
    return kinds[number % 7], kinds[number * 5 % 7], kinds[number * 3 % 7]


def settings_for(folder: Path, **further: Any) -> Settings:
    """Settings with every report in a folder."""
    report = ReportSettings(
        out=folder / "failing.csv",
        jsonl=folder / "all.jsonl",
        summary=folder / "summary.json",
        quiet=True,
        include_warnings=True,
        keep=("brand",),
    )
    feed = FeedSettings(keep=("brand",))
    probe = ProbeSettings(allow_private=True)
    return replace(Settings(report=report, feed=feed, probe=probe), **further)


def written(folder: Path) -> dict[str, Any]:
    """What stands in the reports, without what differs between two runs: times, cost, the folder's name."""
    summary = json.loads((folder / "summary.json").read_text())
    for name in ("started", "duration_seconds", "workers", "settings", "urls_fetched", "requests", "bytes"):
        del summary[name]
    summary.pop("further_looks", None)
    lines = (folder / "all.jsonl").read_bytes().split(b"\n")[1:]
    return {
        "failing": (folder / "failing.csv").read_bytes(),
        "asins": (folder / "asins.csv").read_bytes(),
        "jsonl": lines,
        "summary": summary,
    }


def with_host(use: Callable[[Host], Awaitable[Any]], script: Script = shop) -> Any:
    """Use something while a host is there."""

    async def main() -> Any:
        async with serve(script) as host:
            return await use(host)

    return asyncio.run(main())


async def checked(settings: Settings, nursery: Nursery) -> Ending:
    """Check feeds as the command does."""
    return await run(settings, Interrupt(lambda: None), lambda _: None, nursery)


@pytest.mark.parametrize("kind", ["plain", "aiohttp", "closer", "sample", "tight"])
def test_reports_are_the_same_for_any_number_of_workers(kind: str, tmp_path: Path, nursery: Nursery) -> None:
    """failing.csv, asins.csv and all.jsonl byte for byte, and the counts, whatever else is asked for."""

    def settings(host: Host, folder: Path) -> Settings:
        own = HostSettings("127.0.0.1", host.port, (Header("X-Key", "open"),))
        probe = ProbeSettings(allow_private=True, hosts=(own,))
        made = settings_for(folder, feeds=(str(tmp_path / "feed.tsv"),), probe=probe)
        if kind == "aiohttp":
            return replace(made, probe=replace(probe, client="aiohttp", check_tail=True))
        if kind == "closer":
            return replace(made, further=CLOSER)
        if kind == "sample":
            return replace(made, feed=replace(made.feed, sample=Sample(rows=40)))
        if kind == "tight":
            return replace(made, frontier=FrontierSettings(window=20, per_host=3, recent=4))
        return made

    counts = (1, 2) if kind == "closer" else (1, 2, 3)  # it takes a process of its own to decode for each

    async def use(host: Host) -> None:
        (tmp_path / "feed.tsv").write_text(mixed(host))
        for count in counts:
            folder = tmp_path / str(count)
            folder.mkdir()
            ending = await checked(replace(settings(host, folder), workers=count), nursery)
            assert ending.exit_code == 1
            assert json.loads((folder / "summary.json").read_text())["workers"] == count
            assert not list(folder.glob(".*"))

    with_host(use)
    alone = written(tmp_path / "1")
    assert alone["summary"]["rows"]["read"] == (40 if kind == "sample" else ROWS)
    assert kind == "sample" or {"row-malformed", "url-repeated", "redirect", "not-found"} <= set(
        alone["summary"]["findings"]["by_code"]
    )
    for count in counts:
        assert written(tmp_path / str(count)) == alone


def test_the_first_line_of_all_jsonl_says_nothing_of_workers(tmp_path: Path, nursery: Nursery) -> None:
    """Two runs of one command on different machines give the same bytes."""

    async def use(host: Host) -> None:
        (tmp_path / "feed.tsv").write_text(HEADER + f"S1\tB1\t{host.url('/gone.jpg')}\t\t\t\n")
        settings = settings_for(tmp_path, feeds=(str(tmp_path / "feed.tsv"),))
        found = set()
        for count in (1, 2):
            await checked(replace(settings, workers=count), nursery)
            found.add((tmp_path / "all.jsonl").read_bytes())
        assert len(found) == 1

    with_host(use)


def test_a_host_sees_no_more_requests_at_once_than_allowed(tmp_path: Path, nursery: Nursery) -> None:
    """All workers together keep the budget of a host, and each address in many rows is asked once."""
    at_once = most = 0

    async def slow(exchange: Exchange) -> None:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        await asyncio.sleep(0.005)
        at_once -= 1
        await shop(exchange)

    async def use(host: Host) -> Counter[str]:
        rows = [f"S{n}\tB{n}\t{host.url(f'/good{n % 100}.jpg')}\t\t\t\n" for n in range(300)]
        (tmp_path / "feed.tsv").write_text(HEADER + "".join(rows))
        frontier = FrontierSettings(per_host=5)
        settings = settings_for(tmp_path, feeds=(str(tmp_path / "feed.tsv"),), frontier=frontier, workers=3)
        await checked(settings, nursery)
        return host.asked

    asked = with_host(use, slow)
    assert most == 5
    assert set(asked.values()) == {1}
    assert len(asked) == 100


async def audited(folder: Path, nursery: Nursery, looks: OpenLooks, count: int = 2) -> Reports:
    """Run a feed through workers with looks of a test's own, to the end; return the reports."""
    settings = settings_for(folder, feeds=(str(folder / "feed.tsv"),))
    order = Order(settings, policies.choose(settings.policy), frozenset(), 0.0, looks=looks)
    judge = order.judge()
    rows = read_opened(await open_feeds(settings.feeds, settings.feed), settings.feed)
    async with (
        open_workforce(order, nursery, count) as make_engine,
        aclosing(Reports(settings.report, About(judge.codes, texts.load("en"), {}))) as reports,
        aclosing(rows),
    ):
        await reports.open()
        engine = make_engine(reports, Tidings())
        await engine.run(rows)
        assert engine.complete
        await reports.publish({})
        return reports


def feed_of(host: Host, paths: list[str]) -> str:
    """A feed with one image a row."""
    return HEADER + "".join(f"S{n}\tB{n:09d}\t{host.url(path)}\t\t\t\n" for n, path in enumerate(paths, 1))


def test_a_row_that_kills_workers_becomes_a_finding(tmp_path: Path, nursery: Nursery) -> None:
    """Only the deadly rows are given up, with a word for the seller; each other row is told once, as ever."""
    paths = [f"/{'deadly' if n in (40, 300) else 'gone'}{n}.jpg" for n in range(1, 401)]

    async def use(host: Host) -> Reports:
        (tmp_path / "feed.tsv").write_text(feed_of(host, paths))
        return await audited(tmp_path, nursery, deadly_looks)

    totals = with_host(use).totals
    assert totals.by_code == {"not-found": 398, "image-undetermined": 2}
    lines = (tmp_path / "failing.csv").read_text().splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == [f"S{n}" for n in range(1, 401)]
    assert "our own program broke down over this row" in lines[39]


def test_what_stops_the_run_is_told_as_without_workers(tmp_path: Path, nursery: Nursery) -> None:
    """A proxy that is gone: its sentence is raised, with what was finished in the part files."""
    paths = [f"/{'refused' if n == 150 else 'gone'}{n}.jpg" for n in range(1, 201)]

    async def use(host: Host) -> None:
        (tmp_path / "feed.tsv").write_text(feed_of(host, paths))
        with pytest.raises(AuditorError, match=r"The proxy http://p\.example is gone\."):
            await audited(tmp_path, nursery, deadly_looks)

    with_host(use)
    assert (tmp_path / "failing.csv.part").exists()


def test_a_proxy_out_of_reach_is_told_before_any_report(tmp_path: Path, nursery: Nursery) -> None:
    """Each worker reaches for it, as the program itself would; none finds it, and nothing is written."""
    (tmp_path / "feed.tsv").write_text(HEADER + "S1\tB1\thttp://h.example/a.jpg\t\t\t\n")
    probe = ProbeSettings(proxy=ProxySettings(http=Proxy("http://127.0.0.1:1")))
    settings = settings_for(tmp_path, feeds=(str(tmp_path / "feed.tsv"),), probe=probe, workers=2)
    with pytest.raises(ProxyError, match="can't be reached"):
        asyncio.run(checked(settings, nursery))
    assert {path.name for path in tmp_path.iterdir()} == {"feed.tsv"}


def test_a_fault_of_our_own_names_itself(tmp_path: Path, nursery: Nursery) -> None:
    """It isn't swallowed with the worker, whose traceback comes along."""

    async def use(host: Host) -> None:
        (tmp_path / "feed.tsv").write_text(feed_of(host, ["/good.jpg", "/fault.jpg"]))
        with pytest.raises(Exception, match="KeyError: 'fault'") as caught:
            await audited(tmp_path, nursery, deadly_looks)
        assert "deadly.py" in caught.value.__notes__[0]

    with_host(use)


def test_a_worker_that_cannot_begin_is_one_sentence(tmp_path: Path, nursery: Nursery) -> None:
    """Nothing is written then."""

    async def use(host: Host) -> None:
        (tmp_path / "feed.tsv").write_text(feed_of(host, ["/good.jpg"]))
        with pytest.raises(AuditorError, match="No worker process can be started: it ended before it could begin"):
            await audited(tmp_path, nursery, stillborn_looks)

    with_host(use)
    assert not (tmp_path / "failing.csv.part").exists()


def test_hosts_that_are_all_dead_end_a_run_in_order(tmp_path: Path, nursery: Nursery) -> None:
    """What waits until all else is done, to see who is to blame, is decided in each worker once no more rows come."""
    links = "".join(f"S{n}\tB{n:09d}\thttp://127.0.0.1:{n % 3 + 1}/{n}.jpg\t\t\t\n" for n in range(90))
    (tmp_path / "feed.tsv").write_text(HEADER + links)
    frontier = FrontierSettings(retries=0, outage_wait=0.1)
    settings = settings_for(tmp_path, feeds=(str(tmp_path / "feed.tsv"),), workers=2, frontier=frontier)

    async def main() -> Ending:
        async with asyncio.timeout(60):  # rather than for ever
            return await checked(settings, nursery)

    ending = asyncio.run(main())
    assert sum(ending.totals.by_code.values()) == 90
    assert set(ending.totals.by_code) <= {"connect-failure", "host-suspended"}


def test_a_killed_worker_costs_nothing_but_time(tmp_path: Path, nursery: Nursery) -> None:
    """Killed in the middle by someone else, its rows are done by the next one, and no row is told twice."""
    killed: list[int] = []

    async def watched(exchange: Exchange) -> None:
        if exchange.path == "/gone200.jpg" and not killed:
            peer = exchange.writer.get_extra_info("peername")
            killed.append(_owner(peer[1]))
            os.kill(killed[0], signal.SIGKILL)
        await shop(exchange)

    async def use(host: Host) -> Ending:
        (tmp_path / "feed.tsv").write_text(feed_of(host, [f"/gone{n}.jpg" for n in range(1, 401)]))
        settings = settings_for(tmp_path, feeds=(str(tmp_path / "feed.tsv"),), workers=2)
        return await checked(settings, nursery)

    ending = with_host(use, watched)
    assert killed[0] != os.getpid()
    assert ending.totals.by_code == {"not-found": 400}
    lines = (tmp_path / "failing.csv").read_text().splitlines()[1:]
    assert [line.split(",")[1] for line in lines] == [f"S{n}" for n in range(1, 401)]


def _owner(port: int) -> int:
    """The process that has a connection from a local port."""
    for line in Path("/proc/net/tcp").read_text().splitlines()[1:]:
        cells = line.split()
        if int(cells[1].rpartition(":")[2], 16) == port:
            inode = cells[9]
    for folder in Path("/proc").glob("[0-9]*/fd"):
        try:
            if any(str(handle.readlink()) == f"socket:[{inode}]" for handle in folder.iterdir()):
                return int(folder.parent.name)
        except OSError:
            continue
    raise LookupError(port)


def test_costs_add_up() -> None:
    """Those of further looks within them, too, whichever worker has some."""
    one = {"requests": 1, "further_looks": {"deep_look": {"bytes": 5}}}
    assert added(added({}, one), {"requests": 2}) == {"requests": 3, "further_looks": {"deep_look": {"bytes": 5}}}
    assert added(one, one) == {"requests": 2, "further_looks": {"deep_look": {"bytes": 10}}}
