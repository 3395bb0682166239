"""The rounds of a feed: what each processing report left to do, and which of it the next one still has.

A round is one reconcile. What is left is known by keys, of which the last round's are kept.
"""

import sqlite3
from collections.abc import Container, Iterable
from pathlib import Path
from typing import NamedTuple

from auditor.state.database import open_database, told
from auditor.state.slots import writable


class Round(NamedTuple):
    """One round. `batch` is empty where nobody named it; `reconciled` is in seconds since the epoch.

    `errors` counts lines with errors of Amazon's. `left` is what was left to do, `new` as much of it as the round
    before hadn't; `fixed` is how much that one had that is left no more.
    """

    batch: str
    reconciled: float
    errors: int
    left: int
    new: int
    fixed: int


_NEW = "SELECT count(*) FROM now_left WHERE key NOT IN (SELECT key FROM open_ends WHERE feed = ?)"
_FIXED = "SELECT count(*) FROM open_ends WHERE feed = ? AND key NOT IN (SELECT key FROM now_left)"
_PAST = """
SELECT batch, reconciled, errors, left_over, new, fixed FROM rounds WHERE feed = ? ORDER BY id DESC LIMIT ?
"""
_LAST = "SELECT batch, reconciled, errors FROM rounds WHERE batch != '' ORDER BY id"


class Rounds:
    """The rounds of one feed in a state file. Every method raises `StateError`. Close it."""

    def __init__(self, path: Path, feed: str) -> None:
        self._path = path
        self._feed = writable(feed)
        self._database = open_database(path)
        with told(path):
            self._database.execute("CREATE TEMP TABLE now_left (key BLOB PRIMARY KEY) WITHOUT ROWID")

    def note(self, keys: Iterable[bytes]) -> None:
        """Note what is left in this round."""
        with told(self._path):
            self._database.execute("BEGIN")
            self._database.executemany("INSERT OR IGNORE INTO now_left VALUES (?)", ((key,) for key in keys))
            self._database.execute("COMMIT")

    def enter(self, batch: str, now: float, errors: int, *, whole: bool = True) -> Round:
        """Compare this round with the one before. It is remembered once `commit` is called.

        One that isn't `whole`, since not every image was looked at, calls nothing fixed: the next whole one does.
        """
        feed = self._feed
        with told(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            (left,) = self._database.execute("SELECT count(*) FROM now_left").fetchone()
            (new,) = self._database.execute(_NEW, (feed,)).fetchone()
            (fixed,) = self._database.execute(_FIXED, (feed,)).fetchone() if whole else (0,)
            found = Round(writable(batch), now, errors, left, new, fixed)
            self._database.execute("INSERT INTO rounds VALUES (NULL, ?, ?, ?, ?, ?, ?, ?)", (feed, *found))
            if whole:
                self._database.execute("DELETE FROM open_ends WHERE feed = ?", (feed,))
            self._database.execute("INSERT OR IGNORE INTO open_ends SELECT ?, key FROM now_left", (feed,))
        return found

    def past(self, most: int) -> list[Round]:
        """Return the last rounds, this one too, the oldest first."""
        with told(self._path):
            return [Round(*row) for row in self._database.execute(_PAST, (self._feed, most))][::-1]

    def commit(self) -> None:
        """Remember this round."""
        with told(self._path):
            self._database.execute("COMMIT")

    def close(self) -> None:
        """Close the file. A round that wasn't committed is forgotten."""
        self._database.close()


def clean_batches(path: Path, database: sqlite3.Connection) -> dict[str, float]:
    """Return when the processing report of each upload showed no more errors, by Batch ID. Raises `StateError`.

    What its last round says counts; an upload whose report wasn't reconciled isn't in there.
    """
    clean: dict[str, float] = {}
    with told(path):
        noted = _noted(database)
        for batches, reconciled, errors in database.execute(_LAST):
            for batch in _names(batches, noted):
                if errors:
                    clean.pop(batch, None)
                else:
                    clean.setdefault(batch, reconciled)
    return clean


def unclean_batches(path: Path, database: sqlite3.Connection) -> frozenset[str]:
    """Return the Batch IDs whose last round still had errors. Raises `StateError`."""
    errors: dict[str, int] = {}
    with told(path):
        noted = _noted(database)
        for batches, _, count in database.execute(_LAST):
            errors |= dict.fromkeys(_names(batches, noted), count)
    return frozenset(batch for batch, count in errors.items() if count)


def _noted(database: sqlite3.Connection) -> frozenset[str]:
    """The Batch IDs of uploads that were noted."""
    return frozenset(batch for (batch,) in database.execute("SELECT DISTINCT batch FROM uploads"))


def _names(batches: str, noted: Container[str]) -> list[str]:
    """Part the Batch IDs of a round: spaces are between them, but one that was noted with a space is one."""
    whole = batches.strip()
    return [whole] if whole in noted else batches.split()
