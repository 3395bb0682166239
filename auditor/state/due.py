"""When a URL's turn has come again: once in every period, the URLs spread evenly over it."""


def is_due(key: bytes, fetched: float, now: float, period: float) -> bool:
    """Whether a URL's turn came between `fetched` and `now`, in seconds since the epoch.

    Each URL has its own moment in the period, by its key, so that a seventh of a catalogue falls due each night of a
    week, although all of it was fetched in one; and none is ever known for longer than a period. What was fetched in
    the future (a clock was wrong) is due.
    """
    if not 0 <= now - fetched < period:
        return True
    phase = int.from_bytes(key[:4]) / 2**32 * period
    return (now + phase) // period != (fetched + phase) // period
