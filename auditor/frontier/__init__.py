"""The URL frontier: the window, per-host queues and budgets, due times and the retry rule.

    window.py     how many rows are read but not yet reported
    host.py       one host's queue
    sign.py       what an attempt tells beside its answer
    retry.py      whether and when a URL is asked again
    frontier.py   which URL is asked next

It knows nothing of images, sockets or clocks: whoever calls says what time it is. Named after the part of a crawler
that decides what is fetched next (Heydon and Najork, "Mercator", 1999).
"""

from auditor.frontier.frontier import SHORTAGE_WAIT, Frontier
from auditor.frontier.retry import RetryRule, retry_after_seconds
from auditor.frontier.sign import is_shortage
from auditor.frontier.window import Window

__all__ = ["SHORTAGE_WAIT", "Frontier", "RetryRule", "Window", "is_shortage", "retry_after_seconds"]
