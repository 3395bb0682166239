"""Kinds of processing reports, one module each. A new file here is a new kind; nothing else knows their names.

A kind is found by looking at content. Reports may be gzipped, or one or several in a zip archive.
"""

import importlib
import pkgutil
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, aclosing
from functools import cache
from typing import NamedTuple, Protocol

from auditor.aftermath.complaint import Complaint, Grade, ReportSummary
from auditor.errors import FeedError, Sentence
from auditor.feeds.members import members
from auditor.feeds.source import Source
from auditor.settings import FeedSettings

LIMITS = FeedSettings()  # reports are read within the same limits as feeds


class Reader(Protocol):
    """Reads one report."""

    @property
    def recognised(self) -> Sentence:
        """What it was taken for."""
        ...

    @property
    def summary(self) -> ReportSummary:
        """What it says of the upload; whole once it is read."""
        ...

    def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints in its order, some hundreds at a time. Raises FeedError where it can't be read on."""
        ...


class ReportKind(NamedTuple):
    """What a module declares as KIND.

    `recognise` takes the unpacked head and says how sure it is, from 0 to 1 (None: it isn't one). `reader` raises
    FeedError for all that the head tells to be wrong.
    """

    name: str
    recognise: Callable[[bytes], float | None]
    reader: Callable[[Source], Awaitable[Reader]]


class Report(NamedTuple):
    """A processing report that was looked at."""

    path: str
    reader: Reader

    @property
    def recognised(self) -> Sentence:
        """What it was taken for."""
        return self.reader.recognised

    async def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints. Raises FeedError as readers do, and for a report that may be one without its end.

        It has errors by its counts and holds none, or it holds nothing and doesn't say that there was nothing.
        """
        count = errors = 0
        async with aclosing(self.reader.read()) as portions:
            async for complaints in portions:
                count += len(complaints)
                errors += sum(1 for complaint in complaints if complaint.severity is Grade.ERROR)
                yield complaints
        summary = self.reader.summary
        if summary.failed and not errors:
            raise FeedError(
                "{name} says that {count:,} records have errors, and holds none of them: fetch the whole report.",
                name=self.path,
                count=summary.failed,
            )
        if not count and not summary.counted:
            raise FeedError(
                "{name} names no error, and not how many records were processed: fetch the whole report.",
                name=self.path,
            )


@cache
def every_kind() -> tuple[ReportKind, ...]:
    """Return the kinds of all modules in this folder, by name."""
    modules = [importlib.import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    return tuple(sorted((module.KIND for module in modules), key=lambda kind: kind.name))


async def open_reports(paths: Sequence[str], opened: AsyncExitStack) -> list[Report]:
    """Look at all reports and tell what they are; what is opened for them, `opened` closes.

    Raises FeedError, one sentence with what to do, for the first one that is missing, empty or no processing report.
    """
    found = []
    for path in paths:
        source = Source(path, LIMITS.block)
        opened.push_async_callback(source.aclose)
        await source.look()
        for one in await members(source, LIMITS):
            if one is not source:
                opened.push_async_callback(one.aclose)
                await one.look()
            found.append(Report(one.path, await _reader(one)))
    return found


async def _reader(source: Source) -> Reader:
    if not source.head:
        raise FeedError("{name} is empty; fetch the processing report again.", name=source.name)
    fitting = [(sure, kind) for kind in every_kind() if (sure := kind.recognise(source.head)) is not None]
    if not fitting:
        raise FeedError(
            "{name} is no processing report of a kind that is known here. Name the feed first, then the reports that "
            "Amazon gave for it.",
            name=source.name,
        )
    _, kind = max(fitting, key=lambda fit: fit[0])
    return await kind.reader(source)


def several(name: Sentence | str) -> FeedError:
    """Return what to raise for a file with several reports, of which only one's counts could be told."""
    return FeedError("{name} holds several processing reports: save each as a file of its own.", name=name)
