"""The corrected feed: the same file with other image links, and no other byte changed."""

from collections.abc import Iterable
from contextlib import aclosing
from typing import NamedTuple

from auditor.errors import AuditorError
from auditor.feeds.feed import Feed
from auditor.feeds.formats.google_xml import GoogleReader
from auditor.feeds.formats.json_rows import JsonReader
from auditor.feeds.formats.listings import ListingsReader
from auditor.feeds.formats.product_images import ProductImageReader
from auditor.feeds.table import TableReader
from auditor.repair.change import Change, Changes, Tell
from auditor.repair.elements import ElementRows
from auditor.repair.objects import object_rows
from auditor.repair.output import Output, refuse_input, write
from auditor.repair.patch import Rows, only_changed, whole
from auditor.repair.tables import TableRows


class Rewritten(NamedTuple):
    """How many links were changed, and how many changes were left."""

    changed: int
    left: int


async def corrected(feed: Feed, changes: Iterable[Change], tell: Tell, output: Output | None) -> Rewritten:
    """Write a feed that was opened and not read yet with its changes, and tell what becomes of each.

    The changes come in feed order. A link that can't be found with certainty, or isn't the one that was audited, is
    left. Without an output nothing is written, and all is told.

    Raises AuditorError for an output that is the feed itself, can't be written, or has a form that isn't offered, and
    FeedError where the feed can't be read again or to its end.
    """
    if output is not None:
        refuse_input(feed, output.path)
    rows = _rows(feed)
    asked = Changes(changes, tell)
    if output is None:
        async with aclosing(rows.patches(asked)) as patches:
            async for _ in patches:
                pass
    else:
        async with aclosing(
            (only_changed if output.only_changed else whole)(feed.source.blocks(), rows, asked)
        ) as blocks:
            await write(output.path, blocks)
    asked.end()
    return Rewritten(asked.made, asked.left)


def _rows(feed: Feed) -> Rows:
    """Return the rows of a feed by its shape. Raises AuditorError."""
    if not feed.source.again:
        raise AuditorError("{name} can't be read a second time; save it as a file, and name that.", name=feed.name)
    reader = feed.reader
    if isinstance(reader, TableReader):
        return TableRows(feed.source, reader)
    if isinstance(reader, JsonReader | ListingsReader):
        return object_rows(feed.source, reader)
    if isinstance(reader, GoogleReader | ProductImageReader):
        return ElementRows(feed.source, reader)
    raise AuditorError(
        "{name} is a {what}, which can't be corrected here; change the links where it is made.",
        name=feed.name,
        what=feed.facts[0],
    )
