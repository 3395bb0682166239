"""One feed that was looked at, and the reading of several as one stream of product rows."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import NamedTuple

from auditor.feeds.asin_map import AsinMap
from auditor.feeds.formats import FeedFormat, Reader
from auditor.feeds.source import Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings


class Batch(NamedTuple):
    """Some product rows, at most a few hundred, and the share of all feeds' bytes read so far.

    `share` is from 0 to 1, and None when it isn't known: standard input has no size.
    """

    rows: list[ProductRow]
    share: float | None


class Feed:
    """One feed, looked at and recognised.

    `path` is as the user gave it; `size` the bytes of the file as stored, None for a pipe; `digest` the SHA-256 in hex
    of its first bytes, as many as were looked at; `modified` when the file was last written, in nanoseconds, None for
    what can't be read a second time, as standard input; `recognised` says in English what it was taken for, `facts` bit
    by bit, for other languages. `ignored` names the columns that aren't looked at. `takes` are the settings about
    columns that have an effect on it. `policy` names the one that is made for such feeds, where it isn't Amazon's.
    `numbered`: its rows have the numbers of its messages. `asins`, if it is set, knows the ASINs of rows without one.
    `read` counts the product rows read so far. `source` has the bytes, and `reader` reads them.
    """

    def __init__(self, source: Source, feed_format: FeedFormat, reader: Reader) -> None:
        self.source = source
        self.reader = reader
        self.path = source.path
        self.name = source.name
        self.size = source.size
        self.digest = source.digest
        self.modified = source.modified
        self.facts = tuple(reader.recognised)
        self.recognised = ", ".join(map(str, self.facts))
        self.slots = reader.slots
        self.ignored = tuple(reader.ignored)
        self.takes = feed_format.takes
        self.policy = feed_format.policy
        self.numbered = feed_format.numbered
        self.asins: AsinMap | None = None
        self.read = 0
        source.forget_head()

    async def rows(self, most: int | None = None) -> AsyncGenerator[Batch, None]:
        """Yield the rows in feed order, at most so many, with the share of this feed.

        Raises FeedError where it ends early.
        """
        async with aclosing(self.reader.read()) as portions:
            async for rows in portions:
                if most is not None:
                    rows = rows[: most - self.read]  # noqa: PLW2901  # as many as are wanted
                self.read += len(rows)
                yield Batch(rows if self.asins is None else self.asins.complete(rows), self.source.share)
                if self.read == most:
                    return

    async def aclose(self) -> None:
        """Let go of a feed that won't be read; only a pipe is open before it is."""
        await self.source.aclose()


async def read_opened(feeds: Sequence[Feed], settings: FeedSettings) -> AsyncGenerator[Batch, None]:
    """Yield the product rows of all feeds in order, up to the settings' limit of rows.

    Raises FeedError if a feed can't be read to its end; what was read before it was yielded before it.
    """
    left = settings.limit
    sizes = [feed.size for feed in feeds]
    total = None if None in sizes else sum(size or 0 for size in sizes)
    before = 0
    async with AsyncExitStack() as opened:
        for feed in feeds:
            opened.push_async_callback(feed.aclose)
        for feed in feeds:
            if left == 0:
                return
            size = feed.size or 0
            async with aclosing(feed.rows(left)) as batches:
                async for rows, share in batches:
                    yield Batch(rows, None if not total or share is None else (before + share * size) / total)
            if left is not None:
                left -= feed.read
            before += size
