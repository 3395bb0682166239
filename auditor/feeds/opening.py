"""Which feeds there are in what the user named: all are looked at before anything starts."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import NamedTuple

from auditor.errors import FeedError, NoFeedError, Sentence
from auditor.feeds.asin_file import AsinFile, read_asin_maps
from auditor.feeds.asin_map import AsinMap
from auditor.feeds.feed import Batch, Feed, read_opened
from auditor.feeds.formats import UNKNOWN, reader_for
from auditor.feeds.members import members
from auditor.feeds.opened import called
from auditor.feeds.own import is_own
from auditor.feeds.paths import Named, find_files
from auditor.feeds.source import Source
from auditor.settings import FeedSettings

# Settings that would have no effect where no feed takes them: the option, and the setting's name.
_ABOUT_COLUMNS = (
    ("--asin-column", "asin_column"),
    ("--sku-column", "sku_column"),
    ("--url-column", "url_columns"),
)


class Skipped(NamedTuple):
    """A file that is no feed, in a folder or an archive; `why` is a sentence that names it."""

    path: str
    why: Sentence


class Feeds(list[Feed]):
    """The feeds of a run, in order, with what was skipped beside them, and the map that knows their ASINs."""

    def __init__(self) -> None:
        super().__init__()
        self.skipped: list[Skipped] = []
        self.asins: AsinMap | None = None
        self.asin_files: list[AsinFile] = []


async def open_feeds(paths: Sequence[str], settings: FeedSettings) -> Feeds:
    """Look at all feeds and tell what they are, before anything starts; `-` is standard input.

    A folder means the feeds in it, a pattern such as `feeds/*.txt` those that fit it. Each file in a zip archive is a
    feed of its own. What is no feed among such files is skipped, and told; our own reports are left out.

    Raises FeedError, one sentence with what to do, for the first feed that is missing, empty, named twice, no feed,
    without products or without the columns needed.
    """
    async with AsyncExitStack() as opened:
        look = _Look(settings, opened)
        for path in paths:
            await look.at(await asyncio.to_thread(find_files, path))
        feeds = look.feeds
        _see_that_they_take(feeds, settings)
        if settings.asin_maps:
            feeds.asins, feeds.asin_files = await read_asin_maps(settings.asin_maps, settings)
            for feed in feeds:
                feed.asins = feeds.asins
        opened.pop_all()
    return feeds


class _Look:
    """Looks at one thing that the user named after another; `feeds` are those found. What it opens, `opened` closes."""

    def __init__(self, settings: FeedSettings, opened: AsyncExitStack) -> None:
        self.feeds = Feeds()
        self._settings = settings
        self._opened = opened
        self._places: dict[tuple[int, ...], str] = {}
        self._found: set[str] = set()  # those of the paths that the user didn't name himself

    async def at(self, named: Named) -> None:
        """Look at a file, or at all in a folder. Raises FeedError where there is no feed."""
        skipped = len(self.feeds.skipped)
        self.feeds.skipped += [
            Skipped(path, Sentence("{name} is called like no feed.", name=path)) for path in named.others
        ]
        found = [await self._file(path, within=named.within) for path in named.files]
        if not any(found):
            more = self.feeds.skipped[skipped:]
            raise FeedError(
                "{name} holds no feed{first}",
                name=called(named.path),
                first=Sentence(": {why}", why=more[0].why) if more else ".",
            )

    async def _file(self, path: str, *, within: bool) -> bool:
        """Look at a file, in a folder or named itself, and say whether it holds a feed."""
        if within:
            self._found.add(path)
        if path in self._places.values():
            if path in self._found:
                return True
            raise FeedError("{name} is named twice; name each feed once.", name=called(path))
        source = Source(path, self._settings.block)
        self._opened.push_async_callback(source.aclose)
        await source.look()
        twin = self._places.setdefault(source.place, path)
        if twin != path:
            if not self._found.isdisjoint((path, twin)):
                return True
            raise FeedError(
                "{name} and {other} are the same file; name it once.", name=called(path), other=called(twin)
            )
        if within and is_own(source.head):
            return False
        try:
            await self._feeds_in(source)
        except NoFeedError as error:
            if not within:
                raise
            await source.aclose()
            self.feeds.skipped.append(_skipped(path, error))
            return False
        return True

    async def _feeds_in(self, source: Source) -> None:
        """Add the feed that a source is, or those in an archive. Raises NoFeedError where there is none."""
        wrong: list[Skipped] = []
        count = len(self.feeds)
        only: NoFeedError | None = None
        for one in await members(source, self._settings):
            self._opened.push_async_callback(one.aclose)
            if one is not source:
                await one.look()
                if is_own(one.head):
                    continue
            try:
                self.feeds.append(Feed(one, *await reader_for(one, self._settings)))
            except NoFeedError as error:
                if one is source:
                    raise
                await one.let_go()
                only = None if wrong else error  # what is wrong with the only one is what is wrong
                wrong.append(_skipped(one.path, error))
        if len(self.feeds) == count:
            raise only or _none_in(source, wrong)
        self.feeds.skipped += wrong


def _skipped(path: str, error: NoFeedError) -> Skipped:
    """Say why a file is left out: of one that was only worth a try, not what its columns should be."""
    if error.__cause__ is None:
        return Skipped(path, error.sentence)
    return Skipped(path, Sentence("{name} {why}", name=path, why=UNKNOWN))


def _none_in(source: Source, wrong: Sequence[Skipped]) -> NoFeedError:
    """Say that there is no feed in an archive."""
    return NoFeedError(
        "{name} holds no feed{first}", name=source.name, first=Sentence(": {why}", why=wrong[0].why) if wrong else "."
    )


def _see_that_they_take(feeds: Sequence[Feed], settings: FeedSettings) -> None:
    """Raise FeedError for a choice that has an effect on no feed."""
    if settings.slots and not any(feed.slots.intersection(settings.slots) for feed in feeds):
        raise FeedError(
            "No feed has a column for {slots}; leave the choice of slots out.", slots=", ".join(settings.slots)
        )
    for option, name in _ABOUT_COLUMNS:
        if getattr(settings, name) and not any(name in feed.takes for feed in feeds):
            raise FeedError(
                "{name} is no table ({what}): everything in it has a fixed name, so leave {option} out.",
                name=feeds[0].name,
                what=feeds[0].facts[0],
                option=option,
            )
    if settings.sheet is not None and not any("sheet" in feed.takes for feed in feeds):
        raise FeedError("{name} is no workbook and has no sheets: leave --sheet out.", name=feeds[0].name)


async def read_feeds(paths: Sequence[str], settings: FeedSettings) -> AsyncGenerator[Batch, None]:
    """Open the feeds and yield their product rows. Raises FeedError as `open_feeds` and `read_opened` do."""
    async with aclosing(read_opened(await open_feeds(paths, settings), settings)) as batches:
        async for batch in batches:
            yield batch
