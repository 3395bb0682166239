"""One connection of the lean client, bounded in what a hostile server can make of it.

- Headers are limited in number, and as a whole: interim (1xx) answers and blank lines among them.
- What comes around a body is limited: chunk sizes and extensions may be many times the body, and cost the most time.
- Bytes behind an answer never spoil it, whether they come in the same packet or later. Nor do they become the next
  answer, as far as HTTP/1.1 lets anyone tell: see surplus.py.
- What breaks in a body is told to whoever reads it, once all that came before is read.
- How bytes arrive in packets makes no difference to what is found in them.

The usual answer comes whole in one packet: it is parsed in one call, and wakes who waits for it once. One timer serves
all answers; it is set anew only when it goes off. Questions are sent at the end of the loop's turn: see outbox.py.
"""

import asyncio
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import httptools

from auditor.probe.client import FRAMING, Traffic
from auditor.probe.faults import (
    BadHttpMessage,
    BrokenOffError,
    ClientOSError,
    ContentLengthError,
    ServerDisconnectedError,
    SocketTimeoutError,
    TooMuchError,
    TransferEncodingError,
)
from auditor.probe.outbox import Outbox
from auditor.probe.reply_headers import NOWHERE, places_of, texts_of
from auditor.probe.surplus import Babblers, Hearing
from auditor.probe.unread import Arrivals, Unread
from auditor.settings import ProbeSettings

HELD = 64 * 1024  # bytes of a body that wait to be read; more stay with the system until they are
KEEPALIVE = 15.0  # seconds an idle connection is kept


class Place(NamedTuple):
    """What is connected to. `host` is lower case, without brackets."""

    host: str
    port: int
    secure: bool


class Terms(NamedTuple):
    """What all connections of a run have in common."""

    settings: ProbeSettings
    loop: asyncio.AbstractEventLoop
    traffic: Traffic
    keeper: "Keeper"
    outbox: Outbox
    arrivals: Arrivals


class Keeper(Protocol):
    """Keeps connections, and knows which hosts none is to be kept to."""

    def give(self, connection: "Connection") -> None:
        """Take a connection that waits for its next question."""
        ...

    def forget(self, connection: "Connection") -> None:
        """Let go of it again."""
        ...

    def mistrust(self, place: Place) -> None:
        """Keep no connection there any more: more came than was asked for."""
        ...

    @property
    def babblers(self) -> Babblers:
        """The hosts that no connection is kept to for that."""
        ...


