"""The URL frontier: which URL is asked next, when, how many at once, and whether again.

    window.py      how many rows are read but not yet reported
    host.py        one host's queue, and the rules by which it is asked:
    limit.py         how many requests at once it bears
    pace.py          how fast they may follow each other
    breaker.py       whether it is worth asking
    budget.py        how many retries there may be
    terms.py       what each host may be asked for, as the user says
    retry.py       whether and when a URL is asked again
    sign.py        what an attempt tells beside its answer
    outage.py      whether it is us who are cut off
    frontier.py    all of them together
    steadiness.py  what the summary says of it

It knows nothing of images, sockets or clocks: whoever calls says what time it is. Named after the part of a crawler
that decides what is fetched next (Heydon and Najork, "Mercator", 1999).
"""

from auditor.frontier.frontier import SHORTAGE_WAIT, Frontier
from auditor.frontier.retry import RetryRule, retry_after_seconds
from auditor.frontier.sign import is_shortage, is_transient
from auditor.frontier.steadiness import Steadiness
from auditor.frontier.window import Window

__all__ = [
    "SHORTAGE_WAIT",
    "Frontier",
    "RetryRule",
    "Steadiness",
    "Window",
    "is_shortage",
    "is_transient",
    "retry_after_seconds",
]
