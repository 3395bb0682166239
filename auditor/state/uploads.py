"""What was sent to Amazon, and when: uploads, and of each product the image that was sent last.

A product waits from the upload that was the first to have its main image as it is now (its other images, if it has no
main one). To send the same once more, as every night does, begins no wait anew: Amazon may skip it as identical. An
upload whose processing report still has errors was rejected, and is none to wait from: the next one of the same content
whose report is clean counts, else the last one.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from pathlib import Path
from typing import NamedTuple

from auditor.errors import StateError
from auditor.model import BadRow, ImageRef, ProductRow
from auditor.settings import SLOTS
from auditor.state.database import told
from auditor.state.rounds import clean_batches, unclean_batches
from auditor.state.slots import writable

_MAIN = 1
_BITS = {slot: 1 << place for place, slot in enumerate(SLOTS)}
_MASK = (1 << 61) - 1  # of hashes: two of them are added in SQLite, whose integers have 63 bits


class Upload(NamedTuple):
    """One upload. `sent` is in seconds since the epoch; `batch` is empty where there was no Batch ID."""

    batch: str
    feed: str
    sent: float
    products: int


class Noted(NamedTuple):
    """What became of an upload that was noted: `fresh` of its products have images that weren't sent before.

    `again` says that it had been noted already.
    """

    upload: Upload
    fresh: int
    again: bool


class Images(NamedTuple):
    """A product's images in short: a bit for each slot, and hashes of its main image and of the others."""

    slots: int = 0
    main: int = 0
    rest: int = 0

    def plus(self, other: "Images") -> "Images":
        """Put together what stands in several rows of a feed, in whichever order."""
        return Images(self.slots | other.slots, (self.main + other.main) & _MASK, (self.rest + other.rest) & _MASK)

    @property
    def digest(self) -> int:
        """By what they are known: the main image, or all others where there is none."""
        return self.main if self.slots & _MAIN else self.rest


def images_of(refs: Iterable[ImageRef]) -> Images:
    """Look at the images that one row asks for. The same one for several marketplaces counts once."""
    slots = main = rest = 0
    for slot, url in {(ref.slot, ref.url) for ref in refs if ref.url}:
        bit = _BITS.get(slot, 0)
        slots |= bit
        if bit == _MAIN:
            main += _hash(slot, url)
        else:
            rest += _hash(slot, url)
    return Images(slots, main & _MASK, rest & _MASK)


class Sent(NamedTuple):
    """What was sent of a product last.

    `product` is its SKU, else its ASIN; `digest` tells its images (see `Images`); `first` is the upload from which it
    waits.
    """

    product: str
    asin: str
    slots: tuple[str, ...]
    digest: int
    first: Upload
    last: Upload

    @property
    def sku(self) -> str:
        """Its SKU; empty where it is known by its ASIN alone."""
        return "" if self.product == self.asin else self.product


_NONE = Images()


def _hash(*texts: str) -> int:
    return int.from_bytes(blake2b("\0".join(texts).encode("utf-8", "surrogatepass"), digest_size=8).digest())


