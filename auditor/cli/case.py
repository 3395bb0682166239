"""`auditor case`: sorts products without a picture, and writes the support case for those that are ready."""

from pathlib import Path
from typing import Any

import click

from auditor.aftermath.methods import METHODS
from auditor.cli import candidates
from auditor.cli.feed_options import feed_options, feed_settings
from auditor.cli.help import Command
from auditor.cli.lang import language_option


@click.command("case", cls=Command, short_help="Write the support case for products without a picture.")
@click.argument("feed", metavar="FEED", shell_complete=candidates.files)
@click.option(
    "--missing",
    required=True,
    metavar="FILE",
    shell_complete=candidates.files,
    help="The products that show no picture: a list or table of ASINs or SKUs, an export of suppressed listings, or "
    "JSON with the mainImage of each product.",
)
@click.option(
    "--audit", metavar="FILE", shell_complete=candidates.files, help="What `auditor check --jsonl` has written of FEED."
)
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The state file in which `auditor submitted` has noted uploads. Without it, nothing is known of the 24 hours.",
)
@click.option(
    "--batch-id", "batch", default="", metavar="ID", help="The Batch ID of the upload, where the state file has none."
)
@click.option(
    "--method",
    type=click.Choice(METHODS),
    default=METHODS[0],
    show_default=True,
    help="How you manage products: by inventory feeds, or by Add a Product and Manage Inventory.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("case"),
    show_default=True,
    metavar="DIRECTORY",
    help="The folder for the case.",
)
@feed_options
@language_option
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Sort the products of FEED that show no picture: to correct or check first, to wait for, or ready for support.

    For the last, case-1.txt (and more, if they are many) is the text of the case, and case.csv goes with it; it says
    only what is on record. todo.csv has all others, and what to do about them. Exit code: 0 no product is without a
    picture, 1 some are, 2 couldn't run.
    """
    from auditor.cli.running import run_command
    from auditor.run import Interrupt

    async def case(_: Interrupt) -> int:
        return await _sort(flags)

    ctx.exit(run_command(case, flags["language"]))


async def _sort(flags: dict[str, Any]) -> int:
    from auditor import texts
    from auditor.aftermath.casework import Casework
    from auditor.cli.missing import tell_missing
    from auditor.cli.streams import show_lines
    from auditor.settings import Settings

    words = texts.load(flags["language"])
    settings = Settings(feeds=(flags["feed"],), feed=feed_settings(flags))
    work = Casework(settings, flags["method"], flags["batch"], words)
    missing = await work.read(flags["missing"], flags["audit"], flags["state"])
    tell_missing(missing, words)
    await work.write(flags["out"])
    show_lines(work.told())
    return 1 if missing.products else 0
