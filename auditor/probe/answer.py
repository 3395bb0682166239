"""HTTP headers → facts."""

import re
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any, NamedTuple

from auditor.model import Answered
from auditor.probe.client import Reply
from auditor.probe.decode import CODINGS
from auditor.sniff import Need

_CONTENT_RANGE = re.compile(r"\s*bytes\s+(?:(\d{1,18})-(\d{1,18})|\*)/(?:(\d{1,18})|\*)\s*", re.IGNORECASE | re.ASCII)


class Span(NamedTuple):
    """What a Content-Range header says: the first byte (None: unsatisfied range), and the total (None: unknown)."""

    first: int | None
    total: int | None


# The record of a tuple of its fields: a third of the time of calling the class, on every answer.
answered: Callable[[tuple[Any, ...]], Answered] = partial(tuple.__new__, Answered)


def usual_facts(reply: Reply, ask: Need) -> Answered | None:
    """What the headers say of the usual answer: exactly the part asked for, of a known whole. None for any other."""
    if reply.status != 206 or reply.encoding:
        return None
    content_range, location, content_type, etag, last_modified, retry_after = reply.told()
    if content_range is None:
        return None
    span, _, total = content_range.rpartition("/")
    usual, end = _usual_range(ask)
    if span != usual or len(total) > 18 or not total.isdecimal() or not total.isascii() or (length := int(total)) < end:
        return None
    return answered((206, location, content_type, length, etag, last_modified, None, None, retry_after))


@lru_cache(1)
def _usual_range(ask: Need) -> tuple[str, int]:
    """The range in the Content-Range of the usual answer, and where its part ends."""
    end = ask.offset + ask.length
    return f"bytes {ask.offset}-{end - 1}", end


def facts_of(reply: Reply) -> tuple[Answered, Span | None]:
    """What the headers of an answer say, and which bytes a partial one brings. The body is for others to look at.

    Its length is that of the whole resource: the total of Content-Range, else Content-Length of an unencoded 200.
    """
    content_range, location, content_type, etag, last_modified, retry_after = reply.told()
    span = length = None
    status = reply.status
    if status == 206 or status == 416:  # noqa: PLR1714  # twice as fast as a set, on every answer
        span = span_of(content_range)
        length = None if span is None else span.total
    elif status == 200 and not codings_of(reply):
        length = reply.length
    facts = Answered(status, location, content_type, length, etag, last_modified, None, None, retry_after)
    return facts, span


def codings_of(reply: Reply) -> tuple[str, ...]:
    """How the body is compressed, though identity was asked for, in the order in which that was done."""
    named = reply.encoding
    if not named:
        return ()
    return tuple(name for name in named.lower().replace(",", " ").split() if name in CODINGS)


def span_of(value: str | None) -> Span | None:
    """Read a Content-Range header (RFC 9110 section 14.4); None if it makes no sense."""
    match = _CONTENT_RANGE.fullmatch(value) if value else None
    if match is None:
        return None
    first, last, length = match.groups()
    total = None if length is None else int(length)
    if first is None:
        return Span(None, total)
    if int(last) < int(first) or (total is not None and int(last) >= total):
        return None
    return Span(int(first), total)
