"""How evenly a run went."""

from typing import NamedTuple


class Steadiness(NamedTuple):
    """What a run had to do to be polite, and what came in its way: counts, but for the seconds of outages."""

    retries: int = 0
    retries_forgone: int = 0  # for lack of budget
    slowdowns: int = 0  # a host had enough, and got half as many requests from then on
    pauses: int = 0  # a host asked for with Retry-After
    suspensions: int = 0  # of hosts that no longer answered
    outages: int = 0  # on our side
    outage_seconds: float = 0.0
