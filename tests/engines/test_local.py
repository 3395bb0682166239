"""The engine: order, coalescing, slow rows and interrupts, on virtual time, with a fake at the one seam."""

import asyncio
import random
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest
from fakes import GOOD, FakeProbe, run_virtually

from auditor.audit import RowAudit
from auditor.checks import Judge
from auditor.engines.local import LocalEngine
from auditor.errors import FeedError, SettingsError
from auditor.model import Answered, Cause, ImageRef, Outcome, Probe, ProductRow, Unreached
from auditor.policies import load
from auditor.reports import About, Reports, RowReport, Totals
from auditor.settings import FrontierSettings, ReportSettings, Settings
from auditor.texts import load as load_texts

GONE = Answered(404)
HANGS = Unreached(Cause.TIMEOUT)


class Batch(NamedTuple):
    """What a feed yields."""

    rows: list[ProductRow]
    share: float | None = None


def row(number: int, *urls: str) -> ProductRow:
    """A product row."""
    slots = ("MAIN", "PT01", "PT02")
    return tuple(
        ImageRef("feed.tsv", number, f"B{number:09d}", f"S{number}", "", slot, url)
        for slot, url in zip(slots, urls, strict=False)
    )


async def batches(rows: Iterable[ProductRow], fault: Exception | None = None) -> AsyncGenerator[Batch, None]:
    """Rows in batches of 500; then the fault, if there is one."""
    rows = list(rows)
    for start in range(0, len(rows), 500):
        yield Batch(rows[start : start + 500])
    if fault is not None:
        raise fault


async def audit(
    rows: AsyncGenerator[Batch, None],
    probe: Callable[[str], Awaitable[Probe]],
    report: Path | ReportSettings,
    meanwhile: Callable[[LocalEngine[RowReport]], object] = lambda _: None,
    **limits: float,
) -> Totals:
    """Run rows to the end and publish the reports."""
    report = ReportSettings(out=report, quiet=True) if isinstance(report, Path) else report
    settings = Settings(frontier=FrontierSettings(**limits), report=report)  # type: ignore[arg-type]  # tests name integers and floats alike
    judge = Judge(load(settings.policy), allow_private=False)
    about = About(judge.codes, load_texts("en"), {})
    async with aclosing(Reports(settings.report, about)) as reports, aclosing(rows):
        await reports.open()
        engine = LocalEngine(settings, partial(RowAudit, judge, reports.render), probe, reports)
        meanwhile(engine)
        await engine.run(rows)
        if engine.complete:
            await reports.publish({})
        return reports.totals


def reported(path: Path) -> list[int]:
    """Row numbers in a report, in its order."""
    lines = path.read_text().splitlines()
    column = lines[0].split(",").index("row")
    return [int(line.split(",")[column - 21]) for line in lines[1:]]


def test_report_is_in_feed_order_whatever_the_order_of_answers(tmp_path: Path) -> None:
    """Rows that are answered late still stand where the feed has them."""
    rows = [row(number, f"https://h{number % 7}.example/{number}.jpg") for number in range(1, 400)]
    wait = {
        f"https://h{number % 7}.example/{number}.jpg": random.Random(number).random() * 5 for number in range(1, 400)
    }
    probe = FakeProbe(lambda _: GONE, wait.__getitem__)
    totals, _ = run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv"))
    assert reported(tmp_path / "failing.csv") == list(range(1, 400))
    assert totals.failing == 399


def test_same_url_is_asked_once_and_reported_on_every_row(tmp_path: Path) -> None:
    """Variations that share a picture cost one request and still fail each."""
    probe = FakeProbe(lambda _: GONE, lambda _: 1.0)
    rows = [row(number, "https://h.example/shared.jpg") for number in range(1, 1201)]
    totals, _ = run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv"))
    assert probe.asked == ["https://h.example/shared.jpg"]
    assert totals.failing == 1200


def test_host_and_total_budgets_hold(tmp_path: Path) -> None:
    """Never more requests at once than allowed."""
    probe = FakeProbe(seconds=lambda _: 1.0)
    rows = [row(number, f"https://h{number % 3}.example/{number}.jpg") for number in range(300)]
    run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv", per_host=4, concurrency=10))
    assert probe.most_at_once == 10


