"""What shapes an answer besides its URL: a run that asks otherwise doesn't take what is known for its own."""

import hashlib
import json
from collections.abc import Sequence

from auditor.settings import USER_AGENT, Header, ProbeSettings

# Of these headers the values shape answers and open no door; of all others, only that they are sent is told.
_PLAIN = frozenset({"accept", "accept-encoding", "accept-language", "referer", "user-agent"})


def manner_of(settings: ProbeSettings) -> str:
    """Name how looks with these settings ask: what they look at, and as whom. It tells no secret."""
    told = [
        settings.first_range,
        settings.check_tail,
        None if settings.user_agent == USER_AGENT else settings.user_agent,  # ours says only which version asks
        settings.insecure,
        str(settings.ca_file),
        _headers(settings.extra_headers),
        [(host.host, host.port, _headers(host.headers)) for host in settings.hosts if host.headers],
    ]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _headers(headers: Sequence[Header]) -> list[tuple[str, str]]:
    named = [(header.name.lower(), header.value) for header in headers]
    return [(name, value if name in _PLAIN else "") for name, value in named]
