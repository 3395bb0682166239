"""The state file: opened, brought up to date, and left alone where it is damaged."""

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from auditor.errors import StateError

APPLICATION = 0x61756474  # "audt": what tells our file from another program's
BUSY_SECONDS = 300.0  # another run may be writing: batches take seconds, a night of a million findings twenty
PAGE_CACHE_KIB = 16 * 1024

# One script for each version, applied in order; `user_version` counts those that were. Published ones never change.
MIGRATIONS = (
    """
    CREATE TABLE facts (
        key BLOB PRIMARY KEY,           -- of the URL and of what shapes the look at it: see facts.key_of
        fetched INTEGER NOT NULL,       -- when it was last looked at, in seconds since the epoch
        confirmed INTEGER NOT NULL,     -- when its host last said that it was unchanged, or it was looked at
        changed INTEGER NOT NULL,       -- when the content was first seen as it is
        status INTEGER NOT NULL,
        location TEXT,
        content_type TEXT,
        content_length INTEGER,
        etag TEXT,
        last_modified TEXT,
        digest BLOB,
        body TEXT                       -- JSON: see rows.py
    ) WITHOUT ROWID;

    CREATE TABLE manners (name TEXT PRIMARY KEY) WITHOUT ROWID;  -- those in which facts were found: see facts.key_of

    CREATE TABLE feeds (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);

    CREATE TABLE runs (
        id INTEGER PRIMARY KEY,
        feed INTEGER NOT NULL REFERENCES feeds,
        started REAL NOT NULL,          -- the run's 'now'
        ended REAL NOT NULL,
        policy TEXT NOT NULL,
        rules TEXT NOT NULL,            -- a digest of all that it judged by
        rows INTEGER NOT NULL,
        images INTEGER NOT NULL,
        failing INTEGER NOT NULL,       -- product rows
        new INTEGER NOT NULL,           -- failing findings, against the completed run before
        still INTEGER NOT NULL,
        fixed INTEGER NOT NULL,
        gone INTEGER NOT NULL,
        UNIQUE (feed, started)
    );

    CREATE TABLE findings (
        feed INTEGER NOT NULL REFERENCES feeds,
        product TEXT NOT NULL,          -- the ASIN, else the SKU
        marketplace TEXT NOT NULL,
        slot TEXT NOT NULL,
        code TEXT NOT NULL,
        since REAL NOT NULL,            -- 'now' of the run that found it first
        asin TEXT NOT NULL,
        sku TEXT NOT NULL,
        severity TEXT NOT NULL,
        nights INTEGER NOT NULL,        -- completed runs that found it
        ended REAL,                     -- 'now' of the run that found it no more
        how TEXT,                       -- fixed, gone
        left_codes TEXT,                -- what else that run found about the image, separated by spaces
        PRIMARY KEY (feed, product, marketplace, slot, code, since)
    ) WITHOUT ROWID;
    CREATE INDEX findings_by_sku ON findings (sku);
    CREATE INDEX findings_ended ON findings (feed, ended);
    CREATE INDEX findings_since ON findings (feed, since);
    """,
    """
    CREATE TABLE rounds (
        id INTEGER PRIMARY KEY,
        feed TEXT NOT NULL,
        batch TEXT NOT NULL,            -- Batch IDs, separated by spaces; empty where nobody named one
        reconciled REAL NOT NULL,       -- when, in seconds since the epoch
        errors INTEGER NOT NULL,        -- lines with errors of Amazon's
        left_over INTEGER NOT NULL,     -- what was left to do
        new INTEGER NOT NULL,           -- of this, against the round before
        fixed INTEGER NOT NULL
    );
    CREATE INDEX rounds_by_feed ON rounds (feed);

    CREATE TABLE open_ends (            -- what the last round of a feed left to do
        feed TEXT NOT NULL,
        key BLOB NOT NULL,              -- of product, image and complaint
        PRIMARY KEY (feed, key)
    ) WITHOUT ROWID;
    """,
    """
    CREATE TABLE uploads (
        id INTEGER PRIMARY KEY,
        batch TEXT NOT NULL,            -- the Batch ID; empty where there was none
        feed TEXT NOT NULL,             -- as the user named it
        sent REAL NOT NULL,             -- when, in seconds since the epoch
        products INTEGER NOT NULL,
        content INTEGER NOT NULL        -- a hash of all that was sent: see uploads.py
    );
    CREATE UNIQUE INDEX uploads_by_batch ON uploads (batch) WHERE batch != '';

    CREATE TABLE sent (
        product TEXT PRIMARY KEY,       -- the SKU, else the ASIN
        asin TEXT NOT NULL,
        slots INTEGER NOT NULL,         -- a bit for each of settings.SLOTS, in its order
        images INTEGER NOT NULL,        -- a hash of its main image, or else of the others: see uploads.py
        first INTEGER NOT NULL REFERENCES uploads,  -- from which it waits: the first upload with these images
        last INTEGER NOT NULL REFERENCES uploads
    ) WITHOUT ROWID;
    CREATE INDEX sent_by_first ON sent (first);
    """,
    # Findings end in a third way: how = 'unjudged', where the rules were others, and nobody knows that they were fixed.
    """
    ALTER TABLE runs ADD COLUMN unjudged INTEGER NOT NULL DEFAULT 0;
    """,
)