def test_waiting_rows_are_bounded_by_the_window(tmp_path: Path) -> None:
    """While one row hangs, no more rows are read than the window holds."""
    slow = "https://slow.example/1.jpg"
    probe = FakeProbe(seconds=lambda url: 100.0 if url == slow else 0.001)
    rows = [row(0, slow), *(row(number, f"https://h.example/{number}.jpg") for number in range(1, 1000))]
    seen: list[int] = []

    def look_on(_: LocalEngine[RowReport]) -> None:
        asyncio.get_running_loop().call_later(99.0, lambda: seen.append(len(probe.asked)))

    run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv", look_on, window=50))
    assert seen == [50]
    assert len(probe.asked) == 1000


def test_lines_behind_a_slow_row_go_to_a_file(tmp_path: Path) -> None:
    """While the first row hangs, what is finished behind it takes no more memory than allowed, and loses nothing."""
    probe = FakeProbe(lambda _: GONE, lambda url: 100.0 if url.endswith("/0.jpg") else 0.1)
    rows = [row(number, f"https://h{number}.example/{number}.jpg") for number in range(1000)]
    spilled: list[int] = []

    def look_on(_: LocalEngine[RowReport]) -> None:
        part = tmp_path / "failing.csv.backlog.part"
        asyncio.get_running_loop().call_later(99.0, lambda: spilled.append(part.stat().st_size))

    settings = ReportSettings(out=tmp_path / "failing.csv", quiet=True, backlog=50_000)
    run_virtually(audit(batches(rows), probe, settings, look_on))
    assert spilled[0] > 200_000
    assert reported(tmp_path / "failing.csv") == list(range(1000))


@pytest.mark.parametrize("seed", range(5))
def test_spilling_while_rows_finish_loses_none(tmp_path: Path, seed: int) -> None:
    """With real files and no memory for finished lines at all, every row still comes out, once and in order."""
    wait = random.Random(seed)
    probe = FakeProbe(lambda _: GONE, lambda _: wait.random() * 0.02)
    rows = [row(number, f"https://h{number % 7}.example/{number}.jpg") for number in range(500)]
    settings = ReportSettings(out=tmp_path / "failing.csv", quiet=True, backlog=0)
    asyncio.run(audit(batches(rows), probe, settings))
    assert reported(tmp_path / "failing.csv") == list(range(500))


def test_retries_ask_again_and_the_last_answer_counts(tmp_path: Path) -> None:
    """A server that is busy twice and then fine gives a passing row."""
    answers = iter([Answered(503), Answered(503, retry_after="7"), GOOD])
    probe = FakeProbe(lambda _: next(answers))
    totals, seconds = run_virtually(
        audit(batches([row(1, "https://h.example/1.jpg")]), probe, tmp_path / "failing.csv")
    )
    assert totals.rows[Outcome.PASSING] == 1
    assert 7.0 <= seconds < 8.0


def test_retry_is_made_when_due_while_others_are_busy(tmp_path: Path) -> None:
    """A free worker asks again at the due time, though the one that asked first is busy with something slow."""
    first = iter([Answered(503, retry_after="1")])
    times: list[float] = []

    def rule(url: str) -> Answered:
        if "flaky" in url:
            times.append(asyncio.get_running_loop().time())
            return next(first, GOOD)
        return GOOD

    probe = FakeProbe(rule, lambda url: 50.0 if "slow" in url else 0.1)
    rows = [
        row(1, "https://a.example/flaky.jpg"),
        row(2, "https://b.example/slow1.jpg"),
        row(3, "https://b.example/slow2.jpg"),
    ]
    run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv", concurrency=3, per_host=1))
    assert times == pytest.approx([0.1, 1.2])


def lacking(probe: FakeProbe, begin: float, end: float) -> Callable[[str], Awaitable[Probe]]:
    """A probe that has no means to ask anything between two points in time."""

    async def look(url: str) -> Probe:
        if begin <= asyncio.get_running_loop().time() < end:
            return Unreached(Cause.SHORTAGE, "Too many open files")
        return await probe(url)

    return look


