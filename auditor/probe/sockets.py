"""Sockets of connections to come: each address of a name tried in time, and this machine's own shortage not lost."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from auditor.probe.descriptors import is_shortage
from auditor.settings import ProbeSettings

STAGGER = 0.25  # seconds until a name's next address is tried beside those that are silent (RFC 8305 section 8)
STAGGERED = 0.25  # of the time to connect, by when all are being tried: a name with many addresses that drop packets


class Sockets:
    """Opens sockets, and remembers when this machine couldn't."""

    def __init__(self, settings: ProbeSettings) -> None:
        self._staggered = STAGGERED * min(settings.connect_timeout, settings.timeout)
        self._shortages = 0
        self._short: OSError | None = None

    def stagger(self, addresses: int) -> float:
        """Seconds between two of so many addresses: each is tried before the time is up, were all before it silent."""
        return min(STAGGER, self._staggered / max(1, addresses))

    def open(self, address: tuple[Any, ...]) -> socket.socket:
        """Open one for an address, as `socket.getaddrinfo` gives it."""
        try:
            return socket.socket(*address[:3])
        except OSError as error:
            if is_shortage(error):
                self._shortages += 1
                self._short = error
            raise

    @contextmanager
    def shortage_first(self) -> Iterator[None]:
        """Raise this machine's own error if it was short meanwhile: among those of other addresses it would be lost."""
        before = self._shortages
        try:
            yield
        except OSError:
            if self._shortages == before or self._short is None:
                raise
            raise self._short from None
