"""One attempt to look at an image: the first range, then whatever the sniffer needs, within caps.

Redirects are never followed; that is a layer that isn't there.
"""

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, TypeAlias

from aiohttp import ClientResponse, ClientSession, ClientTimeout, hdrs
from yarl import URL

from auditor.addresses import is_private, literal_address
from auditor.errors import AuditorError
from auditor.model import Answered, Body, Cause, Doubt, ImageInfo, Kind, NotAnImage, Probe, Unreached
from auditor.probe.answer import codings_of, facts_of
from auditor.probe.causes import unreached
from auditor.probe.decode import Decoded
from auditor.probe.pool import StrayError
from auditor.probe.routes import Asking, Routes
from auditor.probe.stream import Stream, Traffic
from auditor.probe.wire import BrokenOffError, TooMuchError
from auditor.settings import ProbeSettings
from auditor.sniff import Held, Need, give_up, sniff, sniff_end

MARGIN = 64 * 1024  # bytes by which a compressed image may be larger than it is
EXACT_ROUNDS = 8  # of reading just what the sniffer asked for, in an answer that ignores Range; then ever more at once
DRAIN_SECONDS = 1.0  # for the rest of an answer that is known: only whether the connection is kept depends on it


# What a look does once it is clear that a URL may be asked. Raises what a client raises.
Attempt: TypeAlias = "Callable[[Look, URL], Awaitable[Probe]]"


class Look:
    """The probe: `await look(url)` makes one attempt. Trouble is returned, never raised."""

    def __init__(self, session: ClientSession, settings: ProbeSettings, routes: Routes | None = None) -> None:
        self.traffic = Traffic()
        self.session = session
        self.settings = settings
        self.routes = routes
        self.attempt: Attempt = _at_the_first_bytes

    async def __call__(self, url: str) -> Probe:
        """Look at one URL, absolute and http(s), as the seller wrote it: nothing in it is normalised."""
        try:
            target = URL(url, encoded=True)
            if not self.settings.allow_private:
                address = literal_address(target.raw_host or "")
                if address is not None and is_private(address):
                    return Unreached(Cause.PRIVATE_ADDRESS, address)
            return await self.attempt(self, target)
        except AuditorError:
            raise
        except Exception as error:  # noqa: BLE001  # whatever a server makes a library raise is a fact about that URL
            return unreached(error)


async def _at_the_first_bytes(look: Look, target: URL) -> Probe:
    return await _Attempt(look, target).run()


def timeouts(settings: ProbeSettings, total: float) -> ClientTimeout:
    """Seconds for connecting, for silence, and for all of one request, its body included.

    Only opening a connection is timed: aiohttp's `connect` would set a timer for every request on a kept one, too.
    Looking a name up has a limit of its own.
    """
    return ClientTimeout(total=total, sock_connect=settings.connect_timeout, sock_read=settings.stall_timeout)


_Step: TypeAlias = Probe | Need | None  # the answer, or what to ask next: None for everything