class Connection(Hearing, asyncio.Protocol):
    """A connection that is asked one thing after another. It is itself the reply to the last question."""

    __slots__ = (  # more than thirty: without this Python looks each up by its name
        "_around",
        "_babblers",
        "_begun",
        "_complete",
        "_deadline",
        "_due",
        "_early",
        "_error",
        "_future",
        "_gone",
        "_head_limit",
        "_heard",
        "_keep",
        "_keeper",
        "_lines",
        "_lost",
        "_most_headers",
        "_open",
        "_parser",
        "_pieces",
        "_places",
        "_post",
        "_request",
        "_stall",
        "_surplus",
        "_terms",
        "_time",
        "_timer",
        "_traffic",
        "_transport",
        "_unread",
        "_values",
        "_waiter",
        "asked",
        "closed",
        "encoding",
        "place",
        "ready",
        "status",
    )

    def __init__(self, terms: Terms, place: Place) -> None:
        """`asked` counts its questions."""
        settings = terms.settings
        self.place = place
        self.asked = 0
        self.status = 0
        self.encoding = ""
        self.ready = 0  # bytes of the body that are there
        self.closed = False
        self._terms = terms
        self._traffic = terms.traffic
        self._keeper = terms.keeper
        self._babblers = terms.keeper.babblers
        self._post = terms.outbox.put
        self._future = terms.loop.create_future
        self._time = terms.loop.time
        self._stall = settings.stall_timeout
        self._head_limit, self._most_headers = settings.header_bytes, settings.headers
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        # What browsers and aiohttp forgive, too: folded headers, control characters in values, bare line feeds.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # when it goes off
        self._waiter: asyncio.Future[None] | None = None
        self._early = b""  # what came before anything was asked
        self._open = False  # whether a question is open: it was asked, and its answer isn't left yet
        self._request = b""  # the question that waits to be sent
        self._surplus = False  # whether more came than was asked for
        self._unread: Unread | None = None
        self._gone: asyncio.Future[None] | None = None
        self._lost: Exception | None = None  # how the connection ended before that
        # Of the answer:
        self._begun = False  # whether its headers are there
        self._complete = False  # whether all of it is
        self._keep = False  # whether the host allows another question
        self._error: BaseException | None = None
        self._lines: list[tuple[bytes, bytes]] = []  # headers as they come
        self._values: list[str | None] = []  # those of the answer itself, and None behind them
        self._places = NOWHERE
        self._pieces: list[bytes] = []
        self._around = 0  # bytes that came around the body: headers first, then what chunks are wrapped in

    # ── questions ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def ask(self, request: bytes, deadline: float) -> "Connection":
        """Send a request and wait for the headers of its answer, until the loop's time is `deadline`.

        Raises what breaks the connection first, which is closed then: as `BrokenOffError` where it was used before.
        """
        self._begun = self._complete = False
        self._around = 0
        self._open = True
        self.asked += 1
        self._request = request
        self._deadline = deadline
        heard = self._heard = self._time()
        if self._transport is None or self._early:
            self.send()
        else:
            self._post(self)
        if self._timer is None or deadline < self._due:  # it never goes off later than the stall limit from now
            self._watch(min(heard + self._stall, deadline))
        try:
            while not self._begun and self._error is None:
                self._waiter = self._future()
                await self._waiter
        except asyncio.CancelledError:
            self._abort()
            raise
        error = self._error
        if error is None or self._begun:
            return self
        if self.asked > 1 and isinstance(error, ConnectionError | BadHttpMessage):
            raise BrokenOffError(True) from error
        raise error

    def send(self) -> None:
        """Send the question, unless something has come since it was asked: that would be taken for its answer."""
        transport = self._transport
        if transport is None or self.closed or transport.is_closing() or (self.asked > 1 and self._has_unread()):
            self._send_in_vain()
        elif self._request:
            transport.write(self._request)
            self._request = b""
            if self._early:
                self._take_early()

    def _send_in_vain(self) -> None:
        """Do what is left of sending where the connection takes no question any more."""
        if not self._request or (self.closed and self._transport is not None):
            return  # whoever closes it will say so
        self._request = b""
        if self.asked > 1:
            self.look_for_surplus()
            self._retract()
        self._take_early()
        if self._transport is None:
            self._end(self._lost)

    def _take_early(self) -> None:
        """Take what came before the question: not before that is sent, or it couldn't be."""
        early, self._early = self._early, b""
        if early:
            self.data_received(early)

    def _retract(self) -> None:
        """Give up a connection that was used before, and a question that wasn't sent on it."""
        self._terms.traffic.requests -= 1
        self._fail(ServerDisconnectedError())

    async def read(self) -> bytes:
        """Some bytes of the body, or none at its end. Raises what broke it off."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._complete:
                return b""
            self._waiter = self._future()
            await self._waiter
        return self.at_once()

    @property
    def ended(self) -> bool:
        """Whether all of the body is read."""
        return self._complete and not self._pieces

    @property
    def length(self) -> int | None:
        """What Content-Length says."""
        value = self._values[self._places.length]
        return None if value is None else int(value)

    def told(self) -> Sequence[str | None]:
        """The first header of each name that is wanted."""
        return self._places.told(self._values)

    def _all(self, places: Sequence[int]) -> str:
        """All headers of a name as one: those that are lists may come apart."""
        return ",".join([self._values[place] or "" for place in places])

    def at_once(self) -> bytes:
        """The bytes of the body that are there."""
        pieces = self._pieces
        data = pieces.pop() if len(pieces) == 1 else b"".join(pieces)
        if self.ready > HELD or pieces:
            self._resume()
        self.ready = 0
        self._traffic.bytes += len(data)
        return data

    def drop(self) -> None:
        """Close the connection."""
        self._abort()

    def leave(self) -> None:
        """Let go of the answer."""
        if self._complete and self._keep and not self.closed:
            self._open = False
            if self.ready:
                self._resume()
            self._keeper.give(self)
        else:
            self._abort()

    def is_doubtful(self) -> bool:
        """Whether this may be what came too much for an earlier question. Looked at once it is left.

        A host that sends too much is asked on used connections only by looks that were under way when that was seen.
        """
        if self.asked == 1:
            return False
        if self._has_unread():
            self.look_for_surplus()
        return self._surplus or (bool(self._babblers) and self.place in self._babblers)

    def look_for_surplus(self) -> None:
        """Note as surplus what has arrived and isn't read yet."""
        if self._has_unread() and self._unread is not None and self._unread.is_surplus:
            self._note_surplus()

    async def end(self) -> None:
        """Close the connection, and wait until it is gone."""
        self._abort()
        if self._transport is not None:
            self._gone = self._terms.loop.create_future()
            await self._gone

    def _has_unread(self) -> bool:
        """Whether something has arrived that the loop hasn't read yet, be it only the connection's end."""
        unread = self._unread
        if unread is None:
            if self._transport is None:
                return False
            unread = self._unread = Unread(self._transport, self._terms.arrivals.watch)
        return unread.is_there() if unread.poll() else False

    def _note_surplus(self) -> None:
        if not self._surplus:
            self._surplus = True
            self._keeper.mistrust(self.place)

    def _pause(self, added: int) -> None:
        """Leave what else comes to the system, if it was by these bytes that more are held than should be."""
        if self.ready - added <= HELD and self._transport is not None:
            self._transport.pause_reading()

    def _resume(self) -> None:
        """Let nothing wait to be read."""
        if self.ready > HELD and self._transport is not None and not self.closed:
            self._transport.resume_reading()
        self.ready = 0
        self._pieces.clear()

    def _wake(self) -> None:
        waiter, self._waiter = self._waiter, None
        if waiter is not None and not waiter.done():
            waiter.set_result(None)

    def _abort(self) -> None:
        """Close without a goodbye: with TLS a host may take 30 s over its own, and nothing more is wanted."""
        self.closed = True
        if self._transport is not None:
            self._transport.abort()

    def _fail(self, error: BaseException) -> None:
        """Note what broke the answer off. The first fault says more than those after."""
        if self._error is None and not self._complete:
            self._error = error
            self._wake()
        self._abort()

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _watch(self, due: float) -> None:
        """See that the clock is looked at by then."""
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = self._terms.loop.call_at(due, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._timer = None
        now = self._time()
        if not self._open:
            if now >= self._heard + KEEPALIVE:
                self._keeper.forget(self)
                self._abort()
                return
        elif not self._complete:
            if now >= self._deadline:
                self._fail(TimeoutError())
            elif now >= self._heard + self._stall:
                self._fail(SocketTimeoutError())
            else:
                self._watch(min(self._deadline, self._heard + self._stall))
            return
        self._watch(now + min(self._stall, KEEPALIVE))

    # ── what comes ────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # the loop gives one that writes

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._heard = self._time()
        if not self._open or self._complete or self._request:
            self._receive_unasked(data)
            return
        if not self._begun and self._around + len(data) > self._head_limit:
            data = self._receive_headers(data)
        self._parse(data)
        if not self._complete:
            if len(self._lines) > self._most_headers:
                self._fail(BadHttpMessage())
            if self._around > self._head_limit + FRAMING:
                self._fail(TooMuchError("more around the body than is taken"))
        if self._begun:
            self._wake()

    def _receive_headers(self, data: bytes) -> bytes:
        """Take as much as headers may have, and give the rest. Only where they may be too long it matters where."""
        room = self._head_limit - self._around
        self._parse(data[:room])
        if self._begun:
            return data[room:]
        self._fail(BadHttpMessage())
        return b""

    def _receive_unasked(self, data: bytes) -> None:
        """Take what nobody asked for: whoever sends it may go on in the middle of the next answer.

        Before the first question it is held until that is sent; otherwise that would find the connection closed, and
        not say why.
        """
        if not self.asked or (self.asked == 1 and self._request):
            self._early = (self._early + data)[: self._head_limit]
            return
        if not self._open:
            self._keeper.forget(self)
        self._note_surplus()
        if self._request:  # its answer couldn't be told from this
            self._request = b""
            self._retract()
        self._abort()

    def _parse(self, data: bytes) -> None:
        self._around += len(data)
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            self._complete, self._keep = True, False
        except httptools.HttpParserError:
            self._keep = False  # behind the end of an answer it spoils only what would come next
            if self._complete:
                self._note_surplus()
            self._fail(BadHttpMessage())

    def on_message_begin(self) -> None:
        """Begin a block of headers: another may have been an interim answer's."""
        if self._complete:
            raise BadHttpMessage  # nobody asked for another answer
        self._lines.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer. How many there may be in one packet is limited by its bytes."""
        self._lines.append((name, value))

    def on_headers_complete(self) -> None:
        """Know the answer by its status. Interim ones only announce others."""
        status = self._parser.get_status_code()
        if status >= 200 or status == 101 or status < 100:
            lines = self._lines
            self._lines = []  # what comes later are trailers, which say nothing
            if len(lines) > self._most_headers:
                raise BadHttpMessage
            names, values = zip(*lines, strict=True) if lines else ((), ())
            self._values = texts_of(values)
            self._places = places_of(names)
            encodings = self._places.encodings
            self.encoding = self._all(encodings) if encodings else ""
            self.status = status
            self._begun = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of the body."""
        size = len(body)
        self._around -= size
        self._pieces.append(body)
        self.ready += size
        if self.ready > HELD:
            self._pause(size)

    def on_message_complete(self) -> None:
        """End the answer, unless it was an interim one."""
        if self._begun:
            if len(self._lines) > self._most_headers:
                raise BadHttpMessage
            self._complete = True
            self._keep = self._parser.should_keep_alive()

    def connection_lost(self, exc: Exception | None) -> None:
        """Note the end. A reset isn't the end that a body without a length waits for."""
        self.closed, self._lost, self._transport = True, exc, None
        if self._timer is not None:
            self._timer.cancel()
        if self._open:
            self.send()  # nothing goes out any more, but what came early is looked at
            self._end(exc)
        elif self.asked:
            self._keeper.forget(self)
        if self.asked:
            del self._parser  # it refers to this connection
        if self._gone is not None and not self._gone.done():
            self._gone.set_result(None)

    def _end(self, exc: Exception | None) -> None:
        if not self._complete and self._error is None:
            self._error = self._ending(exc)
            self._complete = self._error is None
            self._wake()

    def _ending(self, exc: Exception | None) -> BaseException | None:
        """What the end of the connection is to an answer that isn't whole; None if it is whole by that."""
        if not self._begun:
            if exc is None:
                return ServerDisconnectedError()
            lost = ClientOSError(*exc.args)
            lost.__cause__ = exc
            return lost
        if exc is not None:
            return exc
        if self._all(self._places.transfers).lower().rpartition(",")[2].strip() == "chunked":
            return TransferEncodingError()
        return ContentLengthError() if self.length is not None else None
