"""Names → addresses that may be reached: what a name resolves to is checked, not the name."""

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from aiohttp.abc import AbstractResolver, ResolveResult

from auditor.addresses import is_private
from auditor.probe.descriptors import check_shortage
from auditor.settings import ProbeSettings

# Look-ups of dead names block a thread for seconds each. They have threads of their own, so that they never hold up
# the reading of feeds and the writing of reports, which use the loop's, nor each other: uvloop's resolver has four.
# As many as may be asked for at once, and as many again that still hang after their time was up.
THREADS = 512
ADDRESSES = 64  # tried of one name: an answer may hold hundreds, and a connection is attempted to each that is dead


class PrivateAddressError(OSError):
    """Every address of a name is one that a feed may not reach."""


class SystemResolver(AbstractResolver):
    """The system's resolver, in threads of its own."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="dns")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Look a name up. Raises `socket.gaierror`."""
        found = await asyncio.get_running_loop().run_in_executor(self._threads, _getaddrinfo, host, port, family)
        return [
            {
                "hostname": host,
                "host": str(address[0]),
                "port": port,
                "family": kind,
                "proto": proto,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for kind, _, proto, _, address in found
        ]

    async def close(self) -> None:
        """Let the threads go without waiting for look-ups that nobody wants any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    check_shortage()
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


class GuardedResolver(AbstractResolver):
    """A resolver with limits: in time, in the number of addresses, and in where they lead.

    Private, loopback, link-local, multicast and metadata addresses are taken out of every answer, so that a name which
    leads elsewhere the second time (DNS rebinding) is refused then, unless the settings allow them.
    """

    def __init__(self, inner: AbstractResolver, settings: ProbeSettings) -> None:
        self._inner = inner
        self._allow_private = settings.allow_private
        self._timeout = min(settings.dns_timeout, 0.8 * settings.connect_timeout)  # so that this one speaks first

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        """Look a name up.

        Raises `PrivateAddressError` when no address is left, `socket.gaierror` when no name server answers in time,
        and what the inner resolver raises.
        """
        try:
            async with asyncio.timeout(self._timeout):
                found = await self._inner.resolve(host, port, family)
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, f"no name server answered within {self._timeout:g} s") from error
        allowed = found if self._allow_private else [entry for entry in found if not is_private(entry["host"])]
        if found and not allowed:
            raise PrivateAddressError(f"{host} resolves to {found[0]['host']}")
        if not allowed:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
        return allowed[:ADDRESSES]

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()
