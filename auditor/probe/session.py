"""The aiohttp sessions, with every limit set."""

from typing import cast

import aiohttp
from aiohttp.abc import AbstractResolver
from aiohttp.http_parser import HttpResponseParser, HttpResponseParserPy

from auditor.errors import AuditorError
from auditor.probe.aiohttp_client import timeouts
from auditor.probe.connection import KEEPALIVE
from auditor.probe.connector import Connector, Response
from auditor.probe.headers import request_headers
from auditor.probe.resolver import Resolver
from auditor.probe.tls import Trust
from auditor.settings import FrontierSettings, ProbeSettings


def open_session(
    settings: ProbeSettings, frontier: FrontierSettings, trusted: Trust, resolver: Resolver
) -> aiohttp.ClientSession:
    """A session whose connections go only where the resolver lets them."""
    connector = Connector(
        settings,
        limit=frontier.concurrency,
        limit_per_host=frontier.per_host,
        keepalive_timeout=KEEPALIVE,
        ttl_dns_cache=int(settings.dns_ttl),
        resolver=cast("AbstractResolver", resolver),
        ssl=trusted,
    )
    return aiohttp.ClientSession(
        connector=connector,
        response_class=Response,
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


def check_parser() -> None:
    """Refuse aiohttp's parser in Python, which takes other broken answers for whole: findings would differ with it."""
    if HttpResponseParser is HttpResponseParserPy:
        raise AuditorError(
            "aiohttp is installed here without its compiled part, and would judge broken answers differently. "
            "Unset AIOHTTP_NO_EXTENSIONS if that is set, or else install it anew: "
            "pip install --force-reinstall --only-binary aiohttp aiohttp"
        )
