"""Complaints, and what was found of each: in a database without a name, which is gone when it is closed.

A report may have as many lines as a feed has rows: little of them is held in memory, whatever their number.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any, NamedTuple, Self

from auditor.aftermath.complaint import Complaint, Grade
from auditor.aftermath.standing import Looked, Ruling, Standing
from auditor.errors import ReportError
from auditor.feeds.cells import printable
from auditor.model import Finding

_CACHE_KIB = 32 * 1024
_TABLES = """
CREATE TABLE complaints (
    id INTEGER PRIMARY KEY, digest BLOB UNIQUE,
    sku TEXT, message_id INTEGER, record INTEGER, code TEXT, severity TEXT, message TEXT, attribute TEXT, asin TEXT
);
CREATE TABLE lines (
    id INTEGER PRIMARY KEY, place INTEGER, image INTEGER, complaint INTEGER, rank INTEGER, standing TEXT,
    asin TEXT, sku TEXT, marketplace TEXT, slot TEXT, url TEXT, feed TEXT, row INTEGER, found TEXT, kept TEXT
);
"""
# Built once all complaints are there, or all lines: in less time, and smaller.
_BY_SKU = "CREATE INDEX by_sku ON complaints (sku)"
_BY_MESSAGE = "CREATE INDEX by_message ON complaints (message_id) WHERE sku = ''"
_BY_ASIN = "CREATE INDEX by_asin ON complaints (asin) WHERE sku = '' AND asin != ''"
_BY_COMPLAINT = "CREATE INDEX by_complaint ON lines (complaint, rank) WHERE complaint IS NOT NULL"
_BY_IMAGE = "CREATE INDEX by_image ON lines (place, image) WHERE standing = 'fault-seen'"
# Of a complaint, what is nearest to the image that it means counts; of a whole product, once.
_LESSER = """
DELETE FROM lines WHERE complaint IS NOT NULL AND (
    rank < (SELECT max(rank) FROM lines AS other WHERE other.complaint = lines.complaint)
    OR (image < 0 AND id > (SELECT min(id) FROM lines AS other
                            WHERE other.complaint = lines.complaint AND other.rank = lines.rank))
)
"""
# A fault that explains a complaint needs no line of its own.
_TOLD = """
DELETE FROM lines WHERE complaint IS NULL AND EXISTS (
    SELECT 1 FROM lines AS other
    WHERE other.place = lines.place AND other.image = lines.image AND other.standing = 'fault-seen'
)
"""
# What no product of the feed answers to.
_REST = """
INSERT INTO lines (place, image, complaint, rank, standing, asin, sku, marketplace, slot, url, feed, row, found, kept)
SELECT -1, -1, id, 0, iif(sku = '' AND asin = '', 'unplaced', 'absent'), asin, sku, '', '', '', '', NULL, '[]', '[]'
FROM complaints WHERE id NOT IN (SELECT complaint FROM lines WHERE complaint IS NOT NULL) ORDER BY id
"""
_ALL = """
SELECT standing, lines.asin, lines.sku, marketplace, slot, url, feed, row, found, kept, complaints.id,
    complaints.sku, message_id, record, code, severity, message, attribute, complaints.asin
