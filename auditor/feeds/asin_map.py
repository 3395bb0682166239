"""SKU → ASIN: a map of millions that is held in little memory, and the rows of feeds that it completes. Pure.

Entries lie in buckets of bytes by the hash of their SKU: 5 million take 300 MiB where a dict takes 820, and a look-up
as long. Nothing stands for something else: the whole SKU is compared.
"""

import re
from collections.abc import Sequence
from typing import Any

from auditor.model import BadRow, ImageRef, ProductRow

_BUCKETS = 1 << 18
_SKU, _ASIN = b"\xff", b"\xfe"  # what an SKU and an ASIN begin with: bytes that no UTF-8 has
_WIDE = 10  # characters of an ASIN
_SHAPE = re.compile(r"[A-Z0-9]{10}")
_SEVERAL = bytes(_WIDE)  # in place of an ASIN: there are several
_EXAMPLES = 10  # of what is counted


class AsinMap:
    """The ASINs of SKUs, and what became of it in a run.

    An SKU with two ASINs has none: which of them a row means can't be known. `skus` counts those with one, `conflicts`
    those with several.
    """

    def __init__(self) -> None:
        self.skus = 0
        self.conflicts = 0
        self.filled = 0  # product rows that got their ASIN here
        self.contradicted = 0  # product rows that have another one
        self.conflict_examples: list[dict[str, Any]] = []
        self.contradiction_examples: list[dict[str, Any]] = []
        self._buckets: list[bytearray | None] = [None] * _BUCKETS

    def add(self, sku: str, asin: str) -> bool:
        """Note an SKU's ASIN. False for one that isn't shaped like an ASIN: it doesn't count."""
        if not sku or not _SHAPE.fullmatch(asin):
            return False
        key = _SKU + sku.encode(errors="surrogatepass") + _ASIN
        number = hash(key) % _BUCKETS
        bucket = self._buckets[number]
        if bucket is None:
            bucket = self._buckets[number] = bytearray()
        place = bucket.find(key) + len(key)
        if place < len(key):
            bucket += key + asin.encode()
            self.skus += 1
            return True
        known = bytes(bucket[place : place + _WIDE])
        if known != asin.encode() and known != _SEVERAL:
            bucket[place : place + _WIDE] = _SEVERAL
            self.skus -= 1
            self.conflicts += 1
            if len(self.conflict_examples) < _EXAMPLES:
                self.conflict_examples.append({"sku": sku, "asins": [known.decode(), asin]})
        return True

    def get(self, sku: str) -> str:
        """Return the ASIN of an SKU; empty where there is none, or several."""
        key = _SKU + sku.encode(errors="surrogatepass") + _ASIN
        bucket = self._buckets[hash(key) % _BUCKETS]
        place = bucket.find(key) if bucket else -1
        if bucket is None or place < 0:
            return ""
        found = bucket[place + len(key) : place + len(key) + _WIDE]
        return "" if found == _SEVERAL else found.decode()

    def complete(self, rows: Sequence[ProductRow]) -> list[ProductRow]:
        """Return rows with the ASINs that they lack. One that has another ASIN keeps it, and is counted."""
        return [row if isinstance(row, BadRow) or not row else self._completed(row) for row in rows]

    def _completed(self, row: tuple[ImageRef, ...]) -> ProductRow:
        asin = self.get(row[0].sku)
        if not asin:
            return row
        stated = [ref.asin for ref in row if ref.asin]
        if stated and asin not in stated:  # a row of several marketplaces may have several
            self._contradict(row[0], asin)
        if len(stated) == len(row):
            return row
        self.filled += 1
        return tuple([ref if ref.asin else _with(ref, asin) for ref in row])

    def _contradict(self, ref: ImageRef, asin: str) -> None:
        self.contradicted += 1
        if len(self.contradiction_examples) < _EXAMPLES:
            self.contradiction_examples.append(
                {"feed": ref.feed, "row": ref.row, "sku": ref.sku, "asin": ref.asin, "asin_of_map": asin}
            )


def _with(ref: ImageRef, asin: str) -> ImageRef:
    """Return a reference with another ASIN, in half the time that `_replace` takes."""
    return ImageRef(ref.feed, ref.row, asin, ref.sku, ref.marketplace, ref.slot, ref.url, ref.kept)
