"""A night at the frontier: hosts that answer by rule, on a clock that the test turns."""

from collections.abc import Callable, Mapping

from auditor.frontier import Frontier, RetryRule
from auditor.model import Answered, Ask, Cause, Probe, Unreached
from auditor.settings import FrontierSettings

OK = Answered(206)
BUSY = Answered(503)
DEAD = Unreached(Cause.CONNECT_FAILURE)


def make(told: Callable[[], object] = lambda: None, **settings: object) -> Frontier[str]:
    """A frontier whose jitter is always the largest."""
    limits = FrontierSettings(**settings)  # type: ignore[arg-type]  # tests name values of every kind
    return Frontier(limits, RetryRule(limits, lambda: 1_700_000_000.0, lambda _, high: high), told)


class Night:
    """Runs a frontier as an engine does. Each URL is its host's name and a number, and its own waiter."""

    def __init__(self, frontier: Frontier[str], urls: Mapping[str, int]) -> None:
        self.frontier = frontier
        self.now = 0.0
        self.asked: list[str] = []
        self.answers: dict[str, Probe] = {}
        for number in range(max(urls.values())):
            for host, count in urls.items():
                if number < count:
                    frontier.admit(f"{host}/{number}", host, f"{host}/{number}")

    def take(self) -> list[str]:
        """Take all that may be taken now."""
        taken: list[str] = []
        while (url := self.frontier.take(self.now)) is not None:
            taken.append(_plain(url))
        self.asked += taken
        return taken

    def settle(self, url: str, probe: Probe) -> None:
        """Note how an attempt went."""
        self._note(self.frontier.settle(url, probe, self.now), probe)
        for waiters, other in self.frontier.released:
            self._note(waiters, other)
        self.frontier.released.clear()

    def _note(self, waiters: list[str], probe: Probe) -> None:
        for waiter in waiters:
            assert waiter not in self.answers, "told twice"
            self.answers[waiter] = probe

    def round(self, rule: Callable[[str], Probe] = lambda _: OK, seconds: float = 0.1) -> list[str]:
        """Take all that may be taken, and settle it a little later."""
        taken = self.take()
        self.now += seconds
        for url in taken:
            self.settle(url, rule(url))
        return taken

    def run(self, rule: Callable[[str], Probe], seconds: float = 0.1) -> dict[str, Probe]:
        """Go on to the end; give the answers."""
        for _ in range(100_000):
            if self.frontier.empty:
                return self.answers
            if self.round(rule, seconds):
                continue
            if not (self.frontier.stalled and self.frontier.conclude(self.now)):
                due = self.frontier.next_due
                assert due is not None, "nothing is due, and something is left"
                self.now = max(self.now, due)
            for waiters, probe in self.frontier.released:
                self._note(waiters, probe)
            self.frontier.released.clear()
        raise AssertionError("it never ends")


def _plain(ask: Ask) -> str:
    assert isinstance(ask, str)
    return ask
