"""Budgets shared out: the parts are the whole, and who gets which rows fits them."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.engines.shares import cores, most_workers, route, share, workers_for
from auditor.model import BadRow, BadRowReason, ImageRef, ProductRow
from auditor.settings import (
    SLOWEST,
    SOLO_BYTES,
    DeepSettings,
    FeedSettings,
    FrontierSettings,
    FurtherSettings,
    HostSettings,
    Sample,
    Settings,
)

BUDGETS = st.integers(1, 300)


RATES = st.none() | st.floats(SLOWEST, 100)


@given(BUDGETS, BUDGETS, BUDGETS, st.integers(1, 20), RATES)
def test_the_parts_are_the_whole(
    concurrency: int, per_host: int, processes: int, wanted: int, rate: float | None
) -> None:
    """Of every budget, and no worker is left without a part."""
    host = HostSettings("h", per_host=per_host, rate=rate)
    settings = Settings(
        workers=wanted,
        frontier=FrontierSettings(concurrency=concurrency, per_host=per_host, rate=rate, hosts=(host,)),
        further=FurtherSettings(deep=True, decoding=DeepSettings(processes=processes)),
    )
    count = workers_for(settings, None)
    assert 1 <= count <= wanted
    shares = [share(settings, number, count) for number in range(count)]
    assert sum(part.frontier.concurrency for part in shares) == concurrency
    assert sum(part.frontier.per_host for part in shares) == per_host
    assert sum(part.frontier.recent for part in shares) == settings.frontier.recent
    assert sum(part.further.decoding.processes for part in shares) == processes
    assert min(part.frontier.per_host for part in shares) >= 1
    assert sum(part.frontier.hosts[0].per_host or 0 for part in shares) == per_host
    if rate is not None:
        for rates in zip(
            *((part.frontier.rate or 0, part.frontier.hosts[0].rate or 0) for part in shares), strict=True
        ):
            assert sum(rates) == pytest.approx(rate)
    assert min(part.further.decoding.processes for part in shares) >= 1


def row(*urls: str) -> ProductRow:
    """A row of these images."""
    return tuple(ImageRef("feed", 1, "", "", "", "MAIN", url) for url in urls)


@pytest.mark.parametrize(("per_host", "of", "wanted"), [(32, 2, [1, 1]), (3, 2, [2, 1]), (5, 3, [2, 2, 1])])
def test_addresses_go_where_the_budget_is(per_host: int, of: int, wanted: list[int]) -> None:
    """Of a catalogue on a single host, each worker gets as much as it may ask at once."""
    counts = Counter(route(row(f"https://h.example/{number}.jpg"), per_host, of) for number in range(30_000))
    each = 30_000 / sum(wanted)
    assert [counts[number] / each for number in range(of)] == pytest.approx(wanted, rel=0.05)


def test_the_same_address_goes_to_the_same_worker() -> None:
    """Whatever invisible characters stand around it, and whatever else is in its row."""
    url = "https://h.example/1.jpg"
    same = [row(url), row(f" {url}\xa0"), row("", url), row(url, "https://h.example/2.jpg")]
    assert len({route(one, 32, 7) for one in same}) == 1


def test_rows_without_an_address_go_somewhere() -> None:
    """Skipped and unreadable ones, and cells with lone halves of letters."""
    rows = [(), row(""), row("\ud800"), BadRow("feed", 7, BadRowReason.NUL_BYTE, "")]
    assert all(0 <= route(one, 32, 3) < 3 for one in rows)


def test_small_feeds_have_one_worker_and_others_one_per_core() -> None:
    """Of unknown size counts as large; what the user says counts for all."""
    assert workers_for(Settings(), SOLO_BYTES - 1) == 1
    assert workers_for(Settings(), SOLO_BYTES) == cores()
    assert workers_for(Settings(), None) == cores()
    assert workers_for(Settings(workers=3), 1) == 3
    assert workers_for(Settings(feed=FeedSettings(limit=10)), None) == 1
    assert workers_for(Settings(feed=FeedSettings(sample=Sample(rows=10))), None) == 1
    assert workers_for(Settings(feed=FeedSettings(sample=Sample(share=0.1))), None) == cores()


def test_there_are_no_more_workers_than_the_smallest_budget() -> None:
    """Else one would have nothing to ask with."""
    assert most_workers(Settings(frontier=FrontierSettings(per_host=4))) == 4
    assert most_workers(Settings(frontier=FrontierSettings(concurrency=3))) == 3
    assert most_workers(Settings(further=FurtherSettings(deep=True, decoding=DeepSettings(processes=2)))) == 2
