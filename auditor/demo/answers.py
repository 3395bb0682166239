"""The ways in which the host meets a request, as HTTP has it."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple, TypeAlias

from aiohttp import hdrs, web

JPEG = "image/jpeg"
HTML = "text/html; charset=utf-8"

_RANGE = re.compile(r"bytes=(\d*)-(\d*)", re.ASCII)


class Visit(NamedTuple):
    """One request, the paths that were turned away and not yet let in, and when the host closes."""

    request: web.BaseRequest
    turned_away: set[str]
    closing: asyncio.Event


Answer: TypeAlias = Callable[[Visit], Awaitable[web.StreamResponse]]


def picture(make: Callable[[str], bytes], content_type: str = JPEG, *, total: int = 0) -> Answer:
    """Bytes with ranges, as any web server offers them. `total` promises zeros up to that length, made as asked for."""

    async def answer(visit: Visit) -> web.StreamResponse:
        content = make(visit.request.path)
        length = max(total, len(content))
        headers = {hdrs.CONTENT_TYPE: content_type, hdrs.ACCEPT_RANGES: "bytes"}
        start, stop = asked_span(visit.request.headers.get(hdrs.RANGE), length) or (0, length)
        if start >= stop:
            return web.Response(status=416, headers=headers | {hdrs.CONTENT_RANGE: f"bytes */{length}"})
        part = content[start:stop].ljust(stop - start, b"\0")
        if stop - start == length:
            return web.Response(body=part, headers=headers)
        headers[hdrs.CONTENT_RANGE] = f"bytes {start}-{stop - 1}/{length}"
        return web.Response(status=206, body=part, headers=headers)

    return answer


def asked_span(header: str | None, length: int) -> tuple[int, int] | None:
    """Start and stop of the range asked for (RFC 9110 section 14.1.2), within the length; None if there is none."""
    match = _RANGE.fullmatch(header) if header else None
    if match is None or match.group() == "bytes=-":
        return None
    first, last = match.groups()
    if not first:
        return max(0, length - int(last)), length
    return int(first), min(length, int(last) + 1) if last else length


def whole(make: Callable[[str], bytes], content_type: str = JPEG) -> Answer:
    """Everything with a 200, whatever range was asked for."""

    async def answer(visit: Visit) -> web.StreamResponse:
        return web.Response(body=make(visit.request.path), headers={hdrs.CONTENT_TYPE: content_type})

    return answer


def chunked(make: Callable[[str], bytes]) -> Answer:
    """Everything with a 200 in chunks, its length not told beforehand."""

    async def answer(visit: Visit) -> web.StreamResponse:
        response = web.Response(body=make(visit.request.path), content_type=JPEG)
        response.enable_chunked_encoding()
        return response

    return answer


def plain(status: int, body: bytes = b"", content_type: str = HTML, **headers: str) -> Answer:
    """The same for every request: a status and what goes with it. Underscores in header names stand for hyphens."""
    fields = {hdrs.CONTENT_TYPE: content_type} | {name.replace("_", "-"): value for name, value in headers.items()}

    async def answer(_: Visit) -> web.StreamResponse:
        return web.Response(status=status, body=body, headers=fields)

    return answer


def redirect(status: int, location: str | None) -> Answer:
    """Send the visitor elsewhere; `{host}` in the location is this host with its port, `{path}` the path asked for."""

    async def answer(visit: Visit) -> web.StreamResponse:
        request = visit.request
        if location is None:
            return web.Response(status=status)
        target = location.format(host=request.host, path=request.path)
        return web.Response(status=status, headers={hdrs.LOCATION: target})

    return answer


def only_if(allowed: Callable[[web.BaseRequest], bool], then: Answer, otherwise: Answer) -> Answer:
    """A wall: some requests get through, the others don't."""

    async def answer(visit: Visit) -> web.StreamResponse:
        return await (then if allowed(visit.request) else otherwise)(visit)

    return answer


def at_first(turned_away: Answer, then: Answer) -> Answer:
    """Turn a path away once and let it in the next time; then begin anew, so that every audit meets the same."""

    async def answer(visit: Visit) -> web.StreamResponse:
        path = visit.request.path
        if path in visit.turned_away:
            visit.turned_away.remove(path)
            return await then(visit)
        visit.turned_away.add(path)
        return await turned_away(visit)

    return answer
