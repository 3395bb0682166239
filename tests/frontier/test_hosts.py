"""How hosts are treated: their pace, their rest, their suspension; told to the frontier without a clock."""

from collections.abc import Callable

import pytest
from frontier.nights import BUSY, DEAD, OK, Night, make

from auditor.model import Answered, Cause, Probe, Unreached
from auditor.settings import HostSettings


def test_new_host_gets_eight_at_once_and_then_twice_as_many() -> None:
    """Until it has enough, or the ceiling is reached."""
    night = Night(make(), {"h": 200})
    flying, seen = night.take(), []
    for _ in range(4):
        seen.append(len(flying))
        after: list[str] = []
        for url in flying:
            night.settle(url, OK)
            after += night.take()
        flying = after
    assert seen == [8, 16, 32, 32]


@pytest.mark.parametrize("trouble", [Answered(429), BUSY, Unreached(Cause.TIMEOUT)])
def test_host_that_has_enough_gets_half(trouble: Probe) -> None:
    """A round of 16 that is refused or too slow is followed by at most 8 at once."""
    night = Night(make(retries=0), {"h": 200})
    night.round()
    night.round(lambda _: trouble)
    assert len(night.take()) <= 8


def test_retry_after_pauses_that_host_only() -> None:
    """Nothing of it is asked before then, however much waits; another goes on."""
    night = Night(make(), {"h": 50, "other": 50})
    first = night.take()
    for url in first:
        night.settle(url, Answered(429, retry_after="7") if url == "h/0" else OK)
    assert {url[0] for url in night.take()} == {"o"}
    night.now = 6.9
    assert not [url for url in night.take() if url[0] == "h"]
    night.now = 7.1
    assert [url for url in night.take() if url[0] == "h"]


def test_rate_holds_though_the_queue_runs_dry() -> None:
    """A host with a rate is remembered when it has no URL: the next one waits its time."""
    frontier = make(rate=0.5)
    frontier.admit("u1", "h", "")
    frontier.admit("u2", "h", "")
    assert frontier.take(0.0) == "u1"
    frontier.settle("u1", OK, 0.1)
    assert frontier.take(1.9) is None
    assert frontier.next_due == pytest.approx(2.01)
    assert frontier.take(2.02) == "u2"
    frontier.settle("u2", OK, 2.1)
    frontier.admit("u3", "h", "")
    assert frontier.take(3.9) is None
    assert frontier.take(4.1) == "u3"


def test_hosts_have_terms_of_their_own() -> None:
    """The table with the port comes first, then the one without, then what counts for all."""
    hosts = (
        HostSettings("h.example", None, per_host=2),
        HostSettings("h.example", 8443, per_host=3),
        HostSettings("::1", None, per_host=1),
        HostSettings("s.example", 443, adapt=False),
    )
    names = ("h.example", "h.example:8443", "h.example:81", "[::1]:80", "s.example", "other.example")
    night = Night(make(hosts=hosts), dict.fromkeys(names, 50))
    taken = night.take()
    assert [sum(url.startswith(f"{name}/") for url in taken) for name in names] == [2, 3, 2, 1, 32, 8]


@pytest.mark.parametrize("trouble", [BUSY, Answered(429), Unreached(Cause.TIMEOUT)])
@pytest.mark.parametrize("every", [10, 50])
def test_a_few_bad_urls_do_not_slow_their_host_down(trouble: Probe, every: int) -> None:
    """Those that are refused or hang each time are their own trouble: the others come at nearly full pace."""

    def rule(url: str) -> Probe:
        return OK if int(url.split("/")[1]) % every else trouble

    night, good = Night(make(), {"h": 2000}), Night(make(), {"h": 2000})
    night.run(rule)
    good.run(lambda _: OK)
    assert sum(answer == trouble for answer in night.answers.values()) == 2000 / every
    assert night.now < 2.5 * good.now


def test_a_host_that_is_too_busy_is_not_forgiven_for_it() -> None:
    """One that refuses whatever comes beyond four at once is asked for about so many."""

    class Busy(Night):
        def round(self, rule: Callable[[str], Probe] = lambda _: OK, seconds: float = 0.1) -> list[str]:
            """Refuse what is beyond."""
            taken = self.take()
            self.now += seconds
            for place, url in enumerate(taken):
                self.settle(url, rule(url) if place < 4 else BUSY)
            return taken

    night = Busy(make(), {"h": 3000})
    night.run(lambda _: OK)
    assert len(night.asked) < 1.05 * 3000


def dead(_: str) -> Probe:
    """Nobody is there."""
    return DEAD


def test_dead_host_is_suspended_and_the_rest_of_its_rows_say_so() -> None:
    """Twenty failures of different images in a row; one more try at the end; then its rows have a code of their own."""
    night = Night(make(), {"h": 100})
    answers = night.run(dead)
    causes = [answers[f"h/{number}"] for number in range(100)]
    suspended = Unreached(Cause.HOST_SUSPENDED, "connect-failure")
    assert len(night.asked) <= 20 + 8
    assert set(causes) == {DEAD, suspended}
    assert causes.count(suspended) >= 100 - 28
    assert night.now >= 5.0


def test_host_that_comes_back_has_all_its_rows_checked() -> None:
    """While it is away it is asked now and then, and less and less often."""
    night = Night(make(), {"h": 100, "other": 3000})
    answers = night.run(lambda url: DEAD if url[0] == "h" and night.now < 20 else OK, seconds=0.3)
    assert sum(answer == OK for url, answer in answers.items() if url[0] == "h") >= 100 - 28
    assert Cause.HOST_SUSPENDED not in {getattr(answer, "cause", None) for answer in answers.values()}


@pytest.mark.parametrize(
    "rule",
    [
        lambda url: Answered(404) if url.endswith("9") else DEAD,
        lambda _: Unreached(Cause.DNS_FAILURE),
        lambda _: Unreached(Cause.PROTOCOL_ERROR),
        lambda _: Unreached(Cause.CONNECTION_LOST, heard=True),
        lambda _: BUSY,
    ],
    ids=["an answer now and then", "no such name", "not HTTP", "the headers came", "busy"],
)
def test_what_is_an_answer_suspends_nobody(rule: Callable[[str], Probe]) -> None:
    """Only failures to get any answer count, and any answer resets their number."""
    night = Night(make(retries=0), {"h": 100})
    assert all(rule(url) == answer for url, answer in night.run(rule).items())


def test_few_images_that_hang_suspend_no_host() -> None:
    """The same URL asked again is no further sign: ten that hang are thirty failures in a row, and no dead host."""
    night = Night(make(), {"h": 10})
    assert set(night.run(lambda _: Unreached(Cause.TIMEOUT)).values()) == {Unreached(Cause.TIMEOUT)}


def test_bad_night_does_not_multiply_requests() -> None:
    """When everything fails, there are a fifth more requests beyond the floor, not three times as many."""
    night = Night(make(adapt=False), {"h": 2000})
    night.run(lambda _: Answered(500))
    assert len(night.asked) <= 2000 + 50 + 400
