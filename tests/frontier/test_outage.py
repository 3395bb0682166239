"""An outage on our side: told from dead hosts, waited for, and of no consequence for any image."""

import pytest
from frontier.nights import DEAD, OK, Night, make

from auditor.errors import OutageError
from auditor.frontier.outage import Outage
from auditor.model import Cause, Probe, Unreached

MANY = {f"h{number}": 40 for number in range(30)}


def test_twenty_hosts_and_a_minute_of_silence() -> None:
    """Neither alone is enough."""
    outage = Outage(600.0)
    for number in range(20):
        assert not outage.suspected(120.0)
        outage.failed(f"h{number}", 60.0, no_way=False)
    assert not outage.suspected(119.0)
    assert outage.suspected(120.0)


def test_no_way_to_anybody_is_seen_sooner() -> None:
    """Three hosts to which there is no route, and nobody else; one that fails otherwise is no such sign."""
    outage = Outage(600.0)
    for number in range(3):
        outage.failed(f"h{number}", 0.0, no_way=True)
    assert outage.suspected(5.0)
    outage.failed("other", 5.0, no_way=False)
    assert not outage.suspected(30.0)


@pytest.mark.parametrize(
    "failure",
    [DEAD, Unreached(Cause.TIMEOUT), Unreached(Cause.DNS_TEMPORARY), Unreached(Cause.CONNECT_FAILURE, no_route=True)],
)
def test_network_that_is_away_for_five_minutes_harms_no_image(failure: Probe) -> None:
    """Every image that failed meanwhile is asked again; it is told once."""
    told: list[int] = []
    night = Night(make(lambda: told.append(1)), MANY)
    answers = night.run(lambda _: failure if 0.3 <= night.now < 300 else OK)
    assert set(answers.values()) == {OK}
    assert len(answers) == 1200
    assert told == [1]
    assert night.frontier.steadiness.outages == 1
    assert 200 < night.frontier.steadiness.outage_seconds < 320


def test_few_are_asked_during_an_outage() -> None:
    """A request now and then finds out whether it is over."""
    night = Night(make(), MANY)
    night.run(lambda _: Unreached(Cause.CONNECT_FAILURE, no_route=True) if 0.3 <= night.now < 300 else OK)
    during = len(night.asked) - 1200
    assert during < 30 * (20 + 32) + 20


def test_outage_that_lasts_stops_the_run() -> None:
    """After as long as the user waits for it, with one sentence; no image is said to be dead."""
    night = Night(make(outage_wait=600.0), MANY)
    with pytest.raises(OutageError, match="cut off"):
        night.run(lambda _: OK if night.now < 0.3 else DEAD)
    assert set(night.answers.values()) == {OK}
    assert 600 <= night.now < 800


def test_run_that_is_stopped_during_an_outage_says_nothing_of_what_was_in_flight() -> None:
    """Neither of what had failed nor of what fails in the grace: the run that goes on asks for both again."""
    night = Night(make(), MANY)
    while not night.frontier.steadiness.outages:
        if not night.round(lambda _: OK if night.now < 0.3 else DEAD, seconds=1.0):
            night.now = max(night.now, night.frontier.next_due or 0.0)
    taken: list[str] = []
    while not taken:
        night.now = max(night.now, night.frontier.next_due or 0.0)
        taken = night.take()
    night.frontier.abandon()
    for url in taken:
        night.settle(url, DEAD)
    assert set(night.answers.values()) <= {OK}
    assert night.frontier.empty


def test_feed_that_ends_in_dead_hosts_is_no_outage() -> None:
    """Who answered before is asked once more: it still does, so it is they who are dead."""
    night = Night(make(), {"good": 50, **MANY})
    answers = night.run(lambda url: OK if url.startswith("good/") else Unreached(Cause.TIMEOUT), seconds=20.0)
    assert {url for url, answer in answers.items() if answer == OK} == {f"good/{number}" for number in range(50)}
    assert len(answers) == 1250
    assert night.frontier.steadiness.outages == 0
    assert sum(url.startswith("good/") for url in night.asked) <= 60


def test_single_dead_host_is_no_outage() -> None:
    """A feed of one shop that is down is a finding, not a reason to wait."""
    night = Night(make(), {"h": 100})
    night.run(lambda _: DEAD)
    assert night.frontier.steadiness.outages == 0
    assert night.now < 60


def test_one_shop_and_no_network_is_an_outage() -> None:
    """Where there is no route at all, a feed of a single host waits, too."""
    night = Night(make(), {"h": 100})
    answers = night.run(lambda _: Unreached(Cause.DNS_TEMPORARY) if night.now < 100 else OK)
    assert set(answers.values()) == {OK}
    assert night.frontier.steadiness.outages == 1
