"""What every request carries."""

from collections.abc import Iterable, Sequence
from typing import TypeAlias

from auditor.settings import Header, ProbeSettings

Headers: TypeAlias = list[tuple[str, str]]  # name and value


def request_headers(settings: ProbeSettings) -> Headers:
    """The headers that go to every host. The user's replace ours, and may repeat."""
    ours = [
        ("User-Agent", settings.user_agent),
        # Neutral: an Accept that names WebP or AVIF makes many hosts send those in place of the JPEG.
        ("Accept", "*/*"),
        ("Accept-Encoding", "identity"),
    ]
    return replaced(ours, settings.extra_headers)


def replaced(headers: Iterable[tuple[str, str]], by: Sequence[Header]) -> Headers:
    """These headers with others in place of those of the same name."""
    names = {header.name.lower() for header in by}
    kept = [(name, value) for name, value in headers if name.lower() not in names]
    return kept + [(header.name, header.value) for header in by]
