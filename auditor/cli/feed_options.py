"""The options about feeds, the same for every command that reads one."""

from functools import reduce
from typing import Any

import click

from auditor.cli import candidates
from auditor.cli.option import option
from auditor.cli.types import Lines, Names, Slots
from auditor.settings import FeedSettings, Sample

FEED = "Feed and rules"

FEED_OPTIONS = (
    option(
        "--feed-format",
        group=FEED,
        metavar="NAME",
        help="Read the feed as this format, whatever it looks like: see `inspect`.",
    ),
    option("--sheet", group=FEED, metavar="NAME", help="The workbook's sheet with the products, if several have some."),
    option("--asin-column", group=FEED, metavar="NAME", help="Column with the ASIN, if its name isn't a usual one."),
    option("--sku-column", group=FEED, metavar="NAME", help="Column with the SKU, likewise."),
    option(
        "--url-column",
        "url_columns",
        group=FEED,
        type=Lines(),
        multiple=True,
        metavar="NAME",
        help="Column with image URLs, likewise; the first is the MAIN image. Repeatable.",
    ),
    option(
        "--slot",
        "slots",
        group=FEED,
        type=Slots(),
        default=(),
        metavar="SLOTS",
        shell_complete=candidates.slots,
        help="Only these images, such as MAIN,PT01.",
    ),
    option(
        "--keep",
        group=FEED,
        type=Names(),
        default=(),
        metavar="NAMES",
        help="Columns of the feed to carry along into failing.csv, such as item_name,brand.",
    ),
    option(
        "--asin-map",
        "asin_maps",
        group=FEED,
        type=Lines(),
        multiple=True,
        metavar="FILE",
        shell_complete=candidates.files,
        help="For rows without an ASIN: a listings report, or a table with the columns sku and asin. Repeatable.",
    ),
    option("--limit", group=FEED, type=click.IntRange(1), metavar="N", help="Stop after N product rows."),
)
_NAMES = ("feed_format", "sheet", "asin_column", "sku_column", "url_columns", "slots", "keep", "asin_maps", "limit")


def feed_options(command: Any) -> Any:
    """Give a command all of them."""
    return reduce(lambda decorated, add: add(decorated), reversed(FEED_OPTIONS), command)


def feed_settings(flags: dict[str, Any], sample: Sample | None = None) -> FeedSettings:
    """Turn these flags into settings, as many of them as a command has."""
    return FeedSettings(**{name: flags[name] for name in _NAMES if name in flags}, sample=sample)
