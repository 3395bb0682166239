"""`auditor inspect`: what a feed is taken for, and its first rows as the auditor sees them. No request is made."""

import dataclasses
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from typing import Any

import click

from auditor.cli import candidates
from auditor.cli.feed_options import feed_options, feed_settings
from auditor.cli.help import Command
from auditor.cli.lang import language_option
from auditor.model import BadRow, ProductRow

_ROWS = 10
_WIDEST = 100  # characters of a link


@click.command("inspect", cls=Command, short_help="Show what a feed is taken for.")
@click.argument("feeds", nargs=-1, required=True, metavar="FEED...", shell_complete=candidates.files)
@feed_options
@language_option
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Show what FEED is taken for, and its first rows as the auditor sees them, without any request.

    This is what to run first when something looks off. --limit says how many rows are shown; 10 without it. Exit code:
    0, or 2 if the feed can't be read.
    """
    from auditor.cli.running import run_command
    from auditor.run import Interrupt

    async def inspect(_: Interrupt) -> int:
        await _inspect(flags)
        return 0

    ctx.exit(run_command(inspect, flags["language"]))


async def _inspect(flags: dict[str, Any]) -> None:
    from auditor import texts
    from auditor.cli.streams import show, tell
    from auditor.feeds import open_feeds
    from auditor.feeds.facts import told

    words = texts.load(flags["language"])
    settings = dataclasses.replace(feed_settings(flags), limit=flags["limit"] or _ROWS)
    feeds = await open_feeds(flags["feeds"], settings)
    try:
        for sentence in told(feeds, words):
            tell(sentence)
        for feed in feeds:
            show(words.phrase("recognised", feed=feed.path, what=", ".join(map(words.said, feed.facts))))
            if feed.ignored:
                show(words.phrase("ignored", columns=", ".join(feed.ignored)))
            rows: list[ProductRow] = []
            async with aclosing(feed.rows(settings.limit)) as batches:
                async for batch in batches:
                    rows += batch.rows
            show("\n".join(_table(rows, words)))
    finally:
        for feed in feeds:
            await feed.aclose()


def _table(rows: Sequence[ProductRow], words: Any) -> Iterator[str]:
    """Yield the rows as lines under each other."""
    from auditor.feeds.cells import shown
    from auditor.urls import redact

    cells: list[tuple[str, ...]] = [("row", "asin", "sku", "marketplace", "slot", "url")]
    for row in rows:
        if isinstance(row, BadRow):
            cells.append((str(row.row), words.phrase("unreadable-row"), "", "", "", shown(row.text)[:_WIDEST]))
            continue
        for ref in row:
            about = (shown(text) for text in (ref.asin, ref.sku, ref.marketplace, ref.slot))
            cells.append((str(ref.row), *about, shown(redact(ref.url))[:_WIDEST]))
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    for line in cells:
        yield "  ".join([*(text.ljust(width) for text, width in zip(line, widths, strict=False)), line[5]]).rstrip()
    empty = sum(1 for row in rows if row == ())
    if empty:
        yield words.phrase("without-images", count=empty)
