"""The frontier: pure rules, called without a clock or a socket."""

from email.utils import formatdate

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.frontier import Frontier, RetryRule, Window, retry_after_seconds
from auditor.model import Answered, Ask, Cause, Probe, Unreached
from auditor.settings import FrontierSettings

OK = Answered(206)
BUSY = Answered(503)
NOW = 1_700_000_000.0


def make(**settings: float) -> Frontier[str]:
    """A frontier whose jitter is always the largest."""
    limits = FrontierSettings(**settings)  # type: ignore[arg-type]  # tests name integers and floats alike
    return Frontier(limits, RetryRule(limits, lambda: NOW, lambda _, high: high))


def drain(frontier: Frontier[str], now: float = 0.0) -> list[Ask]:
    """Take all that may be taken now."""
    taken: list[Ask] = []
    while (url := frontier.take(now)) is not None:
        taken.append(url)
    return taken


def test_hosts_take_turns_and_each_is_first_come_first_served() -> None:
    """A long queue of one host doesn't hold up another's."""
    frontier = make(per_host=10)
    for url in ("a1", "a2", "a3", "b1", "c1", "b2"):
        frontier.admit(url, url[0], url)
    assert drain(frontier) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_host_budget_is_never_exceeded() -> None:
    """A host with its budget in flight gets no further request until one is settled."""
    frontier = make(per_host=2)
    for number in range(5):
        frontier.admit(f"a{number}", "a", "")
    assert drain(frontier) == ["a0", "a1"]
    frontier.settle("a0", OK, 0.0)
    assert drain(frontier) == ["a2"]


def test_rows_with_the_same_url_are_told_together() -> None:
    """A URL that waits or is in flight is asked once for all its rows."""
    frontier = make()
    frontier.admit("u", "h", "first")
    assert frontier.admit("u", "h", "second") is None
    assert drain(frontier) == ["u"]
    assert frontier.admit("u", "h", "third") is None
    assert frontier.settle("u", OK, 0.0) == ["first", "second", "third"]
    assert frontier.settled == 1


def test_lately_answered_url_is_not_asked_again() -> None:
    """A known answer is given at once, as long as it is among the recent ones."""
    frontier = make(recent=2)
    for url in ("u1", "u2", "u3"):
        frontier.admit(url, "h", "")
        frontier.take(0.0)
        frontier.settle(url, OK, 0.0)
    assert frontier.admit("u3", "h", "") == OK
    assert frontier.admit("u1", "h", "") is None


def test_retry_waits_for_its_time_without_holding_the_host() -> None:
    """A URL to be asked again takes no place in its host's budget while it waits, and goes first when it is due."""
    frontier = make(per_host=1, backoff=1.0)
    for url in ("u1", "u2", "u3"):
        frontier.admit(url, "h", url)
    assert frontier.take(0.0) == "u1"
    assert frontier.settle("u1", BUSY, 0.0) == []
    assert frontier.next_due == 1.0
    assert frontier.take(0.5) == "u2"
    frontier.settle("u2", OK, 0.9)
    assert frontier.take(1.0) == "u1"
    assert frontier.settle("u1", OK, 1.1) == ["u1"]
    assert not frontier.empty


def test_abandoned_frontier_keeps_only_what_is_in_flight() -> None:
    """After an interrupt nothing new is asked; a final answer counts, one that would be asked for again is none."""
    frontier = make(per_host=1)
    for url in ("u1", "u2"):
        frontier.admit(url, "h", url)
    frontier.admit("v", "i", "v")
    assert [frontier.take(0.0), frontier.take(0.0)] == ["u1", "v"]
    frontier.abandon()
    assert frontier.take(9.0) is None
    assert frontier.settle("u1", BUSY, 0.0) == []
    assert frontier.settle("v", OK, 0.0) == ["v"]
    assert frontier.empty


