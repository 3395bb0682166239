"""The options about feeds, the same for every command that reads one."""

from collections.abc import Callable
from typing import Any, TypeVar

import click

from auditor.settings import SLOTS, FeedSettings

_Command = TypeVar("_Command", bound=Callable[..., Any])


class Slots(click.ParamType[tuple[str, ...]]):
    """Slots, separated by commas."""

    name = "slots"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        slots = tuple(slot.strip().upper() for slot in value.split(","))
        for slot in slots:
            if slot not in SLOTS:
                self.fail(f"{slot!r} is no slot. Slots are {', '.join(SLOTS)}.", param, ctx)
        return slots


class Names(click.ParamType[tuple[str, ...]]):
    """Names of columns, separated by commas."""

    name = "names"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002  # click's signature
        ctx: click.Context | None,  # noqa: ARG002  # likewise
    ) -> tuple[str, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())


_OPTIONS = (
    click.option(
        "--feed-format", metavar="NAME", help="Read the feed as this format, whatever it looks like: see `inspect`."
    ),
    click.option("--sheet", metavar="NAME", help="The workbook's sheet with the products, if several have some."),
    click.option("--asin-column", metavar="NAME", help="Column with the ASIN, if its name isn't a usual one."),
    click.option("--sku-column", metavar="NAME", help="Column with the SKU, likewise."),
    click.option(
        "--url-column",
        "url_columns",
        multiple=True,
        metavar="NAME",
        help="Column with image URLs, likewise; the first is the MAIN image. Repeatable.",
    ),
    click.option(
        "--slot", "slots", type=Slots(), default=(), metavar="SLOTS", help="Only these images, such as MAIN,PT01."
    ),
    click.option(
        "--keep",
        type=Names(),
        default=(),
        metavar="NAMES",
        help="Columns of the feed to carry along into failing.csv, such as item_name,brand.",
    ),
    click.option("--limit", type=click.IntRange(1), metavar="N", help="Stop after N product rows."),
)


def feed_options(command: _Command) -> _Command:
    """Add the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def feed_settings(flags: dict[str, Any]) -> FeedSettings:
    """Turn these flags into settings."""
    return FeedSettings(
        feed_format=flags["feed_format"],
        sheet=flags["sheet"],
        asin_column=flags["asin_column"],
        sku_column=flags["sku_column"],
        url_columns=flags["url_columns"],
        slots=flags["slots"],
        keep=flags["keep"],
        limit=flags["limit"],
    )
