"""Findings per feed and completed run: what is new, still there, fixed or gone.

A finding is known from night to night by product, marketplace, slot and code, never by URL: a repaired image gets a new
one. Only completed runs count, and each is entered in one transaction, so a night that broke off leaves no trace. What
has neither ASIN nor SKU can't be known again: it is new each time.
"""

import json
import sqlite3
from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from auditor.model import Changes, ImageRef, Recurrence, Severity
from auditor.state.database import told
from auditor.state.slots import Slots, product_of, writable


class Night(NamedTuple):
    """A completed run. `started` is its 'now', by which it is known; both times in seconds since the epoch.

    `rules` is a digest of all that it judged by; `policy` is the chief part of it, as policies write it down.
    """

    started: float
    ended: float
    policy: str
    rules: str
    rows: int
    images: int
    failing: int  # product rows


class Before(NamedTuple):
    """The completed run before: its 'now' in seconds since the epoch, the digest of what it judged by, its policy."""

    started: float
    rules: str
    policy: str


class Past(NamedTuple):
    """What is known of a finding from earlier nights: when it was found first, and in how many completed runs."""

    since: float
    nights: int


class Found(NamedTuple):
    """One finding of tonight. `looked` is False where the image couldn't be looked at: earlier ones may still hold.

    With the severity off it is there, and tonight's rules don't mind it.
    """

    asin: str
    sku: str
    marketplace: str
    slot: str
    code: str
    severity: str
    looked: bool

    @property
    def product(self) -> str:
        """What it is known by: the ASIN, else the SKU."""
        return self.asin or self.sku


class Ended(NamedTuple):
    """A finding that a run found no more: `how` is fixed, gone or unjudged; `left` what it still found of the image."""

    asin: str
    sku: str
    marketplace: str
    slot: str
    code: str
    severity: str
    since: float
    nights: int
    how: str
    left: str


