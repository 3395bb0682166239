"""How many requests at once a host bears, how fast they follow each other, how many retries there may be."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.frontier.budget import Budget
from auditor.frontier.limit import Limit
from auditor.frontier.pace import Pace


def round_trip(limit: Limit, seconds: float = 0.1) -> int:
    """Let a whole round of requests be answered well; give how many there may be in the next."""
    for _ in range(limit.room):
        limit.answered(seconds)
    return limit.room


def test_it_doubles_each_round_trip_up_to_the_ceiling() -> None:
    """From 8; a lower ceiling is where it begins."""
    limit = Limit(100)
    assert [limit.room, *(round_trip(limit) for _ in range(5))] == [8, 16, 32, 64, 100, 100]
    assert Limit(4).room == 4


def test_a_burst_of_refusals_halves_once() -> None:
    """What was asked before it was halved says nothing new; what was asked since then does."""
    limit = Limit(32)
    round_trip(limit)
    era = limit.era
    assert [limit.enough(era, 0.1, refused=True) for _ in range(16)] == [True, *[False] * 15]
    assert limit.size == 8
    assert limit.enough(limit.era, 0.1, refused=True)
    assert limit.size == 4


def test_it_grows_quickly_to_near_where_it_was_enough_and_slowly_from_there() -> None:
    """By one a round trip at most up to three quarters, and then by an eighth for 200 answers."""
    limit = Limit(16)
    while limit.size < 16:
        limit.answered(0.1)
    limit.enough(limit.era, 0.1, refused=True)
    trips = 0
    while limit.size < 12:
        before = limit.size
        round_trip(limit)
        trips += 1
        assert limit.size <= before + 1.1
    assert 3 <= trips <= 6
    for _ in range(200):
        limit.answered(0.1)
    assert limit.size == pytest.approx(12 + 2, abs=0.2)


def test_a_host_that_refuses_at_the_same_size_again_is_tried_less_and_less() -> None:
    """Each time twice as many good answers come before it is asked for more."""

    def answers_until(size: float) -> int:
        count = 0
        while limit.size < size:
            limit.answered(0.1)
            count += 1
        limit.enough(limit.era, 0.1, refused=True)
        return count

    limit = Limit(32)
    counts = [answers_until(20.0) for _ in range(6)]
    assert counts == sorted(counts)
    assert counts[-1] > 1500


def test_a_host_that_takes_more_than_before_gets_more_ever_faster() -> None:
    """A bad minute doesn't slow down the whole night: from 1 to 32 within 2,000 answers."""
    limit = Limit(32)
    for _ in range(5):
        limit.enough(limit.era, 0.1, refused=False)
    assert limit.room == 1
    for _ in range(2000):
        limit.answered(0.1)
    assert limit.room == 32


def test_fewer_than_one_at_once_is_one_now_and_then() -> None:
    """A host that refuses even single requests is asked in longer and longer intervals."""
    limit = Limit(32)
    for _ in range(6):
        limit.enough(limit.era, 0.1, refused=True)
    assert limit.room == 1
    assert limit.interval == pytest.approx(0.8)


def test_forgiven_signs_still_count_together() -> None:
    """However often a host was forgiven: eight within a round trip are too many, eight within a day aren't."""
    limit = Limit(32)
    for _ in range(9):
        assert limit.forgive(done=1000)
    assert [limit.counts(limit.era, 1000) for _ in range(8)] == [*[False] * 7, True]
    limit.enough(limit.era, 0.1, refused=True, done=1000)
    assert not any(limit.counts(limit.era, 1000 + 50 * number) for number in range(20))


def test_pinned_limit_stays() -> None:
    """With --no-adapt it is the ceiling, whatever happens."""
    limit = Limit(32, adapt=False)
    assert not limit.enough(limit.era, 0.1, refused=True)
    assert (limit.room, limit.interval) == (32, 0.0)


@given(st.lists(st.sampled_from(["good", "refused", "slow"]), max_size=300), st.integers(1, 64))
def test_it_never_leaves_its_bounds(script: list[str], ceiling: int) -> None:
    """At least one request at once, at most the ceiling, whatever the host does."""
    limit = Limit(ceiling)
    for step in script:
        if step == "good":
            limit.answered(0.1)
        else:
            limit.enough(limit.era, 0.1, refused=step == "refused")
        assert 1 <= limit.room <= ceiling
        assert limit.interval >= 0


@pytest.mark.parametrize("rate", [0.5, 1.0, 7.0, 60.0])
@pytest.mark.parametrize("late", [lambda due: due, lambda due: due + 0.003, lambda due: int(due * 100 + 1) / 100])
def test_no_second_sees_more_requests_than_its_rate(rate: float, late: Callable[[float], float]) -> None:
    """Whenever the timer wakes: no burst, and with a timer that is in time no less than nearly the rate either."""
    pace, times, now = Pace(rate), [], 0.0
    while now < 10:
        times.append(now)
        now = max(now, late(pace.spend(now)))
    for start in times:
        assert sum(start <= time < start + 1 for time in times) <= max(1, rate)
    if late(1.0) == 1.0:
        assert len(times) >= 0.98 * 10 * rate


def test_rest_is_not_saved_up() -> None:
    """After an hour without a request, there is still only one at once."""
    pace = Pace(1.0)
    pace.spend(0.0)
    assert pace.spend(3600.0) > 3600.9


def test_retries_are_a_fifth_beyond_the_floor() -> None:
    """However many want to."""
    budget = Budget(50)
    for _ in range(1000):
        if budget.allows(400):
            budget.spend()
    assert budget.spent == 130
