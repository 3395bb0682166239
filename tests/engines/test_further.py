"""Further looks: asked within the same budgets, only where they make sense, and judged with the first."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path

import pytest
from engines.test_local import batches, row
from fakes import GOOD, FakeProbe, run_virtually

from auditor.audit import RowAudit
from auditor.checks import Judge
from auditor.engines.local import LocalEngine
from auditor.model import (
    Answered,
    Ask,
    Audit,
    Cause,
    Format,
    Further,
    ImageInfo,
    Kind,
    Manner,
    NotAnImage,
    Probe,
    ProductRow,
    Unreached,
)
from auditor.plan import make_plan
from auditor.policies import load
from auditor.reports import About, Reports, RowReport
from auditor.settings import FrontierSettings, FurtherSettings, ReportSettings, Settings
from auditor.texts import load as load_texts

JUDGE = Judge(load("amazon-us-2022"))
WEBP = Answered(200, content_type="image/webp", body=ImageInfo(Format.WEBP, 1600, 1200))
SECOND = FurtherSettings(second_look=True)


class Double(FakeProbe):
    """A probe that knows manners: answers plain looks by `plain`, further ones by `further`."""

    def __init__(self, plain: Probe = GOOD, further: Probe = WEBP, seconds: float = 1.0) -> None:
        super().__init__(lambda _: plain, lambda _: seconds)
        self.further: list[Further] = []
        self._other = further

    async def look(self, ask: Ask) -> Probe:
        """One attempt, in either manner."""
        if isinstance(ask, str):
            return await self(ask)
        self.further.append(ask)
        await self(ask.url)
        return self._other


async def audit(rows: Sequence[ProductRow], probe: Double, out: Path, stop_at: float = 0, **limits: int) -> list[Audit]:
    """Run rows to their end, with second looks; give all audits, in feed order."""
    frontier = FrontierSettings(**limits)  # type: ignore[arg-type]  # tests name integers alone
    settings = Settings(frontier=frontier, further=SECOND, report=ReportSettings(out=out, quiet=True))
    found: dict[int, list[Audit]] = {}
    about = About(JUDGE.codes, load_texts("en"), {})
    async with aclosing(Reports(settings.report, about)) as reports:
        await reports.open()

        def render(audits: list[Audit]) -> RowReport:
            found[audits[0].ref.row] = audits
            return reports.render(audits)

        begin = partial(RowAudit, JUDGE, render, plan=make_plan(JUDGE, SECOND))
        engine = LocalEngine(settings, begin, probe.look, reports)
        if stop_at:
            asyncio.get_running_loop().call_later(stop_at, engine.stop)
        await engine.run(batches(rows))
        assert engine.complete or stop_at
    return [image for _, audits in sorted(found.items()) for image in audits]


def codes(audit: Audit) -> list[str]:
    """The findings of one image."""
    return [finding.code for finding in audit.findings]


def test_another_format_for_browsers_is_told(tmp_path: Path) -> None:
    """The second look's answer is kept beside the first, and what differs is a finding that names both."""
    (image,), _ = run_virtually(audit([row(1, "https://h.example/1.jpg")], Double(), tmp_path / "failing.csv"))
    (finding,) = image.findings
    assert (finding.code, finding.values) == ("format-negotiated", {"first": "JPEG", "second": "WebP"})
    assert image.probe == GOOD
    assert image.further == ((Manner.SECOND, WEBP),)


@pytest.mark.parametrize(
    ("first", "second", "wanted"),
    [
        (GOOD, GOOD, []),
        (GOOD, Answered(403), []),
        (GOOD, Unreached(Cause.TIMEOUT), []),
        (GOOD, Answered(200, body=NotAnImage(Kind.HTML)), []),
        (Answered(406), WEBP, ["http-error", "format-negotiated"]),
        (Answered(403), GOOD, ["access-denied", "format-negotiated"]),
        (Answered(403), Answered(403), ["access-denied"]),
    ],
)
def test_what_the_second_look_says(first: Probe, second: Probe, wanted: list[str], tmp_path: Path) -> None:
    """Only an image in another format, or where there was none, is worth telling."""
    probe = Double(first, second)
    (image,), _ = run_virtually(audit([row(1, "https://h.example/1.jpg")], probe, tmp_path / "failing.csv", retries=0))
    assert codes(image) == wanted
    assert len(probe.further) == 1


@pytest.mark.parametrize(
    "first",
    [
        Answered(404),
        Answered(429),
        Answered(503),
        Answered(301, location="/b.jpg"),
        Answered(200, body=NotAnImage(Kind.HTML)),
        Answered(200, body=ImageInfo(Format.JPEG, 300, 300)),
        WEBP,
        Unreached(Cause.TIMEOUT),
    ],
)
def test_what_failed_otherwise_is_not_asked_again(first: Probe, tmp_path: Path) -> None:
    """Gone, moved, too often, wrong in itself: a second look could change nothing about it."""
    probe = Double(first)
    (image,), _ = run_virtually(audit([row(1, "https://h.example/1.jpg")], probe, tmp_path / "failing.csv", retries=0))
    assert probe.further == []
    assert image.findings


def test_second_looks_share_the_hosts_budget(tmp_path: Path) -> None:
    """Never more requests at once to a host than allowed, whatever their manner, and each URL once in each."""
    probe = Double()
    rows = [row(number, f"https://h.example/{number % 60}.jpg") for number in range(100)]
    images, seconds = run_virtually(audit(rows, probe, tmp_path / "failing.csv", per_host=4))
    assert probe.most_at_once == 4
    assert len(probe.asked) == 120
    assert len(set(probe.further)) == len(probe.further) == 60
    assert seconds == pytest.approx(30.0)
    assert all(codes(image) == ["format-negotiated"] for image in images)


def test_answers_remembered_give_further_looks_too(tmp_path: Path) -> None:
    """A row that comes when both answers of its URL are known is done at once, with both."""
    probe = Double(seconds=0.0)
    rows = [row(number, "https://h.example/1.jpg", "https://h.example/2.jpg") for number in range(1500)]
    images, _ = run_virtually(audit(rows, probe, tmp_path / "failing.csv", window=10))
    assert len(images) == 3000
    assert all(codes(image) == ["format-negotiated"] for image in images)
    assert len(probe.asked) == 4


@pytest.mark.parametrize("seed", range(10))
def test_every_row_ends_whatever_the_order(seed: int, tmp_path: Path) -> None:
    """With answers of both manners coming in any order, no row is lost, and each has all it asked for."""
    rng = random.Random(seed)
    probe = Double()
    probe._seconds = lambda _: rng.choice([0.0, 0.1, 1.0, 7.0])
    rows = [
        row(n, *(f"https://h{rng.randrange(5)}.example/{rng.randrange(40)}.jpg" for _ in "abc")) for n in range(200)
    ]
    images, _ = run_virtually(audit(rows, probe, tmp_path / "failing.csv", per_host=2, concurrency=7, recent=5))
    assert len(images) == 600
    assert all(image.further for image in images)


def test_after_an_interrupt_nothing_further_is_asked(tmp_path: Path) -> None:
    """What is in flight is waited for; the looks that would follow from it are not begun."""
    probe = Double()
    rows = [row(number, f"https://h.example/{number}.jpg") for number in range(20)]
    images, _ = run_virtually(audit(rows, probe, tmp_path / "failing.csv", stop_at=0.5))
    assert images == []
    assert probe.further == []
