"""`auditor state`: what a state file holds, and how it is kept small."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.help import Command
from auditor.cli.lang import language_option

if TYPE_CHECKING:
    from auditor.state import Contents
    from auditor.texts import Texts

DAY = 86_400
LEAST = 8  # days: what was seen is noted once a week at the most, so younger memories say nothing


@click.command("state", cls=Command, short_help="Show what a state file holds; make it smaller.")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option(
    "--prune",
    type=click.IntRange(LEAST),
    metavar="DAYS",
    help="Forget addresses that weren't seen for so many days; more than the --max-age of your runs.",
)
@click.option("--vacuum", is_flag=True, help="Give room that is no longer needed back to the disk.")
@language_option
@click.pass_context
def command(ctx: click.Context, /, file: Path, prune: int | None, language: str, *, vacuum: bool) -> None:
    """Show the size of a state file, the feeds and runs it remembers, and how many addresses it knows.

    Findings are never forgotten; they take little room. Exit code: 0, or 2 if the file can't be used.
    """
    from auditor import texts
    from auditor.cli.streams import answer

    words = texts.load(language)
    ctx.exit(answer(lambda: "\n".join(_told(file, words, prune, vacuum=vacuum)), language))


def _told(path: Path, words: "Texts", prune: int | None, *, vacuum: bool) -> Iterator[str]:
    from contextlib import closing

    from auditor.state import contents, forget, open_database, shrink

    with closing(open_database(path, create=False)) as database:
        if prune is not None:
            count = forget(path, database, time.time() - prune * DAY)
            yield words.phrase("state-forgotten", count=count)
        if vacuum:
            shrink(path, database)
        yield from _contents(path, contents(path, database), words)


def _contents(path: Path, held: "Contents", words: "Texts") -> Iterator[str]:
    yield words.phrase("state-size", path=path, size=held.size / 1e6)
    yield words.phrase("state-urls", count=held.urls)
    if held.oldest is not None:
        yield words.phrase("state-oldest", when=_moment(held.oldest))
    for feed in held.feeds:
        yield ""
        yield words.phrase("state-feed", name=feed.name, runs=feed.runs)
        runs = words.phrase("state-runs", first=_moment(feed.first), last=_moment(feed.last), failing=feed.failing)
        yield f"  {runs}"


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M")
