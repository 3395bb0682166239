"""How polite is a run, and what does politeness cost? Simulated hosts, on a virtual clock.

The frontier's own rules meet hosts with a limit of their own: token buckets that answer 429 (with Retry-After and
without), hosts whose answers take longer the more is asked at once and which answer 503 beyond what they bear, one that
is away for a minute, and healthy ones. Nothing is asked and nothing waits: time jumps to whatever is due next. Three
ways of asking run against the same hosts:

    adaptive   as `auditor check` asks
    fixed      32 requests at once to each host, as with --no-adapt
    oracle     knows each host's limit beforehand, and keeps just below it

    python benchmarks/politeness.py --urls 6000

Bars: the adaptive run takes at most 1.3 times the oracle's time; fewer than 1 % of its requests are answered 429; and
it finds each host's limit within a minute: from then on, a host with a bucket gets at least three quarters of what it
allows. Exit code: 0, or 1 if a bar doesn't hold.
"""

import argparse
import dataclasses
import heapq
import random
import sys
from collections import Counter, deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from auditor.frontier import Frontier, RetryRule
from auditor.model import Answered, Cause, Probe, Unreached
from auditor.settings import FrontierSettings, HostSettings

OK = Answered(206)
SLOWER, REFUSALS, FINDING = 1.3, 0.01, 60.0  # the bars: times the oracle's time, a share of requests, seconds
NEAR = 0.75  # of a host's limit: from there on it counts as found
SPAN = 10.0  # seconds over which a host's rate is taken
TIMEOUT = 10.0  # seconds


@dataclass(frozen=True, slots=True)
class Manners:
    """What one host is like. `rate` is in requests a second, `bears` in requests at once, `away` in seconds."""

    name: str
    seconds: float
    rate: float | None = None
    burst: float = 1.0
    retry_after: str | None = None
    bears: int | None = None
    away: tuple[float, float] | None = None


@dataclass(slots=True)
class SimulatedHost:
    """A host that answers as its manners are."""

    manners: Manners
    tokens: float = 0.0
    filled: float = 0.0
    busy: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    good: list[float] = field(default_factory=list)  # when

    def ask(self, now: float, rng: random.Random) -> tuple[float, Probe]:
        """Ask once: how long it takes, and the answer."""
        manners = self.manners
        seconds = manners.seconds * rng.uniform(0.8, 1.3)
        if manners.away and manners.away[0] <= now < manners.away[1]:
            return 0.01, Unreached(Cause.CONNECT_FAILURE)
        if manners.rate is not None and not self._spend(now):
            return seconds / 2, Answered(429, retry_after=manners.retry_after)
        if manners.bears is not None:
            load = (self.busy + 1) / manners.bears
            if load > 2:
                return seconds / 2, Answered(503)
            seconds *= max(1.0, load)
        return (TIMEOUT, Unreached(Cause.TIMEOUT)) if seconds > TIMEOUT else (seconds, OK)

    def _spend(self, now: float) -> bool:
        """Take a token from the bucket, if there is one."""
        assert self.manners.rate is not None  # noqa: S101  # only a host with a bucket is asked
        grown = self.tokens + (now - self.filled) * self.manners.rate
        self.tokens, self.filled = min(self.manners.burst, grown), now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def found(self) -> float | None:
        """Seconds until its limit was found; None if never, or if it has none to be found."""
        rate = self.manners.rate
        if rate is None:
            return 0.0
        recent: deque[float] = deque()
        for when in self.good:
            recent.append(when)
            while recent[0] <= when - SPAN:
                recent.popleft()
            # The bucket's burst at the beginning is no steady rate.
            if when >= SPAN + self.manners.burst / rate and len(recent) >= NEAR * rate * SPAN:
                return when
        return None


class Course(NamedTuple):
    """How one way of asking went."""

    seconds: float
    hosts: Sequence[SimulatedHost]

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(host.answers.total() for host in self.hosts)

    def answered(self, kind: str) -> float:
        """The share of requests that were answered so."""
        return sum(host.answers[kind] for host in self.hosts) / self.requests


HOSTS = (
    Manners("healthy", 0.08),
    Manners("healthy and far", 0.4),
    Manners("bucket of 20/s", 0.1, rate=20, burst=20, retry_after="1"),
    Manners("bucket of 20/s, says nothing", 0.1, rate=20, burst=20),
    Manners("bucket of 50/s", 0.05, rate=50, burst=50, retry_after="1"),
    Manners("bucket of 100/s", 0.2, rate=100, burst=10, retry_after="2"),
    Manners("bears 4", 0.1, bears=4),
    Manners("bears 12", 0.2, bears=12),
    Manners("away for a minute", 0.1, away=(2.0, 62.0)),
)


def adaptive() -> FrontierSettings:
    """As the program asks."""
    return FrontierSettings()


def fixed() -> FrontierSettings:
    """Without finding out anything."""
    return FrontierSettings(adapt=False)