class Uploads:
    """The uploads of a state file. Every method raises `StateError`; none is for an event loop with others in it."""

    def __init__(self, path: Path, database: sqlite3.Connection) -> None:
        self._path = path
        self._database = database
        self._content = 0
        self._accepted = False
        with told(path):
            database.execute("DROP TABLE IF EXISTS temp.loading")
            database.execute(_LOADING)
            database.execute("DROP TABLE IF EXISTS temp.accepted")
            database.execute(_ACCEPTED)

    def add(self, rows: Iterable[ProductRow]) -> None:
        """Take product rows of the feed that was sent; what asks for no image, or names no product, isn't noted."""
        found = []
        for row in rows:
            if isinstance(row, BadRow):
                continue
            images = images_of(row)
            asin = next((ref.asin for ref in row if ref.asin), "")
            product = next((ref.sku for ref in row if ref.sku), asin)
            if images != _NONE and product:
                found.append((writable(product), writable(asin), *images, _MASK))
                self._content = (self._content + _hash(product, str(images.digest))) & _MASK
        with told(self._path):
            self._database.execute("BEGIN")
            self._database.executemany(_ADD, found)
            self._database.execute("COMMIT")

    def note(self, batch: str, feed: str, sent: float, *, corrects: bool = True) -> Noted:
        """Note that what was added was sent. The same upload noted again is one; its time is corrected where it may be.

        Raises `StateError`, too, where the Batch ID is that of another upload, and where no product was added.
        """
        with told(self._path):
            self._database.execute("BEGIN IMMEDIATE")
            try:
                noted = self._note(writable(batch), writable(feed), sent, corrects=corrects)
                self._database.execute("COMMIT")
            except BaseException:
                self._database.rollback()
                raise
        return noted

    def _note(self, batch: str, feed: str, sent: float, *, corrects: bool) -> Noted:
        execute = self._database.execute
        (products,) = execute("SELECT count(*) FROM temp.loading").fetchone()
        if not products:
            raise StateError("{feed} asks for no image of any product, so there is nothing to note.", feed=feed)
        upload = Upload(batch, feed, sent, products)
        known = execute(_KNOWN, (batch, batch, feed, sent, self._content)).fetchone()
        if known is not None:
            if known[1] != self._content:
                raise StateError(
                    "The Batch ID {batch} is noted already, for an upload of {feed} with other images. Look it up "
                    "again in Seller Central, or name the feed as it was when you sent it.",
                    batch=batch,
                    feed=known[2],
                )
            if not corrects:
                return Noted(upload._replace(sent=known[3]), 0, again=True)
            if execute(_PASSED, {"id": known[0], "feed": feed, "sent": sent}).fetchone():
                raise StateError(
                    "The time of batch {batch} can't be corrected past another upload of the same products: which "
                    "came first decides from when they wait. Note all of them in a new state file.",
                    batch=batch,
                )
            execute("UPDATE uploads SET sent = ? WHERE id = ?", (sent, known[0]))
            return Noted(upload, 0, again=True)
        row = execute(_UPLOAD, (*upload, self._content)).lastrowid
        execute(_SENT, {"upload": row, "sent": sent})
        (fresh,) = execute("SELECT count(*) FROM sent WHERE first = ?", (row,)).fetchone()
        return Noted(upload, fresh, again=False)

    def find(self, sku: str, asin: str) -> Sent | None:
        """What was sent of a product; None if nothing was."""
        self._accept()
        with told(self._path):
            for product in filter(None, dict.fromkeys((sku, asin))):
                row = self._database.execute(_FIND, (writable(product),)).fetchone()
                if row is not None:
                    return _read(row)
        return None

    @property
    def some(self) -> bool:
        """Whether any upload was noted."""
        with told(self._path):
            return self._database.execute("SELECT 1 FROM uploads LIMIT 1").fetchone() is not None

    def every(self) -> Iterator[Sent]:
        """Every product that was sent, by the time from which it waits, the earliest first."""
        self._accept()
        with told(self._path):
            yield from map(_read, self._database.execute(_EVERY))

    def _accept(self) -> None:
        """Find out, once, which uploads take the place of those that were rejected."""
        if self._accepted:
            return
        clean, unclean = clean_batches(self._path, self._database), unclean_batches(self._path, self._database)
        with told(self._path):
            for batch in unclean:
                for first, last in self._database.execute(_REJECTED, (batch,)).fetchall():
                    later = self._database.execute(_LATER, (last, first, last)).fetchall()
                    accepted = next((upload for upload, its_batch in later if its_batch in clean), last)
                    self._database.execute("INSERT INTO temp.accepted VALUES (?, ?, ?)", (first, last, accepted))
        self._accepted = True


