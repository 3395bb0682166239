"""`auditor case`: sorts products without a picture, and writes the support case for those that are ready."""

from functools import partial, reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.aftermath.methods import METHODS
from auditor.cli import candidates, clock
from auditor.cli.feed_options import FEED_OPTIONS, feed_settings
from auditor.cli.help import Command
from auditor.cli.lang import language_option
from auditor.cli.missing import missing_option
from auditor.cli.option import option
from auditor.settings import CASE_LEAST, POLICY, AftermathSettings, ProbeSettings, Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from auditor.aftermath.looks import Audited
    from auditor.model import ProductRow


_FILE = click.Path(path_type=Path)
_OPTIONS = (
    partial(missing_option, required=True),
    option(
        "--audit",
        storable=False,
        metavar="FILE",
        shell_complete=candidates.files,
        help="What `auditor check FEED --jsonl FILE` found. Without it, the images of these products are checked now.",
    ),
    option(
        "--state",
        storable=False,
        type=_FILE,
        metavar="FILE",
        help="The state file in which `auditor submitted` has noted uploads. Without it, nothing is known of the 24 "
        "hours.",
    ),
    option(
        "--feed-name",
        storable=False,
        metavar="NAME",
        help="With --state: what the feed was called when it was checked; else its file's name, without its date.",
    ),
    option(
        "--batch-id",
        "batch",
        storable=False,
        default="",
        metavar="ID",
        help="The Batch ID of the upload, where the state file has none.",
    ),
    option(
        "--method",
        storable=False,
        type=click.Choice(METHODS),
        default=METHODS[0],
        show_default=True,
        help="How you manage products: by inventory feeds, or by Add a Product and Manage Inventory.",
    ),
    option(
        "--out",
        storable=False,
        type=click.Path(path_type=Path, file_okay=False),
        default=Path("case"),
        show_default=True,
        metavar="DIRECTORY",
        help="The folder for the case.",
    ),
    option(
        "--max-length",
        storable=False,
        type=click.IntRange(CASE_LEAST),
        default=AftermathSettings().case_length,
        show_default=True,
        metavar="N",
        help="Characters of one text at most: what is more goes into another one. What Amazon's form takes isn't "
        "published.",
    ),
    option(
        "--policy",
        default=POLICY,
        show_default=True,
        metavar="NAME|FILE",
        shell_complete=candidates.policies,
        help="The rules to judge by: one of `auditor policies`, or a TOML file of your own.",
    ),
    option("--allow-private/--no-allow-private", help="Also ask hosts of this machine and its own networks."),
    *FEED_OPTIONS,
)


def _options(command: Any) -> Any:
    """Give the command all of them."""
    return reduce(lambda decorated, add: add(decorated), reversed(_OPTIONS), command)


@click.command("case", cls=Command, short_help="Write the support case for products without a picture.")
@click.argument("feed", metavar="FEED", shell_complete=candidates.files)
@_options
@language_option
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Sort the products of FEED that show no picture: to correct or check first, to wait for, or ready for support.

    For the last, case-1.txt (and more, if they are many) is the text of the case, and case.csv goes with it; it says
    only what is on record. todo.csv has all others, and what to do about them. Exit code: 0 no product is without a
    picture, 1 some are or may be, 2 couldn't run, 3 incomplete, 130 interrupted.
    """
    from auditor.cli.running import run_command
    from auditor.run import Interrupt

    async def case(_: Interrupt) -> int:
        return await _sort(flags)

    ctx.exit(run_command(case, flags["language"]))


async def _sort(flags: dict[str, Any]) -> int:
    from auditor import policies, texts
    from auditor.aftermath.casework import Casework
    from auditor.aftermath.channel import CASE, see_channel
    from auditor.aftermath.looks import take_audits
    from auditor.checks import Judge
    from auditor.cli.missing import tell_missing
    from auditor.cli.streams import show_lines, tell
    from auditor.library import audit_rows

    words, settings = texts.load(flags["language"]), _settings(flags)
    policy = policies.choose(settings.policy)
    see_channel(policy.name, policy.channel, CASE)

    async def audit_now(rows: "Sequence[ProductRow]") -> "Audited":
        if rows:
            tell(words.phrase("case-looking", count=len(rows)))
        judge = Judge(policy, allow_private=flags["allow_private"], now=settings.clock())
        async with audit_rows(rows, judge, settings) as audits:
            return await take_audits(audits, judge.codes, policy.name)

    work = Casework(settings, flags["method"], flags["batch"], words, audit_now)
    missing = await work.read(flags["missing"], flags["audit"], flags["state"])
    tell_missing(missing, words)
    await work.write(flags["out"])
    show_lines(work.told())
    return 1 if missing.products or missing.unknown else 0


def _settings(flags: dict[str, Any]) -> Settings:
    """Turn flags into settings."""
    return Settings(
        feeds=(flags["feed"],),
        policy=flags["policy"],
        feed=feed_settings(flags),
        probe=ProbeSettings(allow_private=flags["allow_private"]),
        feed_name=flags["feed_name"],
        aftermath=AftermathSettings(case_length=flags["max_length"]),
        clock=clock.now,
    )
