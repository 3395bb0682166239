"""The aiohttp session, with every limit set."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver

from auditor.probe.look import Look, timeouts
from auditor.probe.resolver import GuardedResolver, SystemResolver
from auditor.settings import FrontierSettings, ProbeSettings

KEEPALIVE = 15.0  # seconds an idle connection is kept


@asynccontextmanager
async def open_probe(
    settings: ProbeSettings, frontier: FrontierSettings, resolver: AbstractResolver | None = None
) -> AsyncIterator[Look]:
    """One session per run: its connections, its DNS cache. Tests may bring a resolver; it is guarded all the same."""
    inner = resolver or SystemResolver()
    connector = aiohttp.TCPConnector(
        limit=frontier.concurrency,
        limit_per_host=frontier.per_host,
        keepalive_timeout=KEEPALIVE,
        ttl_dns_cache=int(settings.dns_ttl),
        resolver=GuardedResolver(inner, settings),
    )
    session = aiohttp.ClientSession(
        connector=connector,
        # Cookies of one image would travel to the next: nobody's fetcher does that.
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={
            hdrs.USER_AGENT: settings.user_agent,
            # Neutral: an Accept that names WebP or AVIF makes many hosts send those in place of the JPEG.
            hdrs.ACCEPT: "*/*",
            hdrs.ACCEPT_ENCODING: "identity",
        },
        auto_decompress=False,
        timeout=timeouts(settings, settings.timeout),
        max_line_size=settings.header_bytes,
        max_field_size=settings.header_bytes,
        max_headers=settings.headers,
        trust_env=False,
    )
    try:
        yield Look(session, settings)
    finally:
        await session.close()
        await inner.close()
