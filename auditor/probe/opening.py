"""Opening connections: the first address that answers, then TLS on it."""

import asyncio
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

import aiohappyeyeballs

from auditor.probe.address_book import AddressBook, AddressInfo
from auditor.probe.connection import Connection, Place
from auditor.probe.faults import ConnectError, ConnectionTimeoutError, HandshakeError
from auditor.probe.sockets import Sockets
from auditor.settings import ProbeSettings


class Opener:
    """Opens connections. `trusted` gives the one TLS context; it is called when the first is needed."""

    def __init__(self, book: AddressBook, settings: ProbeSettings, trusted: Callable[[], ssl.SSLContext]) -> None:
        self._book = book
        self._seconds = settings.connect_timeout
        self._sockets = Sockets(settings)
        self._trusted = trusted

    async def open(self, place: Place, deadline: float, factory: Callable[[], Connection]) -> Connection:
        """Open a connection, by the loop's time `deadline`.

        An address with which TLS fails gives way to the next. Raises `ConnectError` and `TimeoutError`.
        """
        async with asyncio.timeout_at(deadline):
            infos = await self._book.find(place.host, place.port)
            while True:
                try:
                    return await self._timed(place, infos, factory)
                except HandshakeError:
                    if not infos:
                        raise

    async def _timed(self, place: Place, infos: list[AddressInfo], factory: Callable[[], Connection]) -> Connection:
        clock = asyncio.get_running_loop().time
        due = clock() + self._seconds
        try:
            with self._sockets.shortage_first():
                async with asyncio.timeout_at(due):
                    sock = await aiohappyeyeballs.start_connection(
                        infos,
                        happy_eyeballs_delay=self._sockets.stagger(len(infos)),
                        socket_factory=self._sockets.open,
                    )
            with suppress(OSError, ValueError):
                aiohappyeyeballs.remove_addr_infos(infos, sock.getpeername())
            async with asyncio.timeout_at(due):
                return await self._greet(place, sock, factory)
        except TimeoutError as error:
            if clock() < due:
                raise ConnectError(error) from error
            raise ConnectionTimeoutError from None
        except (OSError, RuntimeError) as error:  # uvloop's word for some of the system's errors
            raise ConnectError(error) from error

    async def _greet(self, place: Place, sock: socket.socket, factory: Callable[[], Connection]) -> Connection:
        """Make a connection of a socket, with TLS where the place is a secure one."""
        loop = asyncio.get_running_loop()
        if not place.secure:
            _, connection = await loop.create_connection(factory, sock=sock)
            return connection
        try:
            _, connection = await loop.create_connection(
                factory, sock=sock, ssl=self._trusted(), server_hostname=place.host.rstrip(".")
            )
        except OSError as error:
            raise HandshakeError(error) from error
        return connection
