"""Feed formats, one module each. A new file in this folder is a new format; nothing else knows their names."""

import importlib
import pkgutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import cache
from pathlib import PurePath
from typing import NamedTuple, Protocol

from auditor.errors import FeedError, NoFeedError, Sentence, SettingsError
from auditor.feeds.foreign import foreign
from auditor.feeds.source import Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings

COLUMN_OPTIONS = frozenset({"asin_column", "sku_column", "url_columns"})  # settings that name columns
UNKNOWN = Sentence("is no feed of a kind that is known here.")
_WEAK = 0.2  # how sure is not sure at all: it may be any text
_PACKED = frozenset({".gz", ".zip"})


class Reader(Protocol):
    """Reads one feed."""

    @property
    def recognised(self) -> Sequence[Sentence]:
        """What it was taken for, bit by bit."""
        ...

    @property
    def slots(self) -> frozenset[str]:
        """The slots it may ask for."""
        ...

    @property
    def ignored(self) -> Sequence[str]:
        """The names of columns that aren't looked at."""
        ...

    def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows in feed order, some hundreds at a time. Raises FeedError where it can't be read on."""
        ...


class FeedFormat(NamedTuple):
    """What a format module declares as FORMAT.

    `recognise` takes the feed's unpacked head and says how sure it is that this is its format, from 0 to 1 (None: it
    isn't). `reader` takes a source that was looked at; it raises FeedError for all that the head tells to be wrong.
    `takes` are the settings that have an effect on it, of those about columns and sheets.
    `policy` names the one of the program's that is made for feeds of this format, where it isn't Amazon's. `numbered`:
    the rows have the numbers of messages, by which Amazon's reports name them.
    """

    name: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes], float | None]
    reader: Callable[[Source, FeedSettings], Awaitable[Reader]]
    takes: frozenset[str] = COLUMN_OPTIONS
    policy: str = ""
    numbered: bool = False


@cache
def every_format() -> tuple[FeedFormat, ...]:
    """Return the formats of all modules in this folder, by name."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    declared = [module.FORMAT for module in modules if isinstance(getattr(module, "FORMAT", None), FeedFormat)]
    return tuple(sorted(declared, key=lambda one: one.name))


async def reader_for(source: Source, settings: FeedSettings) -> tuple[FeedFormat, Reader]:
    """Return the format that fits best and a reader of it: by content first, by suffix where that leaves a tie.

    Raises FeedError if several fit equally well, what fits can't be read, or settings name a format that there isn't;
    NoFeedError if none fits.
    """
    if not source.head:
        empty = FeedError("{name} is empty; export the feed again.", name=source.name)
        raise empty if _is_called_a_feed(source.path) else NoFeedError("{why}", why=empty.sentence)
    if settings.feed_format is not None:
        named = _named(settings.feed_format)
        return named, await named.reader(source, settings)
    sure, best = _best(source)
    try:
        return best, await best.reader(source, settings)
    except FeedError as error:
        if sure > _WEAK:
            raise
        raise NoFeedError("{why}", why=error.sentence) from error  # it was only worth a try


def _best(source: Source) -> tuple[float, FeedFormat]:
    """Return the format that fits best, and how sure it is."""
    suffixes = _suffixes(source.path)
    fitting = [
        ((sure, not suffixes.isdisjoint(one.suffixes)), one)
        for one in every_format()
        if (sure := one.recognise(source.head)) is not None
    ]
    if not fitting:
        why = foreign(source.head) or UNKNOWN
        raise NoFeedError("{name} {why}", name=source.name, why=why)
    best = max(fit for fit, _ in fitting)
    equals = [one for fit, one in fitting if fit == best]
    if len(equals) > 1:
        raise FeedError(
            "{name} could be any of {formats}; say which with --feed-format.",
            name=source.name,
            formats=", ".join(one.name for one in equals),
        )
    return best[0], equals[0]


def _suffixes(path: str) -> set[str]:
    return {suffix.lower() for suffix in PurePath(path).suffixes}


def _is_called_a_feed(path: str) -> bool:
    """Say whether a file's name promises a feed, or a packed one."""
    return bool(_suffixes(path).intersection(_PACKED.union(*(one.suffixes for one in every_format()))))


def _named(name: str) -> FeedFormat:
    formats = {one.name: one for one in every_format()}
    if name not in formats:
        known = ", ".join(formats)
        raise SettingsError("There is no feed format {name!r}: there are {known}.", name=name, known=known)
    return formats[name]
