"""The completed runs of a feed."""

import sqlite3
from pathlib import Path

from auditor.state.database import told

_LAST = "SELECT max(runs.ended) FROM runs JOIN feeds ON feeds.id = runs.feed WHERE feeds.name = ?"


def last_run(path: Path, database: sqlite3.Connection, feed: str) -> float | None:
    """When the last completed run over a feed ended, in seconds since the epoch; None for none. Raises `StateError`."""
    with told(path):
        (ended,) = database.execute(_LAST, (feed,)).fetchone()
    last: float | None = ended
    return last