def oracle(hosts: Iterable[Manners]) -> FrontierSettings:
    """Knowing everything."""
    known = tuple(
        HostSettings(host.name, None, per_host=host.bears or 32, rate=None if host.rate is None else 0.99 * host.rate)
        for host in hosts
    )
    return FrontierSettings(adapt=False, hosts=known)


def run(settings: FrontierSettings, manners: Sequence[Manners], urls: int, seed: int = 1) -> Course:
    """Ask every host for so many URLs, in turn as a feed would have them."""
    rng = random.Random(seed)  # noqa: S311  # a simulation keeps no secrets
    settings = dataclasses.replace(settings, window=urls * len(manners))
    hosts = {host.name: SimulatedHost(host, tokens=host.burst) for host in manners}
    frontier: Frontier[str] = Frontier(settings, RetryRule(settings, lambda: 1e9, rng.uniform))
    for number in range(urls):
        for name in hosts:
            frontier.admit(f"{name}/{number}", name, name)
    now, order, flying = 0.0, 0, list[tuple[float, int, str, Probe]]()
    while not frontier.empty:
        while len(flying) < settings.concurrency and isinstance(url := frontier.take(now), str):
            host = hosts[url.rpartition("/")[0]]
            seconds, probe = host.ask(now, rng)
            host.busy += 1
            order += 1
            heapq.heappush(flying, (now + seconds, order, url, probe))
        due = frontier.next_due
        full = len(flying) >= settings.concurrency
        if flying and (full or due is None or flying[0][0] <= due):
            now, _, url, probe = heapq.heappop(flying)
            note(hosts[url.rpartition("/")[0]], probe, now)
            frontier.settle(url, probe, now)
        elif due is not None and not (frontier.stalled and frontier.conclude(now)):
            now = max(now, due)
        elif due is None:
            frontier.conclude(now)
        frontier.released.clear()
    return Course(now, list(hosts.values()))


def note(host: SimulatedHost, probe: Probe, now: float) -> None:
    """Write down an answer."""
    host.busy -= 1
    host.answers[str(probe.status) if isinstance(probe, Answered) else probe.cause.value] += 1
    if probe == OK:
        host.good.append(now)


def compare(manners: Sequence[Manners], urls: int, seed: int = 1) -> dict[str, Course]:
    """Let all three run against the same hosts."""
    ways = {"oracle": oracle(manners), "adaptive": adaptive(), "fixed": fixed()}
    return {name: run(settings, manners, urls, seed) for name, settings in ways.items()}


def broken_bars(courses: dict[str, Course]) -> list[str]:
    """Say which promises of the adaptive run don't hold."""
    own, best = courses["adaptive"], courses["oracle"]
    broken = []
    if own.seconds > SLOWER * best.seconds:
        broken.append(f"it takes {own.seconds / best.seconds:.2f} times the oracle's time, not {SLOWER}")
    if own.answered("429") >= REFUSALS:
        broken.append(f"{own.answered('429'):.2%} of its requests are answered 429, not under {REFUSALS:.0%}")
    for host in own.hosts:
        found = host.found()
        if found is None or found > FINDING:
            broken.append(f"the limit of “{host.manners.name}” is found after {found} s, not {FINDING:.0f}")
    return broken


def print_table(courses: dict[str, Course]) -> None:
    """Print each way's time, as a ratio to the oracle's too, and how its requests were answered; then each host's."""
    best = courses["oracle"].seconds
    print(f"{'':30}{'seconds':>9}{'/ oracle':>10}{'requests':>10}{'429':>8}{'503':>8}{'good':>8}{'found after':>13}")
    for name, course in courses.items():
        shares = "".join(f"{course.answered(kind):>8.2%}" for kind in ("429", "503", "206"))
        print(f"{name:30}{course.seconds:>9.0f}{course.seconds / best:>10.2f}{course.requests:>10,}{shares}")
        for host in course.hosts:
            total = host.answers.total()
            shares = "".join(f"{host.answers[kind] / total:>8.2%}" for kind in ("429", "503", "206"))
            found = host.found()
            when = "never" if found is None else f"{found:.0f} s" if host.manners.rate else "-"
            ended = max(host.good, default=0.0)
            print(f"  {host.manners.name:28}{ended:>9.0f}{'':10}{total:>10,}{shares}{when:>13}")


def main() -> int:
    """Simulate, print, judge."""
    parser = argparse.ArgumentParser(description="How polite is a run, and what does politeness cost?")
    parser.add_argument("--urls", type=int, default=6000, help="of each host (default: 6000)")
    parser.add_argument("--seed", type=int, default=1, help="of what is random (default: 1)")
    given = parser.parse_args()
    courses = compare(HOSTS, given.urls, given.seed)
    print_table(courses)
    broken = broken_bars(courses)
    for bar in broken:
        print(f"bar does NOT hold: {bar}")
    if not broken:
        print("bars: hold")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
