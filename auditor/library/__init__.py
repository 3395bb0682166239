"""The library: audits of a feed as an asynchronous iterator, and what its findings mean.

    feed.py       audit_feed
    audits.py     the iterator
    handover.py   between the engine and whoever asks for the next audit
    words.py      severities and texts of findings

It stands beside the program's reports, not upon them: the same engine passes the same rows on. `auditor/__init__.py`
gives its names to the world.
"""

from auditor.library.audits import Audits
from auditor.library.feed import audit_feed, audit_rows
from auditor.library.words import codes, in_words

__all__ = ["Audits", "audit_feed", "audit_rows", "codes", "in_words"]
