"""The completed runs of a feed."""

import json
import sqlite3
from pathlib import Path

from auditor.state.database import told
from auditor.state.slots import writable

_LAST = """
SELECT ended, policy FROM runs JOIN feeds ON feeds.id = runs.feed WHERE feeds.name = ? ORDER BY ended DESC
"""
_POLICY = """
SELECT policy FROM runs JOIN feeds ON feeds.id = runs.feed WHERE feeds.name = ? ORDER BY started DESC LIMIT 1
"""


def last_run(path: Path, database: sqlite3.Connection, feed: str, channel: str) -> float | None:
    """When the last completed run over a feed by a channel's rules ended, in seconds since the epoch; None for none.

    Rules of no channel count, too. Raises `StateError`.
    """
    with told(path):
        for ended, policy in database.execute(_LAST, (writable(feed),)):
            if json.loads(policy).get("channel", "") in ("", channel):
                return float(ended)
    return None


def last_policy(path: Path, database: sqlite3.Connection, feed: str) -> str | None:
    """What the last completed run over a feed judged by, as policies write it down; None for none. Raises as above."""
    with told(path):
        found = database.execute(_POLICY, (writable(feed),)).fetchone()
    return None if found is None else str(found[0])
