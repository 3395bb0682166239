"""`auditor check` with pictures in place of feeds."""

import asyncio

import click
from click.core import ParameterSource

from auditor.cli.streams import show, tell
from auditor.errors import SettingsError
from auditor.pictures import are_pictures, check
from auditor.settings import Settings

FOR_FEEDS = (
    "out",
    "jsonl",
    "summary",
    "include",
    "bom",
    "batch_id",
    "asin_column",
    "sku_column",
    "url_columns",
    "asin_maps",
    "limit",
    "sample",
    "deep_sample",
    "placeholders",
    "only",
    "state",
    "max_age",
    "feed_name",
    "log_json",
    "metrics",
    "notify",
    "dry_run",
)


async def check_pictures(ctx: click.Context, settings: Settings) -> int | None:
    """Print a verdict on each picture named, and give the exit code; None if they are feeds. Raises `AuditorError`."""
    if not await asyncio.to_thread(are_pictures, settings.feeds):
        return None
    _refuse(ctx)
    return await check(settings, tell, show)


def _refuse(ctx: click.Context) -> None:
    """Raise `SettingsError` for flags on this command line that would change nothing."""
    given = [name for name in FOR_FEEDS if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        options = {param.name: param.opts[0] for param in ctx.command.params}
        flags = ", ".join(options[name] for name in given)
        raise SettingsError(
            "Only feeds take {flags}: the verdict on a picture is printed, and no report written. Leave that out.",
            flags=flags,
        )
