"""What was last found out about each URL: read and written in batches, on a thread of its own."""

import asyncio
import hashlib
import sqlite3
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from auditor.model import Answered, Body, NotAnImage
from auditor.state.database import open_database, told
from auditor.state.rows import COLUMNS, from_row, to_row

READ = 500  # facts read along, and asked for in one statement
EXPECTED = 500_000  # URLs remembered to be read along
AHEAD = 5_000  # facts read along and not asked for yet; then the first is forgotten: its host is slow
WRITE = 8_000  # facts written at once: of a small file nearly every page is written anew each time
TEXT = 4096  # characters of what a host says of one URL, at most: more is no picture, and would fill the disk
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


class Known(NamedTuple):
    """A URL's name in the state file, and what is known of it there."""

    key: bytes
    fact: Fact | None


def key_of(url: str, manner: str = "") -> bytes:
    """Name a URL as the state file does: it doesn't hold addresses, which may open doors.

    `manner` stands for what else shapes an answer, so that a run that looks in another way doesn't take it for its own.
    """
    text = url.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=KEY_BYTES, key=manner.encode()[:64]).digest()


class Facts:
    """The facts of a state file, for one run. Every method raises `StateError`.

    What is to be written waits until it is much, and then goes to a thread, which nobody waits for unless as much again
    has come meanwhile. What is to be found goes to another thread: SQLite lets one read what the other hasn't changed.
    Going there costs ten times what finding one fact does, so others that will be asked for soon are read along.
    """

    def __init__(self, path: Path, manner: str, reading: sqlite3.Connection, writing: sqlite3.Connection) -> None:
        self._path = path
        self._manner = manner
        self._reading, self._writing = reading, writing
        self._reader = ThreadPoolExecutor(1, thread_name_prefix="state-reader")
        self._writer = ThreadPoolExecutor(1, thread_name_prefix="state-writer")
        with told(path):
            self._is_blank = reading.execute("SELECT 1 FROM facts LIMIT 1").fetchone() is None
        self._wanted: dict[str, list[asyncio.Future[Known]]] = {}
        self._expected: deque[str] = deque()
        self._ahead: OrderedDict[str, Known] = OrderedDict()  # read along
        self._search: asyncio.Task[None] | None = None
        self._kept: dict[bytes, Fact] = {}  # waits to be written
        self._under_way: dict[bytes, Fact] = {}  # is being written
        self._writes: asyncio.Future[None] | None = None

    def expect(self, urls: Iterable[str]) -> None:
        """Note that these will be asked for, in about this order. Of too many, the rest is read when it is wanted."""
        if not self._is_blank:
            self._expected.extend(islice(urls, EXPECTED - len(self._expected)))

    async def find(self, url: str) -> Known:
        """What is known of a URL. Those asked for while the thread is busy are read together."""
        known = self._ahead.pop(url, None)
        if known is None and not self._is_blank:
            loop = asyncio.get_running_loop()
            found: asyncio.Future[Known] = loop.create_future()
            self._wanted.setdefault(url, []).append(found)
            if self._search is None:
                self._search = loop.create_task(self._find_wanted())
            known = await found
        key, fact = known or Known(key_of(url, self._manner), None)
        return Known(key, self._kept.get(key) or self._under_way.get(key) or fact)

    async def find_all(self, urls: Iterable[str]) -> dict[str, Known]:
        """What is known of many URLs."""
        loop = asyncio.get_running_loop()
        found = await loop.run_in_executor(self._reader, self._select, list(urls))
        for url, (key, _) in found.items():
            newer = self._kept.get(key) or self._under_way.get(key)
            if newer is not None:
                found[url] = Known(key, newer)
        return found

    async def keep(self, key: bytes, fact: Fact) -> bool:
        """Note what is known of a URL now; say whether that is possible: an answer may be too long.

        It is written together with others, at the latest when closed.
        """
        if (fact.probe.content_length or 0) > LARGEST or _characters(fact.probe) > TEXT:
            return False
        self._kept[key] = fact
        if len(self._kept) >= WRITE:
            await self._begin_to_write()
        return True

    async def flush(self) -> None:
        """Write what waits."""
        await self._begin_to_write()
        await self._written()

    async def aclose(self) -> None:
        """Write what waits and let go of the file."""
        try:
            if self._search is not None:
                await self._search
            await self.flush()
        finally:
            self._reader.shutdown()
            self._writer.shutdown()
            self._reading.close()
            self._writing.close()

    async def _begin_to_write(self) -> None:
        await self._written()
        if self._kept:
            self._under_way, self._kept = self._kept, {}
            loop = asyncio.get_running_loop()
            self._writes = loop.run_in_executor(self._writer, self._write, self._under_way)

    async def _written(self) -> None:
        """Wait for what is being written. Whoever comes first is told what has gone wrong."""
        if self._writes is not None:
            writes, self._writes = self._writes, None
            await writes
            self._under_way = {}

    async def _find_wanted(self) -> None:
        loop = asyncio.get_running_loop()
        while self._wanted:
            wanted, self._wanted = self._wanted, {}
            along = [self._expected.popleft() for _ in range(min(READ, len(self._expected)))]
            try:
                found = await loop.run_in_executor(self._reader, self._select, [*wanted, *along])
            except Exception as error:  # noqa: BLE001  # whoever asked is told
                for waiting in wanted.values():
                    _tell(waiting, error)
            else:
                for url, waiting in wanted.items():
                    _answer(waiting, found.pop(url))
                self._ahead.update(found)
                while len(self._ahead) > AHEAD:
                    self._ahead.popitem(last=False)
        self._search = None

    def _select(self, urls: Sequence[str]) -> dict[str, Known]:
        keys = {url: key_of(url, self._manner) for url in urls}
        found: dict[bytes, Fact | None] = {}
        if not self._is_blank:
            with told(self._path):
                for some in _batches(list(keys.values())):
                    rows = self._reading.execute(_FIND % (", ?" * (len(some) - 1)), some).fetchall()
                    found.update((row[0], _fact(row)) for row in rows)
        return {url: Known(key, found.get(key)) for url, key in keys.items()}

    def _write(self, kept: dict[bytes, Fact]) -> None:
        rows = [
            (key, fact.fetched, fact.confirmed, fact.changed, *to_row(fact.probe)) for key, fact in sorted(kept.items())
        ]
        with told(self._path):
            self._writing.execute("BEGIN IMMEDIATE")
            try:
                self._writing.executemany(_KEEP, rows)
                self._writing.execute("COMMIT")
            except BaseException:
                self._writing.rollback()
                raise


