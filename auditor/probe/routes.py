"""The way to each URL: straight or through a proxy, with the headers of its host's own."""

from collections.abc import Awaitable, Callable, Mapping
from functools import lru_cache
from typing import Any, NamedTuple
from urllib.request import proxy_bypass_environment  # type: ignore[attr-defined]  # documented since 2.6, not in stubs

from aiohttp import ClientResponse, ClientSession, TraceConfig, hdrs
from yarl import URL

from auditor.addresses import is_private, literal_address
from auditor.settings import ProbeSettings, Proxy

Asking = Awaitable[ClientResponse]

HOSTS = 1024  # ways remembered: a feed may name a new host in every row


class Way(NamedTuple):
    """How a host is asked: called as a session's own `get` is."""

    session: ClientSession
    headers: Mapping[str, str]
    options: Mapping[str, Any]

    def __call__(self, url: URL, *, headers: Mapping[str, str], **options: Any) -> Asking:
        """Send one request. The host's headers come before those of every request, after those to every host."""
        both = {**self.headers, **headers}
        return self.session.get(url, headers=both, **self.options, **options)


class Routes:
    """Finds the way to a URL. `straight` guards addresses, `proxied` reaches proxies, which may stand inside."""

    def __init__(self, settings: ProbeSettings, straight: ClientSession, proxied: ClientSession) -> None:
        self._settings = settings
        self._straight = straight
        self._proxied = proxied
        self._hosts = {(host.host, host.port): host.headers for host in settings.hosts}
        self._way = lru_cache(HOSTS)(self._find)
        self._proxy = lru_cache(HOSTS)(self._choose)

    def __call__(self, url: URL) -> Way:
        """Find the way to a URL."""
        return self._way(url.scheme, (url.raw_host or "").lower(), url.port)

    def tell_tunnels(self, tell: Callable[[Proxy], None]) -> None:
        """Have each proxy told that opened a tunnel, with the host's TLS inside it: what comes next is the host's."""

        async def opened(_session: ClientSession, context: Any, _: Any) -> None:
            if context.trace_request_ctx is not None:
                tell(context.trace_request_ctx)

        tracing = TraceConfig()
        tracing.on_connection_create_end.append(opened)
        tracing.freeze()
        self._proxied.trace_configs.append(tracing)

    def proxy_for(self, url: str) -> Proxy | None:
        """Say through which proxy a URL is asked, if through any. One that can't be taken apart isn't asked at all."""
        try:
            parts = URL(url, encoded=True)
            return self._proxy(parts.scheme, (parts.raw_host or "").lower(), parts.port)
        except ValueError:
            return None

    def _find(self, scheme: str, host: str, port: int | None) -> Way:
        own = self._hosts.get((host, port)) or self._hosts.get((host, None)) or ()
        headers = {header.name: header.value for header in own}
        proxy = self._proxy(scheme, host, port)
        if proxy is None:
            return Way(self._straight, headers, {})
        # A proxy's credentials must reach it and nobody else: in the request where it reads that, else with CONNECT.
        credentials = {hdrs.PROXY_AUTHORIZATION: proxy.authorization} if proxy.authorization else {}
        if scheme == "http":
            return Way(self._proxied, headers | credentials, {"proxy": proxy.url})
        agent = {hdrs.USER_AGENT: self._settings.user_agent}
        options = {"proxy": proxy.url, "proxy_headers": agent | credentials, "trace_request_ctx": proxy}
        return Way(self._proxied, headers, options)

    def _choose(self, scheme: str, host: str, port: int | None) -> Proxy | None:
        settings = self._settings.proxy
        proxy = settings.https if scheme == "https" else settings.http
        host = host.removesuffix(".")  # the root's dot: the same name
        if proxy is None or (settings.from_environment and is_local(host)):
            return None
        # The rules of NO_PROXY are written down nowhere: those of Python's own library are what its users know.
        exempt = settings.exempt and proxy_bypass_environment(f"{host}:{port}", {"no": settings.exempt})
        return None if exempt else proxy


def is_local(host: str) -> bool:
    """Whether a URL's host is, by its spelling, this machine or an address inside its networks."""
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 section 6.3
        return True
    address = literal_address(host)
    return address is not None and is_private(address)
