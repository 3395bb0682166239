"""Validators: by what a host names a file's state, to be asked later whether that is still so. RFC 9110, section 8.8.

They come from a host and from a file on disk, and go out in requests: only what is certainly one is sent.
"""

import re
from datetime import UTC, datetime

# Visible ASCII between quotes, 256 characters of it at most: a host needn't take longer headers than it sends, and a
# bare * would mean any state whatever. The standard lets other bytes stand there; nobody uses them.
_ETAG = re.compile(r'(?:W/)?"[!#-~]{1,256}"')
_DATE = re.compile(
    r"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} "
    r"\d\d:\d\d:\d\d GMT",
    re.ASCII,
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


def moment(date: str) -> float | None:
    """Give a date in seconds since the epoch; None for one that no calendar has."""
    try:
        return datetime.strptime(date, "%a, %d %b %Y %H:%M:%S GMT").replace(tzinfo=UTC).timestamp()
    except ValueError:
        return None