@pytest.mark.parametrize(
    ("probe", "again"),
    [
        (Unreached(Cause.TIMEOUT), True),
        (Unreached(Cause.CONNECTION_LOST), True),
        (Unreached(Cause.DNS_TEMPORARY), True),
        (Unreached(Cause.DNS_FAILURE), False),
        (Unreached(Cause.CONNECT_FAILURE), False),
        (Unreached(Cause.TLS_FAILURE), False),
        (Unreached(Cause.PROTOCOL_ERROR), False),
        (Unreached(Cause.PRIVATE_ADDRESS), False),
        *[(Answered(status), True) for status in (408, 429, 500, 502, 503, 504, 599)],
        *[(Answered(status), False) for status in (200, 206, 204, 301, 404, 403, 410, 416)],
    ],
)
def test_only_passing_trouble_is_asked_again(probe: Probe, again: bool) -> None:  # noqa: FBT001  # a table's column
    """What may pass by itself is asked again, what won't isn't."""
    frontier = make()
    frontier.admit("u", "h", "w")
    frontier.take(0.0)
    told = frontier.settle("u", probe, 0.0)
    if frontier.stalled:
        frontier.conclude(0.0)  # nobody else could show that it is us who are cut off
        told = [waiter for released in frontier.released for waiter in released.waiters]
    assert (told == []) is again


def test_backoff_doubles_up_to_its_cap_and_ends() -> None:
    """Waits grow as 0.5 s × 2ⁿ, at most the cap, and after the last retry the answer is final."""
    limits = FrontierSettings(retries=6, backoff=0.5, backoff_cap=4.0)
    rule = RetryRule(limits, lambda: NOW, lambda _, high: high)
    assert [rule(BUSY, attempts) for attempts in range(1, 8)] == [0.5, 1.0, 2.0, 4.0, 4.0, 4.0, None]


def test_jitter_is_full() -> None:
    """The wait is drawn between nothing and the whole backoff."""
    drawn: list[tuple[float, float]] = []

    def draw(low: float, high: float) -> float:
        drawn.append((low, high))
        return low

    rule = RetryRule(FrontierSettings(), lambda: NOW, draw)
    rule(BUSY, 1)
    assert drawn == [(0.0, 0.5)]


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("7", 7.0),
        ("0", 0.0),
        (formatdate(NOW + 9, usegmt=True), 9.0),
        (formatdate(NOW - 9, usegmt=True), 0.0),
        ("3600", 60.0),
    ],
)
def test_retry_after_is_obeyed_within_its_cap(header: str, seconds: float) -> None:
    """Seconds and dates count as the server says, up to a minute."""
    rule = RetryRule(FrontierSettings(), lambda: NOW, lambda *_: 99.0)
    assert rule(Answered(429, retry_after=header), 1) == pytest.approx(seconds)


@given(st.text())
def test_retry_after_garbage_never_raises(header: str) -> None:
    """Whatever the header holds, it is a number of seconds or nothing."""
    seconds = retry_after_seconds(header, NOW)
    assert seconds is None or seconds >= 0


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 9), st.booleans()), max_size=60))
def test_every_waiter_is_told_exactly_once(script: list[tuple[int, int, bool]]) -> None:
    """Whatever the order of hosts, duplicates and failures, each admitted row gets one answer and nothing remains."""
    frontier = make(per_host=2, recent=3, backoff=0.1)
    told: list[str] = []
    for place, (host, name, _) in enumerate(script):
        if frontier.admit(f"{host}/{name}", str(host), str(place)):
            told.append(str(place))
    now = 0.0
    for _ in range(1000):
        now += 1.0
        batch = drain(frontier, now)
        if not batch and frontier.empty:
            break
        for url in batch:
            fails = any(f"{host}/{name}" == url and bad for host, name, bad in script)
            told += frontier.settle(url, BUSY if fails else OK, now)
    assert sorted(told, key=int) == [str(place) for place in range(len(script))]
    assert frontier.empty
    assert set(frontier._hosts) == set(frontier._resting)  # what was learnt about them is kept, within its bound


def test_window_counts_rows_that_are_read_and_not_reported() -> None:
    """There is room for as many rows as the window is large, and again when rows are reported."""
    window = Window(3)
    assert [window.open(2), window.open(1)] == [0, 2]
    assert window.room == 0
    window.close(1)
    assert window.room == 1
