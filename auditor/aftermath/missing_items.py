"""JSON that says of each product whether it has a picture: processing reports with `items`, and what searches answer.

A product's summary, one for each marketplace, has a `mainImage` where there is one.
"""

from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from auditor.aftermath.missing import Missing
from auditor.errors import FeedError, Sentence
from auditor.feeds.cells import printable
from auditor.feeds.head import read_head
from auditor.feeds.json_items import json_items
from auditor.feeds.source import Source
from auditor.urls import INVISIBLE

_PLACES = {"{": "items.item", "[": "item"}  # where the products stand, by what the text begins with


async def read_items(source: Source, missing: Missing) -> None:
    """Read products from JSON. Raises FeedError where it can't be read on or tells of no product."""
    encoding = read_head(source.head, whole=source.whole).encoding
    start = encoding.text(source.head).lstrip(INVISIBLE)[:1]
    missing.what = Sentence("JSON with the main image of each product")
    found = 0

    def take(item: Any, number: int) -> None:
        nonlocal found
        found += 1
        _take(item, number, missing)

    async with aclosing(json_items(source, encoding, _PLACES[start], take)) as portions:
        async for _ in portions:
            pass
    if not found:
        raise FeedError(
            "{name} tells of no product whether it has a picture: it has no items. Ask for the report with items, or "
            "name a list of ASINs.",
            name=source.name,
        )
    if missing.silent and not missing.products and not missing.showing:
        raise FeedError(
            "{name} tells of no product whether it has a picture: its items have no {part}. Ask for them with {part}, "
            "or name a list of ASINs.",
            name=source.name,
            part="summaries",
        )


def _take(item: Any, number: int, missing: Missing) -> None:
    """Take a product without a picture in any of its marketplaces; a text alone is a name."""
    if isinstance(item, str):
        missing.add_name(_tidy(item), number)
        return
    if not isinstance(item, Mapping):
        missing.unreadable += 1
        return
    known = item.get("summaries")
    summaries = [one for one in known if isinstance(one, Mapping)] if isinstance(known, list) else []
    asin = next((_tidy(one["asin"]) for one in (*summaries, item) if isinstance(one.get("asin"), str)), "")
    if not summaries:
        missing.silent += 1
    elif all(_has_image(one) for one in summaries):
        missing.showing += 1
    else:
        missing.add(asin, _tidy(str(item.get("sku") or "")), number)


def _has_image(summary: Mapping[str, Any]) -> bool:
    image = summary.get("mainImage")
    return isinstance(image, Mapping) and bool(image.get("link"))


def _tidy(text: str) -> str:
    return printable(text).strip(INVISIBLE)
