"""Names → addresses that may be reached: what a name resolves to is checked, not the name."""

import asyncio
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Protocol

from auditor.addresses import is_private
from auditor.probe.descriptors import check_shortage
from auditor.settings import ProbeSettings

if TYPE_CHECKING:  # whoever asks through it has it loaded
    from aiohttp.abc import ResolveResult

# Look-ups of dead names block a thread for seconds each, and longer than anyone waits for them. They have threads of
# their own, so that they never hold up the reading of feeds and the writing of reports, which use the loop's, nor each
# other: uvloop's resolver has four.
THREADS = 256
ADDRESSES = 64  # tried of one name: an answer may hold hundreds, and a connection is attempted to each that is dead


class NoThreadError(OSError):
    """No thread is left to look a name up in: nothing is known of the name."""


class PrivateAddressError(OSError):
    """Every address of a name is one that a feed may not reach."""


class Resolver(Protocol):
    """Finds the addresses of names. aiohttp's resolvers do, and take the place of its own."""

    async def resolve(self, host: str, port: int, family: socket.AddressFamily) -> "list[ResolveResult]":
        """Look a name up. Raises what `causes.py` knows."""
        ...

    async def close(self) -> None:
        """Let go of what it holds."""
        ...


LookUp = Callable[[str, int, socket.AddressFamily], Sequence[Any]]


class SystemResolver:
    """The system's resolver, in threads of its own.

    Only the look-up itself is timed. To wait for a thread is this machine's trouble and says nothing about the name;
    how long that may take has a limit too, so that the whole attempt doesn't run out of time over it.
    """

    def __init__(self, settings: ProbeSettings, look_up: LookUp | None = None, threads: int = THREADS) -> None:
        self._look_up = look_up or _getaddrinfo
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="dns")
        self._free = asyncio.Semaphore(threads)
        self._timeout = min(settings.dns_timeout, 0.5 * settings.timeout)
        self._patience = 0.25 * settings.timeout

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> "list[ResolveResult]":
        """Look a name up. Raises `socket.gaierror`, also when no name server answers in time, and `NoThreadError`."""
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError as error:
            raise NoThreadError("too many names are being looked up") from error
        try:
            async with asyncio.timeout(self._timeout):
                found = await asyncio.wrap_future(self._begin(host, port, family))
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, f"no name server answered within {self._timeout:g} s") from error
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

    def _begin(self, host: str, port: int, family: socket.AddressFamily) -> Future[Sequence[Any]]:
        """Start a look-up. Its thread counts as free when it has ended, not when nobody waits for it any more."""
        loop = asyncio.get_running_loop()

        def ended(_: object) -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody needs a thread
                loop.call_soon_threadsafe(self._free.release)

        job = self._threads.submit(self._look_up, host, port, family)
        job.add_done_callback(ended)
        return job

    async def close(self) -> None:
        """Let the threads go without waiting for look-ups that nobody wants any more."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _getaddrinfo(host: str, port: int, family: socket.AddressFamily) -> list[Any]:
    check_shortage()
    return socket.getaddrinfo(host, port, family=family, type=socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)


class GuardedResolver:
    """A resolver with limits: in the number of addresses, and in where they lead.

    Private, loopback, link-local, multicast and metadata addresses are taken out of every answer, so that a name which
    leads elsewhere the second time (DNS rebinding) is refused then, unless the settings allow them.
    """

    def __init__(self, inner: Resolver, settings: ProbeSettings) -> None:
        self._inner = inner
        self._allow_private = settings.allow_private

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> "list[ResolveResult]":
        """Look a name up.

        Raises `PrivateAddressError` when no address is left, and what the inner resolver raises.
        """
        found = await self._inner.resolve(host, port, family)
        allowed = found if self._allow_private else [entry for entry in found if not is_private(entry["host"])]
        if found and not allowed:
            raise PrivateAddressError(f"{host} resolves to {found[0]['host']}")
        if not allowed:
            raise socket.gaierror(socket.EAI_NONAME, f"{host} has no address")
        return allowed[:ADDRESSES]

    async def close(self) -> None:
        """Close the inner resolver."""
        await self._inner.close()
