"""The completed runs of a feed."""

import sqlite3
from pathlib import Path

from auditor.state.database import told
from auditor.state.slots import writable

_LAST = "SELECT max(runs.ended) FROM runs JOIN feeds ON feeds.id = runs.feed WHERE feeds.name = ?"
_POLICY = """
SELECT policy FROM runs JOIN feeds ON feeds.id = runs.feed WHERE feeds.name = ? ORDER BY started DESC LIMIT 1
"""


def last_run(path: Path, database: sqlite3.Connection, feed: str) -> float | None:
    """When the last completed run over a feed ended, in seconds since the epoch; None for none. Raises `StateError`."""
    with told(path):
        (ended,) = database.execute(_LAST, (feed,)).fetchone()
    last: float | None = ended
    return last


def last_policy(path: Path, database: sqlite3.Connection, feed: str) -> str | None:
    """What the last completed run over a feed judged by, as policies write it down; None for none. Raises as above."""
    with told(path):
        found = database.execute(_POLICY, (writable(feed),)).fetchone()
    return None if found is None else str(found[0])
