"""`auditor repair`: feed and audit → converted images and the corrected feed. `repair_options.py` has its options."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from auditor.cli import candidates
from auditor.cli.help import Command
from auditor.cli.repair_options import add_options

if TYPE_CHECKING:
    from auditor.run import Interrupt
    from auditor.settings import RepairSettings, Settings

_NEEDED = ("images_dir", "base_url", "out")
_NOT_TO_VERIFY = ("audit", *_NEEDED, "plan", "only_changed", "as_text", "diff")


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
    from auditor.cli.running import run_command

    async def act(interrupt: "Interrupt") -> int:
        settings = _settings(ctx)
        if flags["verify"]:
            return await _verify(ctx, settings, nursery, interrupt)
        return await _repair(settings, _wanted(ctx), interrupt, planned=flags["plan"])

    with open_nursery(None if flags["verify"] else 1) as nursery:
        code = run_command(act, flags["language"])
    ctx.exit(code)


add_options(command)


async def _repair(settings: "Settings", wanted: "RepairSettings", interrupt: "Interrupt", *, planned: bool) -> int:
    from auditor.cli.streams import INTERRUPTED, show, tell
    from auditor.repair.basis import found
    from auditor.repair.paths import check_paths
    from auditor.repair.planning import plan
    from auditor.repair.repair import Repair, Voice, once_begun
    from auditor.repair.summary import printed, write_summary

    began = settings.clock()
    check_paths(wanted, planned=planned)
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


async def _verify(ctx: click.Context, settings: "Settings", nursery: Any, interrupt: "Interrupt") -> int:
    """Check a corrected feed as any other, and say what that means for it."""
    from auditor import texts
    from auditor.cli.streams import show, tell
    from auditor.run import run

    _refuse(ctx)
    ending = await run(settings, interrupt, tell, nursery)
    (tell if ending.parts else show)(ending.printed())
    if not ending.parts:
        words = texts.load(settings.report.language)
        show(words.phrase("repair-not-ready" if ending.exit_code else "repair-ready", file=settings.feeds[0]))
    return ending.exit_code


def _settings(ctx: click.Context) -> "Settings":
    """Turn what a repair shares with a check into settings. Raises `SettingsError`."""
    import os

    from auditor.cli import check
    from auditor.cli.config import check_variables
    from auditor.cli.feed_options import feed_settings
    from auditor.cli.option import options_of
    from auditor.cli.settings import frontier_settings, probe_settings
    from auditor.errors import SettingsError
    from auditor.settings import ReportSettings, Settings

    flags = ctx.params
    if flags["config"].fault is not None:
        raise flags["config"].fault
    check_variables(os.environ, options_of(check.command))
    if flags["insecure"] and flags["ca_file"]:
        raise SettingsError("--insecure checks no certificates, so --ca-file has no use: leave one of them out.")
    feed = Path(flags["feed"])
    return Settings(
        feeds=(flags["feed"],),
        policy=flags["policy"] or Settings().policy,
        feed=feed_settings(flags),
        probe=probe_settings(ctx),
        frontier=frontier_settings(ctx),
        report=ReportSettings(
            out=flags["report"] or feed.with_name(f"{feed.stem}-failing.csv"),
            summary=flags["summary"],
            quiet=flags["quiet"],
            language=flags["language"],
        ),
    )


def _wanted(ctx: click.Context) -> "RepairSettings":
    """What is to be repaired, and where it goes. Raises `SettingsError` where something lacks."""
    from auditor.errors import SettingsError
    from auditor.settings import RepairSettings

    flags = ctx.params
    if flags["audit"] is None:
        raise SettingsError(
            "A repair goes by an audit: make one with auditor check {feed} --jsonl all.jsonl, then add --audit "
            "all.jsonl.",
            feed=flags["feed"],
        )
    lacking = [] if flags["plan"] else [name for name in _NEEDED if not flags[name]]
    if lacking:
        raise SettingsError(
            "A repair also needs {flags}; with --plan it only says what it would do.", flags=_named(lacking)
        )
    if flags["policy"]:
        raise SettingsError("A repair goes by the policy of its audit: --policy is for --verify, leave it out.")
    return RepairSettings(
        feed=flags["feed"],
        audit=flags["audit"],
        images=flags["images_dir"] or Path(),
        base_url=flags["base_url"] or "",
        out=flags["out"] or Path(),
        report=flags["report"],
        summary=flags["summary"],
        only_changed=flags["only_changed"],
        as_text=flags["as_text"],
        diff=flags["diff"],
        quiet=flags["quiet"],
        language=flags["language"],
    )


def _refuse(ctx: click.Context) -> None:
    """Raise `SettingsError` for flags that would change nothing."""
    from auditor.errors import SettingsError

    given = [name for name in _NOT_TO_VERIFY if ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE]
    if given:
        raise SettingsError(
            "--verify checks a corrected feed and takes no {flags}: leave that out.", flags=_named(given)
        )


def _named(names: list[str]) -> str:
    return ", ".join("--" + name.replace("_", "-") for name in names)
