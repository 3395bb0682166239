"""What became of which address, kept beside the folder of new files: a second run does nothing twice.

It is a SQLite file, so what is noted is there whole or not at all, and memory doesn't grow with the number of repairs.
Addresses stand in it as digests only: they may hold secrets.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import ReportError, reason
from auditor.repair.feeds.change import Change
from auditor.repair.outcome import Outcome, read, written
from auditor.reports.lock import LOCK

SUFFIX = ".journal"
BESIDE = (LOCK, "-wal", "-shm", "-journal")  # what a run and SQLite write next to it
_TABLES = """
CREATE TABLE IF NOT EXISTS outcome (key BLOB PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE done (key BLOB PRIMARY KEY, told TEXT NOT NULL) WITHOUT ROWID;
CREATE TEMP TABLE claimed (key BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TEMP TABLE change (row INTEGER, slot TEXT, marketplace TEXT, old TEXT, new TEXT);
"""


def journal_path(images: Path) -> Path:
    """Where the journal of a folder of new files lies: beside it, so that it isn't uploaded with them."""
    folder = images if images.name not in ("", "..") else images.resolve()
    return folder.parent / (folder.name + SUFFIX)


class Journal:
    """Outcomes by key. Every method raises `ReportError` where the file can't be written or is damaged."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._told():
            self._store = sqlite3.connect(path, isolation_level=None)
            # Not synced at each note: what a power cut takes is done again.
            self._store.executescript("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;" + _TABLES)

    def note(self, key: bytes, outcome: Outcome, *, made: bytes = b"") -> None:
        """Note what became of a wish in this run, and what was made of a file, for every run."""
        told = written(outcome)
        with self._told():
            self._store.execute("INSERT OR REPLACE INTO temp.done VALUES (?, ?)", (key, told))
            if made:
                self._store.execute("INSERT OR REPLACE INTO outcome VALUES (?, ?)", (made, told))

    def done(self, key: bytes) -> Outcome | None:
        """What became of a wish in this run; None if nothing yet."""
        return self._find("SELECT told FROM temp.done WHERE key = ?", key)

    def made(self, key: bytes) -> Outcome | None:
        """What was made of a file in any run; None if nothing yet. Whether it is still there, nobody knows."""
        return self._find("SELECT told FROM outcome WHERE key = ?", key)

    def _find(self, query: str, key: bytes) -> Outcome | None:
        with self._told():
            found = self._store.execute(query, (key,)).fetchone()
            return read(found[0]) if found else None

    def claim(self, key: bytes) -> bool:
        """Say whether this is the first time in this run that it is asked for."""
        with self._told():
            return self._store.execute("INSERT OR IGNORE INTO temp.claimed VALUES (?)", (key,)).rowcount == 1

    def change(self, change: Change) -> None:
        """Note what changes in the feed, in its order."""
        old = change.old.encode("utf-8", "surrogatepass")  # a cell may hold anything
        with self._told():
            entry = (change.row, change.slot, change.marketplace, old, change.new)
            self._store.execute("INSERT INTO temp.change VALUES (?, ?, ?, ?, ?)", entry)

    def changes(self) -> Iterator[Change]:
        """Give what was noted."""
        with self._told():
            for row, slot, marketplace, old, new in self._store.execute("SELECT * FROM temp.change ORDER BY rowid"):
                yield Change(row, slot, marketplace, old.decode("utf-8", "surrogatepass"), new)

    def close(self) -> None:
        """Close it. Closing twice is fine."""
        self._store.close()

    @contextmanager
    def _told(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise ReportError(
                "The journal {path} can't be written: {why}. Make room, or choose another --images-dir.",
                path=self.path,
                why=reason(error),
            ) from error
        except (sqlite3.DatabaseError, ValueError, KeyError, TypeError) as error:
            raise ReportError(
                "The journal {path} is damaged: remove it, and everything is made anew.", path=self.path
            ) from error
