"""Names that lead to addresses of this machine, and addresses that drop every packet."""

import socket
from contextlib import ExitStack

from aiohttp.abc import AbstractResolver, ResolveResult


class Addresses(AbstractResolver):
    """A resolver that gives every name these addresses."""

    def __init__(self, *addresses: str) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002  # the base class's signature
    ) -> list[ResolveResult]:
        """Give them."""
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET6 if ":" in address else socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
            for address in self._addresses
        ]

    async def close(self) -> None:
        """Nothing to close."""


def dropping(stack: ExitStack, address: str, port: int = 0) -> int:
    """Drop every packet that asks for a connection, as a listener does whose queue is full; gives its port."""
    listener = stack.enter_context(socket.create_server((address, port), backlog=0))
    for _ in range(2):
        waiting = stack.enter_context(socket.socket())
        waiting.setblocking(False)  # it has no name
        waiting.connect_ex(listener.getsockname())
    return int(listener.getsockname()[1])
