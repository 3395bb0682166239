"""A night with dead hosts and without a network, through the engine, on virtual time."""

import asyncio
import csv
from collections import Counter
from pathlib import Path

import pytest
from engines.test_local import audit, batches, row
from fakes import GOOD, FakeProbe, run_virtually

from auditor.engines.asker import Tidings
from auditor.engines.local import LocalEngine
from auditor.errors import OutageError
from auditor.model import Cause, Outcome, Probe, Unreached
from auditor.reports import RowReport

DEAD = Unreached(Cause.CONNECT_FAILURE)


def codes(path: Path) -> Counter[str]:
    """How often each code stands in a report."""
    with path.open(newline="") as report:
        return Counter(line["code"] for line in csv.DictReader(report))


def now() -> float:
    """Virtual seconds."""
    return asyncio.get_running_loop().time()


def test_dead_host_costs_few_requests_and_each_row_its_line(tmp_path: Path) -> None:
    """Its first rows say why, the others that it no longer answers; the other host's pass."""
    probe = FakeProbe(lambda url: DEAD if "dead" in url else GOOD, lambda _: 0.1)
    rows = [row(number, f"https://{'dead' if number % 2 else 'good'}.example/{number}.jpg") for number in range(2000)]
    totals, _ = run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv"))
    found = codes(tmp_path / "failing.csv")
    assert totals.rows[Outcome.PASSING] == 1000
    assert found.total() == 1000
    assert set(found) == {"connect-failure", "host-suspended"}
    assert found["connect-failure"] < 60
    assert sum("dead" in url for url in probe.asked) < 60


def test_dead_host_does_not_stop_the_reading_of_the_feed(tmp_path: Path) -> None:
    """When only its rows are left in the window, they are decided about, and the feed is read on."""
    probe = FakeProbe(lambda url: DEAD if "dead" in url else GOOD, lambda _: 0.1)
    rows = [
        row(number, f"https://{'good' if number >= 900 else 'dead'}.example/{number}.jpg") for number in range(1000)
    ]
    totals, seconds = run_virtually(audit(batches(rows), probe, tmp_path / "failing.csv", window=100))
    assert (totals.failing, totals.rows[Outcome.PASSING]) == (900, 100)
    assert seconds < 60


def cut_off(begin: float, end: float) -> FakeProbe:
    """A network that is away for a while."""

    def rule(_: str) -> Probe:
        return Unreached(Cause.CONNECT_FAILURE, no_route=True) if begin <= now() < end else GOOD

    return FakeProbe(rule, lambda _: 0.1)


def test_run_waits_for_the_network(tmp_path: Path) -> None:
    """No image fails for it, it is told once, and the run goes on as soon as it is back."""
    told: list[float] = []

    def listen(engine: LocalEngine[RowReport]) -> None:
        engine.asker.tidings = Tidings(outage=lambda: told.append(now()))

    rows = [row(number, f"https://h{number % 40}.example/{number}.jpg") for number in range(6_000)]
    totals, seconds = run_virtually(audit(batches(rows), cut_off(1.0, 200.0), tmp_path / "failing.csv", listen))
    assert totals.rows[Outcome.PASSING] == 6_000
    assert len(told) == 1
    assert 200 < seconds < 260


def test_run_gives_up_when_the_network_stays_away(tmp_path: Path) -> None:
    """After the time it waits for it, with what was found before; nothing stands there for a lack of network."""
    rows = [row(number, f"https://h{number % 40}.example/{number}.jpg") for number in range(6_000)]
    with pytest.raises(OutageError, match="network"):
        run_virtually(audit(batches(rows), cut_off(1.0, 9e9), tmp_path / "failing.csv", outage_wait=60.0))
    assert not codes(tmp_path / "failing.csv.part")


def test_interrupt_during_an_outage_ends_the_run(tmp_path: Path) -> None:
    """It needn't wait for the network to come back."""

    def stop_soon(engine: LocalEngine[RowReport]) -> None:
        asyncio.get_running_loop().call_later(30.0, engine.stop)

    rows = [row(number, f"https://h{number % 40}.example/{number}.jpg") for number in range(6_000)]
    _, seconds = run_virtually(audit(batches(rows), cut_off(1.0, 9e9), tmp_path / "failing.csv", stop_soon))
    assert seconds < 40
