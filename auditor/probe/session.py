"""The aiohttp sessions, with every limit set."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver
from aiohttp.http_parser import HttpResponseParser, HttpResponseParserPy
from multidict import CIMultiDict

from auditor.errors import AuditorError
from auditor.probe.look import Look, timeouts
from auditor.probe.pool import Connector, Reply
from auditor.probe.proxied import ThroughProxy, check_proxies
from auditor.probe.resolver import GuardedResolver, SystemResolver
from auditor.probe.routes import Routes
from auditor.probe.tls import Trust, trust
from auditor.settings import FrontierSettings, ProbeSettings

KEEPALIVE = 15.0  # seconds an idle connection is kept


@asynccontextmanager
async def open_probe(
    settings: ProbeSettings, frontier: FrontierSettings, resolver: AbstractResolver | None = None
) -> AsyncIterator[Look]:
    """Open what a run asks with: connections, a DNS cache. Tests may bring a resolver; it is guarded all the same.

    Raises `SettingsError` for a CA file without certificates, `ProxyError` for a proxy that can't be reached, and
    `AuditorError` for an aiohttp that can't do the work.
    """
    _check_parser()
    trusted = trust(settings)
    await check_proxies(settings.proxy, settings.connect_timeout)
    inner = resolver or SystemResolver(settings)
    # A proxy may stand inside, and behind it no other name is looked up here.
    outward = replace(settings, allow_private=True)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(inner.close)
        straight = await stack.enter_async_context(
            _session(settings, frontier, GuardedResolver(inner, settings), trusted)
        )
        through = settings.proxy.http or settings.proxy.https
        if not through and not settings.hosts:
            yield Look(straight, settings)
            return
        proxied = await stack.enter_async_context(
            _session(settings, frontier, GuardedResolver(inner, outward), trusted)
        )
        routes = Routes(settings, straight, proxied)
        yield (ThroughProxy if through else Look)(straight, settings, routes)


def _check_parser() -> None:
    """Refuse aiohttp's parser in Python, which takes other broken answers for whole: findings would differ with it."""
    if HttpResponseParser is HttpResponseParserPy:
        raise AuditorError(
            "aiohttp is installed here without its compiled part, and would judge broken answers differently. "
            "Unset AIOHTTP_NO_EXTENSIONS if that is set, or else install it anew: "
            "pip install --force-reinstall --only-binary aiohttp aiohttp"
        )


def _session(
    settings: ProbeSettings, frontier: FrontierSettings, resolver: AbstractResolver, trusted: Trust
) -> aiohttp.ClientSession:
    connector = Connector(
        settings,
        limit=frontier.concurrency,
        limit_per_host=frontier.per_host,
        keepalive_timeout=KEEPALIVE,
        ttl_dns_cache=int(settings.dns_ttl),
        resolver=resolver,
        ssl=trusted,
    )
    return aiohttp.ClientSession(
        connector=connector,
        response_class=Reply,
        # Cookies of one image would travel to the next: nobody's fetcher does that.
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=_headers(settings),
        auto_decompress=False,
        timeout=timeouts(settings, settings.timeout),
        max_line_size=settings.header_bytes,
        max_field_size=settings.header_bytes,
        max_headers=settings.headers,
        trust_env=False,
    )


def _headers(settings: ProbeSettings) -> CIMultiDict[str]:
    """What every request carries. The user's headers replace ours, and may repeat."""
    headers = CIMultiDict(
        {
            hdrs.USER_AGENT: settings.user_agent,
            # Neutral: an Accept that names WebP or AVIF makes many hosts send those in place of the JPEG.
            hdrs.ACCEPT: "*/*",
            hdrs.ACCEPT_ENCODING: "identity",
        }
    )
    for header in settings.extra_headers:
        headers.popall(header.name, None)
    for header in settings.extra_headers:
        headers.add(header.name, header.value)
    return headers
