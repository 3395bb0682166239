"""A look that remembers: what is known is taken for an answer, or asked for only if it has changed."""

from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, Self

from auditor.model import Answered, Ask, NotAnImage, Probe, Revalidation
from auditor.state.due import is_due
from auditor.state.facts import Fact, Facts, open_facts
from auditor.urls import redact, target
from auditor.validators import is_date, is_etag, moment, same_etag

REFRESH = 7 * 86_400  # seconds: what was seen is noted at most so often, or nothing could be written as often as read
FULL_LOOK = 90 * 86_400  # seconds: by then bytes are looked at again, whatever their host says of them
HOSTS = 10_000  # remembered, whether their "not modified" can be believed
# Seconds: a file written so shortly before it was looked at may have been written again since, under the same date.
# RFC 9110 section 8.8.2.2 has it so.
SETTLED = 60
# Validators that no file has. A host that says "not modified" to these says so to everything.
MADE_UP = ('"0-auditor-0"', "Thu, 01 Jan 1970 00:00:00 GMT")
_SEEN = frozenset({200, 206})  # only what is answered so can be answered by "not modified" the next time
# Answers that may be about the condition, and not about the image: such a question is put once more without one.
_CONFUSED = frozenset({400, 412, 501})
# Answers that are no momentary trouble: 5xx and 429 say nothing of the image, and what was known of it stays.
_TOO_MANY, _SERVER_ERROR, _NOT_MODIFIED = 429, 500, 304


class Memory(NamedTuple):
    """How to remember. `passes` says whether an answer for a URL is without fault; `max_age` is in seconds.

    `manner` stands for what else shapes an answer: see `facts.key_of`.
    """

    passes: Callable[[str, Answered], bool]
    now: float
    max_age: float | None = None
    manner: str = ""


class Forecast(NamedTuple):
    """How a run would come by the answers of URLs.

    It would recall some, ask of others only whether they have changed, and look at the rest.
    """

    recalled: int = 0
    conditional: int = 0
    looked: int = 0

    def __add__(self, other: Self) -> Self:  # type: ignore[override]  # counts add up, unlike other tuples
        """Count both."""
        return type(self)(*(ours + theirs for ours, theirs in zip(self, other, strict=True)))


