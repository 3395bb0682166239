"""What the state file knows of a product: when which finding came and went."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from auditor.state.database import told
from auditor.state.slots import writable


class Spell(NamedTuple):
    """One finding from its first night to its last. `ended` and `how` are None while it lasts; see `ledger.py`."""

    feed: str
    asin: str
    sku: str
    marketplace: str
    slot: str
    code: str
    since: float
    nights: int
    ended: float | None
    how: str | None


_SPELLS = """
SELECT name, asin, sku, marketplace, slot, code, since, nights, ended, how
FROM findings JOIN feeds ON feeds.id = findings.feed
WHERE (findings.feed, product) IN (SELECT id, :name FROM feeds) OR sku = :name
ORDER BY since, name, marketplace, slot, code
"""


def spells(path: Path, database: sqlite3.Connection, name: str) -> Iterator[Spell]:
    """Give all that was ever found about a product, by ASIN or SKU, the oldest first. Raises `StateError`."""
    with told(path):
        yield from map(Spell._make, database.execute(_SPELLS, {"name": writable(name)}))
