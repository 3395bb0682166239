"""aiohttp's kept connections: which are asked again, and which make room. `surplus.py` says why."""

import asyncio
from collections.abc import Coroutine
from functools import partial
from typing import Any

import aiohttp
from aiohttp.client_proto import ResponseHandler

from auditor.probe.descriptors import is_shortage
from auditor.probe.sockets import Sockets
from auditor.probe.surplus import QUESTIONS, Babblers
from auditor.probe.wire import Wire
from auditor.settings import ProbeSettings


class Response(aiohttp.ClientResponse):
    """An answer that knows the connection which brought it."""

    wire: Wire
    question: int  # its number on that connection, from 1

    async def start(self, connection: Any) -> "Response":
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
        self._sockets = Sockets(settings)
        super().__init__(socket_factory=self._sockets.open, **options)
        self._factory = partial(Wire, asyncio.get_running_loop(), settings.header_bytes)  # type: ignore[assignment]  # a narrower class
        self._babblers = Babblers()

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
        # Nothing else runs before this is read.
        self._happy_eyeballs_delay = self._sockets.stagger(len(addr_infos))
        with self._sockets.shortage_first():
            return await super()._wrap_create_connection(*args, addr_infos=addr_infos, **others)

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
        self._babblers.add(key)
        for wire, _ in self._conns.pop(key, ()):
            wire.close()
        for wire in self._acquired_per_host.get(key, ()):
            if isinstance(wire, Wire):  # not one that is being opened
                wire.surplus = True

    def _release(self, key: Any, protocol: ResponseHandler, *, should_close: bool = False) -> None:
        """Take a connection back. Of those that nobody uses, only so many are kept as may be busy at once.

        A feed of many hosts would else leave thousands behind it, each with a file descriptor, until they time out.
        """
        super()._release(key, protocol, should_close=should_close or key in self._babblers)
        # Of one host there are never more than its own limit.
        if len(self._conns) > 1 and sum(map(len, self._conns.values())) > self.limit:
            self._pop_oldest().close()

    def _pop_oldest(self) -> ResponseHandler:
        host = next(iter(self._conns))
        wire, _ = self._conns[host].popleft()
        if not self._conns[host]:
            del self._conns[host]
        return wire