FROM lines LEFT JOIN complaints ON complaints.id = lines.complaint ORDER BY lines.id
"""
_INSERT_LINE = "INSERT INTO lines VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COMPLAINT = "sku, message_id, record, code, severity, message, attribute, asin"


class Entry(NamedTuple):
    """One line of what was found. `row` is None where no product of the feed is meant."""

    standing: Standing
    asin: str
    sku: str
    marketplace: str
    slot: str
    url: str
    feed: str
    row: int | None
    found: tuple[Finding, ...]
    kept: tuple[str, ...]
    complaint: Complaint | None


class Numbered(NamedTuple):
    """A complaint with its number in the docket."""

    number: int
    complaint: Complaint


class Docket:
    """Takes all complaints, then what was found row by row; then gives all of it in the order of the feed."""

    def __init__(self) -> None:
        self.read = 0  # complaints, as reports have them
        self.repeated = 0  # of these, such as had been read before
        with _told():
            self._database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
            self._database.execute("PRAGMA journal_mode = OFF")
            self._database.execute(f"PRAGMA cache_size = -{_CACHE_KIB}")
            self._database.executescript(_TABLES)
            self._database.execute("BEGIN")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def add(self, complaints: Sequence[Complaint], report: int) -> None:
        """Take complaints of the report with this number. What was said of the same product before is only counted."""
        rows = [(_digest(one, report), *one) for one in complaints]
        with _told():
            insert = "INSERT OR IGNORE INTO complaints VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            new = self._database.executemany(insert, rows).rowcount if rows else 0
        self.read += len(rows)
        self.repeated += len(rows) - new

    def close_list(self) -> None:
        """Say that all complaints are there."""
        with _told():
            self._database.execute(_BY_SKU)
            self._database.execute(_BY_MESSAGE)
            self._database.execute(_BY_ASIN)

    def of_skus(self, skus: Iterable[str]) -> dict[str, list[Numbered]]:
        """Return the complaints about products with these SKUs, by SKU."""
        found: dict[str, list[Numbered]] = {}
        for numbered in self._found("sku", sorted(set(skus) - {""})):
            found.setdefault(numbered.complaint.sku, []).append(numbered)
        return found

    def of_messages(self, numbers: Iterable[int]) -> dict[int, list[Numbered]]:
        """Return the complaints that name no SKU but one of these messages, by message."""
        found: dict[int, list[Numbered]] = {}
        for numbered in self._found("sku = '' AND message_id", sorted(numbers)):
            found.setdefault(numbered.complaint.message_id or 0, []).append(numbered)
        return found

    def of_asins(self, asins: Iterable[str]) -> dict[str, list[Numbered]]:
        """Return the complaints that name no SKU but one of these ASINs, by ASIN."""
        found: dict[str, list[Numbered]] = {}
        for numbered in self._found("sku = '' AND asin != '' AND asin", sorted(set(asins) - {""})):
            found.setdefault(numbered.complaint.asin, []).append(numbered)
        return found

    def _found(self, which: str, keys: Sequence[object]) -> Iterator[Numbered]:
        marks = ",".join("?" * len(keys))
        query = f"SELECT id, {_COMPLAINT} FROM complaints WHERE {which} IN ({marks}) ORDER BY id"  # noqa: S608  # all ours
        with _told():
            rows = self._database.execute(query, keys).fetchall() if keys else []
        return (Numbered(number, _complaint(rest)) for number, *rest in rows)

    def put(self, place: int, images: Sequence[Looked], number: int | None, rulings: Iterable[Ruling]) -> None:
        """Note what holds of a product row, the one at this place in the feed, in view of a complaint or of none."""
        first = images[0].ref
        lines = []
        for image, rank, standing, found in rulings:
            at, slot, url = (images.index(image), image.ref.slot, image.ref.url) if image else (-1, "", "")
            asin = image.ref.asin if image else first.asin
            marketplace = image.ref.marketplace if image else ""
            told = json.dumps([(finding.code, dict(finding.values)) for finding in found]) if found else "[]"
            kept = json.dumps(first.kept) if first.kept else "[]"
            sku = printable(first.sku)
            line = (
                place,
                at,
                number,
                rank,
                standing,
                asin,
                sku,
                printable(marketplace),
                slot,
                printable(url),
                first.feed,
                first.row,
                told,
                kept,
            )
            lines.append(line)
        with _told():
            self._database.executemany(_INSERT_LINE, lines)

    def settle(self) -> None:
        """Say that all rows were seen: drop what counts less, and add the complaints that no product answers to."""
        with _told():
            for statement in (_BY_COMPLAINT, _BY_IMAGE, _LESSER, _TOLD, _REST):
                self._database.execute(statement)

    def entries(self) -> Iterator[Entry]:
        """Yield what was found: in the order of the feed, then the complaints that no product answers to."""
        with _told():
            for standing, asin, sku, marketplace, slot, url, feed, row, found, *rest in self._database.execute(_ALL):
                kept, number, *complaint = rest
                yield Entry(
                    Standing(standing),
                    asin,
                    sku,
                    marketplace,
                    slot,
                    url,
                    feed,
                    row,
                    tuple(Finding(code, values) for code, values in json.loads(found)),
                    tuple(json.loads(kept)),
                    None if number is None else _complaint(complaint),
                )

    def accounted(self) -> int:
        """Count the complaints that have a line: all of them, or something is wrong with this program."""
        (count,) = self._database.execute("SELECT count(DISTINCT complaint) FROM lines").fetchone()
        return int(count)


def _complaint(row: Sequence[Any]) -> Complaint:
    sku, message_id, record, code, severity, message, attribute, asin = row
    return Complaint(sku, message_id, record, code, Grade(severity), message, attribute, asin)


def _digest(complaint: Complaint, report: int) -> bytes:
    """Return what two complaints share that say the same of the same product.

    Where it isn't named, that is the place in the report: another report means another product by the same number.
    """
    place = complaint.sku or complaint.asin or (report, complaint.message_id, complaint.record)
    said = (place, complaint.code, complaint.severity, complaint.message, complaint.attribute)
    return blake2b(repr(said).encode(errors="replace"), digest_size=16).digest()


@contextmanager
def _told() -> Iterator[None]:
    """Turn what the database says into one sentence: it lies among the temporary files."""
    try:
        yield
    except sqlite3.Error as error:
        raise ReportError(
            "The temporary files can't be written: {why}. Make room, or name another folder in SQLITE_TMPDIR.",
            why=str(error),
        ) from error
