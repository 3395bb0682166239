"""The look that asks through aiohttp: everything with `--client aiohttp`, else what a proxy is named for."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from functools import partial

from auditor.probe.aiohttp_client import AiohttpClient
from auditor.probe.client import Client, Reply, Traffic
from auditor.probe.headers import UNCONDITIONAL, Headers
from auditor.probe.look import Look
from auditor.probe.proxied import ThroughProxy, check_proxies
from auditor.probe.resolver import GuardedResolver, Resolver
from auditor.probe.routes import Routes
from auditor.probe.session import check_parser, open_session
from auditor.probe.tls import Trust
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

    async def ask(
        self, target: Target, span: Need | None, deadline: float, *, unless: Headers = UNCONDITIONAL, new: bool = False
    ) -> Reply:
        """Ask one or the other."""
        client = self._straight if self._routes.proxy_for(target.origin) is None else self._through
        return await client.ask(target, span, deadline, unless=unless, new=new)


@asynccontextmanager
async def open_full_look(
    settings: ProbeSettings, frontier: FrontierSettings, trusted: Trust, resolver: Resolver, lean: Client | None
) -> AsyncIterator[Look]:
    """Open aiohttp's sessions. `lean` asks what needs no proxy, if it is given.

    Raises `ProxyError` for a proxy that can't be reached, and `AuditorError` for an aiohttp that can't do the work.
    """
    check_parser()
    await check_proxies(settings.proxy, settings.connect_timeout)
    # A proxy may stand inside, and behind it no other name is looked up here.
    unguarded = GuardedResolver(resolver, replace(settings, allow_private=True))
    session = partial(open_session, settings, frontier, trusted)
    async with AsyncExitStack() as stack:
        straight = await stack.enter_async_context(session(GuardedResolver(resolver, settings)))
        through = await stack.enter_async_context(session(unguarded))
        routes = Routes(settings, straight, through)
        full = AiohttpClient(settings, routes, lean.traffic if lean else Traffic())
        client = Forked(lean, full, routes) if lean else full
        proxied = settings.proxy.http is not None or settings.proxy.https is not None
        yield ThroughProxy(client, settings, routes) if proxied else Look(client, settings)
