"""From the options of `auditor repair` to its settings, and to those that it shares with a check."""

import os
from pathlib import Path

import click
from click.core import ParameterSource

from auditor.cli import check
from auditor.cli.config import check_variables
from auditor.cli.feed_options import feed_settings
from auditor.cli.option import options_of
from auditor.cli.settings import frontier_settings, probe_settings
from auditor.errors import SettingsError
from auditor.settings import RepairSettings, ReportSettings, Settings, UnattendedSettings

_NEEDED = ("images_dir", "base_url", "out")
_NOT_TO_VERIFY = ("audit", *_NEEDED, "plan", "only_changed", "as_text", "diff")


def settings_from(ctx: click.Context) -> Settings:
    """Turn what a repair shares with a check into settings, wherever it was set. Raises `SettingsError`."""
    flags = ctx.params
    if flags["config"].fault is not None:
        raise flags["config"].fault
    check_variables(os.environ, options_of(check.command))
    if flags["insecure"] and flags["ca_file"]:
        raise SettingsError("--insecure checks no certificates, so --ca-file has no use: leave one of them out.")
    return Settings(
        feeds=(flags["feed"],),
        policy=flags["policy"],
        feed=feed_settings(flags),
        probe=probe_settings(ctx),
        frontier=frontier_settings(ctx),
        report=ReportSettings(
            out=flags["report"] or _failing(Path(flags["feed"])),
            summary=flags["summary"],
            quiet=flags["quiet"],
            language=flags["language"],
        ),
        # A verdict is about what is published by now, not about what wasn't yet when an earlier one was cut short.
        unattended=UnattendedSettings(resume="fresh"),
    )


def _failing(feed: Path) -> Path:
    """Where a verdict's failing images go: beside the feed and called after it; a pattern gives no name."""
    if not (feed.is_file() or feed.is_dir()):
        return Path("corrected-failing.csv")
    named = feed if feed.name not in ("", "..") else feed.resolve()
    return feed.parent / f"{named.stem}-failing.csv"


def wanted_from(ctx: click.Context) -> RepairSettings:
    """Say what is to be repaired, and where it goes. Raises `SettingsError` where something lacks."""
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
    # In the file or the environment it may wait for checks, and for --verify.
    if _called_with(ctx, "policy"):
        raise SettingsError("A repair goes by the policy of its audit: --policy is for --verify, leave it out.")
    return RepairSettings(
        feed=flags["feed"],
        audit=flags["audit"],
        images=flags["images_dir"] or Path(),
        base_url=flags["base_url"] or "",
        out=flags["out"] or Path(),
        policy=flags["policy"],
        config=flags["config"].path if _called_with(ctx, "config") else None,
        report=flags["report"],
        summary=flags["summary"],
        only_changed=flags["only_changed"],
        as_text=flags["as_text"],
        diff=flags["diff"],
        quiet=flags["quiet"],
        language=flags["language"],
    )


def refuse_for_verdict(ctx: click.Context) -> None:
    """Raise `SettingsError` for flags that would change nothing about a verdict."""
    given = [name for name in _NOT_TO_VERIFY if _called_with(ctx, name)]
    if given:
        raise SettingsError(
            "--verify checks a corrected feed and takes no {flags}: leave that out.", flags=_named(given)
        )


def _called_with(ctx: click.Context, name: str) -> bool:
    return ctx.get_parameter_source(name) is ParameterSource.COMMANDLINE


def _named(names: list[str]) -> str:
    return ", ".join("--" + name.replace("_", "-") for name in names)
