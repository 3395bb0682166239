"""A flag that has three more homes: the environment, the configuration file, and a section of --help."""

from collections.abc import Sequence
from typing import Any

import click
from click.core import ParameterSource

PREFIX = "AUDITOR_"


class Option(click.Option):
    """A flag that may also be set as `AUDITOR_…`, and under its own name in the configuration file.

    `key` is that name. One that isn't `storable` belongs to a single call: it stands in no file, and in the
    environment only if it says so. `group` is its section of --help.
    """

    def __init__(self, declarations: Sequence[str], *, group: str = "", storable: bool = True, **rest: Any) -> None:
        super().__init__(declarations, **rest)
        self.key = self.opts[-1].removeprefix("--")
        self.group = group
        self.storable = storable
        if storable:
            self.envvar = PREFIX + self.key.upper().replace("-", "_")

    def origin(self, ctx: click.Context) -> str:
        """Say in the user's terms where the value was set: a flag, a variable, or a key of the file."""
        source = ctx.get_parameter_source(self.name or "")
        if source is ParameterSource.ENVIRONMENT:
            return str(self.envvar)
        if source is ParameterSource.DEFAULT_MAP:
            return f"{ctx.params['config'].path}: {self.key}"
        return f"--{self.key}"


def option(*declarations: str, **attributes: Any) -> Any:
    """Give a command such a flag; `click.option` with another class."""
    return click.option(*declarations, cls=Option, **attributes)


def options_of(command: click.Command) -> list[Option]:
    """The flags of a command that have a home in the environment or the file, in the order of --help."""
    return [flag for flag in command.params if isinstance(flag, Option)]
