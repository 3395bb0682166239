"""Google Merchant's product data as text: a table with the columns `id` and `image link`, and maybe further images.

Names have spaces or underscores. `additional image link` holds a list with commas between, or is repeated, once an
image. Google answer 6324350 (image link), 6324370 (additional image link).
"""

from auditor.errors import Sentence
from auditor.feeds.columns import plain
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
    recognised = (Sentence("Google Merchant table"), *header.told(source, head))
    return TableReader(source, head, header.layout(head), recognised, settings)


def _recognise(head: bytes) -> float | None:
    """Be rather sure of a header with an image link whose product goes by its id."""
    if foreign(head):
        return None
    header = read_header(read_head(head, whole=True).lines, FeedSettings())
    if header is None or header.columns.sku < 0:
        return None
    names = [plain(name) for name in header.columns.header]
    return 0.9 if names[header.columns.sku] == "id" and "imagelink" in names else None


FORMAT = FeedFormat("google-table", (".txt", ".tsv", ".csv"), _recognise, _reader, policy="google-merchant")