def open_database(path: Path, *, create: bool = True, write: bool = True) -> sqlite3.Connection:
    """Open a state file, made anew where there is none and `create` allows it. Raises `StateError`.

    The connection is in autocommit mode; whoever writes begins and commits. One that isn't to `write` leaves the file
    as it is, of whichever version.
    """
    if not create and not (path.is_file() and path.stat().st_size):  # an empty file would become one
        raise StateError(
            "There is no state file {path}: `auditor check` and `auditor submitted` make one with --state {path}.",
            path=path,
        )
    with told(path):
        database = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
        try:
            _prepare(database, path, write=write)
        except BaseException:
            database.close()
            raise
    return database


def _prepare(database: sqlite3.Connection, path: Path, *, write: bool) -> None:
    database.execute(f"PRAGMA cache_size = -{PAGE_CACHE_KIB}")
    application, version = _number(database, "application_id"), _number(database, "user_version")
    empty = not _number(database, "schema_version")
    if application != APPLICATION and not empty:
        raise StateError(
            "{path} is a database of another program. It was left as it is; give --state another name.", path=path
        )
    if version > len(MIGRATIONS):
        raise StateError(
            "The state file {path} was written by a newer version of auditor. Update auditor, or give --state another "
            "name.",
            path=path,
        )
    if not write:
        database.execute("PRAGMA query_only = 1")
        return
    _begin_log(database)
    database.execute("PRAGMA synchronous = NORMAL")  # in WAL a crash may lose the last batches, never the file
    if version < len(MIGRATIONS):
        _migrate(database)


def _begin_log(database: sqlite3.Connection) -> None:
    """Switch to WAL. For that SQLite doesn't wait for others that do so at the same moment, so we do."""
    end = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return


def _migrate(database: sqlite3.Connection) -> None:
    """Apply what is missing in one transaction; a second process that came first has then done it all."""
    database.execute("BEGIN IMMEDIATE")
    try:
        for script in MIGRATIONS[_number(database, "user_version") :]:
            for statement in _statements(script):
                database.execute(statement)
        database.execute(f"PRAGMA application_id = {APPLICATION}")
        database.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        database.execute("COMMIT")
    except BaseException:
        database.rollback()
        raise


def _statements(script: str) -> Iterator[str]:
    """Each statement of a script: executescript() would commit the transaction it is run in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _number(database: sqlite3.Connection, pragma: str) -> int:
    (number,) = database.execute(f"PRAGMA {pragma}").fetchone()
    return int(number)


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what SQLite raises into one sentence, most specific first."""
    try:
        yield
    except sqlite3.Error as error:
        raise _fault(path, error) from error
    except OSError as error:
        raise StateError("The state file {path} can't be opened: {why}.", path=path, why=error.strerror) from error


def _fault(path: Path, error: sqlite3.Error) -> StateError:
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StateError(
            "The state file {path} is damaged, or no state file at all. It was left as it is: restore it from a copy, "
            "or give --state another name.",
            path=path,
        )
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StateError("The state file {path} is in use by another run. Try again when that is done.", path=path)
    if code == sqlite3.SQLITE_FULL:
        return StateError("The state file {path} can't grow: the disk is full. Make room and start again.", path=path)
    if code == sqlite3.SQLITE_READONLY:
        return StateError("The state file {path} can't be written: it or its folder is read-only.", path=path)
    return StateError("The state file {path} can't be used: {why}.", path=path, why=str(error))
