"""The lean client: HTTP/1.1 straight to a host, and as little as that takes."""

import asyncio
from collections.abc import Coroutine
from functools import lru_cache
from typing import Any, NamedTuple

from auditor.probe.address_book import HOSTS, AddressBook
from auditor.probe.client import Traffic
from auditor.probe.connection import Connection, Place, Terms
from auditor.probe.descriptors import is_shortage
from auditor.probe.faults import ConnectError
from auditor.probe.headers import UNCONDITIONAL, Headers, replaced, request_headers
from auditor.probe.opening import Opener
from auditor.probe.outbox import Outbox
from auditor.probe.pool import Pool
from auditor.probe.resolver import Resolver
from auditor.probe.tls import Trust, context_of
from auditor.probe.unread import Arrivals
from auditor.settings import FrontierSettings, ProbeSettings
from auditor.sniff import Need
from auditor.urls import Link, Target, parse

PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """Whom requests go to. `preamble` is what stands in them behind their target, up to the range's value."""

    place: Place
    preamble: str


class LeanClient:
    """Asks hosts straight, each over a connection that was kept or a new one."""

    def __init__(self, settings: ProbeSettings, frontier: FrontierSettings, resolver: Resolver, trusted: Trust) -> None:
        self.traffic = Traffic()
        self._settings = settings
        self._hosts = {(host.host, host.port): host.headers for host in settings.hosts}
        self._origin = lru_cache(HOSTS)(self._describe)
        self._pool = Pool(frontier.concurrency, frontier.per_host)
        loop = asyncio.get_running_loop()
        self._arrivals = Arrivals(loop)
        outbox = Outbox(loop, self._arrivals.renew)
        self._terms = Terms(settings, loop, self.traffic, self._pool, outbox, self._arrivals)
        self._book = AddressBook(resolver, settings.dns_ttl)
        self._opener = Opener(self._book, settings, lru_cache(1)(lambda: context_of(trusted)))

    def ask(
        self, target: Target, span: Need | None, deadline: float, *, unless: Headers = UNCONDITIONAL, new: bool = False
    ) -> Coroutine[Any, Any, Connection]:
        """Ask for a span of a resource, as the URL is written."""
        whose, path = target
        place, preamble = self._origin(whose)
        conditions = _lines(unless) if unless else ""
        request = f"GET {path}{preamble}{_range(span)}{conditions}\r\n".encode("ascii")
        self.traffic.requests += 1
        kept = None if new else self._pool.take(place)
        return self._ask_anew(place, request, deadline) if kept is None else kept.ask(request, deadline)

    async def _ask_anew(self, place: Place, request: bytes, deadline: float) -> Connection:
        connection = await self._open(place, deadline)
        return await connection.ask(request, deadline)

    async def _open(self, place: Place, deadline: float) -> Connection:
        """Open a connection. Those at rest make room for it where this machine is short of descriptors."""
        while True:
            try:
                return await self._opener.open(place, deadline, lambda: Connection(self._terms, place))
            except ConnectError as error:
                if not is_shortage(error.os_error) or not await self._pool.make_room():
                    raise

    async def close(self) -> None:
        """Close all connections."""
        self._pool.close()
        await self._book.close()
        await asyncio.sleep(0)  # the loop closes their sockets in its next turn
        self._arrivals.close()

    def _describe(self, text: str) -> Origin:
        """Describe whom a URL leads to, by what stands before its path."""
        link = parse(text)
        assert link is not None  # noqa: S101  # it is the beginning of one that was parsed
        own = self._hosts.get((link.host, link.port or PORTS[link.scheme])) or self._hosts.get((link.host, None)) or ()
        headers = replaced(request_headers(self._settings), own)
        preamble = " HTTP/1.1\r\n" + _lines((("Host", _host(link)), *headers))
        return Origin(Place(link.host, link.port or PORTS[link.scheme], link.scheme == "https"), preamble)


def _lines(headers: Headers) -> str:
    """Headers as they stand in a request. Raises ValueError for what would stand there as something else."""
    text = "".join([f"{name}: {value}\r\n" for name, value in headers])
    if not text.isascii() or not text.count("\r") == text.count("\n") == len(headers):
        raise ValueError("a header holds a line break, or what is no ASCII")
    return text


@lru_cache(1)
def _range(span: Need | None) -> str:
    """The header that asks for a span: nearly always the same one."""
    return "" if span is None else f"Range: bytes={span.offset}-{span.offset + span.length - 1}\r\n"


def _host(link: Link) -> str:
    """The host as the URL has it, without what every client leaves out: user, a scheme's own port, the root's dot."""
    written = link.text[len(link.scheme) + 3 :].rpartition("@")[2]
    name = f"[{link.host}]" if ":" in link.host else written[: len(link.host)].rstrip(".")
    return name if link.port in (None, PORTS[link.scheme]) else f"{name}:{link.port}"
