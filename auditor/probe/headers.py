"""What every request carries."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from auditor.model import Revalidation
from auditor.settings import Header, ProbeSettings
from auditor.validators import is_date, is_etag

Headers: TypeAlias = Sequence[tuple[str, str]]  # name and value
UNCONDITIONAL: Headers = ()


def request_headers(settings: ProbeSettings) -> Headers:
    """The headers that go to every host. The user's replace ours, and may repeat."""
    ours = [
        ("User-Agent", settings.user_agent),
        # Neutral: an Accept that names WebP or AVIF makes many hosts send those in place of the JPEG.
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    ]
    return replaced(ours, settings.extra_headers)


def conditions(asked: Revalidation) -> Headers:
    """What has only a changed file answered with its bytes (RFC 9110 section 13.1): nothing that is no validator."""
    headers = []
    if asked.etag is not None and is_etag(asked.etag):
        headers.append(("If-None-Match", asked.etag))
    if asked.last_modified is not None and is_date(asked.last_modified):
        headers.append(("If-Modified-Since", asked.last_modified))
    return headers


def replaced(headers: Iterable[tuple[str, str]], by: Sequence[Header]) -> Headers:
    """These headers with others in place of those of the same name."""
    names = {header.name.lower() for header in by}
    kept = [(name, value) for name, value in headers if name.lower() not in names]
    return kept + [(header.name, header.value) for header in by]