class Ledger:
    """The findings of one feed. Every method raises `StateError`; `complete` and `compare` take their time."""

    def __init__(self, path: Path, database: sqlite3.Connection, feed: str) -> None:
        self._path = path
        self._database = database
        feed = writable(feed)
        with told(path):
            if database.execute(_FEED, (feed,)).fetchone() is None:  # to write needs a lock, which others may have
                database.execute("INSERT OR IGNORE INTO feeds (name) VALUES (?)", (feed,))
            (self._feed,) = database.execute(_FEED, (feed,)).fetchone()

    def before(self, now: float) -> Before | None:
        """The last completed run other than that of this 'now'; None if there was none."""
        with told(self._path):
            row = self._database.execute(_BEFORE, (self._feed, now)).fetchone()
        return None if row is None else Before(*row)

    def completed_since(self, now: float) -> bool:
        """Whether another run than that of this 'now' was completed after it."""
        with told(self._path):
            return self._database.execute(_SINCE, (self._feed, now, now)).fetchone() is not None

    def slots(self) -> Slots:
        """The slots with findings that hadn't ended by the last completed run, to be marked as the feed is read."""
        with told(self._path):
            return Slots(self._database.execute(_OPEN_SLOTS, (self._feed,)))

    def past(self, product: str, marketplace: str, slot: str, code: str) -> Past | None:
        """What is known of a finding; None for a new one."""
        with told(self._path):
            row = self._database.execute(_PAST, (self._feed, product, marketplace, slot, code)).fetchone()
        return None if row is None else Past(*row)

    def recurrence(self, ref: ImageRef, code: str, now: float) -> Recurrence:
        """What a report says of a finding of tonight, `now`."""
        product = product_of(ref)
        past = self.past(product, writable(ref.marketplace), ref.slot, code) if product else None
        since, nights, change = (now, 1, "new") if past is None else (past.since, past.nights + 1, "still")
        return Recurrence(change, datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds"), nights)

    def complete(self, night: Night, found: Iterable[Found], slots: Slots, unsure: Collection[str] = ()) -> Changes:
        """Enter a completed run: all its findings, and which slots the feed had. Entering it again changes nothing.

        Nobody knows whether findings with one of the `unsure` codes were fixed that aren't found any more.
        """
        with told(self._path):
            entered = self._database.execute(_ENTERED, (self._feed, night.started)).fetchone()
            if entered is not None:
                return Changes(*entered)
            with self._tonight(found) as nameless:
                self._database.create_function("seen", 3, slots.has_seen, deterministic=True)
                with _transaction(self._database):
                    return self._merge(night, nameless, unsure)

    def compare(self, found: Iterable[Found]) -> Changes:
        """Compare the findings of a run over a part of the feed, which isn't entered."""
        with told(self._path), self._tonight(found) as nameless:
            new, still = self._database.execute(_COMPARED, {"feed": self._feed}).fetchone()
        return Changes(new + nameless, still)

    def ended(self, started: float) -> Iterator[Ended]:
        """Give the findings that the run of this 'now' found no more, by product."""
        with told(self._path):
            yield from map(Ended._make, self._database.execute(_ENDED, (self._feed, started)))

    @contextmanager
    def _tonight(self, found: Iterable[Found]) -> Iterator[int]:
        """Keep tonight's findings in a table beside the file for a while; a product may have several rows.

        Gives the number of failing ones that nothing will know again.
        """
        nameless = 0

        def known() -> Iterator[tuple[object, ...]]:
            nonlocal nameless
            for one in found:
                if one.product:
                    texts = map(writable, (one.product, *one[2:5], one.asin, one.sku, one.severity))
                    yield *texts, one.looked
                else:
                    nameless += one.severity == Severity.FAIL

        self._database.execute("DROP TABLE IF EXISTS tonight")
        self._database.execute(_TONIGHT)
        try:
            with _transaction(self._database, "BEGIN"):
                self._database.executemany(_KEEP, known())
            yield nameless
        finally:
            self._database.execute("DROP TABLE IF EXISTS tonight")

    def _merge(self, night: Night, nameless: int, unsure: Collection[str]) -> Changes:
        run = {"feed": self._feed, "now": night.started, "unsure": json.dumps(sorted(unsure))}
        for statement in (_STILL, _CLOSE, _NEW):
            self._database.execute(statement, run)
        changes = Changes(*self._database.execute(_CHANGES, run).fetchone())
        changes = changes._replace(new=changes.new + nameless)
        self._database.execute(
            "INSERT INTO runs (feed, started, ended, policy, rules, rows, images, failing, new, still, fixed, gone, "
            "unjudged) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (self._feed, *night, *changes),
        )
        return changes


@contextmanager
def _transaction(database: sqlite3.Connection, begin: str = "BEGIN IMMEDIATE") -> Iterator[None]:
    database.execute(begin)
    try:
        yield
        database.execute("COMMIT")
    except BaseException:
        database.rollback()
        raise


_FEED = "SELECT id FROM feeds WHERE name = ?"
_BEFORE = "SELECT started, rules, policy FROM runs WHERE feed = ? AND started <> ? ORDER BY started DESC LIMIT 1"
_SINCE = "SELECT 1 FROM runs WHERE feed = ? AND started <> ? AND ended > ?"
_TONIGHT = """
CREATE TEMP TABLE tonight (
    product TEXT, marketplace TEXT, slot TEXT, code TEXT, asin TEXT, sku TEXT, severity TEXT, looked INTEGER,
    PRIMARY KEY (product, marketplace, slot, code)
) WITHOUT ROWID
"""
# Of a product in several rows, what is minded in one of them counts.
_KEEP = """
INSERT INTO tonight VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT DO UPDATE SET severity = excluded.severity WHERE severity = 'off'
"""
_OPEN_SLOTS = "SELECT DISTINCT product, marketplace, slot FROM findings WHERE feed = ? AND ended IS NULL"
_PAST = """
SELECT since, nights FROM findings
WHERE feed = ? AND product = ? AND marketplace = ? AND slot = ? AND code = ? AND ended IS NULL
"""
_ENTERED = "SELECT new, still, fixed, gone, unjudged FROM runs WHERE feed = ? AND started = ?"
_STILL = """
UPDATE findings SET nights = nights + 1, asin = tonight.asin, sku = tonight.sku, severity = tonight.severity
FROM tonight
WHERE findings.feed = :feed AND findings.ended IS NULL AND tonight.severity <> 'off'
  AND (findings.product, findings.marketplace, findings.slot, findings.code)
    = (tonight.product, tonight.marketplace, tonight.slot, tonight.code)
"""
# What couldn't be looked at tonight may be as it was: it neither ends nor counts another night. What is known of it and
# only no longer minded ends all the same.
_CLOSE = """
UPDATE findings SET
    ended = :now,
    how = CASE WHEN (product, marketplace, slot, code) IN (SELECT product, marketplace, slot, code FROM tonight)
               THEN 'unjudged'
               WHEN NOT seen(product, marketplace, slot) THEN 'gone'
               WHEN code IN (SELECT value FROM json_each(:unsure)) THEN 'unjudged'
               ELSE 'fixed' END,
    left_codes = (SELECT coalesce(group_concat(code, ' '), '') FROM tonight AS now
                  WHERE (now.product, now.marketplace, now.slot)
                      = (findings.product, findings.marketplace, findings.slot) AND now.severity <> 'off')
WHERE feed = :feed AND ended IS NULL
  AND coalesce((SELECT severity = 'off' FROM tonight AS now
                WHERE (now.product, now.marketplace, now.slot, now.code)
                    = (findings.product, findings.marketplace, findings.slot, findings.code)),
               NOT EXISTS (SELECT 1 FROM tonight AS now
                           WHERE (now.product, now.marketplace, now.slot)
                               = (findings.product, findings.marketplace, findings.slot) AND NOT now.looked))
"""
_NEW = """
INSERT INTO findings (feed, product, marketplace, slot, code, since, asin, sku, severity, nights)
SELECT :feed, product, marketplace, slot, code, :now, asin, sku, severity, 1 FROM tonight AS now
WHERE severity <> 'off'
  AND NOT EXISTS (SELECT 1 FROM findings
                  WHERE feed = :feed AND ended IS NULL
                    AND (findings.product, findings.marketplace, findings.slot, findings.code)
                      = (now.product, now.marketplace, now.slot, now.code))
"""
_CHANGES = """
SELECT new, found - new, fixed, gone, unjudged FROM
    (SELECT count(*) AS new FROM findings WHERE feed = :feed AND since = :now AND severity = 'fail'),
    (SELECT count(*) AS found FROM tonight WHERE severity = 'fail'),
    (SELECT count(*) FILTER (WHERE how = 'fixed') AS fixed, count(*) FILTER (WHERE how = 'gone') AS gone,
            count(*) FILTER (WHERE how = 'unjudged') AS unjudged
     FROM findings WHERE feed = :feed AND ended = :now AND severity = 'fail')
"""
_COMPARED = """
SELECT count(*) FILTER (WHERE past.since IS NULL), count(past.since)
FROM tonight AS now LEFT JOIN findings AS past
  ON past.feed = :feed AND past.ended IS NULL
 AND (past.product, past.marketplace, past.slot, past.code) = (now.product, now.marketplace, now.slot, now.code)
WHERE now.severity = 'fail'
"""
_ENDED = """
SELECT asin, sku, marketplace, slot, code, severity, since, nights, how, left_codes FROM findings
WHERE feed = ? AND ended = ? ORDER BY product, marketplace, slot, code
"""
