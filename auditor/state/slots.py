"""Which of the image slots with earlier findings the feed still has."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable

from auditor.model import ImageRef

PARTS = 256  # each is sorted on its own: a list of all hashes would take five times what is kept of them


class Slots:
    """Marks slots as they pass by. Nine bytes of memory for each slot with an earlier finding, ten while they are read.

    They are known by their hashes. That two are the same is as good as impossible, and nobody can bring it about: each
    process hashes in its own way.
    """

    def __init__(self, slots: Iterable[tuple[str, str, str]]) -> None:
        self._hashes = [array("q") for _ in range(PARTS)]
        for hashed in map(hash, slots):
            self._hashes[hashed % PARTS].append(hashed)
        for number, part in enumerate(self._hashes):
            self._hashes[number] = array("q", sorted(part))
        self.forget()

    def see(self, ref: ImageRef) -> None:
        """Note that the feed has an image in this slot."""
        if ref.url:
            self._mark((product_of(ref), writable(ref.marketplace), ref.slot))

    def has(self, ref: ImageRef) -> bool:
        """Whether there are earlier findings in this slot."""
        return self._find((product_of(ref), writable(ref.marketplace), ref.slot)) is not None

    def has_seen(self, product: str, marketplace: str, slot: str) -> bool:
        """Whether the feed had one."""
        found = self._find((product, marketplace, slot))
        return found is not None and bool(self._seen[found[0]][found[1]])

    def forget(self) -> None:
        """Begin anew: no slot was seen."""
        self._seen = [bytearray(len(part)) for part in self._hashes]

    def __len__(self) -> int:
        return sum(map(len, self._hashes))

    def _mark(self, slot: tuple[str, str, str]) -> None:
        found = self._find(slot)
        if found is not None:
            self._seen[found[0]][found[1]] = 1

    def _find(self, slot: tuple[str, str, str]) -> tuple[int, int] | None:
        """Where it stands: its part, and its place there."""
        wanted = hash(slot)
        number = wanted % PARTS
        part = self._hashes[number]
        at = bisect_left(part, wanted)
        return (number, at) if at < len(part) and part[at] == wanted else None


def product_of(ref: ImageRef) -> str:
    """What a product is known by from night to night: its ASIN, else its SKU."""
    return writable(ref.asin or ref.sku)


def writable(text: str) -> str:
    """Give a text as SQLite takes it: a feed may hold halves of characters."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()
