"""`auditor`: the group of commands, each imported when it is used, so that --help stays fast."""

from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "check": "Check the images of a feed and write the failing ones to failing.csv.",
    "demo": "Check a feed with every fault against a host on this machine, and compare.",
}


class LazyGroup(click.Group):
    """A group whose commands live in modules of their own, named after them."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click's signature
        """Names in the order of use, not of the alphabet."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # likewise
        """Import the command."""
        if cmd_name not in COMMANDS:
            return None
        command = import_module(f"auditor.cli.{cmd_name}").command
        assert isinstance(command, click.Command)  # noqa: S101  # each command module has one
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # likewise
        """List the commands without importing them."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


def _print_version(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        from auditor.settings import VERSION

        click.echo(f"auditor {VERSION}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show the version."
)
def main() -> None:
    """Tell, before Amazon does, which product images of a feed will never appear, why, and what to do."""
