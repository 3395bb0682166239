"""Feed formats, one module each. A new file in this folder is a new format; nothing else knows their names."""

import importlib
import pkgutil
from collections.abc import AsyncGenerator, Callable
from functools import cache
from pathlib import PurePath
from typing import NamedTuple, Protocol

from auditor.errors import FeedError, Sentence
from auditor.feeds.foreign import foreign
from auditor.feeds.source import Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings


class Reader(Protocol):
    """Reads one feed. `recognised` says in a few words what it was taken for; `slots` are those it has columns for."""

    recognised: str
    slots: frozenset[str]

    def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows in feed order, some hundreds at a time. Raises FeedError where it can't be read on."""
        ...


class FeedFormat(NamedTuple):
    """What a format module declares as FORMAT.

    `recognise` takes the feed's unpacked head and says how sure it is that this is its format, from 0 to 1 (None: it
    isn't). `reader` takes a source that was looked at; it raises FeedError for all that the head tells to be wrong.
    """

    name: str
    suffixes: tuple[str, ...]
    recognise: Callable[[bytes], float | None]
    reader: Callable[[Source, FeedSettings], Reader]


@cache
def every_format() -> tuple[FeedFormat, ...]:
    """Return the formats of all modules in this folder, by name."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    declared = [module.FORMAT for module in modules if isinstance(getattr(module, "FORMAT", None), FeedFormat)]
    return tuple(sorted(declared, key=lambda one: one.name))


def reader_for(source: Source, settings: FeedSettings) -> Reader:
    """Return a reader of the format that fits best: by content first, by suffix where that leaves a tie.

    Raises FeedError if none fits.
    """
    if not source.head:
        raise FeedError("{name} is empty; export the feed again.", name=source.name)
    suffixes = {suffix.lower() for suffix in PurePath(source.path).suffixes}
    fitting = [
        ((sure, not suffixes.isdisjoint(one.suffixes)), one)
        for one in every_format()
        if (sure := one.recognise(source.head)) is not None
    ]
    if not fitting:
        why = foreign(source.head) or Sentence("is no feed of a kind that is known here.")
        raise FeedError("{name} {why}", name=source.name, why=why)
    return max(fitting, key=lambda pair: pair[0])[1].reader(source, settings)
