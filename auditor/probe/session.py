"""The aiohttp sessions, with every limit set."""

import aiohttp
from aiohttp.abc import AbstractResolver

from auditor.probe.aiohttp_client import timeouts
from auditor.probe.connection import KEEPALIVE
from auditor.probe.headers import request_headers
from auditor.probe.tls import Trust
from auditor.probe.wire import Connector
from auditor.settings import FrontierSettings, ProbeSettings


def open_session(
    settings: ProbeSettings, frontier: FrontierSettings, trusted: Trust, resolver: AbstractResolver
) -> aiohttp.ClientSession:
    """A session whose connections go only where the resolver lets them."""
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
        # Cookies of one image would travel to the next: nobody's fetcher does that.
        cookie_jar=aiohttp.DummyCookieJar(),
        headers=request_headers(settings),
        auto_decompress=False,
        timeout=timeouts(settings, settings.timeout),
        max_line_size=settings.header_bytes,
        max_field_size=settings.header_bytes,
        max_headers=settings.headers,
        trust_env=False,
    )
