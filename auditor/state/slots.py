"""Which of the image slots with earlier findings the feed still has."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from auditor.model import ImageRef


class Slots:
    """Marks slots as they pass by. Eight bytes and one bit of memory for each slot with an earlier finding."""

    def __init__(self, slots: Iterable[tuple[str, str, str]]) -> None:
        # One that stands there twice does no harm: it is found at its first place.
        self._hashes = array("q", sorted(map(hash, slots)))
        self._seen = bytearray(len(self._hashes))

    def see(self, ref: ImageRef) -> None:
        """Note that the feed has an image in this slot."""
        if ref.url:
            self._mark((product_of(ref), writable(ref.marketplace), ref.slot))

    def has(self, ref: ImageRef) -> bool:
        """Whether there are earlier findings in this slot."""
        return self._find((product_of(ref), writable(ref.marketplace), ref.slot)) is not None

    def has_seen(self, product: str, marketplace: str, slot: str) -> bool:
        """Whether the feed had one."""
        at = self._find((product, marketplace, slot))
        return at is not None and bool(self._seen[at])

    def forget(self) -> None:
        """Begin anew: no slot was seen."""
        self._seen = bytearray(len(self._hashes))

    def __len__(self) -> int:
        return len(self._hashes)

    def _mark(self, slot: tuple[str, str, str]) -> None:
        at = self._find(slot)
        if at is not None:
            self._seen[at] = 1

    def _find(self, slot: tuple[str, str, str]) -> int | None:
        wanted = hash(slot)
        at = bisect_left(self._hashes, wanted)
        return at if at < len(self._hashes) and self._hashes[at] == wanted else None


def product_of(ref: ImageRef) -> str:
    """What a product is known by from night to night: its ASIN, else its SKU."""
    return writable(ref.asin or ref.sku)


def writable(text: str) -> str:
    """Give a text as SQLite takes it: a feed may hold halves of characters."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
