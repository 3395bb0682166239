"""The options for looking closer than at the first bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from auditor.settings import FurtherSettings

Command = TypeVar("Command", bound=Callable[..., Any])


def further_options(command: Command) -> Command:
    """Add the options to a command; `further_settings` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def further_settings(flags: dict[str, Any]) -> FurtherSettings:
    """Turn the flags into settings."""
    return FurtherSettings(second_look=flags["second_look"], placeholders=flags["placeholders"])


_OPTIONS = (
    click.option(
        "--second-look",
        is_flag=True,
        help="Ask once more for what passed or was refused, taking WebP and AVIF as a browser does, and tell where "
        "another format comes.",
    ),
    click.option(
        "--placeholders",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Contents that are no picture of a product, one a line, as repeated_contents in the --summary names them.",
    ),
)
