"""Memory of earlier nights, in one SQLite file.

    database.py     the file itself: opened, brought up to date, left alone where it is damaged
    rows.py         a probe as columns, and back
    facts.py        what was last found out about each URL, read and written in batches
    due.py          when a URL's turn has come again
    recall.py       a look that remembers: the probe's own call, around it
    ledger.py       findings per feed and completed run: what is new, still there, fixed or gone
    history.py      what it knows of one product
    upkeep.py       what it holds, and how it is kept small
    runs.py         which runs of a feed were completed
    uploads.py      what was sent to Amazon, and when
    slots.py        which of the slots with earlier findings the feed still has

Facts are about URLs and hold no verdict; the ledger is about product images and holds no URL, since a repaired image
gets a new one.
"""

from auditor.state.database import open_database
from auditor.state.facts import Fact, Facts, find_everywhere, open_facts
from auditor.state.history import Spell, spells
from auditor.state.ledger import Changes, Ended, Found, Ledger, Night, Past
from auditor.state.recall import Memory, Recall
from auditor.state.runs import last_run
from auditor.state.slots import Slots
from auditor.state.upkeep import Contents, FeedMemory, contents, forget, shrink
from auditor.state.uploads import Images, Noted, Sent, Upload, Uploads, images_of

__all__ = [
    "Changes",
    "Contents",
    "Ended",
    "Fact",
    "Facts",
    "FeedMemory",
    "Found",
    "Images",
    "Ledger",
    "Memory",
    "Night",
    "Noted",
    "Past",
    "Recall",
    "Sent",
    "Slots",
    "Spell",
    "Upload",
    "Uploads",
    "contents",
    "find_everywhere",
    "forget",
    "images_of",
    "last_run",
    "open_database",
    "open_facts",
    "shrink",
    "spells",
]
