"""An answer as it comes on a connection of the lean client, bounded in what a hostile server can make of it.

- Headers are limited in number, and as a whole: interim (1xx) answers and blank lines among them.
- What comes around a body is limited: chunk sizes and extensions may be many times the body, and cost the most time.
- What breaks in a body is told to whoever reads it, once all that came before is read.
- How bytes arrive in packets makes no difference to what is found in them.

The usual answer comes whole in one packet: it is parsed in one call, and wakes who waits for it once.
"""

import asyncio
from collections.abc import Sequence

import httptools

from auditor.probe.client import FRAMING, Traffic
from auditor.probe.faults import (
    BadHttpMessage,
    ClientOSError,
    ContentLengthError,
    ServerDisconnectedError,
    TooMuchError,
    TransferEncodingError,
)
from auditor.probe.reply_headers import NOWHERE, places_of, texts_of
from auditor.probe.surplus import Hearing
from auditor.settings import ProbeSettings

HELD = 64 * 1024  # bytes of a body that wait to be read; more stay with the system until they are


class Incoming(Hearing):
    """One answer after another, each from `_expect` on. It is itself the reply that is being heard."""

    __slots__ = (
        "_around",
        "_begun",
        "_complete",
        "_error",
        "_head_limit",
        "_keep",
        "_lines",
        "_loop",
        "_most_lines",
        "_names",
        "_parser",
        "_pieces",
        "_places",
        "_traffic",
        "_transport",
        "_values",
        "_waiter",
        "closed",
        "encoding",
        "ready",
        "status",
    )

    def __init__(self, settings: ProbeSettings, loop: asyncio.AbstractEventLoop, traffic: Traffic) -> None:
        self.status = 0
        self.encoding = ""
        self.ready = 0  # bytes of the body that are there
        self.closed = False
        self._traffic = traffic
        self._loop = loop
        self._head_limit, self._most_lines = settings.header_bytes, 2 * settings.headers
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        # What browsers and aiohttp forgive, too: folded headers, control characters in values, bare line feeds.
        self._parser.set_dangerous_leniencies(
            lenient_headers=True, lenient_optional_cr_before_lf=True, lenient_spaces_after_chunk_size=True
        )
        self._waiter: asyncio.Future[None] | None = None
        self._begun = False  # whether the answer's headers are there
        self._complete = False  # whether all of it is
        self._keep = False  # whether the host allows another question
        self._error: BaseException | None = None
        self._lines: list[bytes] = []  # headers as they come, names and values in turn
        self._values: list[str | None] = [None]  # those of the answer itself, and None behind them
        self._names: tuple[bytes, ...] = ()  # theirs
        self._places = NOWHERE
        self._pieces: list[bytes] = []
        self._around = 0  # bytes that came around the body: headers first, then what chunks are wrapped in

    def _expect(self) -> None:
        """Get ready for an answer. What else an answer leaves is cleared when it is left."""
        self._begun = self._complete = False
        self._around = 0

    # ── what is read ──────────────────────────────────────────────────────────────────────────────────────────────

    async def read(self) -> bytes:
        """Some bytes of the body, or none at its end. Raises what broke it off."""
        while not self._pieces:
            if self._error is not None:
                raise self._error
            if self._complete:
                return b""
            self._waiter = self._loop.create_future()
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

    # ── what comes ────────────────────────────────────────────────────────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = transport  # type: ignore[assignment]  # the loop gives one that writes

    def _take(self, data: bytes) -> None:
        """Take bytes of the answer."""
        room = self._head_limit - self._around
        if len(data) > room and not self._begun:
            data = self._take_headers(data, room)
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
        if not self._complete:
            self._see_the_bounds()
        if self._begun:
            self._wake()

    def _take_headers(self, data: bytes, room: int) -> bytes:
        """Take as much as headers may have, and give the rest. Only where they may be too long it matters where."""
        self._take(data[:room])
        if self._begun:
            return data[room:]
        self._fail(BadHttpMessage())
        return b""

    def _see_the_bounds(self) -> None:
        """Break off what is more than an answer may have."""
        if len(self._lines) > self._most_lines:
            self._fail(BadHttpMessage())
        if self._around > self._head_limit + FRAMING:
            self._fail(TooMuchError("more around the body than is taken"))

    def on_message_begin(self) -> None:
        """Begin a block of headers: another may have been an interim answer's."""
        if self._complete:
            raise BadHttpMessage  # nobody asked for another answer
        self._lines.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header, or a trailer. How many there may be in one packet is limited by its bytes."""
        self._lines.extend((name, value))

    def on_headers_complete(self) -> None:
        """Know the answer by its status. Interim ones only announce others."""
        status = self._parser.get_status_code()
        if status >= 200 or status == 101 or status < 100:
            lines = self._lines
            self._lines = []  # what comes later are trailers, which say nothing
            if len(lines) > self._most_lines:
                raise BadHttpMessage
            names, values = tuple(lines[::2]), lines[1::2]
            self._values = texts_of(values)
            if names != self._names:  # a host's answers nearly all have the same headers in the same order
                self._names, self._places = names, places_of(names)
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
            if len(self._lines) > self._most_lines:
                raise BadHttpMessage
            self._complete = True
            self._keep = self._parser.should_keep_alive()

    # ── what becomes of the connection ────────────────────────────────────────────────────────────────────────────

    def _note_surplus(self) -> None:
        """Note that more came than was asked for."""
        raise NotImplementedError

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