def test_short_lack_of_means_costs_little(tmp_path: Path) -> None:
    """When nothing can be opened for two seconds, most workers are still there afterwards."""
    probe = FakeProbe(seconds=lambda _: 1.0)
    rows = [row(number, f"https://h{number}.example/{number}.jpg") for number in range(3000)]
    totals, seconds = run_virtually(
        audit(batches(rows), lacking(probe, 5.0, 7.0), tmp_path / "failing.csv", concurrency=100)
    )
    assert totals.rows[Outcome.PASSING] == 3000
    assert seconds < 50  # 32 without the lack


def test_workers_come_back_after_a_long_lack_of_means(tmp_path: Path) -> None:
    """When nothing can be opened for a minute, all workers are at work again half a minute later."""
    probe = FakeProbe(seconds=lambda _: 1.0)
    rows = [row(number, f"https://h{number}.example/{number}.jpg") for number in range(10_000)]

    def look_on(_: LocalEngine[RowReport]) -> None:
        asyncio.get_running_loop().call_later(64.5, lambda: at_work.append(probe.at_once))
        asyncio.get_running_loop().call_later(95.5, lambda: at_work.append(probe.at_once))

    at_work: list[int] = []
    run_virtually(audit(batches(rows), lacking(probe, 5.0, 65.0), tmp_path / "failing.csv", look_on, concurrency=100))
    assert at_work == [0, 100]
    assert probe.most_at_once == 100


@pytest.mark.parametrize("seed", range(20))
def test_every_retry_is_made_when_it_is_due(tmp_path: Path, seed: int) -> None:
    """As long as there are workers at rest, no URL waits longer than its host asked, whatever else goes on."""
    rng = random.Random(seed)
    due: dict[str, float] = {}
    late: list[float] = []
    wait = {f"https://h{number}.example/{number}.jpg": rng.choice([0.0, 0.1, 1.0, 7.0]) for number in range(40)}

    def rule(url: str) -> Probe:
        if rng.random() < 0.4:
            return GOOD
        after = rng.randrange(9)
        due[url] = asyncio.get_running_loop().time() + after
        return Answered(503, retry_after=str(after))

    probe = FakeProbe(rule, wait.__getitem__)

    async def watched(url: str) -> Probe:
        if url in due:
            late.append(asyncio.get_running_loop().time() - due[url])
        return await probe(url)

    rows = [row(number, url) for number, url in enumerate(wait)]
    run_virtually(audit(batches(rows), watched, tmp_path / "failing.csv", concurrency=50, retries=9, adapt=False))
    assert late
    assert max(late) == pytest.approx(0.0, abs=0.01)


def test_interrupt_after_the_last_answer_is_no_interrupt(tmp_path: Path) -> None:
    """When Ctrl-C comes while only the writing is left, the reports are whole and get their names."""
    probe = FakeProbe(lambda _: GONE)
    engines: list[LocalEngine[RowReport]] = []

    async def last_rows() -> AsyncGenerator[Batch, None]:
        yield Batch([row(1, "https://h.example/1.jpg")])

    async def stop_then(url: str) -> Probe:
        asyncio.get_running_loop().call_soon(engines[0].stop)
        return await probe(url)

    run_virtually(audit(last_rows(), stop_then, tmp_path / "failing.csv", engines.append))
    assert reported(tmp_path / "failing.csv") == [1]


def test_feed_that_breaks_off_still_accounts_for_what_was_read(tmp_path: Path) -> None:
    """Rows before the fault are judged and written; then the fault is told."""
    probe = FakeProbe(lambda _: GONE)
    rows = [row(number, f"https://h.example/{number}.jpg") for number in range(1, 601)]
    with pytest.raises(FeedError, match="ends early"):
        run_virtually(audit(batches(rows, FeedError("the feed ends early")), probe, tmp_path / "failing.csv"))
    assert reported(tmp_path / "failing.csv.part") == list(range(1, 601))
    assert not (tmp_path / "failing.csv").exists()


