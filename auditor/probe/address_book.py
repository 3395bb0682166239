"""Addresses of hosts, looked up once and remembered for a while."""

import asyncio
import socket
from collections import OrderedDict
from ipaddress import ip_address
from typing import NamedTuple, TypeAlias

from auditor.probe.faults import LookUpError
from auditor.probe.resolver import PrivateAddressError, Resolver

# As `socket.getaddrinfo` gives it.
AddressInfo: TypeAlias = tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]

HOSTS = 1024  # names remembered: a feed may have a new one in every row


class _Known(NamedTuple):
    addresses: list[str]
    until: float  # of the loop's time


class AddressBook:
    """Finds the addresses of hosts. A name is looked up once at a time, however many ask for it."""

    def __init__(self, resolver: Resolver, ttl: float) -> None:
        self._resolver = resolver
        self._ttl = ttl
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._asked: dict[str, asyncio.Task[list[str]]] = {}

    async def find(self, host: str, port: int) -> list[AddressInfo]:
        """Where to connect to. Raises `PrivateAddressError` and `LookUpError`."""
        try:
            ip_address(host.partition("%")[0])
        except ValueError:
            return [_info(address, port) for address in await self._look_up(host)]
        return [_info(host, port)]

    async def close(self) -> None:
        """Let go of what is still being looked up."""
        for task in self._asked.values():
            task.cancel()
        await asyncio.gather(*self._asked.values(), return_exceptions=True)

    async def _look_up(self, host: str) -> list[str]:
        now = asyncio.get_running_loop().time()
        known = self._known.get(host)
        if known is not None and known.until > now:
            self._known.move_to_end(host)
            known.addresses.append(known.addresses.pop(0))  # the next connection goes to another of them first
            return known.addresses
        task = self._asked.get(host)
        if task is None:
            task = self._asked[host] = asyncio.create_task(self._resolve(host))
            task.add_done_callback(lambda done: self._settle(host, done))
        return await asyncio.shield(task)  # one of those who wait may leave before the others

    async def _resolve(self, host: str) -> list[str]:
        try:
            found = await self._resolver.resolve(host, 0, socket.AF_UNSPEC)
        except PrivateAddressError:
            raise
        except OSError as error:
            raise LookUpError(error) from error
        return [entry["host"] for entry in found]

    def _settle(self, host: str, task: asyncio.Task[list[str]]) -> None:
        """Remember what was found. A failure isn't: the next one who asks may fare better."""
        del self._asked[host]
        if task.cancelled() or task.exception() is not None or self._ttl <= 0:
            return
        self._known[host] = _Known(task.result(), task.get_loop().time() + self._ttl)
        if len(self._known) > HOSTS:
            self._known.popitem(last=False)


def _info(address: str, port: int) -> AddressInfo:
    """An address as the loop wants it to connect to."""
    found = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    return found[0]  # type: ignore[return-value]  # the stubs allow for families that no host here is of