class Recall:
    """Looks at URLs with a memory; the call is the probe's own. Further looks go through as they are.

    Whether "not modified" can be believed is found out once per host, with made-up validators: the answer to them is a
    look like any other, so this costs no request more.
    """

    def __init__(self, look: Callable[[Any], Awaitable[Probe]], facts: Facts, memory: Memory) -> None:
        self._look = look
        self._facts = facts
        self._memory = memory
        # By host, and by whether tags or dates were asked about; None while the made-up question is under way.
        self._honest: OrderedDict[tuple[str, bool], bool | None] = OrderedDict()
        self.recalled = 0  # URLs that weren't asked; one that stands in many rows may count more than once
        self.unchanged = 0  # URLs whose host said so

    @property
    def cost(self) -> dict[str, Any]:
        """What was spared, as summary.json shows it."""
        return {"memory": {"recalled": self.recalled, "unchanged": self.unchanged}}

    async def known(self, urls: Iterable[str]) -> dict[str, Probe]:
        """Give the answers of URLs that needn't be asked: young and without fault. Raises `StateError`."""
        if self._memory.max_age is None:
            self._facts.expect(urls)
            return {}
        found = await self._facts.find_all(urls)
        known: dict[str, Probe] = {
            url: fact.probe for url, (key, fact) in found.items() if fact and self._is_fresh(url, key, fact)
        }
        self._facts.expect(url for url in found if url not in known)
        self.recalled += len(known)
        return known

    async def forecast(self, urls: Sequence[str]) -> Forecast:
        """Say how these URLs would be asked for now; one that stands there twice counts twice. Raises `StateError`."""
        found = await self._facts.find_all(urls)
        counts = [0, 0, 0]
        for url in urls:
            key, fact = found[url]
            if fact is None:
                counts[2] += 1
            elif self._memory.max_age is not None and self._is_fresh(url, key, fact):
                counts[0] += 1
            else:
                counts[1 if self._question(url, key, fact) else 2] += 1
        return Forecast(*counts)

    async def __call__(self, ask: Ask) -> Probe:
        """Look at one URL, for whatever may have changed of it. Raises `StateError`, and what the look raises."""
        if not isinstance(ask, str):
            return await self._look(ask)
        key, fact = await self._facts.find(ask)
        question = None if fact is None else self._question(ask, key, fact)
        if fact is None or question is None:
            return await self._note(key, fact, await self._look(ask))
        host = target(ask).origin
        kind = (host, question.etag is not None)
        if kind not in self._honest:
            return await self._try_host(kind, ask, key, fact)
        if self._honest[kind]:
            return await self._revalidate(question, key, fact)
        return await self._note(key, fact, await self._look(ask))

    async def flush(self) -> None:
        """Write down what was learnt. Raises `StateError`."""
        await self._facts.flush()

    def _is_fresh(self, url: str, key: bytes, fact: Fact) -> bool:
        if is_due(key, fact.confirmed, self._memory.now, self._memory.max_age or 0.0):
            return False
        return self._memory.passes(url, fact.probe)

    def _question(self, url: str, key: bytes, fact: Fact) -> Revalidation | None:
        """What to ask of a URL that is known; None where only a look will do."""
        probe = fact.probe
        if probe.status not in _SEEN or is_due(key, fact.fetched, self._memory.now, FULL_LOOK):
            return None
        # Not both: hosts there are that heed the date although they needn't, and a new file may have an old one.
        if is_etag(probe.etag):
            return Revalidation(url, probe.etag, None)
        if probe.last_modified is None or not is_date(probe.last_modified):
            return None
        written = moment(probe.last_modified)
        return Revalidation(url, None, probe.last_modified) if written and written + SETTLED < fact.fetched else None

    async def _revalidate(self, question: Revalidation, key: bytes, fact: Fact) -> Probe:
        """Ask whether it has changed; what hasn't is as it was."""
        probe = await self._look(question)
        if isinstance(probe, Answered):
            if probe.status == _NOT_MODIFIED and _is_of_the_same(probe, question):
                self.unchanged += 1
                if self._is_worth_noting(key, fact.confirmed):
                    await self._facts.keep(key, fact._replace(confirmed=int(self._memory.now)))
                return fact.probe
            if probe.status == _NOT_MODIFIED or probe.status in _CONFUSED:
                probe = await self._look(question.url)
        return await self._note(key, fact, probe)

    def _is_worth_noting(self, key: bytes, when: int) -> bool:
        """Whether it is long enough ago that something was last noted of a URL that is as it was."""
        return is_due(key, when, self._memory.now, self._memory.max_age or REFRESH)

    async def _try_host(self, kind: tuple[str, bool], url: str, key: bytes, fact: Fact) -> Probe:
        """Ask with a validator that nothing has: a host that takes it for right isn't believed again.

        What a host makes of dates says nothing of what it makes of tags.
        """
        self._honest[kind] = None
        if len(self._honest) > HOSTS:
            self._honest.popitem(last=False)
        tag, date = MADE_UP
        probe = await self._look(Revalidation(url, tag, None) if kind[1] else Revalidation(url, None, date))
        status = probe.status if isinstance(probe, Answered) else None
        if status == _NOT_MODIFIED or status in _CONFUSED:
            self._honest[kind] = False
            probe = await self._look(url)
        elif status in _SEEN:
            self._honest[kind] = True
        else:
            self._honest.pop(kind, None)  # nothing learnt
        return await self._note(key, fact, probe)

    async def _note(self, key: bytes, fact: Fact | None, probe: Probe) -> Probe:
        """Keep what was found out, if it is about the image and not about the moment."""
        if isinstance(probe, Answered) and probe.status != _TOO_MANY and probe.status < _SERVER_ERROR:
            known = probe._replace(retry_after=None) if probe.retry_after is not None else probe
            if known.location:
                known = known._replace(location=redact(known.location))  # where a redirect leads to may open doors
            if fact is None or known != fact.probe or self._is_worth_noting(key, fact.fetched):
                now = int(self._memory.now)
                same = fact is not None and _content(fact.probe) == _content(known)
                if not await self._facts.keep(key, Fact(known, now, now, fact.changed if fact and same else now)):
                    await self._doubt(key, fact)
        else:
            await self._doubt(key, fact)
        return probe

    async def _doubt(self, key: bytes, fact: Fact | None) -> None:
        """Let what was known be asked for in any case, however young it is: its URL was answered otherwise since."""
        if fact is not None and fact.confirmed:
            await self._facts.keep(key, fact._replace(confirmed=0))


@asynccontextmanager
async def open_recall(
    path: Path, look: Callable[[Any], Awaitable[Probe]], memory: Memory, *, write: bool = True
) -> AsyncIterator[Recall]:
    """Open a state file for looks; if not to `write`, for forecasts only.

    Raises `StateError`; at the end, too, for what wasn't flushed before.
    """
    facts = open_facts(path, memory.manner, write=write)
    try:
        yield Recall(look, facts, memory)
    finally:
        await facts.aclose()


def _is_of_the_same(probe: Answered, asked: Revalidation) -> bool:
    """Whether a "not modified" is about the file that was asked about, as far as it says."""
    if asked.etag is not None:
        return probe.etag is None or same_etag(probe.etag, asked.etag)
    return probe.last_modified in (None, asked.last_modified)


def _content(probe: Answered) -> tuple[object, ...]:
    """What makes two answers the same picture, whatever their validators say."""
    body = probe.body if isinstance(probe.body, NotAnImage) else None
    return (probe.status, probe.location, probe.digest, probe.content_length, body)
