"""One connection of the lean client: when it is asked, how long it is waited for, and what it is closed for.

Bytes behind an answer never spoil it, whether they come in the same packet or later. Nor do they become the next
answer, as far as HTTP/1.1 lets anyone tell: see surplus.py. How an answer is read, and what it may hold, is
incoming.py's.

One timer serves all answers; it is set anew only when it goes off. Questions are sent at the end of the loop's turn:
see outbox.py.
"""

import asyncio
from typing import NamedTuple, Protocol

from auditor.probe.client import Traffic
from auditor.probe.faults import BadHttpMessage, BrokenOffError, ServerDisconnectedError, SocketTimeoutError
from auditor.probe.incoming import Incoming
from auditor.probe.outbox import Outbox
from auditor.probe.surplus import Babblers
from auditor.probe.unread import Arrivals, Unread
from auditor.settings import ProbeSettings

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


class Connection(Incoming, asyncio.Protocol):
    """A connection that is asked one thing after another. It is itself the reply to the last question."""

    __slots__ = (
        "_babblers",
        "_deadline",
        "_due",
        "_early",
        "_gone",
        "_heard",
        "_keeper",
        "_lost",
        "_open",
        "_outbox",
        "_request",
        "_stall",
        "_surplus",
        "_terms",
        "_timer",
        "_unread",
        "asked",
        "place",
    )

    def __init__(self, terms: Terms, place: Place) -> None:
        """`asked` counts its questions."""
        super().__init__(terms.settings, terms.loop, terms.traffic)
        self.place = place
        self.asked = 0
        self._terms = terms
        self._keeper = terms.keeper
        self._babblers = terms.keeper.babblers
        self._outbox = terms.outbox
        self._stall = terms.settings.stall_timeout
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0  # when it goes off
        self._early = b""  # what came before anything was asked
        self._open = False  # whether a question is open: it was asked, and its answer isn't left yet
        self._request = b""  # the question that waits to be sent
        self._surplus = False  # whether more came than was asked for
        self._unread: Unread | None = None
        self._gone: asyncio.Future[None] | None = None
        self._lost: Exception | None = None  # how the connection ended before that

    # ── questions ─────────────────────────────────────────────────────────────────────────────────────────────────

    async def ask(self, request: bytes, deadline: float) -> "Connection":
        """Send a request and wait for the headers of its answer, until the loop's time is `deadline`.

        Raises what breaks the connection first, which is closed then: as `BrokenOffError` where it was used before.
        """
        self._expect()
        self._open = True
        self.asked += 1
        self._request = request
        self._deadline = deadline
        heard = self._heard = self._loop.time()
        if self._transport is None or self._early:
            self.send()
        else:
            self._outbox.put(self)
        if self._timer is None or deadline < self._due:  # it never goes off later than the stall limit from now
            self._watch(min(heard + self._stall, deadline))
        try:
            while not self._begun and self._error is None:
                self._waiter = self._loop.create_future()
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
            self._gone = self._loop.create_future()
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

    # ── time ──────────────────────────────────────────────────────────────────────────────────────────────────────

    def _watch(self, due: float) -> None:
        """See that the clock is looked at by then."""
        if self._timer is not None:
            if self._due <= due:
                return
            self._timer.cancel()
        self._due = due
        self._timer = self._loop.call_at(due, self._look_at_clock)

    def _look_at_clock(self) -> None:
        self._timer = None
        now = self._loop.time()
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

    def data_received(self, data: bytes) -> None:
        """Take what came."""
        self._heard = self._loop.time()
        if not self._open or self._complete or self._request:
            self._receive_unasked(data)
        else:
            self._take(data)

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