def test_fault_of_our_own_ends_the_run_with_what_is_done(tmp_path: Path) -> None:
    """When no further look can succeed, the rows finished before it are written, and the fault is told."""
    probe = FakeProbe(lambda _: GONE, lambda _: 1.0)

    async def look(url: str) -> Probe:
        if url.endswith("/50.jpg"):
            raise SettingsError("the proxy is gone")
        return await probe(url)

    rows = [row(number, f"https://h{number}.example/{number}.jpg") for number in range(100)]
    with pytest.raises(SettingsError, match="proxy is gone"):
        run_virtually(audit(batches(rows), look, tmp_path / "failing.csv", concurrency=10))
    assert reported(tmp_path / "failing.csv.part") == list(range(41))  # 41 to 49 were under way


def test_interrupt_keeps_what_is_in_flight_within_its_grace(tmp_path: Path) -> None:
    """After a stop, quick answers still count, slow ones are let go, nothing new is asked, no report gets its name."""
    probe = FakeProbe(lambda _: GONE, lambda url: 1000.0 if "slow" in url else 1.0)
    rows = [
        row(number, f"https://h{number}.example/{'slow' if number == 5 else ''}{number}.jpg")
        for number in range(1, 400)
    ]

    def stop_soon(engine: LocalEngine[RowReport]) -> None:
        asyncio.get_running_loop().call_later(0.5, engine.stop)

    _, seconds = run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv", stop_soon, concurrency=100))
    assert seconds == pytest.approx(5.5)
    assert len(probe.asked) == 100
    assert reported(tmp_path / "failing.csv.part") == [1, 2, 3, 4]
    assert not (tmp_path / "failing.csv").exists()


def catalogue(hosts: int, each: int) -> list[ProductRow]:
    """A feed grouped by host, in which one row of 100 hangs."""
    return [
        row(host * each + number, f"https://h{host}.example/{'hangs' if number % 100 == 50 else 'good'}{number}.jpg")
        for host in range(hosts)
        for number in range(each)
    ]


def test_slow_rows_of_a_grouped_feed_hold_up_nobody_else(tmp_path: Path) -> None:
    """With one row of 100 hanging, a feed grouped by host keeps 0.8 × the rate of it shuffled and unordered."""
    rows = catalogue(hosts=60, each=1000)

    def minutes(feed: list[ProductRow], window: int) -> float:
        probe = FakeProbe(lambda url: HANGS if "hangs" in url else GOOD, lambda url: 20.0 if "hangs" in url else 0.2)
        run = audit(batches(feed), probe, tmp_path / "failing.csv", window=window, adapt=False)
        totals, seconds = run_virtually(run)
        assert totals.failing == 600
        return seconds

    ordered = minutes(rows, FrontierSettings().window)
    unordered = minutes(random.Random(1).sample(rows, len(rows)), len(rows) + 1)
    assert unordered >= 0.8 * ordered


def test_shortage_of_our_own_slows_down_and_fails_no_row(tmp_path: Path) -> None:
    """When this machine can keep only five connections, all rows still get their true answer, with fewer hands."""
    probe = FakeProbe(seconds=lambda _: 1.0)

    async def short(url: str) -> Probe:
        if probe.at_once >= 5:
            return Unreached(Cause.SHORTAGE, "Too many open files")
        return await probe(url)

    rows = [row(number, f"https://h{number}.example/{number}.jpg") for number in range(200)]
    totals, seconds = run_virtually(audit(batches(rows), short, tmp_path / "failing.csv", concurrency=50))
    assert totals.rows[Outcome.PASSING] == 200
    assert seconds < 60


def test_cancelled_run_leaves_no_timer(tmp_path: Path) -> None:
    """Who cancels a run while a URL waits to be asked again leaves nothing behind that would wake it."""
    probe = FakeProbe(lambda _: Answered(503, retry_after="50"))

    async def main() -> list[asyncio.TimerHandle]:
        rows = batches([row(1, "https://h.example/1.jpg")])
        running = asyncio.create_task(audit(rows, probe, tmp_path / "failing.csv"))
        await asyncio.sleep(1)
        running.cancel()
        await asyncio.wait([running])
        timers: list[asyncio.TimerHandle] = getattr(asyncio.get_running_loop(), "_scheduled")  # noqa: B009  # private
        return [timer for timer in timers if not timer.cancelled()]

    timers, _ = run_virtually(main())
    assert timers == []
