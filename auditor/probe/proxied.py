"""Proxies: their own faults stop the run, and are never told of a host."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from yarl import URL

from auditor.errors import ProxyError, Sentence, reason
from auditor.model import Answered, Cause, Probe, Revalidation, Unreached
from auditor.probe.client import Client
from auditor.probe.descriptors import is_shortage
from auditor.probe.look import Look
from auditor.probe.routes import Routes
from auditor.settings import ProbeSettings, Proxy, ProxySettings

# Behind a proxy no name is looked up but the proxy's own.
NEVER_REACHED = frozenset({Cause.PROXY_UNREACHABLE, Cause.DNS_FAILURE, Cause.DNS_TEMPORARY})
# What a port that isn't a proxy's makes of every request. A proxy itself answers, if only with 502.
FRUITLESS = frozenset({Cause.CONNECTION_LOST, Cause.PROTOCOL_ERROR})
PROOF = frozenset({Cause.PROXY_REFUSED, Cause.TLS_FAILURE})
ENOUGH = 20  # fruitless attempts before the first that proves it to be a proxy
PAUSE = 1.0  # seconds between two tries to reach a proxy that has worked before: it may be busy


class ThroughProxy(Look):
    """A look that asks whose fault it is when there is no answer. Raises `ProxyError` when it is the proxy's."""

    def __init__(self, client: Client, settings: ProbeSettings, routes: Routes) -> None:
        super().__init__(client, settings)
        self.proxy_for = routes.proxy_for
        self._proven: set[Proxy] = set()
        self._fruitless: Counter[Proxy] = Counter()
        self._heard: set[Proxy] = set()
        self._hearing = asyncio.Lock()
        routes.tell_tunnels(self._proven.add)

    async def __call__(self, question: str | Revalidation) -> Probe:
        """Make one attempt."""
        probe = await super().__call__(question)
        url = question if isinstance(question, str) else question.url
        proxy = self.proxy_for(url)
        return probe if proxy is None else await self._blame(proxy, url, probe)

    async def _blame(self, proxy: Proxy, url: str, probe: Probe) -> Probe:
        """Say whose fault it is: a proxy that can be reached has only failed with this host, or for a moment."""
        if isinstance(probe, Answered):
            # Only proxies should answer so (RFC 9110 section 15.5.8), but strange hosts do. Inside a tunnel it is the
            # host's word for certain, and most likely where the proxy has let others pass.
            if probe.status == 407 and proxy not in self._proven and not url.lower().startswith("https:"):
                raise _denied(proxy)
            self._proven.add(proxy)
            return probe
        if probe.cause is Cause.PROXY_DENIED:
            raise _denied(proxy)
        if probe.cause in NEVER_REACHED or probe.cause is Cause.TIMEOUT:
            return await self._reach(proxy, probe)
        if probe.cause in FRUITLESS:
            self._doubt(proxy)
        elif probe.cause in PROOF:
            self._proven.add(proxy)
        return probe

    async def _reach(self, proxy: Proxy, probe: Unreached) -> Unreached:
        try:
            await (self._hear(proxy) if probe.cause is Cause.TIMEOUT else self._reach_again(proxy))
        except ProxyError as error:
            if is_shortage(error.__cause__):
                return Unreached(Cause.SHORTAGE, probe.detail)
            raise
        return probe._replace(cause=Cause.PROXY_UNREACHABLE) if probe.cause in NEVER_REACHED else probe

    async def _reach_again(self, proxy: Proxy) -> None:
        if proxy in self._proven:
            with suppress(ProxyError):
                await reach(proxy, self.settings.connect_timeout)
                return
            await asyncio.sleep(PAUSE)
        await reach(proxy, self.settings.connect_timeout)

    async def _hear(self, proxy: Proxy) -> None:
        """See that a proxy says anything at all. If so, it is a host behind it that is silent."""
        async with self._hearing:
            if proxy in self._proven | self._heard:
                await self._reach_again(proxy)
            else:
                await hear(proxy, self.settings.connect_timeout)
                self._heard.add(proxy)

    def _doubt(self, proxy: Proxy) -> None:
        if proxy not in self._proven:
            self._fruitless[proxy] += 1
            if self._fruitless[proxy] >= ENOUGH:
                raise ProxyError(
                    "The proxy {url} (from {source}) broke off every request so far. Is it an HTTP proxy?",
                    url=proxy.url,
                    source=proxy.source,
                )


async def check_proxies(settings: ProxySettings, seconds: float) -> None:
    """Reach for the proxies that a user named. Raises `ProxyError`.

    Those of the environment are left alone until one is needed: it may name one that this feed never uses.
    """
    if not settings.from_environment:
        for proxy in filter(None, {settings.http, settings.https}):
            await reach(proxy, seconds)


async def reach(proxy: Proxy, seconds: float) -> None:
    """Connect to a proxy and leave again. Raises `ProxyError`, from the system's own error."""
    async with _connected(proxy, seconds):
        pass


async def hear(proxy: Proxy, seconds: float) -> None:
    """Ask a proxy what it must answer by itself (RFC 9110 section 7.6.2). Raises `ProxyError` if it says nothing.

    Whatever comes will do, be it a refusal or the connection's end.
    """
    async with _connected(proxy, seconds) as (reader, writer):
        host = proxy.url.removeprefix("http://")
        writer.write(f"OPTIONS * HTTP/1.1\r\nHost: {host}\r\nMax-Forwards: 0\r\nConnection: close\r\n\r\n".encode())
        try:
            async with asyncio.timeout(seconds):
                with suppress(OSError):
                    await reader.read(1)
        except TimeoutError as error:
            raise ProxyError(
                "The proxy {proxy} (from {source}) takes connections and never answers. Is it an HTTP proxy, and well?",
                proxy=proxy.url,
                source=proxy.source,
            ) from error


@asynccontextmanager
async def _connected(proxy: Proxy, seconds: float) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    url = URL(proxy.url)
    try:
        async with asyncio.timeout(seconds):
            reader, writer = await asyncio.open_connection(url.host, url.port)
    except TimeoutError as error:
        raise _unreachable(proxy, Sentence("no connection within {seconds:g} seconds", seconds=seconds)) from error
    except (OSError, UnicodeError) as error:
        raise _unreachable(proxy, reason(error)) from error
    try:
        yield reader, writer
    finally:
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


def _unreachable(proxy: Proxy, why: Sentence) -> ProxyError:
    return ProxyError(
        "The proxy {url} (from {source}) can't be reached: {why}. Correct it there, or see that it runs.",
        url=proxy.url,
        source=proxy.source,
        why=why,
    )


def _denied(proxy: Proxy) -> ProxyError:
    refuses, asks = Sentence("refuses the user and password given"), Sentence("asks for a user and a password")
    return ProxyError(
        "The proxy {url} (from {source}) {asks}. Write them as http://user:password@… there.",
        url=proxy.url,
        source=proxy.source,
        asks=refuses if proxy.authorization else asks,
    )
