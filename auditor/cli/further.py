"""The options for looking closer than at the first bytes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from auditor.errors import SettingsError
from auditor.settings import FurtherSettings

Command = TypeVar("Command", bound=Callable[..., Any])


def further_options(command: Command) -> Command:
    """Add the options to a command; `further_settings` reads them."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def further_settings(flags: dict[str, Any]) -> FurtherSettings:
    """Turn the flags into settings. Raises `SettingsError`."""
    if flags["deep_sample"] is not None and not flags["deep"]:
        raise SettingsError("--deep-sample says how many images --deep looks at: give both, or neither.")
    return FurtherSettings(
        second_look=flags["second_look"],
        deep=flags["deep"],
        deep_sample=1.0 if flags["deep_sample"] is None else flags["deep_sample"],
        placeholders=flags["placeholders"],
    )


_OPTIONS = (
    click.option(
        "--second-look",
        is_flag=True,
        help="Ask once more for what passed or was refused, taking WebP and AVIF as a browser does, and tell where "
        "another format comes.",
    ),
    click.option(
        "--deep",
        is_flag=True,
        help="Download whatever passed, whole, and decode it: tells damage behind the headers, pictures of one colour, "
        "and main images whose background isn't white.",
    ),
    click.option(
        "--deep-sample",
        type=click.FloatRange(0, 1, min_open=True),
        metavar="SHARE",
        help="With --deep: only this share of the images, such as 0.05; the same ones in every run.",
    ),
    click.option(
        "--placeholders",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="Contents that are no picture of a product, one a line, as repeated_contents in the --summary names them.",
    ),
)
