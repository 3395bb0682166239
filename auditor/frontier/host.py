"""One host's queue, and the URLs that stand in it."""

from collections import deque
from typing import Generic, TypeVar

from auditor.frontier.breaker import Breaker
from auditor.frontier.budget import HOST_FLOOR, Budget
from auditor.frontier.limit import ALWAYS, Limit
from auditor.frontier.pace import Pace
from auditor.frontier.terms import Terms, TermsOfHosts
from auditor.model import Ask

W = TypeVar("W")

REST = -1.0  # in place of the time when it was asked
NO_ERA = -1  # in place of that of its host's limit


class Entry(Generic[W]):
    """One URL that waits or is in flight, and who wants to know of it.

    `asked` is when it was, while it is in flight, and `era` that of its host's limit by then. There is one for every
    row: who makes it sets the rest, which takes half the time of a constructor.
    """

    __slots__ = ("asked", "attempts", "era", "host", "url", "waiters", "waits")

    url: Ask
    host: "Host[W]"
    waiters: list[W]
    asked: float
    era: int
    attempts: int
    waits: int


class Host(Generic[W]):
    """One host's FIFO, and the rules by which it is asked, each made when it is needed first.

    `room` is how many of its URLs may be in flight, `due` when the next one may be asked at the earliest. `ready` says
    that it stands in the queue of hosts, or waits for its due time; `later` counts its URLs that wait elsewhere. A good
    answer tells something only if at least `wake` others are in flight. `era` is its limit's.
    """

    __slots__ = (
        "_terms",
        "breaker",
        "budget",
        "done",
        "due",
        "era",
        "in_flight",
        "later",
        "limit",
        "name",
        "pace",
        "ready",
        "room",
        "waiting",
        "wake",
    )

    def __init__(self, name: str, terms: Terms) -> None:
        self._terms = terms
        self.name = name
        self.waiting: deque[Entry[W]] = deque()
        self.in_flight = 0
        self.later = 0
        self.ready = False
        self.done = 0
        self.due = 0.0
        self.era = 0
        self.room, self.wake = terms.begin
        self.limit: Limit | None = None
        self.pace = Pace(terms.rate) if terms.rate else None
        self.breaker: Breaker | None = None
        self.budget: Budget | None = None

    @property
    def suspended(self) -> bool:
        """Whether it is asked only now and then."""
        return self.breaker is not None and self.breaker.opened

    @property
    def plain(self) -> bool:
        """Whether there is nothing about it to remember."""
        untried = self.limit is None or self.limit.untried
        return untried and self.pace is None and self.breaker is None and self.budget is None

    def bears(self) -> Limit:
        """Give what it bears, as far as that is known."""
        if self.limit is None:
            self.limit = Limit(self._terms.per_host, start=self._terms.start, adapt=self._terms.adapt)
        return self.limit

    def adjust(self) -> None:
        """Let what was learnt count from the next request on."""
        limit = self.bears()
        self.room = 0 if self.suspended else limit.room
        self.era = limit.era
        if limit.paced or self.pace is not None:
            self.pace = self.pace or Pace(None)
            self.pace.slowest = limit.interval
        self.wake = ALWAYS if self.breaker is not None else limit.wake

    def retries(self) -> Budget:
        """Give what it may be asked again."""
        if self.budget is None:
            self.budget = Budget(HOST_FLOOR)
        return self.budget


class Hosts(dict[str, Host[W]]):
    """Hosts by name. One that isn't among them begins, by its terms, when it is looked for."""

    def __init__(self, terms: TermsOfHosts) -> None:
        super().__init__()
        self._terms = terms

    def __missing__(self, name: str) -> Host[W]:
        """Make the host."""
        host = self[name] = Host(name, self._terms(name))
        return host
