"""Amazon's All Listings and Active Listings reports: text tables of what a seller has, by SKU.

Their column of images is there and mostly empty; then their use is another one: they tell the ASIN of each SKU.
"""

from contextlib import aclosing

from auditor.errors import NoFeedError, Sentence
from auditor.feeds.columns import Columns, plain
from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import Head, read_head
from auditor.feeds.header import Header, header_of, read_header
from auditor.feeds.records import Unreadable
from auditor.feeds.source import Source
from auditor.feeds.table import Layout, TableReader, TableText
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_SKU = "sellersku"
# Beside the SKU; column sets vary, and no feed that is uploaded has three of these.
_SIGNS = frozenset(
    {"listingid", "opendate", "asin1", "productid", "itemname", "itemismarketplace", "fulfillmentchannel"}
)
_ENOUGH = 3


def _header(head: Head, settings: FeedSettings) -> Header | None:
    """Return the header of a report; None if it is another's."""
    header = read_header(head.lines, settings)
    names = {plain(name) for name in header.columns.header} if header else set()
    return header if _SKU in names and len(names & _SIGNS) >= _ENOUGH else None


def _recognise(head: bytes) -> float | None:
    """Be rather sure of a header with a seller's SKU and what else only these reports have."""
    if foreign(head):
        return None
    return 0.6 if _header(read_head(head, whole=True), FeedSettings()) else None


async def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the report. Raises FeedError if it has no header, NoFeedError if it has no image addresses."""
    head, header = await header_of(source, settings)
    layout = header.layout(head)
    if not settings.url_columns and not await _has_images(source, head, layout, settings):
        raise NoFeedError(
            "{name} is a listings report without image addresses (image-url is empty): name it with --asin-map, beside "
            "the feed that has them, for the ASINs of its SKUs.",
            name=source.name,
        )
    recognised = (Sentence("listings report"), *header.told(source, head)[1:])
    return TableReader(source, head, layout, recognised, settings)


async def _has_images(source: Source, head: Head, layout: Layout, settings: FeedSettings) -> bool:
    """Say whether any row has an image, before anything starts: where the head has none, the report is read for it.

    What can't be read twice, a pipe, is believed to have them.
    """
    columns = layout.columns
    if not columns.images:
        return False
    if not source.again:
        return True
    text = TableText(source, head.encoding, layout, settings.record_limit)
    async with aclosing(text.portions()) as portions:
        async for parts in portions:
            for part in parts:
                if not isinstance(part, Unreadable) and any(_filled(columns, cells) for _, cells in part):
                    return True
    return False


def _filled(columns: Columns, cells: list[str]) -> bool:
    return any(column.at < len(cells) and cells[column.at].strip(INVISIBLE) for column in columns.images)


FORMAT = FeedFormat("listing-report", (".txt", ".tsv"), _recognise, _reader)
