"""One attempt to look at an image: the first range, then whatever the sniffer needs, within caps.

Redirects are never followed; that is a layer that isn't there.
"""

import asyncio
import hashlib
from dataclasses import dataclass

from aiohttp import ClientResponse, ClientSession, ClientTimeout, hdrs
from yarl import URL

from auditor.addresses import is_private, literal_address
from auditor.model import Answered, Body, Cause, Doubt, Kind, NotAnImage, Probe, Unreached
from auditor.probe.answer import facts_of
from auditor.probe.causes import unreached
from auditor.settings import ProbeSettings
from auditor.sniff import Held, Need, give_up, sniff


@dataclass(slots=True)
class Traffic:
    """What a run has cost so far: requests, and bytes of bodies."""

    requests: int = 0
    bytes: int = 0


class Look:
    """The probe: `await look(url)` makes one attempt. Trouble is returned, never raised."""

    def __init__(self, session: ClientSession, settings: ProbeSettings) -> None:
        self.traffic = Traffic()
        self.session = session
        self.settings = settings

    async def __call__(self, url: str) -> Probe:
        """Look at one URL, absolute and http(s), as the seller wrote it: nothing in it is normalised."""
        try:
            target = URL(url, encoded=True)
            if not self.settings.allow_private:
                address = literal_address(target.raw_host or "")
                if address is not None and is_private(address):
                    return Unreached(Cause.PRIVATE_ADDRESS, address)
            return await _Attempt(self, target).run()
        except Exception as error:  # noqa: BLE001  # whatever a server makes a library raise is a fact about that URL
            return unreached(error)


def timeouts(settings: ProbeSettings, total: float) -> ClientTimeout:
    """Seconds for connecting, for silence, and for all of one request, its body included."""
    return ClientTimeout(total=total, connect=settings.connect_timeout, sock_read=settings.stall_timeout)


class _Attempt:
    """What one attempt holds: the bytes so far, the facts of the first answer, what may still be read."""

    __slots__ = ("_budget", "_facts", "_held", "_session", "_settings", "_target", "_traffic")

    def __init__(self, look: Look, target: URL) -> None:
        self._session = look.session
        self._settings = look.settings
        self._traffic = look.traffic
        self._target = target
        self._held = Held()
        self._facts: Answered | None = None
        self._budget = look.settings.image_bytes

    async def run(self) -> Probe:
        """Ask for the first range, then for what the sniffer needs, on the same connection where the host allows."""
        ask: Need | None = Need(0, self._settings.first_range)
        clock = asyncio.get_running_loop().time
        deadline = clock() + self._settings.timeout
        timeout = self._session.timeout
        for _ in range(self._settings.hops):
            self._traffic.requests += 1
            headers = {hdrs.RANGE: f"bytes={ask.offset}-{ask.offset + ask.length - 1}"} if ask else None
            async with self._session.get(
                self._target, headers=headers, allow_redirects=False, timeout=timeout
            ) as response:
                step = await self._read(response, ask)
            if isinstance(step, Answered | Unreached):
                return step
            ask = step
            # One time limit for all hops together: what the next one gets is what the ones before left.
            timeout = timeouts(self._settings, max(0.001, deadline - clock()))
        return self._give_up(Doubt.TOO_MANY_HOPS)

    async def _read(self, response: ClientResponse, ask: Need | None) -> Probe | Need | None:
        """The answer, or what to ask next; None asks once more without Range."""
        facts, span = facts_of(response)
        if facts.status == 206:
            if ask is None:
                return Unreached(Cause.PROTOCOL_ERROR, "206 to a request without Range")
            if span is None or span.first != ask.offset:
                return None  # this host's ranges can't be trusted; its whole answer can
            return await self._read_part(response, facts, ask)
        if facts.status == 200:
            return await self._read_whole(response, facts)
        await self._drain(response)
        return self._out_of_range(facts, ask) if facts.status == 416 and ask else facts

    def _out_of_range(self, facts: Answered, ask: Need) -> Answered | None:
        """A 416: the file is empty, has shrunk since the first range, or the host can't do ranges."""
        if ask.offset:
            return self._give_up(Doubt.CHANGED)
        return facts._replace(body=NotAnImage(Kind.EMPTY)) if facts.content_length == 0 else None

    async def _read_part(self, response: ClientResponse, facts: Answered, ask: Need) -> Answered | Need:
        if self._facts is None:
            self._facts = facts
        elif (facts.etag, facts.content_length) != (self._facts.etag, self._facts.content_length):
            return self._give_up(Doubt.CHANGED)
        end, _ = await self._fill(response, ask.offset, ask.offset + ask.length)
        total = facts.content_length
        if total is None and end < ask.offset + ask.length:
            total = end
        body = sniff(self._held, total)
        if not isinstance(body, Need):
            return self._answer(body)
        length = max(body.length, self._settings.first_range)
        if total is not None:
            length = min(length, total - body.offset)
        if length > self._budget:
            return self._give_up(Doubt.TOO_MANY_BYTES)
        return Need(body.offset, length)

    async def _read_whole(self, response: ClientResponse, facts: Answered) -> Answered:
        """Feed the sniffer from the stream of a host that ignores Range, and leave as soon as the answer is known."""
        self._held, self._facts = Held(), facts
        total, end, ended = facts.content_length, 0, False
        want = self._settings.first_range
        while True:
            end, ended = await self._fill(response, end, want)
            body = sniff(self._held, end if ended else total)
            if not isinstance(body, Need):
                break
            want = body.offset + body.length
            if ended or want - end > self._budget:
                return self._give_up(Doubt.TOO_MANY_BYTES)
        if not ended:
            await self._drain(response, already=end)
        return self._answer(body)

    async def _fill(self, response: ClientResponse, start: int, end: int) -> tuple[int, bool]:
        """Read from `start` to `end`; returns how far it came, and whether the body ended there."""
        content = response.content
        while start < end:
            chunk = await content.readany()
            if not chunk:
                return start, True
            self._held.add(start, chunk)
            start += len(chunk)
            self._budget -= len(chunk)
            self._traffic.bytes += len(chunk)
        return start, content.at_eof()

    async def _drain(self, response: ClientResponse, already: int = 0) -> None:
        """Read a small rest to its end, so that the connection is kept; a long one costs more than a new connection."""
        length = response.content_length
        if length is None or length - already > self._settings.drain:
            response.close()
            return
        while chunk := await response.content.readany():
            self._traffic.bytes += len(chunk)

    def _answer(self, body: Body) -> Answered:
        assert self._facts is not None  # noqa: S101  # every way here has read an answer's headers
        first = self._held.prefix[: self._settings.first_range]
        digest = hashlib.sha256(first).hexdigest() if first else None
        return self._facts._replace(body=body, digest=digest)

    def _give_up(self, doubt: Doubt) -> Answered:
        return self._answer(give_up(self._held, doubt))
