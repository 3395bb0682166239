"""Names → addresses by c-ares, which asks name servers itself: no thread waits for an answer.

For catalogues with very many hosts. The system's resolver knows more places where names may stand (mDNS, LDAP).
"""

import asyncio
import socket
from typing import TYPE_CHECKING, Any

from auditor.errors import SettingsError
from auditor.settings import ProbeSettings

if TYPE_CHECKING:  # whoever asks through it has it loaded
    from aiohttp.abc import ResolveResult

TRIES = 2  # of each name server: an answer may be lost


class AresResolver:
    """Asks name servers by c-ares. Raises `SettingsError` if it isn't installed.

    `where` is for tests: the ports and addresses of name servers, as `aiodns.DNSResolver` takes them.
    """

    def __init__(self, settings: ProbeSettings, **where: Any) -> None:
        try:
            import aiodns  # noqa: PLC0415  # few have it
        except ImportError as error:
            raise SettingsError("For --resolver aiodns, run: pip install 'auditor[aiodns]'") from error
        self._error = aiodns.error
        self._timeout = min(settings.dns_timeout, 0.5 * settings.timeout)
        # Tries grow longer, and all of them together have `_timeout`.
        self._resolver = aiodns.DNSResolver(timeout=self._timeout / (TRIES + 1), tries=TRIES, **where)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> "list[ResolveResult]":
        """Look a name up. Raises `socket.gaierror`, also when no name server answers in time."""
        try:
            async with asyncio.timeout(self._timeout):
                found = await self._resolver.getaddrinfo(host, family=family, port=port, type=socket.SOCK_STREAM)
        except TimeoutError as error:
            raise socket.gaierror(socket.EAI_AGAIN, f"no name server answered within {self._timeout:g} s") from error
        except self._error.DNSError as error:
            raise self._told(error) from error
        return [
            {
                "hostname": host,
                "host": _text(node.addr[0]),
                "port": port,
                "family": node.family,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
            }
            for node in found.nodes
        ]

    async def close(self) -> None:
        """Ask nothing any more."""
        await self._resolver.close()

    def _told(self, error: Exception) -> socket.gaierror:
        """What the system's resolver would have said: that there is no such name, or that nobody could say."""
        number, *words = error.args
        code = self._error
        unknown = {code.ARES_ENOTFOUND, code.ARES_ENODATA, code.ARES_EBADNAME, code.ARES_ENONAME}
        said = f"c-ares: {words[0] if words else number}"
        return socket.gaierror(socket.EAI_NONAME if number in unknown else socket.EAI_AGAIN, said)


def _text(address: str | bytes) -> str:
    return address.decode("ascii") if isinstance(address, bytes) else address
