"""Feed formats, one module each. A new file in this folder is a new format; nothing else knows their names."""

import importlib
import pkgutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from functools import cache
from pathlib import PurePath
from typing import NamedTuple, Protocol

from auditor.errors import FeedError, Sentence, SettingsError
from auditor.feeds.foreign import foreign
from auditor.feeds.source import Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings


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
    `policy` names the one of the program's that is made for feeds of this format, where it isn't Amazon's.
    """

    name: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes], float | None]
    reader: Callable[[Source, FeedSettings], Awaitable[Reader]]
    policy: str = ""


@cache
def every_format() -> tuple[FeedFormat, ...]:
    """Return the formats of all modules in this folder, by name."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    declared = [module.FORMAT for module in modules if isinstance(getattr(module, "FORMAT", None), FeedFormat)]
    return tuple(sorted(declared, key=lambda one: one.name))


def format_of(source: Source, settings: FeedSettings) -> FeedFormat:
    """Return the format that fits best: by content first, by suffix where that leaves a tie.

    Raises FeedError if none fits, several fit equally well, or settings name one that there isn't.
    """
    if not source.head:
        raise FeedError("{name} is empty; export the feed again.", name=source.name)
    if settings.feed_format is not None:
        return _named(settings.feed_format)
    suffixes = {suffix.lower() for suffix in PurePath(source.path).suffixes}
    fitting = [
        ((sure, not suffixes.isdisjoint(one.suffixes)), one)
        for one in every_format()
        if (sure := one.recognise(source.head)) is not None
    ]
    if not fitting:
        why = foreign(source.head) or Sentence("is no feed of a kind that is known here.")
        raise FeedError("{name} {why}", name=source.name, why=why)
    best = max(fit for fit, _ in fitting)
    equals = [one for fit, one in fitting if fit == best]
    if len(equals) > 1:
        raise FeedError(
            "{name} could be any of {formats}; say which with --feed-format.",
            name=source.name,
            formats=", ".join(one.name for one in equals),
        )
    return equals[0]


def _named(name: str) -> FeedFormat:
    formats = {one.name: one for one in every_format()}
    if name not in formats:
        known = ", ".join(formats)
        raise SettingsError("There is no feed format {name!r}: there are {known}.", name=name, known=known)
    return formats[name]
