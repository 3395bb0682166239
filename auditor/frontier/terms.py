"""What each host may be asked for: the settings for all, and those of its own."""

import dataclasses
import math
from typing import NamedTuple

from auditor.frontier.limit import Limit
from auditor.settings import FrontierSettings, HostSettings

_PORTS = (80, 443)  # left out of a host's name where they are their scheme's own


class Terms(NamedTuple):
    """What one host may be asked for: so many requests at once, so many a second (None: any number).

    `begin` is how many at once it is asked for at first, and how many must be for a good answer to tell something.
    """

    per_host: int
    rate: float | None
    adapt: bool
    begin: tuple[int, int]


class TermsOfHosts:
    """Finds the terms of a host by its name, such as `cdn.example.com:8443`. A table with the port comes first."""

    def __init__(self, settings: FrontierSettings) -> None:
        self._general = _terms(settings.per_host, settings.rate, adapt=settings.adapt)
        self._own = {_name(host): self._of(host, settings) for host in settings.hosts}

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

    def _of(self, host: HostSettings, settings: FrontierSettings) -> Terms:
        per_host = settings.per_host if host.per_host is None else min(host.per_host, settings.concurrency)
        rate = settings.rate if host.rate is None else host.rate
        return _terms(per_host, rate, adapt=settings.adapt if host.adapt is None else host.adapt)


def share(settings: FrontierSettings, workers: int) -> FrontierSettings:
    """Give what each of several processes may ask for, so that together they ask for no more than one would."""

    def part(count: int) -> int:
        return max(1, math.floor(count / workers))

    def less(rate: float | None) -> float | None:
        return None if rate is None else rate / workers

    hosts = tuple(
        dataclasses.replace(host, per_host=None if host.per_host is None else part(host.per_host), rate=less(host.rate))
        for host in settings.hosts
    )
    return dataclasses.replace(
        settings,
        concurrency=part(settings.concurrency),
        per_host=part(settings.per_host),
        rate=less(settings.rate),
        hosts=hosts,
    )


def _terms(per_host: int, rate: float | None, *, adapt: bool) -> Terms:
    limit = Limit(per_host, adapt=adapt)
    return Terms(per_host, rate, adapt, (limit.room, limit.wake))


def _name(host: HostSettings) -> str:
    name = f"[{host.host}]" if ":" in host.host else host.host
    return name if host.port is None else f"{name}:{host.port}"