def _read(row: tuple[object, ...]) -> Sent:
    product, asin, slots, images, *uploads = row
    named = tuple(slot for slot, bit in _BITS.items() if int(str(slots)) & bit)
    return Sent(str(product), str(asin), named, int(str(images)), Upload._make(uploads[:4]), Upload._make(uploads[4:]))


_LOADING = """
CREATE TABLE temp.loading (product TEXT PRIMARY KEY, asin TEXT, slots INTEGER, main INTEGER, rest INTEGER) WITHOUT ROWID
"""
_ADD = """
INSERT INTO temp.loading (product, asin, slots, main, rest) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (product) DO UPDATE SET
    asin = iif(asin = '', excluded.asin, asin),
    slots = slots | excluded.slots,
    main = (main + excluded.main) & ?6,
    rest = (rest + excluded.rest) & ?6
"""
_KNOWN = (
    "SELECT id, content, feed, sent FROM uploads WHERE batch = ? AND (? != '' OR (feed, sent, content) = (?, ?, ?))"
)
# Another upload of the feed, or of a product that is in it, between the time that was noted and the new one.
_PASSED = """
SELECT 1 FROM uploads AS other JOIN uploads AS known ON known.id = :id
WHERE other.id != :id AND known.sent != :sent AND other.sent BETWEEN min(known.sent, :sent) AND max(known.sent, :sent)
  AND (other.feed = :feed
       OR other.id IN (SELECT first FROM sent JOIN temp.loading USING (product))
       OR other.id IN (SELECT last FROM sent JOIN temp.loading USING (product)))
"""
_UPLOAD = "INSERT INTO uploads (batch, feed, sent, products, content) VALUES (?, ?, ?, ?, ?)"
# Uploads may be noted out of order: the later one tells the image, the earlier one with the same image when. One that
# has only further images of a product says nothing of its main image.
_SENT = """
INSERT INTO sent (product, asin, slots, images, first, last)
SELECT product, asin, slots, iif(slots & 1, main, rest), :upload, :upload FROM temp.loading WHERE true
ON CONFLICT (product) DO UPDATE SET
    asin = iif(excluded.asin = '', asin, excluded.asin),
    slots = excluded.slots,
    images = excluded.images,
    first = iif(images != excluded.images OR :sent < (SELECT sent FROM uploads WHERE id = first), :upload, first),
    last = iif(:sent < (SELECT sent FROM uploads WHERE id = last), last, :upload)
WHERE (images = excluded.images OR :sent >= (SELECT sent FROM uploads WHERE id = last))
  AND (excluded.slots & 1 OR NOT slots & 1)
"""
# Of products with this first and last upload: from which one they wait, where it isn't the first.
_ACCEPTED = """
CREATE TABLE temp.accepted (first INTEGER, last INTEGER, upload INTEGER, PRIMARY KEY (first, last)) WITHOUT ROWID
"""
_REJECTED = "SELECT DISTINCT first, last FROM sent WHERE first IN (SELECT id FROM uploads WHERE batch = ?)"
# Uploads with the same content as the last one had the same images of the same products.
_LATER = """
SELECT id, batch FROM uploads
WHERE content = (SELECT content FROM uploads WHERE id = ?)
  AND sent BETWEEN (SELECT sent FROM uploads WHERE id = ?) AND (SELECT sent FROM uploads WHERE id = ?)
ORDER BY sent, id
"""
_SELECT = """
SELECT product, asin, slots, images,
       began.batch, began.feed, began.sent, began.products, latest.batch, latest.feed, latest.sent, latest.products
FROM sent LEFT JOIN temp.accepted AS instead USING (first, last)
JOIN uploads AS began ON began.id = coalesce(instead.upload, first) JOIN uploads AS latest ON latest.id = last
"""
_FIND = _SELECT + " WHERE product = ?"
_EVERY = _SELECT + " ORDER BY began.sent, began.id, product"
