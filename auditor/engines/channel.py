"""Messages between the program and a worker, over a pair of sockets: when one process ends, the other one knows."""

import asyncio
import socket
import struct
from enum import IntEnum
from typing import NamedTuple, Self

_HEAD = struct.Struct("<BQ")  # kind, bytes of the body
_AHEAD = 1024 * 1024  # bytes read before anyone asks for them


class Kind(IntEnum):
    """What a message is. Those above the line go to a worker, the others come from it."""

    ORDER = 1  # what to do, once, at first
    ROWS = 2
    NO_MORE = 3  # rows will come
    STARVE = 5  # whether no more rows can come before some of those that were sent are done
    STOP = 4  # ask nothing new; what is in flight has so many seconds
    # ──
    READY = 11  # the order is understood, and nothing stands in its way
    REPORTS = 12
    COST = 18  # what asking has cost so far: it may not live to say so at its end
    CUT_OFF = 16  # nobody can be reached; it waits
    SUSPENDED = 17  # a host no longer answers
    DONE = 13  # with what it has cost
    FAULT = 14  # what stops the run
    BROKEN = 15  # a fault of our own


class Message(NamedTuple):
    """One message."""

    kind: Kind
    body: bytes


class Channel:
    """One end of the pair."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def over(cls, end: socket.socket) -> Self:
        """Take a socket over."""
        end.setblocking(False)
        return cls(*await asyncio.open_connection(sock=end, limit=_AHEAD))

    def send(self, kind: Kind, body: bytes = b"") -> None:
        """Send a message; to one that has ended, nothing."""
        if not self._writer.is_closing():
            self._writer.write(_HEAD.pack(kind, len(body)) + body)

    async def receive(self) -> Message:
        """Wait for a message. Raises EOFError when the other end is gone."""
        try:
            kind, length = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
            return Message(Kind(kind), await self._reader.readexactly(length))
        except (asyncio.IncompleteReadError, ConnectionError):
            raise EOFError from None

    def close(self) -> None:
        """Let go of this end, once all that was sent is on its way."""
        self._writer.close()

    async def closed(self) -> None:
        """Wait until that is so."""
        try:
            await self._writer.wait_closed()
        except OSError:
            return
