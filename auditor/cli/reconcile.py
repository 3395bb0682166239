"""`auditor reconcile`: a processing report of Amazon's beside the feed it is about."""

from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli import candidates, clock
from auditor.cli.feed_options import FEED, FEED_OPTIONS, feed_settings
from auditor.cli.help import Command
from auditor.cli.lang import language_option
from auditor.cli.option import option
from auditor.settings import POLICY

if TYPE_CHECKING:
    from auditor.settings import Settings

_PATH = click.Path(path_type=Path)
_REPORTS, _ACCESS = "Reports", "Access"


_OPTIONS = (
    option(
        "--audit",
        group=FEED,
        storable=False,
        metavar="FILE",
        shell_complete=candidates.files,
        help="What `auditor check FEED --jsonl FILE` found. Without it, the feed is checked now.",
    ),
    option(
        "--policy",
        group=FEED,
        default=POLICY,
        show_default=True,
        metavar="NAME|FILE",
        shell_complete=candidates.policies,
        help="The rules to judge by: one of `auditor policies`, or a TOML file of your own.",
    ),
    option(
        "--codes",
        group=FEED,
        storable=False,
        type=_PATH,
        metavar="FILE",
        help="More of Amazon's codes that are about images, in a TOML file of your own.",
    ),
    *FEED_OPTIONS,
    option(
        "--out",
        group=_REPORTS,
        storable=False,
        type=_PATH,
        default=Path("reconcile.csv"),
        show_default=True,
        help="Where the lines go: one per complaint and image, in the order of the feed.",
    ),
    option(
        "--summary",
        group=_REPORTS,
        storable=False,
        type=_PATH,
        metavar="FILE",
        help="Also write the counts of the run as JSON.",
    ),
    option(
        "--state",
        group=_REPORTS,
        storable=False,
        type=_PATH,
        metavar="FILE",
        help="Remember in this file what is left to do, and compare it with the round before.",
    ),
    option(
        "--feed-name",
        group=_REPORTS,
        storable=False,
        metavar="NAME",
        help="With --state: what the feed is called from round to round; else its file's name, without its date.",
    ),
    option("--bom/--no-bom", group=_REPORTS, help="Begin CSV files with a byte order mark, for Excel."),
    option(
        "--batch-id",
        group=_REPORTS,
        storable=False,
        default="",
        metavar="ID",
        help="The Batch ID, where no report names it.",
    ),
    option(
        "--allow-private/--no-allow-private", group=_ACCESS, help="Also ask hosts of this machine and its own networks."
    ),
)


def _options(command: Any) -> Any:
    """Give the command all of them."""
    return reduce(lambda decorated, add: add(decorated), reversed(_OPTIONS), command)


@click.command("reconcile", cls=Command, short_help="Join processing reports to a feed.")
@click.argument("feed", metavar="FEED", shell_complete=candidates.files)
@click.argument("reports", nargs=-1, required=True, metavar="REPORT...", shell_complete=candidates.files)
@_options
@language_option
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Join Amazon's processing reports to FEED and its audit, and write what holds of each complaint and image.

    REPORT is what Amazon gives after an upload: text in any language, workbook, XML or JSON, plain, gzipped or in a zip
    archive. reconcile.csv says where we see why Amazon complained, where the address is fine by now, where it isn't the
    address at all, and what Amazon hasn't reported yet, each with the next step. Exit code: 0 nothing is left to do, 1
    something is left, 2 couldn't run, 3 incomplete, 130 interrupted.
    """
    from auditor.cli.running import run_command
    from auditor.run import Interrupt

    async def run(_: Interrupt) -> int:
        return await _reconcile(flags)

    ctx.exit(run_command(run, flags["language"]))


async def _reconcile(flags: dict[str, Any]) -> int:
    from auditor import policies, texts
    from auditor.aftermath.channel import REPORT, see_channel
    from auditor.aftermath.reconcile import Errand, reconcile
    from auditor.aftermath.reconciled import printed
    from auditor.cli.streams import show, tell
    from auditor.library import audit_feed, codes

    settings = _settings(flags)
    policy = policies.choose(settings.policy)
    see_channel(policy.name, policy.channel, REPORT)
    words = texts.load(flags["language"])
    errand = Errand(
        flags["reports"],
        flags["audit"],
        flags["codes"],
        lambda: audit_feed(settings.feeds, settings),
        codes(settings.policy),
    )
    totals = await reconcile(errand, settings, words, tell)
    show(printed(totals, words, [path for path in (settings.report.out, settings.report.summary) if path]))
    return totals.exit_code


def _settings(flags: dict[str, Any]) -> "Settings":
    """Turn options into settings. Those of a check that aren't options here have their defaults."""
    from auditor.settings import ProbeSettings, ReportSettings, Settings

    return Settings(
        clock=clock.now,
        feeds=(flags["feed"],),
        policy=flags["policy"],
        state=flags["state"],
        feed_name=flags["feed_name"] or "",
        feed=feed_settings(flags),
        probe=ProbeSettings(allow_private=flags["allow_private"]),
        report=ReportSettings(
            out=flags["out"],
            summary=flags["summary"],
            bom=flags["bom"],
            batch_id=flags["batch_id"],
            keep=flags["keep"],
            language=flags["language"],
        ),
    )
