"""`auditor repair`: feed and audit → converted images and the corrected feed.

Its options stand in `repair_options.py`, what they set in `repair_settings.py`.
"""

from typing import TYPE_CHECKING, Any

import click

from auditor.cli import candidates
from auditor.cli.help import Command
from auditor.cli.repair_options import add_options

if TYPE_CHECKING:
    from auditor.run import Interrupt
    from auditor.settings import RepairSettings, Settings


@click.command("repair", cls=Command, short_help="Convert images and write the feed that will pass.")
@click.argument("feed", metavar="FEED", shell_complete=candidates.files)
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Convert the images of FEED that can be converted, and write a corrected feed that names them.

    It goes by an audit: auditor check FEED --jsonl all.jsonl. What isn't accepted but can be opened is converted into
    --images-dir, a redirecting address is replaced by the one it leads to if a good image is there, and nothing else
    in the feed changes. Publish that folder, then run auditor repair --verify with the corrected feed. FEED is never
    written over; an interrupted run goes on where it was. Exit code: 0 nothing is left that fails, 1 something is, 2
    couldn't run, 3 incomplete, 130 interrupted.
    """
    from auditor.cli.nursery import open_nursery
    from auditor.cli.repair_settings import refuse_for_verdict, settings_from, wanted_from
    from auditor.cli.running import run_command

    async def act(interrupt: "Interrupt") -> int:
        settings = settings_from(ctx)
        if flags["verify"]:
            refuse_for_verdict(ctx)
            return await _verify(settings, nursery, interrupt)
        return await _repair(settings, wanted_from(ctx), interrupt, planned=flags["plan"])

    with open_nursery(None if flags["verify"] else 1) as nursery:
        code = run_command(act, flags["language"])
    ctx.exit(code)


add_options(command)


async def _repair(settings: "Settings", wanted: "RepairSettings", interrupt: "Interrupt", *, planned: bool) -> int:
    from auditor.cli.streams import INTERRUPTED, show_beside, tell
    from auditor.repair.basis import found
    from auditor.repair.paths import check_paths
    from auditor.repair.planning import plan
    from auditor.repair.repair import Repair, Voice, once_begun
    from auditor.repair.summary import printed, write_summary

    began = settings.clock()
    check_paths(wanted, planned=planned)
    show = show_beside(wanted.out, wanted.report, wanted.summary)
    basis = await found(settings, wanted)
    if planned:
        return await plan(basis, wanted, show)
    repaired = await Repair(settings, wanted, basis, Voice(tell, show)).run(interrupt)
    if repaired is None:
        tell(basis.words.phrase("repair-interrupted"))
        return INTERRUPTED
    show(printed(repaired, wanted, basis))
    with once_begun():
        await write_summary(repaired, wanted, basis, (began, settings.clock()))
    return repaired.exit_code


async def _verify(settings: "Settings", nursery: Any, interrupt: "Interrupt") -> int:
    """Check a corrected feed as any other, and say what that means for it."""
    from auditor import texts
    from auditor.cli.streams import show_beside, tell
    from auditor.run import run

    show = show_beside(settings.report.out, settings.report.summary)
    ending = await run(settings, interrupt, tell, nursery)
    (tell if ending.parts else show)(ending.printed())
    if not ending.parts:
        words = texts.load(settings.report.language)
        show(words.phrase("repair-not-ready" if ending.exit_code else "repair-ready", file=settings.feeds[0]))
    return ending.exit_code
