"""HTTP headers → facts."""

import re
from functools import lru_cache
from typing import NamedTuple

from auditor.model import Answered
from auditor.probe.client import Reply
from auditor.probe.decode import CODINGS

_BOUNDS = re.compile(r"\s*bytes\s+(?:(\d{1,18})-(\d{1,18})|\*)", re.IGNORECASE | re.ASCII)
_TOTAL = re.compile(r"(?:(\d{1,18})|\*)\s*", re.ASCII)


class Span(NamedTuple):
    """What a Content-Range header says: the first byte (None: unsatisfied range), and the total (None: unknown)."""

    first: int | None
    total: int | None


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
    if value is None:
        return None
    before, _, after = value.partition("/")
    bounds, match = _bounds_of(before), _TOTAL.fullmatch(after)
    if bounds is None or match is None:
        return None
    first, last = bounds
    total = None if match[1] is None else int(match[1])
    if last is not None and total is not None and last >= total:
        return None
    return Span(first, total)


@lru_cache(8)
def _bounds_of(text: str) -> tuple[int | None, int | None] | None:
    """The first byte and the last one, both None for an unsatisfied range. Nearly all answers have the same."""
    match = _BOUNDS.fullmatch(text)
    if match is None:
        return None
    if match[1] is None:
        return None, None
    first, last = int(match[1]), int(match[2])
    return None if last < first else (first, last)
