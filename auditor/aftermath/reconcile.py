"""Processing reports beside the feed and its audit: what Amazon complains of, what we see, and what to do next."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from auditor.aftermath.audited import AuditFile, rows_of
from auditor.aftermath.codes import load_codes
from auditor.aftermath.docket import Docket
from auditor.aftermath.join import Join, Row
from auditor.aftermath.lines import LineWriter
from auditor.aftermath.publication import Publication
from auditor.aftermath.reconciled import Reconciled, ReportTold
from auditor.aftermath.reports import Report, open_reports
from auditor.errors import SettingsError
from auditor.feeds import Feeds, open_feeds, read_opened
from auditor.feeds.opened import STDIN
from auditor.model import Audit, Code
from auditor.reports import check_paths
from auditor.settings import Settings
from auditor.state import Rounds, feed_name
from auditor.texts import Texts


class Audits(Protocol):
    """The audits of a run, in feed order."""

    def __aiter__(self) -> AsyncIterator[Audit]:
        """Begin."""
        ...

    async def aclose(self) -> None:
        """End it early."""
        ...


@dataclass(frozen=True, slots=True)
class Errand:
    """What a reconcile is to do, beside the settings of feed and report.

    `audit` is a file of `auditor check --jsonl`, `codes` one of the user's own codes. Without an audit, `audit_now`
    makes one; `severities` are those of its codes.
    """

    reports: tuple[str, ...]
    audit: str | None
    codes: Path | None
    audit_now: Callable[[], Audits]
    severities: Mapping[str, Code]


async def reconcile(errand: Errand, settings: Settings, words: Texts, tell: Callable[[str], object]) -> Reconciled:
    """Join reports, feed and audit, and write what holds. Raises `AuditorError`; then no report has its name yet.

    `tell` takes what the user should know before it begins, a sentence each.
    """
    _see_paths(errand, settings)
    codes = load_codes(errand.codes)
    async with AsyncExitStack() as opened:
        rounds = None
        if settings.state is not None:
            rounds = opened.enter_context(closing(Rounds(settings.state, feed_name(settings))))
        feeds = await _opened_feeds(settings, opened)
        reports = await open_reports(errand.reports, opened)
        for path, facts in (
            *((one.path, one.facts) for one in feeds),
            *((one.path, (one.recognised,)) for one in reports),
        ):
            tell(words.phrase("recognised", feed=path, what=", ".join(map(words.said, facts))))
        portions = await _portions(errand, settings, feeds, opened)
        docket = opened.enter_context(Docket())
        totals = Reconciled(feeds=tuple(feed.path for feed in feeds), audit=errand.audit or "")
        for report in reports:
            totals.reports.append(await _heard(report, docket, len(totals.reports)))
        docket.close_list()
        join = Join(docket, codes, frozenset(feed.path for feed in feeds if feed.numbered))
        await join.see(portions)
        docket.settle()
        totals.rows, totals.images, totals.unaudited = join.rows, join.images, join.unaudited
        totals.read, totals.repeated, totals.told = docket.read, docket.repeated, docket.accounted()
        given, named = settings.report.batch_id.strip(), " ".join(totals.batch_ids)
        if given and named and given not in totals.batch_ids:
            tell(words.phrase("reconcile-batch-named", named=named, given=given))
        batch_id = named or given
        publication = Publication(settings.report, LineWriter(codes, words, batch_id), rounds, settings.clock())
        await publication.publish(docket, totals, batch_id)
    return totals


def _see_paths(errand: Errand, settings: Settings) -> None:
    """See that nothing is written over what is read, and that all can be read as often as it must be."""
    read = [*settings.feeds, *errand.reports, *map(str, filter(None, (errand.audit, errand.codes)))]
    check_paths(settings.report, [path for path in read if path != STDIN], (settings.state,))
    if errand.audit is None and STDIN in settings.feeds:
        raise SettingsError(
            "Without --audit the feed is read twice, so it can't come through standard input: save it as a file."
        )


async def _heard(report: Report, docket: Docket, number: int) -> ReportTold:
    """Take all complaints of a report, the one with this number.

    Raises `FeedError` for one that can't be read, or isn't whole.
    """
    before = docket.read
    async with aclosing(report.read()) as portions:
        async for complaints in portions:
            docket.add(complaints, number)
    return ReportTold(report.path, report.recognised, report.reader.summary, docket.read - before)


async def _opened_feeds(settings: Settings, opened: AsyncExitStack) -> Feeds:
    feeds = await open_feeds(settings.feeds, settings.feed)
    for feed in feeds:
        opened.push_async_callback(feed.aclose)
    return feeds


async def _portions(
    errand: Errand, settings: Settings, feeds: Feeds, opened: AsyncExitStack
) -> AsyncGenerator[Sequence[Row], None]:
    """Open the audit, and give the product rows with what it found."""
    if errand.audit is None:
        audits = await opened.enter_async_context(aclosing(errand.audit_now()))
        return await opened.enter_async_context(aclosing(rows_of(audits, errand.severities)))
    audit = AuditFile(errand.audit)
    opened.push_async_callback(audit.aclose)
    names = await audit.look(feeds)
    batches = await opened.enter_async_context(aclosing(read_opened(feeds, settings.feed)))
    return await opened.enter_async_context(aclosing(audit.rows(batches, names)))