class _Attempt:
    """What one attempt holds: the bytes so far, the facts of the first answer, what may still be read."""

    __slots__ = ("_budget", "_facts", "_get", "_held", "_session", "_settings", "_target", "_traffic")

    def __init__(self, look: Look, target: URL) -> None:
        self._session = look.session
        get: Callable[..., Asking] = look.session.get
        self._get = get if look.routes is None else look.routes(target)
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
        hops, new = self._settings.hops, False
        while hops:
            options: dict[str, Any] = {"allow_redirects": False, "timeout": timeout, "headers": None}
            if ask is not None:
                options["headers"] = {hdrs.RANGE: f"bytes={ask.offset}-{ask.offset + ask.length - 1}"}
            if new:
                options["server_hostname"] = self._target.raw_host
            try:
                step = await self._ask(ask, options)
            except BrokenOffError as error:
                if not error.reused:
                    raise
                # The connection may have been about to be closed, which says nothing. Once more: from now on this look
                # takes new ones only.
                new = True
            except StrayError:
                ask, new = Need(0, self._settings.first_range), True
                self._held, self._facts = Held(), None
            else:
                if isinstance(step, Answered | Unreached):
                    return step
                ask = step
                hops -= 1
            # One time limit for all hops together: what the next one gets is what the ones before left.
            timeout = timeouts(self._settings, max(0.001, deadline - clock()))
        return self._give_up(Doubt.TOO_MANY_HOPS)

    async def _ask(self, ask: Need | None, options: Mapping[str, Any]) -> _Step:
        """Ask once. Raises `StrayError` for an answer that may be another's, whatever it says."""
        self._traffic.requests += 1
        response: Any = None
        try:
            async with self._get(self._target, **options) as response:
                step = await self._read(response, ask)
        except Exception as error:
            if response is not None and response.is_doubtful:
                raise StrayError from error
            raise
        if response.is_doubtful:
            raise StrayError
        return step

    async def _read(self, response: ClientResponse, ask: Need | None) -> _Step:
        """The answer, or what to ask next; None asks once more without Range."""
        try:
            return await self._understand(response, ask)
        except TooMuchError:
            if not self._held.prefix:
                raise
            return self._give_up(Doubt.TOO_MANY_BYTES)

    async def _understand(self, response: ClientResponse, ask: Need | None) -> _Step:
        facts, span = facts_of(response)
        if facts.status == 206:
            if ask is None:
                return Unreached(Cause.PROTOCOL_ERROR, "206 to a request without Range")
            if span is None or span.first != ask.offset:
                return None  # this host's ranges can't be trusted; its whole answer can
            if codings_of(response):
                return None  # its offsets count compressed bytes
            return await self._read_part(response, facts, ask)
        if facts.status == 200:
            return await self._read_whole(response, facts, codings_of(response))
        await self._drain(response)
        return self._out_of_range(facts, ask) if facts.status == 416 and ask else facts

    def _out_of_range(self, facts: Answered, ask: Need) -> Answered | None:
        """A 416: the file is empty, is another one since the first range, or the host can't do ranges."""
        if ask.offset:
            assert self._facts is not None  # noqa: S101  # a first range was read
            totals = {facts.content_length, self._facts.content_length} - {None}
            return self._give_up(Doubt.CHANGED) if len(totals) == 2 else None
        return facts._replace(body=NotAnImage(Kind.EMPTY)) if facts.content_length == 0 else None

    async def _read_part(self, response: ClientResponse, facts: Answered, ask: Need) -> Answered | Need | None:
        if self._facts is None:
            self._facts = facts
        elif (facts.etag, facts.content_length) != (self._facts.etag, self._facts.content_length):
            return self._give_up(Doubt.CHANGED)
        end, _ = await self._fill(Stream(response.content, self._traffic), ask.offset, ask.offset + ask.length)
        if end == ask.offset:
            # Nothing came: at the beginning an empty file, else a host whose ranges can't be trusted.
            return None if end else self._answer(NotAnImage(Kind.EMPTY))
        total = facts.content_length
        supposed = end if total is None and end < ask.offset + ask.length else total
        body = sniff(self._held, supposed)
        if supposed != total and body != sniff(self._held, None):
            return None  # a host may send less than was asked, and whether that was the end decides here
        body = self._with_its_end(body, total)
        if not isinstance(body, Need):
            return self._answer(body)
        length = min(max(body.length, self._settings.first_range), self._budget)
        if total is not None:
            length = min(length, total - body.offset)
        return Need(body.offset, length) if length > 0 else self._give_up(Doubt.TOO_MANY_BYTES)

    async def _read_whole(self, response: ClientResponse, facts: Answered, codings: Sequence[str]) -> Answered:
        """Feed the sniffer from the stream of a host that ignores Range, and leave as soon as the answer is known."""
        self._held, self._facts = Held(), facts
        wire = Stream(response.content, self._traffic)
        stream = Decoded(wire, codings, self._settings.image_bytes + MARGIN) if codings else wire
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
            await self._drain(response, already=end)
        return self._answer(body)

    def _with_its_end(self, body: Body | Need, total: int | None) -> Body | Need:
        """What was found, once its end is looked at, too, where that is wanted and the length is known."""
        if not self._settings.check_tail or total is None or not isinstance(body, ImageInfo):
            return body
        return sniff_end(self._held, total, body)

    async def _fill(self, stream: Stream | Decoded, start: int, end: int) -> tuple[int, bool]:
        """Read from `start` to `end`; returns how far it came, and whether the body ended there."""
        while start < end:
            piece = await stream.read()
            if not piece:
                return start, True
            self._held.add(start, piece)
            start += len(piece)
            self._budget -= len(piece)
        return start, stream.ended

    async def _drain(self, response: ClientResponse, already: int = 0) -> None:
        """Read a small rest to its end, so that the connection is kept; a long one costs more than a new connection.

        Whatever happens meanwhile, the answer is known.
        """
        length = response.content_length
        if length is None or length - already > self._settings.drain:
            response.close()
            return
        stream = Stream(response.content, self._traffic)
        try:
            async with asyncio.timeout(DRAIN_SECONDS):
                while await stream.read():
                    pass
        except Exception:  # noqa: BLE001  # whatever ends it, what is kept is the answer
            response.close()

    def _answer(self, body: Body) -> Answered:
        assert self._facts is not None  # noqa: S101  # every way here has read an answer's headers
        first = self._held.prefix[: self._settings.first_range]
        digest = hashlib.sha256(first).hexdigest() if first else None
        return self._facts._replace(body=body, digest=digest)

    def _give_up(self, doubt: Doubt) -> Answered:
        return self._answer(give_up(self._held, doubt))
