"""Text tables with a header row: cells between tabs, commas, semicolons or bars."""

from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import read_head
from auditor.feeds.header import header_of, read_header
from auditor.feeds.source import Source
from auditor.feeds.table import Layout, TableReader
from auditor.settings import FeedSettings


async def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the table. Raises FeedError if it has no header or lacks columns or rows."""
    head = read_head(source.head, whole=source.whole)
    header = header_of(source, head, settings)
    layout = Layout(header.delimiter, header.columns, header.lines)
    return TableReader(source, head, layout, header.told(source, head), settings)


def _recognise(head: bytes) -> float | None:
    """Be half sure of text with a header that is known, and take any other text rather than none."""
    if foreign(head):
        return None
    header = read_header(read_head(head, whole=True).lines, FeedSettings())
    return 0.5 if header and header.columns.used else 0.1


FORMAT = FeedFormat("delimited", (".csv", ".tsv", ".txt", ".tab"), _recognise, _reader)
