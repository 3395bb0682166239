"""A file that says which products show no picture, recognised by its content."""

from auditor.aftermath.missing import Missing
from auditor.aftermath.missing_items import read_items
from auditor.aftermath.missing_table import read_table
from auditor.errors import FeedError, Sentence
from auditor.feeds.head import read_head
from auditor.feeds.members import members
from auditor.feeds.source import Source
from auditor.settings import Settings
from auditor.urls import INVISIBLE


async def read_missing(path: str, settings: Settings) -> Missing:
    """Read a list of products without a picture: text, a table or JSON, plain, in gzip or in a zip archive.

    Raises FeedError for what is missing, empty, something else, or too long.
    """
    source = Source(path, settings.feed.block)
    missing = Missing(source.name, settings.aftermath.missing)
    try:
        await source.look()
        for one in await members(source, settings.feed):
            if one is not source:
                await one.look()
            await _read(one, missing, settings)
    finally:
        await source.aclose()
    return missing


async def _read(source: Source, missing: Missing, settings: Settings) -> None:
    if not source.head:
        raise FeedError("{name} {why}", name=source.name, why=Sentence("is empty; export it again."))
    start = read_head(source.head, whole=True).encoding.text(source.head).lstrip(INVISIBLE)[:1]
    if start in ("{", "["):
        await read_items(source, missing)
    else:
        await read_table(source, missing, settings.feed)
