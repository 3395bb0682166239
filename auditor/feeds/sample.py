"""A part of a feed's product rows, chosen at random, and the same one each time.

A row is chosen by a hash of its SKU, else of its ASIN: so the same products are chosen tomorrow, in whatever order they
then stand, and however many others there are (a share), or nearly so (a number). Rows that name no product are told
apart by their place among such rows.
"""

import heapq
from collections.abc import AsyncGenerator
from contextlib import aclosing
from hashlib import blake2b

from auditor.errors import FeedError
from auditor.feeds.feed import Batch
from auditor.feeds.records import BATCH
from auditor.model import BadRow, ProductRow
from auditor.settings import Sample

_BYTES = 8  # of a hash
_ALL = 1 << 8 * _BYTES


class Sampling:
    """Chooses a sample. `of` counts the rows it was chosen from, `unreadable` those of them that it left out."""

    def __init__(self, sample: Sample) -> None:
        self._sample = sample
        self._nameless = 0
        self.of = 0
        self.unreadable = 0

    async def choose(self, batches: AsyncGenerator[Batch, None]) -> AsyncGenerator[Batch, None]:
        """Yield the rows that are chosen, in feed order. Raises FeedError where the feed can't be read on.

        A share is chosen while the feed is read; a number once it was, and at most so many rows are held. Batches
        without rows come before that, for their share.
        """
        share, most = self._sample.share, self._sample.rows
        async with aclosing(batches):
            if share is not None:
                below = round(share * _ALL)
                async for rows, done in batches:
                    yield Batch([row for row in rows if self._chosen(row, self._hash(row), below)], done)
            elif most is not None:
                async with aclosing(self._lowest(batches, most)) as chosen:
                    async for batch in chosen:
                        yield batch

    def _chosen(self, row: ProductRow, number: int, below: int) -> bool:
        if number < below:
            return True
        self._leave(row)
        return False

    def _leave(self, row: ProductRow) -> None:
        self.unreadable += isinstance(row, BadRow)

    async def _lowest(self, batches: AsyncGenerator[Batch, None], most: int) -> AsyncGenerator[Batch, None]:
        """Yield the rows with the lowest hashes; where the feed breaks off, those of what was read."""
        heap: list[tuple[int, int, ProductRow]] = []  # the highest hash first: hash and place are negative
        fault: FeedError | None = None
        try:
            async for batch in batches:
                for row in batch.rows:
                    entry = (-self._hash(row), -self.of, row)
                    if len(heap) < most:
                        heapq.heappush(heap, entry)
                    else:
                        self._leave(heapq.heappushpop(heap, entry)[2])
                yield Batch([], batch.share)  # tells how far the reading is
        except FeedError as error:
            fault = error
        rows = [row for _, _, row in sorted(heap, key=lambda entry: -entry[1])]
        heap.clear()
        for start in range(0, len(rows), BATCH):
            some = rows[start : start + BATCH]
            yield Batch(some, (start + len(some)) / len(rows))
        if fault is not None:
            raise fault

    def _hash(self, row: ProductRow) -> int:
        """Give a row its number, evenly spread below `_ALL`, and count it."""
        self.of += 1
        name = "" if isinstance(row, BadRow) or not row else row[0].sku or row[0].asin
        if not name:
            self._nameless += 1
            name = f"\0{self._nameless}"  # no product is called so
        return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=_BYTES).digest())
