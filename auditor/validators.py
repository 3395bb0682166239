"""Validators: by what a host names a file's state, to be asked later whether that is still so. RFC 9110, section 8.8.

They come from a host and from a file on disk, and go out in requests: only what is certainly one is sent.
"""

import re
from calendar import timegm

# Visible ASCII between quotes, 256 characters of it at most: a host needn't take longer headers than it sends, and a
# bare * would mean any state whatever. The standard lets other bytes stand there; nobody uses them.
_ETAG = re.compile(r'(?:W/)?"[!#-~]{1,256}"')
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(
    rf"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), (\d\d) ({'|'.join(_MONTHS)}) (\d{{4}}) (\d\d):(\d\d):(\d\d) GMT", re.ASCII
)


def is_etag(text: str | None) -> bool:
    """Whether this is an entity tag, strong or weak."""
    return text is not None and _ETAG.fullmatch(text) is not None


def is_date(text: str | None) -> bool:
    """Whether this is a date as HTTP writes it."""
    return text is not None and _DATE.fullmatch(text) is not None


def same_etag(one: str, other: str) -> bool:
    """Whether two entity tags name the same state, weak or not: hosts that compress make strong ones weak."""
    return one.removeprefix("W/") == other.removeprefix("W/")


def moment(date: str) -> int | None:
    """Give a date in seconds since the epoch; None for what is none."""
    match = _DATE.fullmatch(date)
    if match is None:
        return None
    day, month, year, *time = match.groups()
    return timegm((int(year), _MONTHS.index(month) + 1, int(day), *map(int, time)))
