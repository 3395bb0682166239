"""`auditor pending`: which products that were sent to Amazon still wait, and which are due for a look."""

from pathlib import Path
from typing import Any

import click

from auditor.cli import clock
from auditor.cli.help import Command
from auditor.cli.lang import language_option
from auditor.cli.missing import missing_option


@click.command("pending", cls=Command, short_help="Show which products still wait for their images.")
@click.option(
    "--state", type=click.Path(path_type=Path), required=True, metavar="FILE", help="The state file of the uploads."
)
@missing_option
@language_option
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Show the products that `auditor submitted` has noted: those whose 24 hours aren't over, and those due for a look.

    They stand by upload, with the time until which to wait, local and UTC. With --missing, those that are over it are
    shown only if they are on that list: they are overdue. Exit code: 0 nothing is pending, 1 something is, 2 couldn't
    run.
    """
    from auditor.cli.running import run_command
    from auditor.run import Interrupt

    async def pending(_: Interrupt) -> int:
        return await _tell(flags)

    ctx.exit(run_command(pending, flags["language"]))


async def _tell(flags: dict[str, Any]) -> int:
    from contextlib import closing

    from auditor import texts
    from auditor.aftermath.missing_file import read_missing
    from auditor.aftermath.pending import Pending
    from auditor.cli.missing import tell_missing
    from auditor.cli.streams import show_lines
    from auditor.settings import Settings
    from auditor.state import Uploads, open_database

    words, settings = texts.load(flags["language"]), Settings(clock=clock.now)
    missing = None
    with closing(open_database(flags["state"], create=False)) as database:
        if flags["missing"] is not None:
            missing = await read_missing(flags["missing"], settings)
            tell_missing(missing, words)
        pending = Pending(missing, settings.clock(), settings.aftermath.wait)
        uploads = Uploads(flags["state"], database)
        if not uploads.some:
            show_lines([words.phrase("pending-none", file=flags["state"])])
        show_lines(pending.told(uploads.every(), words))
    show_lines([words.phrase("pending-count", listed=pending.listed)])
    if missing is not None:
        show_lines([words.phrase("pending-showing", count=pending.showing)])
    return 1 if pending.listed else 0
