"""What every request carries."""

from collections.abc import Iterable

from aiohttp import hdrs
from multidict import CIMultiDict

from auditor.settings import Header, ProbeSettings


def request_headers(settings: ProbeSettings) -> CIMultiDict[str]:
    """The headers that go to every host. The user's replace ours, and may repeat."""
    headers = CIMultiDict(
        {
            hdrs.USER_AGENT: settings.user_agent,
            # Neutral: an Accept that names WebP or AVIF makes many hosts send those in place of the JPEG.
            hdrs.ACCEPT: "*/*",
            hdrs.ACCEPT_ENCODING: "identity",
        }
    )
    return replaced(headers, settings.extra_headers)


def replaced(headers: CIMultiDict[str], by: Iterable[Header]) -> CIMultiDict[str]:
    """These headers with others in place of those of the same name."""
    both = headers.copy()
    for header in by:
        both.popall(header.name, None)
    for header in by:
        both.add(header.name, header.value)
    return both
