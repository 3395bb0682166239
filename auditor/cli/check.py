"""`auditor check`: feeds → failing.csv."""

import math
import os
from pathlib import Path
from typing import Any

import click

from auditor.cli.config import VARIABLE, load
from auditor.cli.further import further_options, further_settings
from auditor.cli.headers import HeaderType, UserAgentType
from auditor.cli.lang import language_option
from auditor.errors import SettingsError
from auditor.settings import SLOTS, FeedSettings, FrontierSettings, ProbeSettings, ReportSettings, Settings

PATH = click.Path(path_type=Path)
COUNT = click.IntRange(1)
CONNECTIONS = click.IntRange(1, 10_000)
DEFAULT = Settings()


class Seconds(click.ParamType[float]):
    """A positive, finite number of seconds."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        try:
            seconds = float(value)
        except ValueError:
            seconds = math.nan
        if not 0 < seconds < math.inf:
            self.fail(f"{value!r} is no positive number of seconds.", param, ctx)
        return seconds


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


@click.command("check", short_help="Check the images of a feed.")
@click.argument("feeds", nargs=-1, required=True, metavar="FEED...")
@click.option(
    "--out",
    type=PATH,
    default=DEFAULT.report.out,
    show_default=True,
    help="Where the failing images go; asins.csv appears beside it.",
)
@click.option("--jsonl", type=PATH, metavar="FILE", help="Also write every image with all facts, passing ones too.")
@click.option("--summary", type=PATH, metavar="FILE", help="Also write the counts of the run as JSON.")
@click.option(
    "--include",
    type=click.Choice(["fail", "warn"]),
    default="fail",
    show_default=True,
    help="warn adds warnings to the failing images.",
)
@click.option("--bom", is_flag=True, help="Begin CSV files with a byte order mark, for Excel.")
@click.option("--batch-id", default="", metavar="ID", help="Batch ID of the upload, for the report's last column.")
@click.option(
    "--policy",
    default=DEFAULT.policy,
    show_default=True,
    metavar="NAME|FILE",
    help="The rules to judge by: one of `auditor policies`, or a TOML file of your own.",
)
@language_option
@click.option("--asin-column", metavar="NAME", help="Column with the ASIN, if its name isn't a usual one.")
@click.option("--sku-column", metavar="NAME", help="Column with the SKU, likewise.")
@click.option(
    "--url-column",
    "url_columns",
    multiple=True,
    metavar="NAME",
    help="Column with image URLs, likewise; the first is the MAIN image. Repeatable.",
)
@click.option(
    "--slot", "slots", type=Slots(), default=(), metavar="SLOTS", help="Only these images, such as MAIN,PT01."
)
@click.option("--limit", type=COUNT, metavar="N", help="Stop after N product rows.")
@click.option(
    "--concurrency",
    type=CONNECTIONS,
    default=DEFAULT.frontier.concurrency,
    show_default=True,
    metavar="N",
    help="Requests at once, in all.",
)
@click.option(
    "--per-host",
    type=CONNECTIONS,
    default=DEFAULT.frontier.per_host,
    show_default=True,
    metavar="N",
    help="Requests at once to one host.",
)
@click.option(
    "--timeout",
    type=Seconds(),
    default=DEFAULT.probe.timeout,
    show_default=True,
    metavar="SECONDS",
    help="For one attempt at one image.",
)
@click.option(
    "--retries",
    type=click.IntRange(0, 10),
    default=DEFAULT.frontier.retries,
    show_default=True,
    metavar="N",
    help="Further attempts after a timeout, a reset or a busy server.",
)
@click.option(
    "--first-range",
    type=click.IntRange(64, 1024 * 1024),
    default=DEFAULT.probe.first_range,
    show_default=True,
    metavar="BYTES",
    help="Asked for in the first request per image.",
)
@click.option("--allow-private", is_flag=True, help="Also ask hosts of this machine and its own networks.")
@click.option(
    "--header",
    "headers",
    type=HeaderType(),
    multiple=True,
    metavar="'NAME: VALUE'",
    help="Sent to every host with each request; its value stands in no report. Repeatable. A secret for one host "
    "belongs into --config.",
)
@click.option("--user-agent", type=UserAgentType(), metavar="TEXT", help="Who we say we are, in place of auditor/….")
@click.option(
    "--proxy",
    metavar="URL",
    help="Ask through this proxy, such as http://user:password@host:3128. Without it, HTTP_PROXY, HTTPS_PROXY and "
    "ALL_PROXY count, but never for addresses of this machine and its networks. NO_PROXY counts for both. Behind a "
    "proxy only addresses written as numbers can be told to be private: what a name leads to is the proxy's to know.",
)
@click.option(
    "--ca-file", type=PATH, metavar="FILE", help="Also trust the certificate authorities in this PEM file, for https."
)
@click.option("--insecure", is_flag=True, help="Don't check certificates. The summary says so.")
@click.option(
    "--config",
    type=PATH,
    envvar=VARIABLE,
    metavar="FILE",
    help=f"Configuration file (TOML) with what goes to single hosts only. [env: {VARIABLE}]",
)
@further_options
@click.option("--quiet", is_flag=True, help="No progress line.")
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Check the images of FEED and write those that Amazon won't show, with reason and solution, to failing.csv.

    FEED is a tab- or comma-separated table with a header row, plain or gzipped; - reads standard input. No redirect
    is ever followed. Exit code: 0 nothing fails, 1 failing images, 2 couldn't run, 3 incomplete, 130 interrupted.
    """
    from auditor.cli.running import run_command
    from auditor.cli.streams import show, tell
    from auditor.run import Interrupt, run

    async def check(interrupt: Interrupt) -> int:
        settings = settings_from(flags)
        ending = await run(settings, interrupt, tell)
        (tell if ending.parts else show)(ending.printed(settings.report))
        return ending.exit_code

    ctx.exit(run_command(check, flags["language"]))


