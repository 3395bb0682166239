"""One attempt to look at an image: the first range, then whatever the sniffer needs, within caps.

Redirects are never followed; that is a layer that isn't there.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from functools import cached_property, lru_cache
from hashlib import sha256
from typing import TypeAlias

from auditor.addresses import is_private, literal_address
from auditor.errors import AuditorError
from auditor.model import Answered, Body, Cause, Doubt, ImageInfo, Kind, NotAnImage, Probe, Revalidation, Unreached
from auditor.probe.answer import answered, codings_of, facts_of, usual_facts
from auditor.probe.causes import unreached
from auditor.probe.client import Client, Reply, Stream, Traffic
from auditor.probe.decode import Decoded
from auditor.probe.faults import BrokenOffError, TooMuchError
from auditor.probe.headers import UNCONDITIONAL, Headers, conditions
from auditor.probe.surplus import StrayError
from auditor.settings import ProbeSettings
from auditor.sniff import Held, Need, give_up, sniff, sniff_end
from auditor.urls import Target, parse, target

INVALID = Unreached(Cause.PROTOCOL_ERROR, "InvalidURL")  # checks see to it that no such URL is looked at
ORIGINS = 1024  # remembered: a feed may name a new host in every row
MARGIN = 64 * 1024  # bytes by which a compressed image may be larger than it is
EXACT_ROUNDS = 8  # of reading just what the sniffer asked for, in an answer that ignores Range; then ever more at once
DRAIN_SECONDS = 1.0  # for the rest of an answer that is known: only whether the connection is kept depends on it


# What a look does once it is clear that a URL may be asked. Raises what a client raises.
Attempt: TypeAlias = "Callable[[Look, Target], Awaitable[Probe]]"


class Look:
    """The probe: `await look(url)` makes one attempt. Trouble is returned, never raised."""

    def __init__(self, client: Client, settings: ProbeSettings) -> None:
        self.client = client
        self.settings = settings
        self.first = Need(0, settings.first_range)  # what is asked for first
        self.attempt: Attempt | None = None  # what is done in place of looking at the first bytes
        self._refusal = lru_cache(ORIGINS)(self._refuse)

    @property
    def traffic(self) -> Traffic:
        """What it has cost so far."""
        return self.client.traffic

    @cached_property
    def clock(self) -> Callable[[], float]:
        """The loop's clock. Asking for the loop is a call to the system, a twelfth of a look's cost: once will do."""
        return asyncio.get_running_loop().time

    async def __call__(self, question: str | Revalidation) -> Probe:
        """Look at one URL, absolute and http(s), as the seller wrote it: nothing in it is normalised.

        Only its first bytes are ever asked for conditionally.
        """
        if isinstance(question, str):
            url, unless = question, UNCONDITIONAL
        else:
            url, unless = question.url, conditions(question)
        asked = target(url)
        refusal = self._refusal(asked.origin)
        if refusal is not None:
            return refusal
        if not url.isascii() or not url.isprintable() or " " in url:
            return INVALID
        try:
            if self.attempt is not None:
                return await self.attempt(self, asked)
            return await _Attempt(self, asked, unless).run()
        except AuditorError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a server makes a library raise is a fact about that URL
            return unreached(error)

    def _refuse(self, origin: str) -> Unreached | None:
        """Say why nothing of this origin is asked for, if so."""
        link = parse(origin)
        if link is None or link.scheme not in ("http", "https"):
            return INVALID
        address = None if self.settings.allow_private else literal_address(link.host)
        return Unreached(Cause.PRIVATE_ADDRESS, address) if address is not None and is_private(address) else None


_Step: TypeAlias = Probe | Need | None  # the answer, or what to ask next: None for everything


class _Attempt:
    """What one attempt holds: the bytes so far, the facts of the first answer, what may still be read.

    The bytes are there from the first answer on, which most often brings all of them.
    """

    __slots__ = ("_budget", "_conditions", "_facts", "_held", "_look", "_settings", "_target", "_unless")

    _held: Held

    def __init__(self, look: Look, target: Target, unless: Headers) -> None:
        self._look = look
        self._settings = settings = look.settings
        self._target = target
        self._conditions = self._unless = unless
        self._facts: Answered | None = None
        self._budget = settings.image_bytes

    async def run(self) -> Probe:
        """Ask for the first range, then for what the sniffer needs, on the same connection where the host allows."""
        look, settings = self._look, self._settings
        ask: Need | None = look.first
        # One time limit for all hops together: what the next one gets is what the ones before left.
        deadline = look.clock() + settings.timeout
        hops, new = settings.hops, False
        while hops:
            try:
                reply = await look.client.ask(self._target, ask, deadline, unless=self._unless, new=new)
                with reply:
                    step = self._read_at_once(reply, ask) or await self._read(reply, ask)
            except BrokenOffError as error:
                if not error.reused:
                    raise
                # The connection may have been about to be closed, which says nothing. Once more: from now on this look
                # takes new ones only.
                new = True
            except StrayError:
                # What was answered may be another's, whatever it says.
                ask, new = look.first, True
                self._facts, self._unless = None, self._conditions
            else:
                if step is not None and not isinstance(step, Need):
                    return step
                ask, self._unless = step, UNCONDITIONAL  # it is another file, or the host takes no conditions
                hops -= 1
        return self._give_up(Doubt.TOO_MANY_HOPS)

    def _read_at_once(self, reply: Reply, ask: Need | None) -> Answered | Need | None:
        """The answer, or what to ask next, where the reply is the usual one and all of it is there; else None."""
        if ask is None or reply.ready != ask.length:
            return None
        facts = usual_facts(reply, ask)
        if facts is None:
            return None
        data = reply.at_once()
        if self._facts is None:
            self._facts, self._held = facts, Held(data)
        elif self._is_of_the_same(facts):
            self._held.add(ask.offset, data)
        else:
            return self._give_up(Doubt.CHANGED)
        self._budget -= len(data)
        return self._judge(facts.content_length)

    async def _read(self, reply: Reply, ask: Need | None) -> _Step:
        """The answer, or what to ask next; None asks once more without Range."""
        if self._facts is None:
            self._held = Held()
        try:
            return await self._understand(reply, ask)
        except TooMuchError:
            if not self._held.prefix:
                raise
            return self._give_up(Doubt.TOO_MANY_BYTES)

    async def _understand(self, reply: Reply, ask: Need | None) -> _Step:
        facts, span = facts_of(reply)
        if facts.status == 206:
            if ask is None:
                return Unreached(Cause.PROTOCOL_ERROR, "206 to a request without Range")
            if span is None or span.first != ask.offset:
                return None  # this host's ranges can't be trusted; its whole answer can
            if codings_of(reply):
                return None  # its offsets count compressed bytes
            return await self._read_part(reply, facts, ask)
        if facts.status == 200:
            return await self._read_whole(reply, facts, codings_of(reply))
        await self._drain(reply)
        return self._out_of_range(facts, ask) if facts.status == 416 and ask else facts

    def _out_of_range(self, facts: Answered, ask: Need) -> Answered | None:
        """A 416: the file is empty, is another one since the first range, or the host can't do ranges."""
        if ask.offset:
            assert self._facts is not None  # noqa: S101  # a first range was read
            totals = {facts.content_length, self._facts.content_length} - {None}
            return self._give_up(Doubt.CHANGED) if len(totals) == 2 else None
        return facts._replace(body=NotAnImage(Kind.EMPTY)) if facts.content_length == 0 else None

    async def _read_part(self, reply: Reply, facts: Answered, ask: Need) -> Answered | Need | None:
        if not self._is_of_the_same(facts):
            return self._give_up(Doubt.CHANGED)
        end, _ = await self._fill(reply, ask.offset, ask.offset + ask.length)
        if end == ask.offset:
            # Nothing came: at the beginning an empty file, else a host whose ranges can't be trusted.
            return None if end else self._answer(NotAnImage(Kind.EMPTY))
        total = facts.content_length
        if total is None and end < ask.offset + ask.length and sniff(self._held, end) != sniff(self._held, None):
            return None  # a host may send less than was asked, and whether that was the end decides here
        return self._judge(total)

    def _is_of_the_same(self, facts: Answered) -> bool:
        """Whether an answer is about the file that the first one was about. Remembers the first."""
        first = self._facts
        if first is None:
            self._facts = facts
            return True
        return facts.etag == first.etag and facts.content_length == first.content_length

    def _judge(self, total: int | None) -> Answered | Need:
        """What the bytes held show, or which to ask for next."""
        body = sniff(self._held, total)
        if self._settings.check_tail:
            body = self._with_its_end(body, total)
        if not isinstance(body, Need):
            return self._answer(body)
        length = min(max(body.length, self._settings.first_range), self._budget)
        if total is not None:
            length = min(length, total - body.offset)
        return Need(body.offset, length) if length > 0 else self._give_up(Doubt.TOO_MANY_BYTES)

    async def _read_whole(self, reply: Reply, facts: Answered, codings: Sequence[str]) -> Answered:
        """Feed the sniffer from the stream of a host that ignores Range, and leave as soon as the answer is known."""
        self._held, self._facts = Held(), facts
        stream = Decoded(reply, codings, self._settings.image_bytes + MARGIN) if codings else reply
        total, end, ended = facts.content_length, 0, False
        want = self._settings.first_range
        rounds = 0
        while True:
            end, ended = await self._fill(stream, end, want)
            body = self._with_its_end(sniff(self._held, end if ended else total), end if ended else total)
            if not isinstance(body, Need):
                break
            if ended or body.offset - end >= self._budget:
                return self._give_up(Doubt.TOO_MANY_BYTES)
            want = min(body.offset + body.length, end + self._budget)
            rounds += 1
            if rounds > EXACT_ROUNDS:
                # Each round looks at everything from the beginning: ever little more would take quadratic time.
                want = max(want, min(end + end // 2, end + self._budget))
        if not ended and not codings:
            await self._drain(reply, already=end)
        return self._answer(body)

    def _with_its_end(self, body: Body | Need, total: int | None) -> Body | Need:
        """What was found, once its end is looked at, too, where that is wanted and the length is known."""
        if not self._settings.check_tail or total is None or not isinstance(body, ImageInfo):
            return body
        return sniff_end(self._held, total, body)

    async def _fill(self, stream: Stream, start: int, end: int) -> tuple[int, bool]:
        """Read from `start` to `end`; returns how far it came, and whether the body ended there."""
        while start < end:
            piece = await stream.read()
            if not piece:
                return start, True
            start = self._hold(start, piece)
        return start, stream.ended

    def _hold(self, start: int, piece: bytes) -> int:
        """Take bytes that stand at `start`; returns where they end."""
        self._held.add(start, piece)
        self._budget -= len(piece)
        return start + len(piece)

    async def _drain(self, reply: Reply, already: int = 0) -> None:
        """Read a small rest to its end, so that the connection is kept; a long one costs more than a new connection.

        Whatever happens meanwhile, the answer is known.
        """
        if reply.ended:
            return
        length = reply.length
        if length is None or length - already > self._settings.drain:
            reply.drop()
            return
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while await reply.read():
                    pass
        except Exception:  # noqa: BLE001  # whatever ends it, what is kept is the answer
            reply.drop()

    def _answer(self, body: Body) -> Answered:
        facts = self._facts
        assert facts is not None  # noqa: S101  # every way here has read an answer's headers
        first = self._held.prefix[: self._settings.first_range]
        digest = sha256(first).hexdigest() if first else None
        return answered((*facts[:6], digest, body, facts[8]))  # a quarter of the time of _replace()

    def _give_up(self, doubt: Doubt) -> Answered:
        return self._answer(give_up(self._held, doubt))
