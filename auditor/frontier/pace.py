"""How fast requests may follow each other."""

LATE = 0.005  # seconds by which a request may come late and the next one still keep to the plan: what a timer is off


class Pace:
    """Evenly spaced requests, without bursts: the generic cell rate algorithm (ITU-T I.371, annex A).

    `rate` is in requests a second, and may be a fraction; `None` is as fast as you like. `slowest` is the interval
    that something else asks for, in seconds.
    """

    __slots__ = ("_interval", "_next", "slowest")

    def __init__(self, rate: float | None) -> None:
        self._interval = (1 + LATE) / rate if rate else 0.0
        self._next = 0.0
        self.slowest = 0.0

    def spend(self, now: float) -> float:
        """Note a request; give the time from which on the next one may be made."""
        self._next = max(self._next, now - LATE) + max(self._interval, self.slowest)
        return self._next
