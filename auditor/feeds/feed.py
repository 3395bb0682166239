"""One feed that was looked at, and the reading of several as one stream of product rows."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import NamedTuple

from auditor.errors import FeedError
from auditor.feeds.formats import FeedFormat, Reader, format_of
from auditor.feeds.members import members
from auditor.feeds.opened import called
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
    of its first bytes, as many as were looked at; `recognised` says in English what it was taken for, `facts` bit by
    bit, for other languages. `ignored` names the columns that aren't looked at; `policy` the one that is made for such
    feeds, where it isn't Amazon's.
    """

    def __init__(self, source: Source, found: FeedFormat, reader: Reader) -> None:
        self._source = source
        self._reader = reader
        self.policy = found.policy
        self.path = source.path
        self.size = source.size
        self.digest = source.digest
        self.facts = tuple(reader.recognised)
        self.recognised = ", ".join(map(str, self.facts))
        self.slots = reader.slots
        self.ignored = tuple(reader.ignored)

    async def rows(self) -> AsyncGenerator[Batch, None]:
        """Yield the rows in feed order, with the share of this feed. Raises FeedError where it ends early."""
        async with aclosing(self._reader.read()) as portions:
            async for rows in portions:
                yield Batch(rows, self._source.share)

    async def aclose(self) -> None:
        """Let go of a feed that won't be read; only a pipe is open before it is."""
        await self._source.aclose()


async def open_feeds(paths: Sequence[str], settings: FeedSettings) -> list[Feed]:
    """Look at all feeds and tell what they are, before anything starts; `-` is standard input.

    Each file in a zip archive is a feed of its own.

    Raises FeedError, one sentence with what to do, for the first feed that is missing, empty, named twice, no feed,
    without products or without the columns needed.
    """
    places: dict[tuple[int, ...], str] = {}
    feeds: list[Feed] = []
    async with AsyncExitStack() as opened:
        for path in paths:
            if path in places.values():
                raise FeedError("{name} is named twice; name each feed once.", name=called(path))
            source = Source(path, settings.block)
            opened.push_async_callback(source.aclose)
            await source.look()
            twin = places.setdefault(source.place, path)
            if twin != path:
                raise FeedError(
                    "{name} and {other} are the same file; name it once.", name=called(path), other=called(twin)
                )
            for one in await members(source, settings):
                opened.push_async_callback(one.aclose)
                found = format_of(one, settings)
                feeds.append(Feed(one, found, await found.reader(one, settings)))
        if settings.slots and not any(feed.slots.intersection(settings.slots) for feed in feeds):
            raise FeedError(
                "No feed has a column for {slots}; leave the choice of slots out.", slots=", ".join(settings.slots)
            )
        opened.pop_all()
    return feeds


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
            async with aclosing(feed.rows()) as batches:
                async for rows, share in batches:
                    kept = rows if left is None else rows[:left]
                    yield Batch(kept, None if not total or share is None else (before + share * size) / total)
                    if left is not None:
                        left -= len(kept)
                        if left == 0:
                            return
            before += size


async def read_feeds(paths: Sequence[str], settings: FeedSettings) -> AsyncGenerator[Batch, None]:
    """Open the feeds and yield their product rows. Raises FeedError as `open_feeds` and `read_opened` do."""
    async with aclosing(read_opened(await open_feeds(paths, settings), settings)) as batches:
        async for batch in batches:
            yield batch
