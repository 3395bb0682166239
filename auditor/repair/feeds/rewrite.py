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
from auditor.feeds.formats.workbook import WorkbookReader
from auditor.feeds.table import TableReader
from auditor.repair.feeds.change import Change, Changes, Tell
from auditor.repair.feeds.elements import ElementRows
from auditor.repair.feeds.objects import object_rows
from auditor.repair.feeds.output import Output, refuse_input, write
from auditor.repair.feeds.packing import repacked
from auditor.repair.feeds.patch import Rows, only_changed, whole
from auditor.repair.feeds.sheet_text import sheet_text
from auditor.repair.feeds.sheets import SheetRows
from auditor.repair.feeds.stretches import Blocks
from auditor.repair.feeds.tables import TableRows


class Rewritten(NamedTuple):
    """How many links were changed, wherever they stand, and how many changes were left."""

    changed: int
    left: int


async def corrected(feed: Feed, changes: Iterable[Change], tell: Tell, output: Output | None) -> Rewritten:
    """Write a feed that was opened with its changes, and tell what becomes of each.

    The changes come in feed order. A link that can't be found with certainty, or isn't the one that was audited, is
    left. Without an output nothing is written, and all is told.

    Raises AuditorError for an output that is the feed itself, can't be written, or has a form that isn't offered, and
    FeedError where the feed can't be read again or to its end.
    """
    refuse(feed, output)
    asked = Changes(changes, tell)
    if isinstance(feed.reader, WorkbookReader):
        await _workbook(feed, feed.reader, asked, output)
    else:
        await _feed(feed, asked, output)
    asked.end()
    return Rewritten(asked.made, asked.left)


def refuse(feed: Feed, output: Output | None) -> None:
    """Raise AuditorError where a feed can't be corrected, or not into that output: all that is known beforehand."""
    if output is not None:
        refuse_input(feed, output.path)
    if not feed.source.again:
        raise AuditorError("{name} can't be read a second time; save it as a file, and name that.", name=feed.name)
    if not isinstance(feed.reader, WorkbookReader):
        if output is not None and output.as_text:
            raise AuditorError("{name} is no workbook: leave --as-text out.", name=feed.name)
        _rows(feed)
    elif output is not None and output.only_changed and not output.as_text:
        raise AuditorError(
            "{name} is a workbook, of which rows can't be left out; add --as-text to write its changed rows as text.",
            name=feed.name,
        )


async def _feed(feed: Feed, changes: Changes, output: Output | None) -> None:
    rows = _rows(feed)
    if output is None:
        await _tell(rows, changes)
        return
    blocks = (only_changed if output.only_changed else whole)(feed.source.blocks(), rows, changes)
    async with aclosing(blocks):
        await write(output.path, _unchanged(feed, blocks))


async def _workbook(feed: Feed, reader: WorkbookReader, changes: Changes, output: Output | None) -> None:
    rows = SheetRows(feed.source, reader)
    if output is None:
        await _tell(rows, changes)
        return
    if output.as_text:
        text = sheet_text(feed.source, reader, changes, only_changed=output.only_changed)
        async with aclosing(text):
            await write(output.path, _unchanged(feed, text))
        return
    part = whole(rows.stored(), rows, changes)
    blocks = repacked(await feed.source.seekable(), feed.name, reader.look.sheet.part, part)
    async with aclosing(part), aclosing(blocks):
        await write(output.path, _unchanged(feed, blocks))


async def _unchanged(feed: Feed, blocks: Blocks) -> Blocks:
    """Yield all blocks. Raises FeedError in the end if the feed was written meanwhile: no one knows what was read."""
    async for block in blocks:
        yield block
    await feed.source.see_unchanged()


async def _tell(rows: Rows, changes: Changes) -> None:
    """Tell what would become of the changes."""
    async with aclosing(rows.patches(changes)) as patches:
        async for _ in patches:
            pass


def _rows(feed: Feed) -> Rows:
    """Return the rows of a feed by its shape. Raises AuditorError."""
    match feed.reader:
        case TableReader() as reader:
            return TableRows(feed.source, reader)
        case JsonReader() | ListingsReader() as reader:
            return object_rows(feed.source, reader)
        case GoogleReader() | ProductImageReader() as reader:
            return ElementRows(feed.source, reader)
    raise AuditorError(
        "{name} is a {what}, which isn't corrected here; change the links where it is made, or save it as CSV.",
        name=feed.name,
        what=feed.facts[0],
    )
