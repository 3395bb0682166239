"""Memory of earlier nights, in one SQLite file.

    database.py     the file itself: opened, brought up to date, left alone where it is damaged
    rows.py         a probe as columns, and back
    facts.py        what was last found out about each URL, read and written in batches
    due.py          when a URL's turn has come again
    recall.py       a look that remembers: the probe's own call, around it
    ledger.py       findings per feed and completed run: what is new, still there, fixed or gone
    slots.py        which of the slots with earlier findings the feed still has

Facts are about URLs and hold no verdict; the ledger is about product images and holds no URL, since a repaired image
gets a new one.
"""

from auditor.state.database import open_database
from auditor.state.facts import Fact, Facts, open_facts
from auditor.state.ledger import Changes, Ended, Found, Ledger, Night, Past
from auditor.state.recall import Memory, Recall
from auditor.state.slots import Slots

__all__ = [
    "Changes",
    "Ended",
    "Fact",
    "Facts",
    "Found",
    "Ledger",
    "Memory",
    "Night",
    "Past",
    "Recall",
    "Slots",
    "open_database",
    "open_facts",
]
