"""The frontier itself: what waits, what is in flight, what is asked again, what was answered lately."""

import heapq
from collections import OrderedDict, deque
from collections.abc import Callable
from functools import partial
from typing import Generic, NamedTuple, TypeVar

from auditor.frontier.breaker import Breaker
from auditor.frontier.budget import FLOOR, Budget
from auditor.frontier.host import NO_ERA, REST, Entry, Host, Hosts
from auditor.frontier.outage import Outage
from auditor.frontier.retry import RetryRule
from auditor.frontier.sign import has_no_way, is_gentle, is_mute, is_refusal, is_shortage, is_slow
from auditor.frontier.steadiness import Steadiness
from auditor.frontier.terms import TermsOfHosts
from auditor.model import Answered, Ask, Probe, Unreached
from auditor.settings import FrontierSettings

W = TypeVar("W")

SHORTAGE_WAIT = 1.0  # seconds until a URL that this machine had no means to ask is tried again
SHORTAGE_WAITS = 300  # times: by then nothing of this run holds on to anything
REMEMBERED = 10_000  # hosts without a waiting URL of which something was learnt: a feed may name a new one in every row


class Released(NamedTuple, Generic[W]):
    """Who waited for a URL, and its answer."""

    waiters: list[W]
    probe: Probe


class Frontier(Generic[W]):
    """Which URL is asked next: first come first served per host, hosts in turn, each as fast as it bears.

    A URL asked in another manner is another URL to it, of the same host and within the same budget. A waiter is
    whatever the caller wants back when the URL's answer is final. Memory is bounded by the URLs of the
    window, their hosts, `recent` answers, and 10,000 hosts more.

    A failure to get any answer is believed once somebody else has answered after it: until then it may be us who are
    cut off. What is believed or given up in this way is found in `released`, not in what `settle` gives.
    """

    def __init__(
        self, settings: FrontierSettings, rule: RetryRule, tell_outage: Callable[[], object] = lambda: None
    ) -> None:
        self._settings = settings
        self._rule = rule
        self._tell_outage = tell_outage
        self.tell_suspension: Callable[[str], object] = lambda _: None  # called with a host that isn't asked any more
        self._entries: dict[Ask, Entry[W]] = {}
        self._hosts: Hosts[W] = Hosts(TermsOfHosts(settings))
        self._resting: OrderedDict[str, Host[W]] = OrderedDict()  # of these, such as have no URL
        self._ready: deque[Host[W]] = deque()
        self._first: deque[Entry[W]] = deque()  # to be asked before all others, whatever their hosts' room
        self._later: list[tuple[float, int, Callable[[], object]]] = []
        self._order = 0
        self._closing = False
        self._left_cut_off = False  # all was abandoned during an outage
        self._recent: OrderedDict[Ask, Probe] = OrderedDict()
        self._remembered = settings.recent
        self._suspended: dict[str, Host[W]] = {}
        self._outage = Outage(settings.outage_wait)
        self._cut_off = False  # whether there is one
        self._uneasy = False  # whether there is anything that an answer from anybody throws a light upon
        self._doubted: deque[tuple[Entry[W], Unreached]] = deque()
        self._witness: Entry[W] | None = None  # who answered last
        self._witnessed: Entry[W] | None = None  # who answered before is asked once more
        self._budget = Budget(FLOOR)
        self._steadiness = Steadiness()
        self.released: list[Released[W]] = []
        self.settled = 0

    @property
    def empty(self) -> bool:
        """Whether no URL waits, is in flight, or is to be asked again."""
        return not self._entries

    @property
    def ready(self) -> bool:
        """Whether some host has both a waiting URL and room."""
        return bool(self._ready or self._first)

    def has_more(self) -> bool:
        """Whether there may be something for others to take: at once (see `ready`), or later (see `next_due`)."""
        return bool(self._ready or self._later or self._first or self._cut_off)

    @property
    def next_due(self) -> float | None:
        """When the next URL that is to be asked again falls due, or a host that is to be left alone until then."""
        if self._cut_off:
            return self._outage.ask_at
        return self._later[0][0] if self._later else None

    @property
    def stalled(self) -> bool:
        """Whether what remains is only such as waits for something else to be done: see `conclude`."""
        if not (self._doubted or self._suspended) or self._cut_off:
            return False
        waiting = sum(len(host.waiting) for host in self._suspended.values())
        return 0 < len(self._entries) == len(self._doubted) + waiting

    @property
    def steadiness(self) -> Steadiness:
        """How the run went: for summary.json."""
        return self._steadiness._replace(
            retries=self._budget.spent, outages=self._outage.count, outage_seconds=round(self._outage.seconds, 3)
        )

    def admit(self, url: Ask, host: str, waiter: W) -> Probe | None:
        """Queue a URL, or attach to it if it is waiting or in flight; return its answer if that is known.

        Once all was abandoned, nothing more is queued.
        """
        if url in self._recent:
            self._recent.move_to_end(url)
            return self._recent[url]
        if url in self._entries:
            self._entries[url].waiters.append(waiter)
            return None
        if self._closing:
            return None
        queue = self._hosts[host]
        if self._resting:
            self._resting.pop(host, None)
        entry: Entry[W] = Entry()
        entry.url, entry.host, entry.waiters = url, queue, [waiter]
        entry.asked, entry.attempts, entry.waits = REST, 0, 0
        self._entries[url] = entry
        queue.waiting.append(entry)
        if not queue.ready and queue.in_flight < queue.room:
            queue.ready = True
            self._ready.append(queue)
        return None

    def take(self, now: float) -> Ask | None:
        """The next URL to ask, or None when no host has both a waiting URL and room.

        Raises `OutageError` when an outage on our side has lasted too long.
        """
        if self._later:
            self._come_due(now)
        if self._first or self._cut_off:
            return self._take_first(now)
        ready = self._ready
        while ready:
            host = ready.popleft()
            if host.due > now:
                self._at(host.due, partial(self._ready.append, host))
                continue
            waiting = host.waiting
            if not waiting or host.in_flight >= host.room:
                host.ready = False
                continue
            entry = waiting.popleft()
            entry.asked = now
            entry.era = host.era
            host.in_flight += 1
            if host.pace is not None:
                host.due = host.pace.spend(now)
            if waiting and host.in_flight < host.room:
                ready.append(host)
            else:
                host.ready = False
            return entry.url
        return None

    def _take_first(self, now: float) -> Ask | None:
        """Take what is asked to find out something: whether a host is back, or we are."""
        outage = self._outage
        outage.check(now)
        if self._cut_off and outage.ask_at <= now:
            outage.asked(now)
            if self._doubted:
                self._first.append(self._doubted.popleft()[0])
                self._first[-1].host.later -= 1
        if not self._first:
            return None
        entry = self._first.popleft()
        entry.asked = now
        entry.era = NO_ERA  # such a request says nothing about how much the host bears
        entry.host.in_flight += 1
        return entry.url

    def settle(self, url: Ask, probe: Probe, now: float) -> list[W]:
        """Note an attempt's outcome. Returns the waiters if it is final, nothing if not, or not yet.

        Once all was abandoned, what would be asked again has no answer in this run: another one may go on with it.
        """
        entry = self._entries[url]
        host = entry.host
        if not isinstance(probe, Answered):
            host.in_flight -= 1
            return self._let_go(entry, probe) if self._closing else self._settle_unreached(entry, probe, now)
        self._outage.heard = now
        if self._uneasy:
            self._reconsider(now)
        host.in_flight -= 1
        if host.in_flight >= host.wake:
            self._learn(entry, probe, now)
        status = probe.status
        if status >= 408 and (status >= 500 or status in (408, 429)):
            return self._settle_trouble(entry, probe, now)
        self._witness = entry
        return self._finish(entry, probe)

    def _let_go(self, entry: Entry[W], probe: Probe) -> list[W]:
        """Settle a URL once all was abandoned. What fails during an outage says nothing, then as before."""
        ours = self._left_cut_off and isinstance(probe, Unreached) and is_mute(probe)
        if not ours and self._is_final(entry, probe):
            return self._finish(entry, probe)
        del self._entries[entry.url]
        return []

    def _finish(self, entry: Entry[W], probe: Probe) -> list[W]:
        """Let go of a URL whose answer is final."""
        url, host = entry.url, entry.host
        del self._entries[url]
        recent = self._recent
        recent[url] = probe
        if len(recent) > self._remembered:
            recent.popitem(last=False)
        self.settled += isinstance(url, str)
        host.done += 1
        if host.waiting:
            if not host.ready and host.in_flight < host.room:
                host.ready = True
                self._ready.append(host)
        elif not host.in_flight and not host.later:
            self._leave(host)
        return entry.waiters

    def abandon(self) -> None:
        """Forget what waits and what is to be asked again; only what is in flight remains, and is final.

        Failures that weren't believed yet are, unless it is us who are cut off, and are found in `released`: those that
        wouldn't have been asked about again.
        """
        self._closing, self._left_cut_off = True, self._cut_off
        if not self._cut_off:
            believed = [(entry, probe) for entry, probe in self._doubted if self._is_final(entry, probe)]
            self.released += [Released(entry.waiters, probe) for entry, probe in believed]
        self._entries = {url: entry for url, entry in self._entries.items() if entry.asked != REST}
        for host in self._hosts.values():
            host.waiting.clear()
            host.later = 0
        for queue in (self._later, self._ready, self._first, self._doubted):
            queue.clear()
        self._cut_off = self._uneasy = False

    # ── what isn't as it should be ────────────────────────────────────────────────────────────────────────────────

    def _settle_trouble(self, entry: Entry[W], probe: Answered, now: float) -> list[W]:
        """Judge an answer that may be a better one later."""
        host = entry.host
        if is_refusal(probe):
            self._note_enough(entry, probe, now)
            pause = self._rule.pause(probe)
            if pause is not None and now + pause > host.due:
                host.due = now + pause
                self._steadiness = self._steadiness._replace(pauses=self._steadiness.pauses + 1)
        return self._judge(entry, probe, now)

    def _settle_unreached(self, entry: Entry[W], probe: Unreached, now: float) -> list[W]:
        """Judge a failure; one that may be our own isn't believed yet."""
        host = entry.host
        if is_slow(probe):
            self._note_enough(entry, probe, now)
        if not is_mute(probe):
            return self._judge(entry, probe, now)
        self._outage.failed(host.name, now, no_way=has_no_way(probe))
        entry.asked = REST
        breaker = host.breaker
        if breaker is not None and breaker.opened and entry.era == NO_ERA and not self._cut_off:
            self._stay_suspended(host, breaker, entry, now)
        else:
            if not self._cut_off and not entry.attempts:  # the same URL again is no further sign
                self._count_failure(host, probe, now)
            self._doubted.append((entry, probe))
            self._uneasy = True
            host.later += 1
        self._line_up(host)
        self._suspect(now)
        return []

    def _judge(self, entry: Entry[W], probe: Probe, now: float) -> list[W]:
        """Ask again later, or let go."""
        if self._closing:
            return self._let_go(entry, probe)
        if not entry.waiters:  # a witness: what it says of the others is all that counts
            del self._entries[entry.url]
            return []
        wait = self._wait(entry, probe)
        if wait is None:
            return self._finish(entry, probe)
        entry.asked = REST
        entry.host.later += 1
        self._at(now + wait, partial(self._come_back, entry))
        self._line_up(entry.host)
        return []

    def _wait(self, entry: Entry[W], probe: Probe) -> float | None:
        """Seconds until the URL is asked again; None if this was its answer. Our own shortage is no attempt of its."""
        if is_shortage(probe) and entry.waits < SHORTAGE_WAITS:
            entry.waits += 1
            return SHORTAGE_WAIT
        entry.attempts += 1
        wait = self._rule(probe, entry.attempts)
        if wait is None:
            return None
        own = entry.host.retries()
        if not (own.allows(entry.host.done) and self._budget.allows(self.settled)):
            self._steadiness = self._steadiness._replace(retries_forgone=self._steadiness.retries_forgone + 1)
            return None
        own.spend()
        self._budget.spend()
        return wait

    def _is_final(self, entry: Entry[W], probe: Probe) -> bool:
        """Whether no better answer would be looked for, were there the time."""
        return not is_shortage(probe) and self._rule(probe, entry.attempts + 1) is None

    def _come_back(self, entry: Entry[W]) -> None:
        entry.host.later -= 1
        # It has waited longest of all: it goes first.
        entry.host.waiting.appendleft(entry)
        self._line_up(entry.host)

    def _learn(self, entry: Entry[W], probe: Answered, now: float) -> None:
        """Note that a host answered: it is there, and bears this much if it didn't refuse."""
        host = entry.host
        if host.breaker is not None:
            if host.breaker.opened:
                self._suspended.pop(host.name, None)
                host.limit = host.bears().anew()
            host.breaker = None
        if entry.era == host.era and not is_refusal(probe):
            host.bears().answered(now - entry.asked)
        host.adjust()

    def _note_enough(self, entry: Entry[W], probe: Probe, now: float) -> None:
        host, gentle = entry.host, is_gentle(probe)
        if gentle and entry.attempts:
            if host.bears().forgive(host.done):
                host.adjust()
            return
        limit = host.bears()
        if gentle and not limit.counts(entry.era, host.done):
            return
        if limit.enough(entry.era, now - entry.asked, refused=is_refusal(probe), done=host.done):
            self._steadiness = self._steadiness._replace(slowdowns=self._steadiness.slowdowns + 1)
            host.adjust()

    # ── hosts that don't answer ───────────────────────────────────────────────────────────────────────────────────

    def _count_failure(self, host: Host[W], probe: Unreached, now: float) -> None:
        if host.breaker is None:
            host.breaker = Breaker(self._settings.suspend_after)
        if host.breaker.failed(probe, now):
            self._suspended[host.name] = host
            self._steadiness = self._steadiness._replace(suspensions=self._steadiness.suspensions + 1)
            self._see_again(host, host.breaker)
            self.tell_suspension(host.name)
        host.adjust()

    def _see_again(self, host: Host[W], breaker: Breaker) -> None:
        self._at(breaker.due, partial(self._ask_suspended, host, breaker, breaker.due))

    def _ask_suspended(self, host: Host[W], breaker: Breaker, due: float) -> None:
        """Ask a suspended host whether it is back, with the URL that has waited longest."""
        if host.breaker is not breaker or breaker.due != due or self._hosts.get(host.name) is not host:
            return  # it is back, or was asked meanwhile, or is forgotten
        if host.waiting:
            self._first.append(host.waiting.popleft())
        else:
            breaker.due += breaker.pause
            self._see_again(host, breaker)

    def _stay_suspended(self, host: Host[W], breaker: Breaker, entry: Entry[W], now: float) -> None:
        """Note that a suspended host was asked in vain. If that was its last chance, its URLs are given up."""
        host.waiting.append(entry)  # the next time it is another URL: this one may be what it can't answer
        last = breaker.last
        breaker.stay(now)
        self._see_again(host, breaker)
        if not last:
            return
        for waiting in host.waiting:
            del self._entries[waiting.url]
            self.settled += isinstance(waiting.url, str)
            self.released.append(Released(waiting.waiters, breaker.verdict))
        host.waiting.clear()
        if not host.in_flight and not host.later:
            self._leave(host)

    def conclude(self, now: float) -> bool:
        """Decide about what remains when nothing else is left to do, now or before more rows can be read.

        Says whether there is something to take or in `released` because of that.

        Failures are believed, unless there is an outage. Then each suspended host has a last chance to answer, but
        not before it would have been asked for the first time.
        """
        if self._doubted:
            self._suspect(now, stalled=True)
            if not self._first and not self._cut_off:
                self._reconsider(now)
                return True
            return bool(self._first)
        for host in self._suspended.values():
            breaker = host.breaker
            if breaker is not None and host.waiting and not breaker.last:
                breaker.last = True
                if breaker.asked:
                    self._first.append(host.waiting.popleft())
        return bool(self._first)

    # ── an outage on our side ─────────────────────────────────────────────────────────────────────────────────────

    def _suspect(self, now: float, *, stalled: bool = False) -> None:
        """See whether it is us. Who answered before is asked once more before that is believed."""
        outage = self._outage
        if self._cut_off or not outage.suspected(now, stalled=stalled):
            return
        witness = self._witnessed
        if witness is None and self._witness is not None and self._witness.url not in self._entries:
            self._ask_witness(self._witness)
            return
        if witness is not None and (witness.asked != REST or witness in self._first):
            return  # it is being asked
        outage.begin(now)
        self._cut_off = self._uneasy = True
        self._tell_outage()

    def _ask_witness(self, answered: Entry[W]) -> None:
        """Ask a URL that was answered once more, for nobody: if it still is, it isn't us who are cut off."""
        host = self._hosts.setdefault(answered.host.name, answered.host)
        self._resting.pop(host.name, None)
        witness: Entry[W] = Entry()
        witness.url, witness.host, witness.waiters = answered.url, host, []
        witness.asked, witness.attempts, witness.waits = REST, 0, 0
        self._entries[witness.url] = self._witnessed = witness
        self._first.append(witness)
        self.settled -= isinstance(witness.url, str)  # it was counted the first time

    def _reconsider(self, now: float) -> None:
        """Somebody has answered, or nothing else can be learnt: believe the failures before, or ask all of them again.

        What failed during an outage says nothing about its host.
        """
        was_out = self._cut_off
        self._outage.end(now)
        self._cut_off = self._uneasy = False
        self._witnessed = None
        doubted, self._doubted = self._doubted, deque()
        for entry, probe in reversed(doubted) if was_out else doubted:
            entry.host.later -= 1
            if was_out:
                self._ask_anew(entry)
            elif waiters := self._judge(entry, probe, now):
                self.released.append(Released(waiters, probe))
        for host in self._hosts.values() if was_out else ():
            self._line_up(host)

    def _ask_anew(self, entry: Entry[W]) -> None:
        host = entry.host
        host.breaker = None
        self._suspended.pop(host.name, None)
        host.adjust()
        host.waiting.appendleft(entry)
        self._line_up(host)

    # ── queues ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _at(self, due: float, then: Callable[[], object]) -> None:
        self._order += 1
        heapq.heappush(self._later, (due, self._order, then))

    def _come_due(self, now: float) -> None:
        while self._later and self._later[0][0] <= now:
            heapq.heappop(self._later)[2]()

    def _line_up(self, host: Host[W]) -> None:
        if not host.ready and host.waiting and host.in_flight < host.room:
            host.ready = True
            self._ready.append(host)

    def _leave(self, host: Host[W]) -> None:
        """Let go of a host without URLs; remember it for a while if something was learnt about it."""
        if host.plain:
            self._hosts.pop(host.name, None)
            return
        self._resting[host.name] = host
        self._resting.move_to_end(host.name)
        if len(self._resting) > REMEMBERED:
            name, forgotten = self._resting.popitem(last=False)
            del self._hosts[name]
            self._suspended.pop(forgotten.name, None)
