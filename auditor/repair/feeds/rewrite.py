"""The corrected feed: the same file with other image links, and no other byte changed."""

from collections.abc import Iterable
from contextlib import aclosing, closing
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
from auditor.repair.feeds.output import Output, refuse_input, refuse_name, write
from auditor.repair.feeds.packing import repacked
from auditor.repair.feeds.patch import Rows, only_changed, whole
from auditor.repair.feeds.proof import Proof
from auditor.repair.feeds.sheet_text import sheet_text
from auditor.repair.feeds.sheets import SheetRows
from auditor.repair.feeds.stretches import Blocks
from auditor.repair.feeds.tables import TableRows
from auditor.settings import FeedSettings


class Rewritten(NamedTuple):
    """How many links were changed, wherever they stand, and how many changes were left."""

    changed: int
    left: int


async def corrected(
    feed: Feed, reading: FeedSettings, changes: Iterable[Change], tell: Tell, output: Output | None
) -> Rewritten:
    """Write a feed that was opened with its changes, and tell what becomes of each.

    The changes come in feed order, `reading` is how the feed was opened. A link that can't be found with certainty, or
    isn't the one that was audited, is left. Without an output nothing is written, and all is told.

    Raises AuditorError for an output that is the feed itself, can't be written, has a form that isn't offered, or would
    be read otherwise than the feed, and FeedError where the feed can't be read again or to its end.
    """
    refuse(feed, output)
    with closing(Changes(changes, tell)) as asked:
        if output is None:
            await _tell(_rows(feed), asked)
        else:
            proof = Proof(feed, reading, asked, output)
            async with aclosing(_blocks(feed, asked, output)) as blocks:
                await write(output.path, blocks, proof.of)
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
    if output is not None:
        refuse_name(feed, output.path, book=isinstance(feed.reader, WorkbookReader) and not output.as_text)


async def _blocks(feed: Feed, changes: Changes, output: Output) -> Blocks:
    """Yield the corrected feed. Raises FeedError in the end if it was written meanwhile: no one knows what was read."""
    reader = feed.reader
    if not isinstance(reader, WorkbookReader):
        blocks = (only_changed if output.only_changed else whole)(feed.source.blocks(), _rows(feed), changes)
    elif output.as_text:
        blocks = sheet_text(feed.source, reader, changes, only_changed=output.only_changed)
    else:
        blocks = _repacked(feed, reader, changes)
    async with aclosing(blocks):
        async for block in blocks:
            yield block
    await feed.source.see_unchanged()


async def _repacked(feed: Feed, reader: WorkbookReader, changes: Changes) -> Blocks:
    rows = SheetRows(feed.source, reader)
    stored, part = await feed.source.seekable(), reader.look.sheet.part
    async with (
        aclosing(whole(rows.stored(), rows, changes)) as sheet,
        aclosing(repacked(stored, feed.name, part, sheet)) as blocks,
    ):
        async for block in blocks:
            yield block


async def _tell(rows: Rows, changes: Changes) -> None:
    """Tell what would become of the changes."""
    async with aclosing(rows.patches(changes)) as patches:
        async for _ in patches:
            pass


def _rows(feed: Feed) -> Rows:
    """Return the rows of a feed by its shape. Raises AuditorError."""
    match feed.reader:
        case WorkbookReader() as reader:
            return SheetRows(feed.source, reader)
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
