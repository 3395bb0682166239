"""Memory of earlier nights, in one SQLite file.

    database.py     the file itself: opened, brought up to date, left alone where it is damaged
    rows.py         a probe as columns, and back
    facts.py        what was last found out about each URL, read and written in batches
    manner.py       what shapes an answer besides its URL
    due.py          when a URL's turn has come again
    recall.py       a look that remembers: the probe's own call, around it
    ledger.py       findings per feed and completed run: what is new, still there, fixed or gone
    nights.py       the nights of a run's feed, to which its own is added
    rounds.py       what each processing report of a feed left to do
    history.py      what it knows of one product
    upkeep.py       what it holds, and how it is kept small
    runs.py         when the last run of a feed was completed, and by which rules
    uploads.py      what was sent to Amazon, and when
    slots.py        which of the slots with earlier findings the feed still has

Facts are about URLs and hold no verdict; the ledger is about product images and holds no URL, since a repaired image
gets a new one.
"""

from auditor.state.database import open_database
from auditor.state.facts import Fact, Facts, find_everywhere, open_facts
from auditor.state.history import Spell, spells
from auditor.state.ledger import Before, Ended, Found, Ledger, Night, Past
from auditor.state.manner import manner_of
from auditor.state.nights import Nights, feed_name, open_nights, recurrence
from auditor.state.recall import Forecast, Memory, Recall, open_recall
from auditor.state.rounds import Round, Rounds, clean_batches, unclean_batches
from auditor.state.runs import last_policy, last_run
from auditor.state.slots import Slots
from auditor.state.upkeep import Contents, FeedMemory, contents, forget, shrink
from auditor.state.uploads import Images, Noted, Sent, Upload, Uploads, images_of

__all__ = [
    "Before",
    "Contents",
    "Ended",
    "Fact",
    "Facts",
    "FeedMemory",
    "Forecast",
    "Found",
    "Images",
    "Ledger",
    "Memory",
    "Night",
    "Nights",
    "Noted",
    "Past",
    "Recall",
    "Round",
    "Rounds",
    "Sent",
    "Slots",
    "Spell",
    "Upload",
    "Uploads",
    "clean_batches",
    "contents",
    "feed_name",
    "find_everywhere",
    "forget",
    "images_of",
    "last_policy",
    "last_run",
    "manner_of",
    "open_database",
    "open_facts",
    "open_nights",
    "open_recall",
    "recurrence",
    "shrink",
    "spells",
    "unclean_batches",
]
