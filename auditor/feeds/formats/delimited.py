"""Text tables with a header row: cells between tabs, commas, semicolons or bars, or what a first row `sep=…` states."""

from auditor.feeds.columns import like_images
from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import read_head
from auditor.feeds.header import header_of, read_header
from auditor.feeds.source import Source
from auditor.feeds.table import TableReader
from auditor.settings import FeedSettings


async def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the table. Raises FeedError if it has no header or lacks columns or rows."""
    head, header = await header_of(source, settings)
    return TableReader(source, head, header.layout(head), header.told(source, head), settings)


def _recognise(head: bytes) -> float | None:
    """Be half sure of text with a header that is known, and take any other text rather than none.

    A table with a column that is called as if it held images may well be a feed.
    """
    if foreign(head):
        return None
    header = read_header(read_head(head, whole=True).lines, FeedSettings())
    if header is None:
        return 0.1
    names = header.columns.header
    return 0.5 if header.columns.used else 0.3 if len(names) > 1 and like_images(names) else 0.1


FORMAT = FeedFormat("delimited", (".csv", ".tsv", ".txt", ".tab"), _recognise, _reader)