def settings_from(flags: dict[str, Any]) -> Settings:
    """Turn flags, the configuration file and the environment into settings. Raises `SettingsError`."""
    from auditor.cli.proxy import proxy_settings

    if flags["insecure"] and flags["ca_file"]:
        raise SettingsError("--insecure checks no certificates, so --ca-file has no use: leave one of them out.")
    config = load(flags["config"])
    return Settings(
        feeds=flags["feeds"],
        policy=flags["policy"],
        feed=FeedSettings(
            asin_column=flags["asin_column"],
            sku_column=flags["sku_column"],
            url_columns=flags["url_columns"],
            slots=flags["slots"],
            limit=flags["limit"],
        ),
        probe=ProbeSettings(
            timeout=flags["timeout"],
            connect_timeout=min(flags["timeout"], DEFAULT.probe.connect_timeout),
            stall_timeout=min(flags["timeout"], DEFAULT.probe.stall_timeout),
            first_range=flags["first_range"],
            allow_private=flags["allow_private"],
            user_agent=flags["user_agent"] or DEFAULT.probe.user_agent,
            extra_headers=flags["headers"],
            hosts=config.hosts,
            proxy=proxy_settings(flags["proxy"], os.environ),
            ca_file=flags["ca_file"],
            insecure=flags["insecure"],
        ),
        frontier=FrontierSettings(
            concurrency=flags["concurrency"],
            per_host=min(flags["per_host"], flags["concurrency"]),
            retries=flags["retries"],
        ),
        report=ReportSettings(
            out=flags["out"],
            jsonl=flags["jsonl"],
            summary=flags["summary"],
            include_warnings=flags["include"] == "warn",
            bom=flags["bom"],
            batch_id=flags["batch_id"],
            quiet=flags["quiet"],
            language=flags["language"],
        ),
        further=further_settings(flags),
    )
