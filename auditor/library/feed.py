"""`audit_feed`: from feeds to their audits."""

import os
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, aclosing
from functools import partial
from typing import TypeAlias

from auditor import policies
from auditor.audit import beginning
from auditor.checks import Judge
from auditor.contents import read_contents
from auditor.engines.local import LocalEngine
from auditor.engines.passage import Rows
from auditor.feeds import Batch, Sampling, open_feeds, read_opened
from auditor.library.audits import Audits
from auditor.library.handover import Handover
from auditor.model import Audit, ProductRow
from auditor.plan import make_plan
from auditor.probe import open_looks
from auditor.settings import Settings

FeedPath: TypeAlias = str | os.PathLike[str]


def audit_feed(feeds: FeedPath | Iterable[FeedPath], settings: Settings | None = None) -> Audits:
    """Audit the images of a feed, or of several one after another: an asynchronous iterator of `Audit` in feed order.

        async with audit_feed("feed.txt", Settings(policy="amazon-current")) as audits:
            async for audit in audits:
                ...

    A feed is what `auditor check` takes, a folder or a pattern too; `-` is standard input. There is one `Audit` for
    each image, and one for each row that can't be read; its `findings` are empty where nothing wrong was found.
    `settings` are the program's, of which `feeds` and `report` have no use here: nothing is written, but what
    `settings.further.deep` downloads, into the system's folder of temporary files until it is decoded. Environment
    variables, such as those that name a proxy, don't count.

    Trouble with one image is a finding. What stops the run is raised by the iteration, after the audits that were
    finished before it: `FeedError`, `SettingsError` or `ProxyError`, all of them `AuditorError`.

    Rows are read and images asked for ahead of the reader: at most `settings.frontier.window` rows, and no further
    ones as long as a thousand audits wait to be taken. Memory doesn't grow with the feed.
    """
    paths = (feeds,) if isinstance(feeds, str | os.PathLike) else tuple(feeds)
    return Audits(partial(_audit_feeds, [os.fspath(path) for path in paths], settings or Settings()))


def audit_rows(rows: Sequence[ProductRow], judge: Judge, settings: Settings) -> Audits:
    """Audit rows that are there already, a few: single pictures in place of a feed."""
    return Audits(partial(_audit_rows, rows, judge, settings))


async def _audit_feeds(paths: Sequence[str], settings: Settings, handover: Handover) -> None:
    judge = Judge(
        policies.choose(settings.policy),
        allow_private=settings.probe.allow_private,
        now=settings.clock(),
        placeholders=read_contents(settings.further.placeholders),
    )
    async with AsyncExitStack() as opened:
        feeds = await open_feeds(paths, settings.feed)
        for feed in feeds:
            opened.push_async_callback(feed.aclose)
        batches: AsyncGenerator[Batch] = read_opened(feeds, settings.feed)
        if settings.feed.sample:
            batches = Sampling(settings.feed.sample).choose(batches)
        await opened.enter_async_context(aclosing(batches))
        await _pass_on(batches, judge, settings, handover)


async def _audit_rows(rows: Sequence[ProductRow], judge: Judge, settings: Settings, handover: Handover) -> None:
    async def batches() -> AsyncIterator[Batch]:
        yield Batch(list(rows), None)

    await _pass_on(batches(), judge, settings, handover)


async def _pass_on(batches: AsyncIterator[Rows], judge: Judge, settings: Settings, handover: Handover) -> None:
    """Ask for the images of rows, and pass their audits on."""
    begin = beginning(judge, list[Audit], make_plan(judge, settings.further))
    async with open_looks(settings) as looks:
        await LocalEngine(settings, begin, looks.look, handover).run(batches)
