"""What is said to the user: stdout, stderr, and the end of the program."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import NoReturn

import click

from auditor.cli.lang import said
from auditor.errors import AuditorError

INTERRUPTED = 130


def leave(code: int) -> NoReturn:
    """End the program now. Threads may hang in look-ups of dead names for minutes; nobody waits for those any more."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


def show(text: str) -> None:
    """Print to stdout. Whoever reads it may have gone, as `head` does: what was to be done is done all the same."""
    try:
        click.echo(text)
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def show_lines(lines: Iterable[str]) -> None:
    """Print lines to stdout as they come, some thousand at once: there may be a million."""
    left = iter(lines)
    while some := list(islice(left, 2000)):
        show("\n".join(some))


def tell(text: str) -> None:
    """Print to stderr, if anybody still reads it."""
    with suppress(OSError):
        click.echo(text, err=True)


def show_beside(*written: Path | None) -> Callable[[str], None]:
    """Give what prints to stdout; or to stderr, where one of these files is the pipe behind stdout.

    As with `--out /dev/stdout |`: nothing else belongs there.
    """
    for path in written:
        with suppress(OSError):
            if path is not None and path.is_fifo() and os.path.samestat(path.stat(), os.fstat(1)):
                return tell
    return show


def answer(question: Callable[[], str], language: str) -> int:
    """Print the answer of a command that only looks something up, or why there is none. Gives the exit code."""
    try:
        show(question())
    except AuditorError as error:
        tell("auditor: " + said(error.sentence, language))
        return error.exit_code
    return 0
