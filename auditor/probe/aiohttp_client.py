"""The full client: aiohttp's, which knows proxies."""

import asyncio
from typing import Any

from aiohttp import ClientTimeout, hdrs
from yarl import URL

from auditor.probe.client import WANTED, Traffic
from auditor.probe.connector import Response
from auditor.probe.headers import UNCONDITIONAL, Headers
from auditor.probe.payload import Payload
from auditor.probe.routes import Routes
from auditor.probe.surplus import Hearing
from auditor.settings import ProbeSettings
from auditor.sniff import Need
from auditor.urls import Target


def timeouts(settings: ProbeSettings, total: float) -> ClientTimeout:
    """Seconds for connecting, for silence, and for all of one request, its body included.

    Only opening a connection is timed: aiohttp's `connect` would set a timer for every request on a kept one, too.
    Looking a name up has a limit of its own.
    """
    return ClientTimeout(total=total, sock_connect=settings.connect_timeout, sock_read=settings.stall_timeout)


class AiohttpClient:
    """Asks through aiohttp's sessions, those that `routes` choose from."""

    def __init__(self, settings: ProbeSettings, routes: Routes, traffic: Traffic) -> None:
        self.traffic = traffic
        self._settings = settings
        self._routes = routes

    async def ask(
        self, target: Target, span: Need | None, deadline: float, *, unless: Headers = UNCONDITIONAL, new: bool = False
    ) -> "AiohttpReply":
        """Ask for a span of a resource, as the URL is written."""
        url = URL(target.origin + target.path, encoded=True)
        way = self._routes(url)
        headers = dict(unless)
        if span is not None:
            headers[hdrs.RANGE] = f"bytes={span.offset}-{span.offset + span.length - 1}"
        options: dict[str, Any] = {"allow_redirects": False, "headers": headers}
        if new:
            options["server_hostname"] = url.raw_host  # makes the connector open a connection
        self.traffic.requests += 1
        left = max(0.001, deadline - asyncio.get_running_loop().time())
        response: Any = await way(url, timeout=timeouts(self._settings, left), **options)
        return AiohttpReply(response, self.traffic)


class AiohttpReply(Hearing):
    """An answer of aiohttp's."""

    __slots__ = ("_body", "_response", "status")

    def __init__(self, response: Response, traffic: Traffic) -> None:
        self._response = response
        self._body = Payload(response.content, traffic)
        self.status = response.status

    @property
    def length(self) -> int | None:
        """What Content-Length says."""
        return self._response.content_length

    @property
    def encoding(self) -> str:
        """What all Content-Encoding say."""
        return ",".join(self._response.headers.getall(hdrs.CONTENT_ENCODING, ()))

    @property
    def ended(self) -> bool:
        """Whether everything is read."""
        return self._body.ended

    def told(self) -> list[str | None]:
        """The first header of each name that is wanted."""
        return [_readable(self._response.headers.get(name)) for name in WANTED]

    ready = 0  # aiohttp's own reader says what is there only to those who wait

    def at_once(self) -> bytes:
        """Nothing."""
        return b""

    async def read(self) -> bytes:
        """Some bytes, or none at the end."""
        return await self._body.read()

    def is_doubtful(self) -> bool:
        """Whether this may be what came too much for an earlier question."""
        return self._response.is_doubtful

    def drop(self) -> None:
        """Close the connection."""
        self._response.close()

    def leave(self) -> None:
        """Give the connection back; the pool closes one whose body isn't read to its end."""
        self._response.release()


def _readable(value: str | None) -> str | None:
    """A header's value as text: aiohttp gives what isn't UTF-8 as lone surrogates, which nobody can write anywhere."""
    if value is None or value.isascii():
        return value
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
