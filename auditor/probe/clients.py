"""The clients of a run: chosen, opened and closed."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from aiohttp.abc import AbstractResolver

from auditor.probe.aiohttp_client import AiohttpClient
from auditor.probe.client import Client, Reply, Traffic
from auditor.probe.lean_client import LeanClient
from auditor.probe.look import Look
from auditor.probe.proxied import ThroughProxy, check_proxies
from auditor.probe.resolver import GuardedResolver, SystemResolver
from auditor.probe.routes import Routes
from auditor.probe.session import check_parser, open_session
from auditor.probe.tls import trust
from auditor.settings import FrontierSettings, ProbeSettings
from auditor.sniff import Need
from auditor.urls import Target


class Forked:
    """Asks straight, or through the proxy that the user's settings name for a URL."""

    def __init__(self, straight: Client, through: Client, routes: Routes) -> None:
        self.traffic = straight.traffic
        self._straight = straight
        self._through = through
        self._routes = routes

    async def ask(self, target: Target, span: Need | None, deadline: float, *, new: bool = False) -> Reply:
        """Ask one or the other."""
        client = self._straight if self._routes.proxy_for(target.origin) is None else self._through
        return await client.ask(target, span, deadline, new=new)


@asynccontextmanager
async def open_probe(
    settings: ProbeSettings, frontier: FrontierSettings, resolver: AbstractResolver | None = None
) -> AsyncIterator[Look]:
    """Open what a run asks with: connections, a DNS cache. Tests may bring a resolver; it is guarded all the same.

    Raises `SettingsError` for a CA file without certificates, `ProxyError` for a proxy that can't be reached, and
    `AuditorError` for an aiohttp that can't do the work where it is to.
    """
    proxied = settings.proxy.http is not None or settings.proxy.https is not None
    if proxied or settings.client == "aiohttp":
        check_parser()
    trusted = trust(settings)
    await check_proxies(settings.proxy, settings.connect_timeout)
    inner = resolver or SystemResolver(settings)
    guarded = GuardedResolver(inner, settings)
    # A proxy may stand inside, and behind it no other name is looked up here.
    unguarded = GuardedResolver(inner, replace(settings, allow_private=True))
    session = partial(open_session, settings, frontier, trusted)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(inner.close)
        if settings.client == "lean":
            lean = LeanClient(settings, frontier, guarded, trusted)
            stack.push_async_callback(lean.close)
            if not proxied:
                yield Look(lean, settings)
                return
        straight = await stack.enter_async_context(session(guarded))
        through = await stack.enter_async_context(session(unguarded))
        routes = Routes(settings, straight, through)
        full = AiohttpClient(settings, routes, lean.traffic if settings.client == "lean" else Traffic())
        client = Forked(lean, full, routes) if settings.client == "lean" else full
        yield ThroughProxy(client, settings, routes) if proxied else Look(client, settings)
