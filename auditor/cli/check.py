"""`auditor check`: feeds → failing.csv. Its options stand in `options.py`, what they set in `settings.py`."""

from typing import Any

import click

from auditor.cli import candidates
from auditor.cli.help import Command
from auditor.cli.options import check_options


def _some(ctx: click.Context, argument: click.Parameter, feeds: tuple[str, ...]) -> tuple[str, ...]:
    """Ask for a feed, but where only the settings are to be shown."""
    if not feeds and not ctx.params.get("show_settings") and not ctx.resilient_parsing:
        raise click.MissingParameter(ctx=ctx, param=argument)
    return feeds


@click.command("check", cls=Command, short_help="Check the images of a feed.")
@click.argument("feeds", nargs=-1, metavar="FEED...", callback=_some, shell_complete=candidates.files)
@check_options
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Check the images of FEED and write those that Amazon won't show, with reason and solution, to failing.csv.

    FEED is what sellers upload or export: Amazon's templates as text or workbook, JSON and XML feeds, tables; plain,
    gzipped or in a zip archive; a folder or a pattern means all feeds in it; - reads standard input. `auditor
    inspect FEED` shows what it is taken for. No redirect is ever followed. Addresses and picture files in place of FEED
    get a verdict each, on stdout. Exit code: 0 nothing fails, 1 failing images, 2 couldn't run, 3 incomplete, 130
    interrupted.
    """
    from auditor.cli.nursery import open_nursery
    from auditor.cli.pictures import check_pictures
    from auditor.cli.running import run_command
    from auditor.cli.settings import settings_from
    from auditor.cli.streams import show_beside, tell
    from auditor.operation import operate
    from auditor.run import Interrupt

    if flags["show_settings"]:
        from auditor.cli.show_settings import show_settings

        ctx.exit(show_settings(ctx))

    async def check(interrupt: Interrupt) -> int:
        settings = settings_from(ctx)
        code = await check_pictures(ctx, settings)
        if code is not None:
            return code
        if flags["dry_run"]:
            from auditor.cli.dry_run import show_rehearsal

            return await show_rehearsal(settings)
        ending = await operate(settings, interrupt, tell, nursery)
        show = show_beside(settings.report.out, settings.report.jsonl, settings.report.summary)
        (tell if ending.parts else show)(ending.printed())
        return ending.exit_code

    # Before the loop: a process may be forked only as long as it has a single thread.
    with open_nursery(flags["workers"]) as nursery:
        code = run_command(check, flags["language"])
    ctx.exit(code)
