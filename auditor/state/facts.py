"""What was last found out about each URL: read and written in batches, on a thread of its own."""

import asyncio
import hashlib
import sqlite3
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from auditor.model import Answered
from auditor.state.database import open_database, told
from auditor.state.rows import COLUMNS, from_row, to_row

READ = 500  # keys asked for at once
WRITE = 2_000  # facts written at once
KEY_BYTES = 16
LARGEST = 2**63 - 1  # number that SQLite holds

_ALL = ("key", "fetched", "confirmed", "changed", *COLUMNS)
# S608: the names are our own.
_KEEP = f"INSERT OR REPLACE INTO facts ({', '.join(_ALL)}) VALUES ({', '.join('?' * len(_ALL))})"  # noqa: S608
_FIND = f"SELECT {', '.join(_ALL)} FROM facts WHERE key IN (?%s)"  # noqa: S608


class Fact(NamedTuple):
    """What a host said of a URL.

    In seconds since the epoch: `fetched` is when it was last looked at, `confirmed` when its host last said that it was
    unchanged (or it was looked at), `changed` when the content was first seen as it is.
    """

    probe: Answered
    fetched: int
    confirmed: int
    changed: int


def key_of(url: str, manner: str = "") -> bytes:
    """Name a URL as the state file does: it doesn't hold addresses, which may open doors.

    `manner` stands for what else shapes an answer, so that a run that looks in another way doesn't take it for its own.
    """
    text = url.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=KEY_BYTES, key=manner.encode()[:64]).digest()


class Facts:
    """The facts of a state file, for one run. Every method raises `StateError`."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._path = path
        self._database = database
        # SQLite lets others run while it reads; one thread keeps what is asked in order.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="state")
        self._wanted: dict[bytes, list[asyncio.Future[Fact | None]]] = {}
        self._reading: asyncio.Task[None] | None = None
        self._kept: dict[bytes, Fact] = {}
        self._writing: asyncio.Future[None] | None = None

    async def find(self, key: bytes) -> Fact | None:
        """What is known of a URL. Those asked for while the thread is busy are read together."""
        kept = self._kept.get(key)
        if kept is not None:
            return kept
        loop = asyncio.get_running_loop()
        found: asyncio.Future[Fact | None] = loop.create_future()
        self._wanted.setdefault(key, []).append(found)
        if self._reading is None:
            self._reading = loop.create_task(self._read())
        return await found

    async def keep(self, key: bytes, fact: Fact) -> None:
        """Note what is known of a URL now. It is written together with others, at the latest when closed."""
        if (fact.probe.content_length or 0) > LARGEST:
            return
        self._kept[key] = fact
        if len(self._kept) >= WRITE:
            await self.flush()

    async def flush(self) -> None:
        """Write what waits."""
        kept, self._kept = self._kept, {}
        if kept:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._write, kept)

    async def aclose(self) -> None:
        """Write what waits and let go of the file."""
        try:
            if self._reading is not None:
                await self._reading
            await self.flush()
        finally:
            self._thread.shutdown()
            self._database.close()

    async def _read(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            keys = list(wanted)
            for start in range(0, len(keys), READ):
                some = keys[start : start + READ]
                try:
                    found = await loop.run_in_executor(self._thread, self._select, some)
                except Exception as error:  # noqa: BLE001  # whoever asked is told
                    for key in some:
                        _tell(wanted[key], error)
                else:
                    for key in some:
                        _answer(wanted[key], found.get(key))
        self._reading = None

    def _select(self, keys: Sequence[bytes]) -> dict[bytes, Fact]:
        with told(self._path):
            rows = self._database.execute(_FIND % (", ?" * (len(keys) - 1)), keys).fetchall()
        return {row[0]: fact for row in rows if (fact := _fact(row)) is not None}

    def _write(self, kept: dict[bytes, Fact]) -> None:
        rows = [
            (key, fact.fetched, fact.confirmed, fact.changed, *to_row(fact.probe)) for key, fact in sorted(kept.items())
        ]
        with told(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                self._database.executemany(_KEEP, rows)
                self._database.execute("COMMIT")
            except BaseException:
                self._database.rollback()
                raise


def open_facts(path: Path, manner: str = "") -> Facts:
    """Open the facts of a state file, to be found in this manner (see `key_of`). Raises `StateError`."""
    database = open_database(path)
    with told(path):
        database.execute("INSERT OR IGNORE INTO manners VALUES (?)", (manner,))
    return Facts(path, database)


def find_everywhere(path: Path, database: sqlite3.Connection, url: str) -> list[Fact]:
    """What is known of a URL, in every manner in which it was ever looked at. Raises `StateError`."""
    with told(path):
        keys = [key_of(url, manner) for (manner,) in database.execute("SELECT name FROM manners")]
        rows = database.execute(_FIND % (", ?" * (len(keys) - 1)), keys).fetchall() if keys else []
    return [fact for row in rows if (fact := _fact(row)) is not None]


def _fact(row: Sequence[Any]) -> Fact | None:
    _, fetched, confirmed, changed, *columns = row
    probe = from_row(columns)
    return None if probe is None else Fact(probe, fetched, confirmed, changed)


def _answer(waiting: Sequence[asyncio.Future[Fact | None]], fact: Fact | None) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(fact)


def _tell(waiting: Sequence[asyncio.Future[Fact | None]], error: Exception) -> None:
    for future in waiting:
        if not future.done():
            future.set_exception(error)
