"""The products of a feed that are on a list of those without a picture, with the images that the feed asks for."""

from collections.abc import AsyncGenerator
from contextlib import aclosing

from auditor.aftermath.missing import Missing
from auditor.feeds import Batch
from auditor.model import BadRow, ImageRef, ProductRow
from auditor.state import Images, images_of
from auditor.urls import redact


class Wanted:
    """A product of the feed that shows no picture. `place` is that on the list, `urls` are as reports print them.

    A MAIN cell that is empty is an empty address. `rows` are its rows as they stand in the feed.
    """

    def __init__(self, place: int) -> None:
        self.place = place
        self.asin = ""
        self.sku = ""
        self.images = Images()
        self.urls: list[tuple[str, str]] = []
        self.rows: list[ProductRow] = []

    def add(self, refs: tuple[ImageRef, ...]) -> None:
        """Take a row of it."""
        self.asin = self.asin or next((ref.asin for ref in refs if ref.asin), "")
        self.sku = self.sku or refs[0].sku
        self.images = self.images.plus(images_of(refs))
        self.urls += [(ref.slot, redact(ref.url)) for ref in refs]
        self.rows.append(refs)


class Gathering:
    """Looks for listed products in a feed. `found` has them by SKU, else ASIN; `unreadable` counts rows that aren't."""

    def __init__(self, missing: Missing) -> None:
        self.found: dict[str, Wanted] = {}
        self.unreadable = 0
        self._missing = missing

    async def read(self, batches: AsyncGenerator[Batch, None]) -> None:
        """Read a feed to its end. Raises FeedError where that can't be done."""
        async with aclosing(batches):
            async for rows, _ in batches:
                for row in rows:
                    if isinstance(row, BadRow):
                        self.unreadable += 1
                    elif row:
                        self._take(row)

    def _take(self, row: tuple[ImageRef, ...]) -> None:
        sku = row[0].sku
        asin = next((ref.asin for ref in row if ref.asin), "")
        place = self._missing.find(asin, sku)
        if place is not None:
            self.found.setdefault(sku or asin, Wanted(place)).add(row)
