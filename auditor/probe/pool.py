"""Connections that are kept for the next question, and when not.

A server may send more than it was asked for: a second answer, or a body longer than it said. HTTP/1.1 numbers neither
questions nor answers, so what comes too much is only known for what it is by when it comes:

- Behind an answer, or while the connection is at rest: it is surplus. No connection to that host is kept any more.
- Before the next question is sent, but still unread in this machine: looked for before a connection is used again.
- After the next question is sent: it can't be told from the answer to that. When it is taken for it, the true answer
  becomes surplus in its turn. If that has arrived by the time the look is over, the look isn't believed and is made
  once more on a new connection, as is every other that then waits on a connection to that host used before.

What remains: an answer that comes too much just after the next question was sent, on a connection that is then asked
on and on without a rest. It is one answer behind from there, and each of its looks gets the answer to the one before,
until the connection rests for longer than the host takes to answer, or has been asked as often as any is. Then the
surplus shows, and the looks under way on used connections are made anew; those that had ended keep what they were
given. A connection's first answer is always its own. Inside TLS what has arrived unread can't be told from TLS's own
messages: a connection on which there is something isn't used again, but the host isn't held to send too much for that.
"""

import asyncio
import socket
from collections.abc import Coroutine
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from auditor.probe.descriptors import is_shortage
from auditor.probe.wire import Wire
from auditor.settings import ProbeSettings

QUESTIONS = 1000  # asked on one connection at most: nginx's own default, and an end to being one answer behind
BABBLERS = 10_000  # hosts remembered to send more than they are asked for; then the first is forgotten
STAGGER = 0.25  # seconds until a name's next address is tried beside those that are silent (RFC 8305 section 8)
STAGGERED = 0.25  # of the time to connect, by when all are being tried: a name with many addresses that drop packets


class StrayError(aiohttp.ClientConnectionError):
    """An answer may be one that came too much for an earlier question on its connection."""


class Reply(aiohttp.ClientResponse):
    """An answer that knows the connection which brought it."""

    wire: Wire
    question: int  # its number on that connection, from 1

    async def start(self, connection: Any) -> "Reply":
        """Wait for the headers."""
        self.wire = connection.protocol
        self.question = self.wire.asked
        await super().start(connection)
        return self

    @property
    def is_doubtful(self) -> bool:
        """Whether this may be what came too much for an earlier question. Looked at once all of it is read."""
        if self.question == 1:
            return False
        if self.wire.asked == self.question:
            self.wire.look_for_surplus()
        return self.wire.surplus


class Connector(aiohttp.TCPConnector):
    """A pool of such connections.

    Who asks with a `server_hostname` gets a new connection. Nobody here has another use for it, as it is always the
    host's own.
    """

    def __init__(self, settings: ProbeSettings, **options: Any) -> None:
        super().__init__(socket_factory=self._open_socket, **options)
        self._factory = partial(Wire, asyncio.get_running_loop(), settings.header_bytes)  # type: ignore[assignment]  # a narrower class
        self._babblers: dict[Any, None] = {}
        self._stagger = STAGGERED * min(settings.connect_timeout, settings.timeout)
        self._shortages = 0
        self._short: OSError | None = None

    def connect(self, req: Any, traces: Any, timeout: Any) -> Coroutine[Any, Any, Any]:
        """Open a connection, or take one that was kept."""
        new = req.server_hostname is not None
        return self._connect_anew(req, traces, timeout) if new else super().connect(req, traces, timeout)

    async def _connect_anew(self, req: Any, *others: Any) -> Any:
        """Open a connection that hasn't been used. It counts among its host's as any other; kept ones make room."""
        req.server_hostname = None  # connections are pooled by that name too
        while True:
            connection: Any = await super().connect(req, *others)
            if not connection.protocol.asked:
                return connection
            connection.close()

    async def _get(self, key: Any, traces: Any) -> Any:
        """Take a kept connection on which nothing has come since, or none."""
        while (connection := await super()._get(key, traces)) is not None:
            wire: Any = connection.protocol
            if wire.asked < QUESTIONS and not wire.has_unread:
                break
            wire.look_for_surplus()
            connection.close()
        return connection

    async def _create_connection(self, req: Any, *others: Any) -> Wire:
        while True:
            try:
                wire = await super()._create_connection(req, *others)
            except OSError as error:
                if not is_shortage(error) or not await self._make_room():
                    raise
            else:
                assert isinstance(wire, Wire)  # noqa: S101  # what bounds connections would else be gone without a word
                wire.on_surplus = partial(self._mistrust, req.connection_key)
                return wire

    async def _wrap_create_connection(self, *args: Any, addr_infos: Any, **others: Any) -> Any:
        """Connect to whichever of a name's addresses answers first. Raises this machine's own error if it was short."""
        # Each address is tried before the time is up, were all before it silent. Nothing else runs before this is read.
        self._happy_eyeballs_delay = min(STAGGER, self._stagger / len(addr_infos))
        before = self._shortages
        try:
            return await super()._wrap_create_connection(*args, addr_infos=addr_infos, **others)
        except OSError:
            if self._shortages == before or self._short is None:
                raise
            raise self._short from None  # among the errors of other addresses it would be lost

    def _open_socket(self, address: tuple[Any, ...]) -> socket.socket:
        try:
            return socket.socket(*address[:3])
        except OSError as error:
            if is_shortage(error):
                self._shortages += 1
                self._short = error
            raise

    async def _make_room(self) -> bool:
        """Close the connection that nobody has used for longest. Says whether there was one."""
        if not self._conns:
            return False
        wire = self._pop_oldest()
        closed = wire.closed
        wire.abort()
        if closed is not None:
            await asyncio.wait([closed])
        return True

    def _mistrust(self, key: Any) -> None:
        """Keep no connection to a host any more, and believe no answer on one that was used before."""
        self._babblers[key] = None
        if len(self._babblers) > BABBLERS:
            del self._babblers[next(iter(self._babblers))]
        for wire, _ in self._conns.pop(key, ()):
            wire.close()
        for wire in self._acquired_per_host.get(key, ()):
            if isinstance(wire, Wire):  # not one that is being opened
                wire.surplus = True

    def _release(self, key: Any, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        """Take a connection back. Of those that nobody uses, only so many are kept as may be busy at once.

        A feed of many hosts would else leave thousands behind it, each with a file descriptor, until they time out.
        """
        spoilt = bool(self._babblers) and key in self._babblers
        super()._release(key, protocol, should_close=should_close or spoilt)
        # Of one host there are never more than its own limit.
        if len(self._conns) > 1 and sum(map(len, self._conns.values())) > self.limit:
            self._pop_oldest().close()

    def _pop_oldest(self) -> ResponseHandler:
        host = next(iter(self._conns))
        wire, _ = self._conns[host].popleft()
        if not self._conns[host]:
            del self._conns[host]
        return wire
