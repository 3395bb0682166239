"""What a state file holds, and how it is kept small."""

import sqlite3
from pathlib import Path
from typing import NamedTuple

from auditor.state.database import told

BATCH = 10_000  # facts forgotten in one transaction: a run that waits to write doesn't wait for long


class FeedMemory(NamedTuple):
    """What is remembered of one feed: completed runs, 'now' of the first and the last, failing findings at the last."""

    name: str
    runs: int
    first: float
    last: float
    failing: int


class Contents(NamedTuple):
    """What a state file holds: bytes on disk, URLs, when the longest unseen of them was seen last, and feeds."""

    size: int
    urls: int
    oldest: int | None
    feeds: tuple[FeedMemory, ...]


_FEEDS = """
SELECT name, count(runs.id), min(started), max(started),
       (SELECT count(*) FROM findings WHERE findings.feed = feeds.id AND ended IS NULL AND severity = 'fail')
FROM feeds JOIN runs ON runs.feed = feeds.id GROUP BY feeds.id ORDER BY name
"""
_FORGET = "DELETE FROM facts WHERE key IN (SELECT key FROM facts WHERE max(fetched, confirmed) < ? LIMIT ?)"


def contents(path: Path, database: sqlite3.Connection) -> Contents:
    """Look through a state file. Raises `StateError`."""
    with told(path):
        urls, oldest = database.execute("SELECT count(*), min(max(fetched, confirmed)) FROM facts").fetchone()
        feeds = tuple(map(FeedMemory._make, database.execute(_FEEDS)))
    return Contents(path.stat().st_size, urls, oldest, feeds)


def forget(path: Path, database: sqlite3.Connection, before: float) -> int:
    """Forget the URLs that weren't seen since; say how many. Raises `StateError`."""
    forgotten = 0
    with told(path):
        while count := database.execute(_FORGET, (before, BATCH)).rowcount:
            forgotten += count
    return forgotten


def shrink(path: Path, database: sqlite3.Connection) -> None:
    """Give room that is no longer needed back to the disk, which needs as much again for a while. Raises StateError."""
    with told(path):
        database.execute("VACUUM")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
