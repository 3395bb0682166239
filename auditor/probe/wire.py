"""One connection, bounded: what aiohttp's own leaves open to a hostile or broken server.

- Headers are limited as a whole, interim (1xx) answers and blank lines among them, not only line by line.
- What comes around a body is limited: chunk sizes and extensions may be many times the body, and cost the most time.
- Bytes behind an answer never spoil it, whether they come in the same packet or later. Nor do they become the next
  answer, as far as HTTP/1.1 lets anyone tell: see surplus.py.
- What breaks in a body is told to whoever reads it, at once; otherwise it would wait for its time limit.
- A connection that breaks before its answer says whether it had been used before: only then another may fare better.
"""

import asyncio
import math
import re
from collections.abc import Callable
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.http_exceptions import BadHttpMessage, HttpProcessingError

from auditor.probe.client import FRAMING
from auditor.probe.faults import BrokenOffError, TooMuchError
from auditor.probe.unread import Unread

_END = re.compile(rb"\n\r?\n")  # of headers; lenient parsers, ours among them, take bare line feeds
_BLANK = re.compile(rb"[\r\n]{3,}")  # lines before an answer, which end no headers


class Wire(ResponseHandler):
    """A connection that is asked one thing after another.

    `asked` counts the questions. `surplus` says that more came than answers to them, here or on another connection of
    the same host; whoever sets `on_surplus` is told at once, so that this one's next answer isn't believed either.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, head_limit: int) -> None:
        super().__init__(loop)
        self.asked = 0
        self.surplus = False
        self.on_surplus: Callable[[], None] = lambda: None
        self._head_limit = head_limit
        self._heard = math.inf
        self._unread: Unread | None = None
        self._begun = False  # whether the present answer's headers are there
        self._left = 0  # bytes of headers that may still come
        self._body = 0  # bytes that came behind the headers
        self._early = b""  # what came before anything was asked
        self._seam = b""  # the last bytes of headers that go on

    def set_response_params(self, **params: Any) -> None:
        """Get ready for one more answer."""
        self.asked += 1
        self._begun = False
        self._left = self._head_limit
        self._seam = b""
        super().set_response_params(**params)
        if self._early:
            # Not before the question is sent: it would find the connection closed, and not say why.
            self._loop.call_soon(self.data_received, self._early)
            self._early = b""

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take an answer's headers from the parser. Interim ones only announce others."""
        code = data[0].code
        if code >= 200 or code == 101 or code < 100:
            if self._begun:
                self.note_surplus()
            self._begun = True
            self._body = 0
        super().feed_data(data, size)

    def data_received(self, data: bytes) -> None:
        """Take what came: headers apart from what follows, so that a fault in that can't take them along."""
        if not self.asked:
            self._early = (self._early + data)[: self._head_limit]
        elif not data:
            super().data_received(data)  # aiohttp's word that there is room again for what it holds back
        elif self._begun:
            self._receive_body(data)
        else:
            self._receive_headers(data)

    @property
    def has_unread(self) -> bool:
        """Whether something has arrived that the loop hasn't read yet, be it only the connection's end."""
        arrived = self._arrived
        return arrived is not None and arrived.is_there()

    def note_surplus(self) -> None:
        """Note that more came than was asked for."""
        if not self.surplus:
            self.surplus = True
            self.on_surplus()

    def look_for_surplus(self) -> None:
        """Note as surplus what has arrived and isn't read yet. Not inside TLS, where it may be anything."""
        arrived = self._arrived
        if arrived is not None and arrived.is_surplus:
            self.note_surplus()

    @property
    def _arrived(self) -> Unread | None:
        if self.transport is None:
            return None
        if self._unread is None:
            self._unread = Unread(self.transport)
        return self._unread

    def close(self) -> None:
        """Close the connection, with TLS at once: a host may take 30 s over its goodbye, and nothing more is wanted."""
        secure = self.transport is not None and self.transport.get_extra_info("sslcontext") is not None
        (super().abort if secure else super().close)()

    def connection_lost(self, exc: BaseException | None) -> None:
        """Note the end. A reset isn't the end that a body without a length waits for."""
        payload = self._payload
        if exc is not None and payload is not None and not payload.is_eof() and payload.exception() is None:
            payload.set_exception(aiohttp.ClientPayloadError(str(exc)), exc)
        super().connection_lost(exc)
        if self._read_timeout_handle is not None:
            self._read_timeout_handle.cancel()
            self._read_timeout_handle = None

    def _reschedule_timeout(self) -> None:
        """Note that something came. One timer serves all answers; aiohttp's sets and drops three for each."""
        self._heard = self._loop.time()
        if self._read_timeout_handle is None and self._read_timeout:
            self._read_timeout_handle = self._loop.call_later(self._read_timeout, self._on_read_timeout)

    def _drop_timeout(self) -> None:
        """Note that nothing is waited for. The timer finds that out when it goes off."""
        self._heard = math.inf

    def _on_read_timeout(self) -> None:
        self._read_timeout_handle = None
        left = self._heard + (self._read_timeout or 0.0) - self._loop.time()
        if left <= 0:
            super()._on_read_timeout()
        elif left < math.inf:
            self._read_timeout_handle = self._loop.call_later(left, self._on_read_timeout)

    def set_exception(self, exc: BaseException, *cause: BaseException) -> None:
        """Tell whoever waits that nothing more will come, and why: for the headers, or for the body."""
        payload = self._payload
        if self._begun:
            if payload is not None and not payload.is_eof() and payload.exception() is None:
                payload.set_exception(exc, *cause)
            elif isinstance(exc, HttpProcessingError):
                self.note_surplus()  # the parser took it for one more answer
        elif self.asked and isinstance(exc, _BROKEN if self.asked == 1 else (*_BROKEN, HttpProcessingError)):
            broken = BrokenOffError(self.asked > 1)
            if cause and isinstance(cause[0], OSError):
                exc.__cause__ = cause[0]  # TLS says more than the connection that it takes down
            broken.__cause__, exc, cause = exc, broken, ()
        super().set_exception(exc, *cause)

    def _receive_headers(self, data: bytes) -> None:
        """Give the parser one block of headers after the other, up to those of the answer itself."""
        if not self._seam and data.startswith(_USUAL):
            size = data.find(b"\r\n\r\n") + 4
            if 4 <= size <= self._left and data.find(b"\n\n", 0, size) < 0:
                super().data_received(data[:size])
                if size < len(data) and self._exception is None:
                    self._receive_body(data[size:])
                return
        text = self._seam + data if self._seam else data
        at, look_from = len(self._seam), 0
        while not self._begun and at < len(text):
            blank = _BLANK.match(text, at) if look_from == at else None
            end = _END.search(text, blank.end() if blank else look_from)
            self._seam = b"" if end else text[-2:]
            head = text[at : end.end()] if end else text[at:]
            self._left -= len(head)
            if self._left < 0:
                self._stop(BadHttpMessage("more headers than are taken"))
                return
            super().data_received(head)
            if self._exception is not None:
                return
            at = look_from = at + len(head)
        if at < len(text):
            self._receive_body(text[at:])

    def _receive_body(self, data: bytes) -> None:
        payload = self._payload
        if payload is None or payload.is_eof():
            # Nobody asked for this. Whoever sends it may go on in the middle of the next answer.
            self.note_surplus()
            self.force_close()
            if self.transport is not None:
                self.transport.abort()
            return
        super().data_received(data)
        self._body += len(data)
        if self._body - payload.total_bytes > FRAMING and not payload.is_eof():
            self._stop(TooMuchError("more around the body than is taken"))

    def _stop(self, error: Exception) -> None:
        if self.transport is not None:
            self.transport.abort()
        self.set_exception(error)


_USUAL = (b"HTTP/1.1 2", b"HTTP/1.1 3", b"HTTP/1.1 4")  # an answer in its own right, and most often whole
_BROKEN = (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError)
