"""Opening connections: the first address that answers, then TLS on it."""

import asyncio
import ssl
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

import aiohappyeyeballs

from auditor.probe.address_book import AddressBook, AddressInfo
from auditor.probe.connection import Connection
from auditor.probe.faults import ConnectError, ConnectionTimeoutError, HandshakeError

NEXT_ADDRESS = 0.25  # seconds until the next address is tried beside the one that doesn't answer (RFC 8305)


class Place(NamedTuple):
    """What is connected to. `host` is lower case, without brackets."""

    host: str
    port: int
    secure: bool


class Opener:
    """Opens connections. `trusted` gives the one TLS context; it is called when the first is needed."""

    def __init__(self, book: AddressBook, seconds: float, trusted: Callable[[], ssl.SSLContext]) -> None:
        self._book = book
        self._seconds = seconds
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
            async with asyncio.timeout_at(due):
                return await self._connect(place, infos, factory)
        except TimeoutError:
            if clock() < due:
                raise
            raise ConnectionTimeoutError from None

    async def _connect(self, place: Place, infos: list[AddressInfo], factory: Callable[[], Connection]) -> Connection:
        loop = asyncio.get_running_loop()
        try:
            sock = await aiohappyeyeballs.start_connection(infos, happy_eyeballs_delay=NEXT_ADDRESS)
        except (OSError, RuntimeError) as error:  # uvloop's word for some of the system's errors
            raise ConnectError(error) from error
        with suppress(OSError, ValueError):
            aiohappyeyeballs.remove_addr_infos(infos, sock.getpeername())
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
