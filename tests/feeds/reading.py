"""Short ways to read feeds in tests."""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

from auditor.feeds import Batch, Feeds, open_feeds, read_feeds
from auditor.model import BadRow, BadRowReason, ImageRef, ProductRow
from auditor.settings import FeedSettings

DEFAULT = FeedSettings()


def batches_of(paths: Sequence[Path | str], settings: FeedSettings = DEFAULT) -> list[Batch]:
    """Read feeds to their end."""

    async def read() -> list[Batch]:
        async with aclosing(read_feeds([str(path) for path in paths], settings)) as batches:
            return [batch async for batch in batches]

    return asyncio.run(read())


def rows_of(*paths: Path | str, settings: FeedSettings = DEFAULT) -> list[ProductRow]:
    """Read feeds to their end, and return their rows."""
    return [row for batch in batches_of(paths, settings) for row in batch.rows]


def opened(*paths: Path | str, settings: FeedSettings = DEFAULT) -> Feeds:
    """Look at feeds without reading them."""

    async def look() -> Feeds:
        feeds = await open_feeds([str(path) for path in paths], settings)
        for feed in feeds:
            await feed.aclose()
        return feeds

    return asyncio.run(look())


def brief(rows: Sequence[ProductRow]) -> list[object]:
    """Return rows without what is the same in all: (row, asin, sku, slot, url) per image, (row, reason) when bad."""
    return [
        (row.row, row.reason)
        if isinstance(row, BadRow)
        else [(ref.row, ref.asin, ref.sku, ref.slot, ref.url) for ref in row]
        for row in rows
    ]


def asked(rows: Sequence[ProductRow]) -> list[list[tuple[str, str, str]]]:
    """Return SKU, slot and link of every image, row by row."""
    return [[(ref.sku, ref.slot, ref.url) for ref in row] for row in rows if not isinstance(row, BadRow)]


def urls(rows: Sequence[ProductRow]) -> list[str]:
    """Return the links of all rows, in order."""
    return [ref.url for row in rows if not isinstance(row, BadRow) for ref in row]


def reasons(rows: Sequence[ProductRow]) -> list[tuple[int, BadRowReason]]:
    """Return line and reason of all bad rows."""
    return [(row.row, row.reason) for row in rows if isinstance(row, BadRow)]


def main_ref(feed: Path | str, row: int, ids: tuple[str, str], url: str) -> ImageRef:
    """Return a main image; `ids` are ASIN and SKU."""
    return ImageRef(str(feed), row, *ids, "", "MAIN", url)