def open_facts(path: Path, manner: str = "", *, write: bool = True) -> Facts:
    """Open the facts of a state file, to be found in this manner (see `key_of`). Raises `StateError`.

    If nothing is to be written, none may be kept.
    """
    writing = open_database(path, write=write)
    try:
        with told(path):
            # Looked for first: nothing is to be written, nor waited for, where it is known.
            if write and writing.execute("SELECT 1 FROM manners WHERE name = ?", (manner,)).fetchone() is None:
                writing.execute("INSERT OR IGNORE INTO manners VALUES (?)", (manner,))
        return Facts(path, manner, open_database(path, write=write), writing)
    except BaseException:
        writing.close()
        raise


def find_everywhere(path: Path, database: sqlite3.Connection, url: str) -> list[Fact]:
    """What is known of a URL, in every manner in which it was ever looked at. Raises `StateError`."""
    with told(path):
        keys = [key_of(url, manner) for (manner,) in database.execute("SELECT name FROM manners")]
        rows = database.execute(_FIND % (", ?" * (len(keys) - 1)), keys).fetchall() if keys else []
    return [fact for row in rows if (fact := _fact(row)) is not None]


def _batches(keys: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    for start in range(0, len(keys), READ):
        yield keys[start : start + READ]


def _characters(probe: Answered) -> int:
    texts = (probe.location, probe.content_type, probe.etag, probe.last_modified, *_said(probe.body))
    return sum(map(len, filter(None, texts)))


def _said(body: Body | None) -> tuple[str, ...]:
    return (body.title, body.opens) if isinstance(body, NotAnImage) else ()


def _fact(row: Sequence[Any]) -> Fact | None:
    _, fetched, confirmed, changed, *columns = row
    probe = from_row(columns)
    return None if probe is None else Fact(probe, fetched, confirmed, changed)


def _answer(waiting: Sequence[asyncio.Future[Known]], known: Known) -> None:
    for future in waiting:
        if not future.done():
            future.set_result(known)


def _tell(waiting: Sequence[asyncio.Future[Known]], error: Exception) -> None:
    for future in waiting:
        if not future.done():
            future.set_exception(error)
