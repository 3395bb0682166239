"""A look that remembers: what is known is taken for an answer, or asked for only if it has changed."""

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from auditor.model import Answered, Ask, NotAnImage, Probe, Revalidation
from auditor.state.due import is_due
from auditor.state.facts import Fact, Facts, key_of
from auditor.urls import target

REFRESH = 7 * 86_400  # seconds: what was seen is noted at most so often, or nothing could be written as often as read
FULL_LOOK = 30 * 86_400  # seconds: by then bytes are looked at again, whatever their host says of them
HOSTS = 10_000  # remembered, whether their "not modified" can be believed
# Validators that no file has. A host that says "not modified" to these says so to everything.
MADE_UP = ('"0-auditor-0"', "Thu, 01 Jan 1970 00:00:00 GMT")
# Answers that are no momentary trouble: 5xx and 429 say nothing of the image, and what was known of it stays.
_TOO_MANY, _SERVER_ERROR, _NOT_MODIFIED = 429, 500, 304


class Memory(NamedTuple):
    """How to remember. `passes` says whether an answer for a URL is without fault; `max_age` is in seconds."""

    passes: Callable[[str, Answered], bool]
    now: float
    max_age: float | None = None
    manner: str = ""


class Recall:
    """Looks at URLs with a memory; the call is the probe's own. Further looks go through as they are.

    Whether "not modified" can be believed is found out once per host, with made-up validators: the answer to them is a
    look like any other, so this costs no request more.
    """

    def __init__(self, look: Callable[[Any], Awaitable[Probe]], facts: Facts, memory: Memory) -> None:
        self._look = look
        self._facts = facts
        self._memory = memory
        self._honest: OrderedDict[str, bool | None] = OrderedDict()  # None while the made-up question is under way
        self.recalled = 0  # URLs not asked
        self.unchanged = 0  # URLs whose host said so

    async def __call__(self, ask: Ask) -> Probe:
        """Look at one URL, or recall what is known of it. Raises `StateError`, and what the look raises."""
        if not isinstance(ask, str):
            return await self._look(ask)
        key = key_of(ask, self._memory.manner)
        fact = await self._facts.find(key)
        if fact is None:
            return await self._note(key, None, await self._look(ask))
        if self._is_fresh(ask, key, fact):
            self.recalled += 1
            return fact.probe
        return await self._ask_again(ask, key, fact)

    def _is_fresh(self, url: str, key: bytes, fact: Fact) -> bool:
        max_age = self._memory.max_age
        if max_age is None or is_due(key, fact.confirmed, self._memory.now, max_age):
            return False
        return self._memory.passes(url, fact.probe)

    async def _ask_again(self, url: str, key: bytes, fact: Fact) -> Probe:
        probe = fact.probe
        if not (probe.etag or probe.last_modified) or is_due(key, fact.fetched, self._memory.now, FULL_LOOK):
            return await self._note(key, fact, await self._look(url))
        host = target(url).origin
        if self._honest.get(host):
            return await self._revalidate(url, key, fact)
        if host not in self._honest:
            return await self._try_host(host, url, key, fact)
        return await self._note(key, fact, await self._look(url))

    async def _revalidate(self, url: str, key: bytes, fact: Fact) -> Probe:
        """Ask whether it has changed; what hasn't is as it was."""
        known = fact.probe
        modified = None if known.etag else known.last_modified
        probe = await self._look(Revalidation(url, known.etag, modified))
        if not isinstance(probe, Answered) or probe.status != _NOT_MODIFIED:
            return await self._note(key, fact, probe)
        if probe.etag not in (None, known.etag):
            return await self._note(key, fact, await self._look(url))  # it speaks of something else
        self.unchanged += 1
        if self._is_worth_noting(key, fact.confirmed):
            await self._facts.keep(key, fact._replace(confirmed=int(self._memory.now)))
        return known

    def _is_worth_noting(self, key: bytes, when: int) -> bool:
        """Whether it is long enough ago that something was last noted of a URL that is as it was."""
        return is_due(key, when, self._memory.now, self._memory.max_age or REFRESH)

    async def _try_host(self, host: str, url: str, key: bytes, fact: Fact) -> Probe:
        """Ask with validators that nothing has: a host that takes them for right isn't believed again."""
        self._honest[host] = None
        if len(self._honest) > HOSTS:
            self._honest.popitem(last=False)
        probe = await self._look(Revalidation(url, *MADE_UP))
        if not isinstance(probe, Answered):
            self._honest.pop(host, None)  # nothing learnt
        elif probe.status == _NOT_MODIFIED:
            self._honest[host] = False
            probe = await self._look(url)
        else:
            self._honest[host] = True
        return await self._note(key, fact, probe)

    async def _note(self, key: bytes, fact: Fact | None, probe: Probe) -> Probe:
        """Keep what was found out, if it is about the image and not about the moment."""
        if isinstance(probe, Answered) and probe.status != _TOO_MANY and probe.status < _SERVER_ERROR:
            known = probe._replace(retry_after=None)
            if fact is None or known != fact.probe or self._is_worth_noting(key, fact.fetched):
                now = int(self._memory.now)
                same = fact is not None and _content(fact.probe) == _content(known)
                await self._facts.keep(key, Fact(known, now, now, fact.changed if fact and same else now))
        return probe


def _content(probe: Answered) -> tuple[object, ...]:
    """What makes two answers the same picture, whatever their validators say."""
    body = probe.body if isinstance(probe.body, NotAnImage) else None
    return (probe.status, probe.location, probe.digest, probe.content_length, body)
