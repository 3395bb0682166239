"""The options of `auditor repair`: its own, and those that it shares with `check`, which says what they are."""

from copy import copy
from functools import partial
from pathlib import Path

import click

from auditor.cli import candidates, check
from auditor.cli.config import Config, read_config_of
from auditor.cli.lang import language_option
from auditor.cli.option import Option, option, options_of
from auditor.cli.options import ACCESS, DEFAULT, PACE, PATH, SETTINGS

REPAIR, MORE = "Repair", "What is written"
_GROUPS = frozenset({PACE, ACCESS})
_OF_FEEDS = frozenset({"feed-format", "sheet", "asin-column", "sku-column", "url-column", "slot"})
_NOT_HERE = frozenset({"workers"})
# What is another thing here than in a check.
_SAID_HERE = {"concurrency": "Requests at once, in all; without --verify, at most 32, whatever is said here."}


def _shared(flag: Option) -> bool:
    return (flag.group in _GROUPS or flag.key in _OF_FEEDS or flag.key == "quiet") and flag.key not in _NOT_HERE


def _told(flag: Option) -> Option:
    """Give an option of a check as it is told here."""
    flag = copy(flag)
    flag.help = _SAID_HERE.get(flag.key, flag.help)
    return flag


def _read_config(ctx: click.Context, _: click.Parameter, path: Path | None) -> Config:
    """Read a file that may be for nightly checks, too."""
    return read_config_of(check.command, ctx, path)


_own = partial(option, storable=False)
_OPTIONS = (
    _own(
        "--audit",
        group=REPAIR,
        type=PATH,
        metavar="FILE",
        help="The audit of FEED, as auditor check FEED --jsonl FILE has written it.",
    ),
    _own("--images-dir", group=REPAIR, type=PATH, metavar="DIR", help="The folder for converted images."),
    _own(
        "--base-url",
        group=REPAIR,
        metavar="URL",
        help="Where you will publish that folder, such as https://cdn.example.com/fixed/.",
    ),
    _own("--out", group=REPAIR, type=PATH, metavar="FILE", help="The corrected feed."),
    _own(
        "--plan", group=REPAIR, is_flag=True, help="Only say what would be done, image by image, without any request."
    ),
    _own(
        "--verify",
        group=REPAIR,
        is_flag=True,
        help="Check FEED, a corrected feed whose images are published by now, and say whether it is ready to submit.",
    ),
    option(
        "--policy",
        group=REPAIR,
        default=DEFAULT.policy,
        show_default=True,
        metavar="NAME|FILE",
        shell_complete=candidates.policies,
        help="With --verify: the rules to judge by. A repair goes by those of its audit.",
    ),
    _own(
        "--only-changed",
        group=MORE,
        is_flag=True,
        help="Write only the rows that change, for a partial update.",
    ),
    _own("--as-text", group=MORE, is_flag=True, help="Write a workbook as the tab-delimited text that Amazon takes."),
    _own("--diff", group=MORE, is_flag=True, help="Show each cell that changes."),
    _own(
        "--report",
        group=MORE,
        type=PATH,
        metavar="FILE",
        help="Also write each image with something to be done as CSV: what, why, old and new address. With --verify: "
        "where the failing images go.",
    ),
    _own("--summary", group=MORE, type=PATH, metavar="FILE", help="Also write the counts of the run as JSON."),
    partial(language_option, group=MORE),
)
_CONFIG = _own(
    "--config",
    group=SETTINGS,
    envvar="AUDITOR_CONFIG",
    type=PATH,
    is_eager=True,
    callback=_read_config,
    metavar="FILE",
    help="Read options from this TOML file, as check does; what only check knows is passed over.",
)


def add_options(command: click.Command) -> None:
    """Give a command all of them."""
    for add in _OPTIONS:
        add(command)
    command.params += [_told(flag) for flag in options_of(check.command) if _shared(flag)]
    _CONFIG(command)
