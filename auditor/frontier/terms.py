"""What each host may be asked for: the settings for all, and those of its own."""

from typing import NamedTuple

from auditor.frontier.limit import Limit
from auditor.settings import FrontierSettings, HostSettings

_PORTS = (80, 443)  # left out of a host's name where they are their scheme's own


class Terms(NamedTuple):
    """What one host may be asked for: so many requests at once, so many a second (None: any number).

    It begins with `start` at once; `begin` is how many those are within `per_host`, and how many must be under way for
    a good answer to tell something.
    """

    per_host: int
    rate: float | None
    adapt: bool
    start: int
    begin: tuple[int, int]


class TermsOfHosts:
    """Finds the terms of a host by its name, such as `cdn.example.com:8443`. A table with the port comes first."""

    def __init__(self, settings: FrontierSettings) -> None:
        self._general = _terms(settings, HostSettings(""))
        self._own = {_name(host): _terms(settings, host) for host in settings.hosts}

    def __call__(self, name: str) -> Terms:
        """Find them."""
        if not self._own:
            return self._general
        exact = self._own.get(name)
        if exact is not None:
            return exact
        bare, colon, port = name.rpartition(":")
        if colon and port.isdecimal():
            return self._own.get(bare, self._general)
        return next((self._own[f"{name}:{own}"] for own in _PORTS if f"{name}:{own}" in self._own), self._general)


def _terms(settings: FrontierSettings, host: HostSettings) -> Terms:
    per_host = settings.per_host if host.per_host is None else min(host.per_host, settings.concurrency)
    rate = settings.rate if host.rate is None else host.rate
    adapt = settings.adapt if host.adapt is None else host.adapt
    limit = Limit(per_host, start=settings.at_first, adapt=adapt)
    return Terms(per_host, rate, adapt, settings.at_first, (limit.room, limit.wake))


def _name(host: HostSettings) -> str:
    name = f"[{host.host}]" if ":" in host.host else host.host
    return name if host.port is None else f"{name}:{host.port}"
