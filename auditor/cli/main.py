"""`auditor`: the group of commands, each imported when it is used, so that --help stays fast."""

import os
import sys
import threading
from difflib import get_close_matches
from importlib import import_module
from io import TextIOWrapper
from typing import Any

import click
from click.exceptions import NoArgsIsHelpError

from auditor.cli.help import Command, say
from auditor.cli.lang import VARIABLE, Language, said, spoken
from auditor.cli.streams import INTERRUPTED, leave, tell
from auditor.cli.usage import NoSuchCommand, mistake
from auditor.engines.loop import calm_collector
from auditor.errors import Sentence

COMMANDS = {
    "check": "Check the images of a feed and write the failing ones to failing.csv.",
    "reconcile": "Join Amazon's processing report to the feed and its audit: what holds, and what to do next.",
    "repair": "Convert what can be converted, and write the feed that will pass.",
    "inspect": "Show what a feed is taken for, and its first rows, without any request.",
    "demo": "Check a feed with every fault against a host on this machine, and compare.",
    "explain": "Say what a code of the reports means, or list the codes.",
    "policies": "List the rule sets that come with the program, or show one.",
    "history": "Show what earlier nights found about a product.",
    "state": "Show what a state file holds; make it smaller.",
    "submitted": "Note that a feed was sent to Amazon, and when.",
    "pending": "Show which products sent to Amazon still wait for their images, and which are due for a look.",
    "case": "Sort products without a picture, and write the support case for those that are ready.",
    "guide": "Show what to do about missing pictures, step by step.",
    "completion": "Print what makes bash, zsh or fish complete commands and options.",
}


class LazyGroup(Command, click.Group):
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

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands without importing them."""
        with formatter.section(say("Commands", ctx)):
            formatter.write_dl([(name, say(text, ctx)) for name, text in COMMANDS.items()])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, then the commands."""
        super().format_options(ctx, formatter)
        self.format_commands(ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command, or the nearest one to name."""
        command = self.get_command(ctx, args[0])
        if command is None and not ctx.resilient_parsing:
            raise NoSuchCommand(args[0], next(iter(get_close_matches(args[0], COMMANDS, 1)), None), ctx)
        return args[0], command, args[1:]


def _print_version(ctx: click.Context, _: click.Parameter, value: Any) -> None:
    if value and not ctx.resilient_parsing:
        from auditor.settings import VERSION

        click.echo(f"auditor {VERSION}")
        ctx.exit()


@click.group(cls=LazyGroup, context_settings={"max_content_width": 100})
@click.option(
    "--version", is_flag=True, expose_value=False, is_eager=True, callback=_print_version, help="Show the version."
)
@click.option(
    "--lang", "language", type=Language(), envvar=VARIABLE, show_envvar=True, help="The language of all that is said."
)
def program(language: str | None) -> None:
    """Tell, before Amazon does, which product images of a feed will never appear, why, and what to do."""


def main() -> None:
    """Run the program, and end it with its exit code."""
    calm_collector()
    _open_standard_streams()
    try:
        sys.exit(_run(spoken(sys.argv[1:], os.environ)))
    except SystemExit as end:
        if all(thread.daemon or thread is threading.main_thread() for thread in threading.enumerate()):
            raise  # no thread is left that Python would wait for
        leave(end.code if isinstance(end.code, int) else 1)


def _run(language: str) -> int:
    """Understand the command line and do what it says. Gives the exit code."""
    try:
        code = program.main(prog_name="auditor", standalone_mode=False, obj=language)
    except NoArgsIsHelpError as error:
        tell(error.format_message())
        return error.exit_code
    except click.ClickException as error:
        tell("auditor: " + said(mistake(error), language))
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        tell("auditor: " + said(Sentence("stopped."), language))
        return INTERRUPTED
    return code if isinstance(code, int) else 0


def _open_standard_streams() -> None:
    """Open what the caller has closed: the next file or connection would be taken for stdin, stdout or stderr.

    And let no letter stop the program: a terminal that has no Vietnamese ones shows a question mark in their place.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest number that is free: this one
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # for as long as the program runs
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123  # likewise
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
