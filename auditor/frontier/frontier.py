"""The frontier itself: what waits, what is in flight, what is asked again, what was answered lately."""

import heapq
from collections import OrderedDict, deque
from typing import Generic, TypeVar

from auditor.frontier.host import Entry, Host
from auditor.frontier.retry import RetryRule
from auditor.frontier.sign import is_shortage
from auditor.model import Ask, Probe
from auditor.settings import FrontierSettings

W = TypeVar("W")

SHORTAGE_WAIT = 1.0  # seconds until a URL that this machine had no means to ask is tried again
SHORTAGE_WAITS = 300  # times: by then nothing of this run holds on to anything


class Frontier(Generic[W]):
    """Which URL is asked next: first come first served per host, hosts in turn, each within its budget.

    A URL asked in another manner is another URL to it, of the same host and within the same budget. A waiter is
    whatever the caller wants back when the URL's answer is final. Memory is bounded by the URLs of the
    window, their hosts, and `recent` answers.
    """

    def __init__(self, settings: FrontierSettings, rule: RetryRule) -> None:
        self._settings = settings
        self._rule = rule
        self._entries: dict[Ask, Entry[W]] = {}
        self._hosts: dict[str, Host[W]] = {}
        self._ready: deque[Host[W]] = deque()
        self._later: list[tuple[float, int, Entry[W]]] = []
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
            queue = self._hosts[host] = Host(host)
        entry = self._entries[url] = Entry(url, queue, waiter)
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
        """Note an attempt's outcome. Returns the waiters if it is final, nothing if the URL will be asked again."""
        entry = self._entries[url]
        host = entry.host
        host.in_flight -= 1
        wait = None if self._closing else self._wait(entry, probe)
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

    def _wait(self, entry: Entry[W], probe: Probe) -> float | None:
        """Seconds until the URL is asked again; None if this was its answer. Our own shortage is no attempt of its."""
        if is_shortage(probe) and entry.waits < SHORTAGE_WAITS:
            entry.waits += 1
            return SHORTAGE_WAIT
        entry.attempts += 1
        return self._rule(probe, entry.attempts)

    def _line_up(self, host: Host[W]) -> None:
        if not host.ready and host.waiting and host.in_flight < self._settings.per_host:
            host.ready = True
            self._ready.append(host)

    def _remember(self, url: Ask, probe: Probe) -> None:
        if self._settings.recent:
            self._recent[url] = probe
            if len(self._recent) > self._settings.recent:
                self._recent.popitem(last=False)
