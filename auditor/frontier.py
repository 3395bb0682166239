"""The URL frontier: the window, per-host queues and budgets, due times and the retry rule.

It knows nothing of images, sockets or clocks: whoever calls says what time it is. Named after the part of a crawler
that decides what is fetched next (Heydon and Najork, "Mercator", 1999).
"""

import heapq
from collections import OrderedDict, deque
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from typing import Generic, TypeVar

from auditor.model import Answered, Ask, Cause, Probe, TlsFault, Unreached
from auditor.settings import FrontierSettings

W = TypeVar("W")

RETRIED_CAUSES = frozenset(
    {Cause.TIMEOUT, Cause.CONNECTION_LOST, Cause.DNS_TEMPORARY, Cause.PROXY_UNREACHABLE, Cause.PROXY_REFUSED}
)
SHORTAGE_WAIT = 1.0  # seconds until a URL that this machine had no means to ask is tried again
SHORTAGE_WAITS = 300  # times: by then nothing of this run holds on to anything


class Window:
    """How many rows are read but not yet reported. Tickets are numbers from 0, in feed order."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.opened = 0
        self.closed = 0

    @property
    def room(self) -> int:
        """How many more rows may be read."""
        return self.size - (self.opened - self.closed)

    def open(self) -> int:
        """Let one row in and give it its ticket."""
        ticket = self.opened
        self.opened += 1
        return ticket

    def close(self, count: int) -> None:
        """Note that the oldest `count` rows are reported."""
        self.closed += count


class _Entry(Generic[W]):
    """One URL that waits or is in flight, and who wants to know of it."""

    __slots__ = ("attempts", "host", "url", "waiters", "waits")

    def __init__(self, url: Ask, host: "_Host[W]", waiter: W) -> None:
        self.url = url
        self.host = host
        self.waiters = [waiter]
        self.attempts = 0
        self.waits = 0


class _Host(Generic[W]):
    """One host's FIFO and how many of its URLs are in flight. `ready` says that it stands in the queue of hosts."""

    __slots__ = ("in_flight", "later", "name", "ready", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.waiting: deque[_Entry[W]] = deque()
        self.in_flight = 0
        self.later = 0
        self.ready = False


def is_transient(probe: Probe) -> bool:
    """Whether the same request may fare better a little later."""
    if isinstance(probe, Answered):
        status = probe.status
        return status in (408, 429) or 500 <= status < 600
    return probe.cause in RETRIED_CAUSES or probe.tls is TlsFault.BROKEN_OFF


def is_shortage(probe: Probe) -> bool:
    """Whether this machine had no means to ask, so that nothing is known of the host."""
    return isinstance(probe, Unreached) and probe.cause is Cause.SHORTAGE


def retry_after_seconds(value: str, now: float) -> float | None:
    """Read Retry-After, in seconds or as an HTTP date; `now` is in seconds since the epoch. None if it is neither."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - now)
    except (ValueError, OverflowError, TypeError):
        return None


class RetryRule:
    """Whether and when a URL is asked again.

    Exponential backoff with full jitter ("Exponential Backoff And Jitter", AWS Architecture Blog, 2015), or what
    Retry-After says (RFC 9110 section 10.2.3), within its cap. `wall` gives seconds since the epoch; `uniform` is
    `random.uniform` or its double.
    """

    def __init__(
        self, settings: FrontierSettings, wall: Callable[[], float], uniform: Callable[[float, float], float]
    ) -> None:
        self._settings = settings
        self._wall = wall
        self._uniform = uniform

    def __call__(self, probe: Probe, attempts: int) -> float | None:
        """Seconds until this URL is asked again after so many attempts, or None when its answer is final."""
        if not is_transient(probe) or attempts > self._settings.retries:
            return None
        if isinstance(probe, Answered) and probe.retry_after is not None:
            asked = retry_after_seconds(probe.retry_after, self._wall())
            if asked is not None:
                return min(asked, self._settings.retry_after_cap)
        return self._uniform(0.0, min(self._settings.backoff_cap, self._settings.backoff * 2.0 ** (attempts - 1)))


class Frontier(Generic[W]):
    """Which URL is asked next: first come first served per host, hosts in turn, each within its budget.

    A URL asked in another manner is another URL to it, of the same host and within the same budget. A waiter is
    whatever the caller wants back when the URL's answer is final. Memory is bounded by the URLs of the
    window, their hosts, and `recent` answers.
    """

    def __init__(self, settings: FrontierSettings, rule: RetryRule) -> None:
        self._settings = settings
        self._rule = rule
        self._entries: dict[Ask, _Entry[W]] = {}
        self._hosts: dict[str, _Host[W]] = {}
        self._ready: deque[_Host[W]] = deque()
        self._later: list[tuple[float, int, _Entry[W]]] = []
        self._order = 0
        self._closing = False
        self._recent: OrderedDict[Ask, Probe] = OrderedDict()
        self.settled = 0

    @property
    def empty(self) -> bool:
        """Whether no URL waits, is in flight, or is to be asked again."""
        return not self._entries

    @property
    def ready(self) -> bool:
        """Whether some host has both a waiting URL and room."""
        return bool(self._ready)

    @property
    def next_due(self) -> float | None:
        """When the next URL that is to be asked again falls due."""
        return self._later[0][0] if self._later else None

    def admit(self, url: Ask, host: str, waiter: W) -> Probe | None:
        """Queue a URL, or attach to it if it is waiting or in flight; return its answer if that is known.

        Once all was abandoned, nothing more is queued.
        """
        known = self._recent.get(url)
        if known is not None:
            self._recent.move_to_end(url)
            return known
        entry = self._entries.get(url)
        if entry is not None:
            entry.waiters.append(waiter)
            return None
        if self._closing:
            return None
        queue = self._hosts.get(host)
        if queue is None:
            queue = self._hosts[host] = _Host(host)
        entry = self._entries[url] = _Entry(url, queue, waiter)
        queue.waiting.append(entry)
        if not queue.ready and queue.in_flight < self._settings.per_host:
            queue.ready = True
            self._ready.append(queue)
        return None

    def take(self, now: float) -> Ask | None:
        """The next URL to ask, or None when no host has both a waiting URL and room."""
        while self._later and self._later[0][0] <= now:
            entry = heapq.heappop(self._later)[2]
            entry.host.later -= 1
            # It has waited longest of all: it goes first.
            entry.host.waiting.appendleft(entry)
            self._line_up(entry.host)
        if not self._ready:
            return None
        host = self._ready.popleft()
        entry = host.waiting.popleft()
        host.in_flight += 1
        host.ready = False
        self._line_up(host)
        return entry.url

    def settle(self, url: Ask, probe: Probe, now: float) -> list[W]:
        """Note an attempt's outcome. Returns the waiters if it is final, nothing if the URL is to be asked again.

        Once all was abandoned, what is to be asked again has no answer in this run: another one may go on with it.
        """
        entry = self._entries[url]
        host = entry.host
        host.in_flight -= 1
        wait = self._wait(entry, probe)
        if wait is not None and self._closing:
            del self._entries[url]
            return []
        if wait is not None:
            self._order += 1
            heapq.heappush(self._later, (now + wait, self._order, entry))
            host.later += 1
            self._line_up(host)
            return []
        del self._entries[url]
        self._remember(url, probe)
        self.settled += isinstance(url, str)
        if host.waiting:
            self._line_up(host)
        elif not host.in_flight and not host.later:
            del self._hosts[host.name]
        return entry.waiters

    def abandon(self) -> None:
        """Forget what waits and what is to be asked again; only what is in flight remains, and is final."""
        self._closing = True
        waiting = [entry for host in self._hosts.values() for entry in host.waiting]
        for entry in (*waiting, *(entry for _, _, entry in self._later)):
            del self._entries[entry.url]
        for host in self._hosts.values():
            host.waiting.clear()
            host.later = 0
        self._later.clear()
        self._ready.clear()

    def _wait(self, entry: _Entry[W], probe: Probe) -> float | None:
        """Seconds until the URL is asked again; None if this was its answer. Our own shortage is no attempt of its."""
        if is_shortage(probe) and entry.waits < SHORTAGE_WAITS:
            entry.waits += 1
            return SHORTAGE_WAIT
        entry.attempts += 1
        return self._rule(probe, entry.attempts)

    def _line_up(self, host: _Host[W]) -> None:
        if not host.ready and host.waiting and host.in_flight < self._settings.per_host:
            host.ready = True
            self._ready.append(host)

    def _remember(self, url: Ask, probe: Probe) -> None:
        if self._settings.recent:
            self._recent[url] = probe
            if len(self._recent) > self._settings.recent:
                self._recent.popitem(last=False)
