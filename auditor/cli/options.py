"""Every option of `auditor check`, by the sections of its --help. `settings.py` beside it says what each one sets."""

from functools import partial, reduce
from pathlib import Path
from typing import Any

import click

from auditor.cli import candidates
from auditor.cli.config import read_config
from auditor.cli.feed_options import FEED, FEED_OPTIONS
from auditor.cli.headers import HeaderType, UserAgentType
from auditor.cli.lang import language_option
from auditor.cli.option import option
from auditor.cli.types import Duration, Rate, SampleType, Seconds, ShareType
from auditor.settings import CLIENTS, FAIL_ON, Settings

PATH = click.Path(path_type=Path)
CONNECTIONS = click.IntRange(1, 10_000)
DEFAULT = Settings()

REPORTS, CLOSER, PACE, ACCESS, SETTINGS = "Reports", "Closer looks", "Pace", "Access", "Settings"
UNATTENDED = "Unattended"

_OPTIONS = (
    option(
        "--policy",
        group=FEED,
        default=DEFAULT.policy,
        show_default=True,
        metavar="NAME|FILE",
        shell_complete=candidates.policies,
        help="The rules to judge by: one of `auditor policies`, or a TOML file of your own.",
    ),
    *FEED_OPTIONS,
    option(
        "--sample",
        group=FEED,
        type=SampleType(),
        metavar="N|SHARE",
        help="Check a random part only: N product rows, or a share such as 10%. It is the same part each time, chosen "
        "by SKU; of the first rows, with --limit.",
    ),
    option(
        "--out",
        group=REPORTS,
        type=PATH,
        default=DEFAULT.report.out,
        show_default=True,
        help="Where the failing images go; asins.csv appears beside it.",
    ),
    option(
        "--jsonl",
        group=REPORTS,
        type=PATH,
        metavar="FILE",
        help="Also write every image with all facts, passing ones too.",
    ),
    option("--summary", group=REPORTS, type=PATH, metavar="FILE", help="Also write the counts of the run as JSON."),
    option(
        "--include",
        group=REPORTS,
        type=click.Choice(["fail", "warn"]),
        default="fail",
        show_default=True,
        help="warn adds warnings to the failing images.",
    ),
    option(
        "--only",
        group=REPORTS,
        type=click.Choice(["new"]),
        help="With --state: only what the last completed run hadn't found yet.",
    ),
    option("--bom/--no-bom", group=REPORTS, help="Begin CSV files with a byte order mark, for Excel."),
    option(
        "--batch-id",
        group=REPORTS,
        default="",
        metavar="ID",
        help="Batch ID of the upload, for the report's last column.",
    ),
    partial(language_option, group=REPORTS),
    option("--quiet/--no-quiet", group=REPORTS, help="No progress line."),
    option(
        "--fail-on",
        group=REPORTS,
        type=click.Choice(FAIL_ON),
        default=DEFAULT.report.fail_on,
        show_default=True,
        help="What makes the exit code 1: failing images, with --state new ones among them only, or nothing.",
    ),
    option(
        "--concurrency",
        group=PACE,
        type=CONNECTIONS,
        default=DEFAULT.frontier.concurrency,
        show_default=True,
        metavar="N",
        help="Requests at once, in all.",
    ),
    option(
        "--per-host",
        group=PACE,
        type=CONNECTIONS,
        default=DEFAULT.frontier.per_host,
        show_default=True,
        metavar="N",
        help="Requests at once to one host, as far as it bears them.",
    ),
    option(
        "--adapt/--no-adapt",
        group=PACE,
        default=DEFAULT.frontier.adapt,
        help="Begin with 8 requests at once to a host and find out how many it bears, up to --per-host; without, it is "
        "always that many.",
    ),
    option(
        "--rate",
        group=PACE,
        type=Rate(),
        metavar="N",
        help="Requests a second to one host, at most; 0.5 is one in two seconds.",
    ),
    option(
        "--workers",
        group=PACE,
        type=click.IntRange(1, 64),
        metavar="N",
        help="Processes that ask, never more than --per-host. Without it, one per processor, or a single one for a "
        "small feed.",
    ),
    option(
        "--timeout",
        group=PACE,
        type=Seconds(),
        default=DEFAULT.probe.timeout,
        show_default=True,
        metavar="SECONDS",
        help="For one attempt at one image.",
    ),
    option(
        "--retries",
        group=PACE,
        type=click.IntRange(0, 10),
        default=DEFAULT.frontier.retries,
        show_default=True,
        metavar="N",
        help="Further attempts after a timeout, a reset or a busy server.",
    ),
    option(
        "--outage-wait",
        group=PACE,
        type=Seconds(),
        default=DEFAULT.frontier.outage_wait,
        show_default=True,
        metavar="SECONDS",
        help="How long to wait for the network when no host answers any more.",
    ),
    option(
        "--first-range",
        group=PACE,
        type=click.IntRange(64, 1024 * 1024),
        default=DEFAULT.probe.first_range,
        show_default=True,
        metavar="BYTES",
        help="Asked for in the first request per image.",
    ),
    option(
        "--check-tail/--no-check-tail",
        group=PACE,
        help="Also ask for the end of each image that passes, for one more request each.",
    ),
    option(
        "--second-look/--no-second-look",
        group=CLOSER,
        help="Ask once more for what passed or was refused, taking WebP and AVIF as a browser does, and tell where "
        "another format comes.",
    ),
    option(
        "--deep/--no-deep",
        group=CLOSER,
        help="Download whatever passed, whole, and decode it: tells damage behind the headers, pictures of one colour, "
        "and main images whose background isn't white.",
    ),
    option(
        "--deep-sample",
        group=CLOSER,
        type=ShareType(),
        metavar="SHARE",
        help="With --deep: only this share of the images, such as 5%; the same ones in every run.",
    ),
    option(
        "--placeholders",
        group=CLOSER,
        type=PATH,
        metavar="FILE",
        help="Contents that are no picture of a product, one a line, as repeated_contents in the --summary names them.",
    ),
    option(
        "--resume/--no-resume",
        group=UNATTENDED,
        help="Go on where the same command was cut short, or end with exit code 2; without it, a run that can't go on "
        "starts over.",
    ),
    option("--fresh/--no-fresh", group=UNATTENDED, help="Start over, whatever an earlier run has left."),
    option(
        "--resume-within",
        group=UNATTENDED,
        type=Duration(),
        default=f"{DEFAULT.unattended.resume_within / 3600:g}h",
        show_default=True,
        metavar="DURATION",
        help="Start over if the earlier run stopped longer ago, such as 90s, 15m or 6h.",
    ),
    option(
        "--max-runtime",
        group=UNATTENDED,
        type=Duration(),
        metavar="DURATION",
        help="Stop in time, with exit code 3; the same command goes on from there.",
    ),
    option(
        "--max-failures",
        group=UNATTENDED,
        type=click.IntRange(1),
        metavar="N",
        help="Likewise, once N product rows have failed since the run began or went on.",
    ),
    option(
        "--state",
        group=UNATTENDED,
        type=PATH,
        metavar="FILE",
        help="Remember in this file what was found, for the next run: hosts are then only asked whether an image has "
        "changed. It is made where there is none.",
    ),
    option(
        "--max-age",
        group=UNATTENDED,
        type=Duration(),
        metavar="DURATION",
        help="With --state: ask for images without fault only so often, such as 7d, a part of them in each run; all "
        "others always.",
    ),
    option(
        "--feed-name",
        group=UNATTENDED,
        metavar="NAME",
        help="With --state: what the feed is called from run to run. Without it, as its file, in which * stands for a "
        "date; several feeds, and standard input, need it.",
    ),
    option(
        "--log-json",
        group=UNATTENDED,
        type=PATH,
        metavar="FILE",
        help="Also write what happens, an event a line as JSON: begin, checkpoints, hosts that no longer answer, end. "
        "What stands there stays.",
    ),
    option(
        "--metrics",
        group=UNATTENDED,
        type=PATH,
        metavar="FILE",
        help="At the end, also write the figures of the run as Prometheus reads them from a textfile collector.",
    ),
    option(
        "--notify",
        group=UNATTENDED,
        metavar="env:NAME|file:PATH|URL",
        help="At the end, send a word as JSON to the address that this variable or file holds, such as a chat's "
        "webhook. It is never printed; on the command line, others could read it.",
    ),
    option(
        "--allow-private/--no-allow-private",
        group=ACCESS,
        help="Also ask hosts of this machine and its own networks.",
    ),
    option(
        "--header",
        "headers",
        group=ACCESS,
        type=HeaderType(),
        multiple=True,
        metavar="'NAME: VALUE'",
        help="Sent to every host with each request; its value stands in no report. Repeatable. A secret for one host "
        "belongs into --config.",
    ),
    option(
        "--user-agent",
        group=ACCESS,
        type=UserAgentType(),
        metavar="TEXT",
        help="Who we say we are, in place of auditor/….",
    ),
    option(
        "--proxy",
        group=ACCESS,
        metavar="URL",
        help="Ask through this proxy, such as http://user:password@host:3128. Without it, HTTP_PROXY, HTTPS_PROXY and "
        "ALL_PROXY count, but never for addresses of this machine and its networks; an empty one means no proxy at "
        "all. NO_PROXY counts for both: hosts and domains, separated by commas, with :PORT for one port; * is all. "
        "Behind a proxy only addresses written as numbers can be told to be private: what a name leads to is the "
        "proxy's to know.",
    ),
    option(
        "--client",
        group=ACCESS,
        type=click.Choice(CLIENTS),
        default=DEFAULT.probe.client,
        show_default=True,
        help="What asks hosts: lean costs least; aiohttp is the full client, which always asks through proxies.",
    ),
    option(
        "--ca-file",
        group=ACCESS,
        type=PATH,
        metavar="FILE",
        help="Also trust the certificate authorities in this PEM file, for https.",
    ),
    option("--insecure/--no-insecure", group=ACCESS, help="Don't check certificates. The summary says so."),
    option(
        "--config",
        group=SETTINGS,
        storable=False,
        envvar="AUDITOR_CONFIG",
        type=PATH,
        is_eager=True,  # what it says is a default for the others
        callback=read_config,
        metavar="FILE",
        help="Read options from this TOML file, under their own names, and what goes to single hosts only. Flags come "
        "first, then variables such as AUDITOR_TIMEOUT or AUDITOR_CONFIG, then the file.",
    ),
    option(
        "--show-settings",
        group=SETTINGS,
        storable=False,
        is_flag=True,
        is_eager=True,  # the argument asks for it
        help="Print every setting and where it comes from, as a configuration file has it, and check nothing.",
    ),
    option(
        "--dry-run",
        group=SETTINGS,
        storable=False,
        is_flag=True,
        help="Read the feeds and print what would be asked of whom, without any request.",
    ),
)


def check_options(command: Any) -> Any:
    """Give a command all of them."""
    return reduce(lambda decorated, add: add(decorated), reversed(_OPTIONS), command)
