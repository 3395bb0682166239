"""The program in a few lines: feeds → engine → reports."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from auditor import policies, texts
from auditor.audit import RowAudit
from auditor.checks import Judge
from auditor.contents import read_contents
from auditor.engines.local import LocalEngine
from auditor.errors import AuditorError, IncompleteError
from auditor.feeds import Feeds, Sampling, facts, open_feeds, read_opened
from auditor.plan import make_plan
from auditor.policies import Policy
from auditor.probe import make_room, open_looks
from auditor.reports import About, Reports, Totals, check_paths, printed
from auditor.settings import VERSION, Settings
from auditor.texts import Texts
from auditor.urls import HIDDEN


class Interrupt:
    """What Ctrl-C does: at first it cancels; once a run is under way it ends that in order."""

    def __init__(self, call: Callable[[], object]) -> None:
        self.asked = False
        self._call = call

    def then(self, call: Callable[[], object]) -> None:
        """From now on, do this instead."""
        self._call = call

    def now(self) -> None:
        """It was pressed."""
        self.asked = True
        self._call()


# What makes the exit code 1, by the words of `FAIL_ON`.
_FAILS: Mapping[str, Callable[[Totals], bool]] = {
    "fail": lambda totals: totals.failing > 0,
    "never": lambda _: False,
}


class Ending(NamedTuple):
    """How a run ended. `parts` are the unfinished reports of an interrupted one."""

    totals: Totals
    texts: Texts
    parts: Sequence[Path]
    settings: Settings
    sampling: Sampling | None = None
    notes: Sequence[str] = ()

    @property
    def exit_code(self) -> int:
        """0 nothing fails that should count, 1 something does, 130 interrupted."""
        if self.parts:
            return 130
        return 1 if _FAILS[self.settings.report.fail_on](self.totals) else 0

    def printed(self) -> str:
        """The short summary for people; of an interrupted run, how far it came."""
        if self.parts:
            return self.texts.phrase("interrupted", read=self.totals.read, files=", ".join(map(str, self.parts)))
        summary = printed(self.totals, self.texts, self.settings.report, [*self._sampled(), *self.notes])
        return f"{summary}\n{self.texts.phrase('insecure')}" if self.settings.probe.insecure else summary

    def _sampled(self) -> list[str]:
        if self.sampling is None:
            return []
        lines = [self.texts.phrase("sample", chosen=self.totals.read, of=self.sampling.of)]
        if self.sampling.unreadable:
            lines.append(self.texts.phrase("sample-unreadable", count=self.sampling.unreadable))
        return lines


async def run(settings: Settings, interrupt: Interrupt, tell: Callable[[str], object]) -> Ending:
    """Check feeds. Raises `AuditorError`: with exit code 2 before the first request, 3 after it.

    `tell` takes what the user should know before it begins, a sentence each.
    """
    check_paths(settings.report, (*settings.feeds, *settings.feed.asin_maps))
    policy = policies.choose(settings.policy)
    started = settings.clock()
    judge = Judge(
        policy,
        allow_private=settings.probe.allow_private,
        now=started,
        placeholders=read_contents(settings.further.placeholders),
    )
    words = texts.load(settings.report.language).under(policy.channel)
    settings = _fitted(settings, words, tell)
    if settings.probe.insecure:
        tell(words.phrase("insecure-begin"))
    feeds = await open_feeds(settings.feeds, settings.feed)
    check_paths(settings.report, [feed.path for feed in feeds])
    sampling = Sampling(settings.feed.sample) if settings.feed.sample else None
    batches = read_opened(feeds, settings.feed)
    if not settings.report.quiet:
        for feed in feeds:
            tell(words.phrase("recognised", feed=feed.path, what=", ".join(map(words.said, feed.facts))))
        for better in dict.fromkeys(feed.policy for feed in feeds if feed.policy):
            if policy.name == Settings().policy:
                tell(words.phrase("other-policy", policy=policy.name, better=better))
        for sentence in facts.told(feeds, words):
            tell(sentence)
    about = About(judge.codes, words, _about(settings, policy, judge, feeds))
    async with (
        open_looks(settings, settings.report.out) as looks,
        aclosing(Reports(settings.report, about)) as reports,
        aclosing(sampling.choose(batches) if sampling else batches) as rows,
    ):
        await reports.open()
        plan = make_plan(judge, settings.further)
        engine = LocalEngine(settings, partial(RowAudit, judge, reports.render, plan=plan), looks.look, reports)
        interrupt.then(engine.stop)
        try:
            await engine.run(rows)
            if not engine.complete:
                return Ending(reports.totals, words, reports.parts, settings, sampling)
            cost = {"urls_fetched": engine.urls_fetched, **looks.cost}
            timing = _timing(started, settings.clock())
            part = _part(sampling, reports.totals)
            counted = facts.counted(feeds)
            await reports.publish({**timing, **about.facts, **counted, **cost, **part, **reports.totals.facts()})
        except AuditorError as error:
            if not reports.totals.read:
                await reports.discard()
                raise
            raise IncompleteError(
                "{fault} It stopped after {rows:,} product rows; what was found so far is in {parts}.",
                fault=error.sentence,
                rows=reports.totals.read,
                parts=", ".join(map(str, reports.parts)),
            ) from error
    return Ending(reports.totals, words, (), settings, sampling, tuple(facts.noted(feeds, words)))


def _fitted(settings: Settings, words: Texts, tell: Callable[[str], object]) -> Settings:
    """Settings with as many connections as this machine lets a program have."""
    wanted = settings.frontier.concurrency
    looks = 1 + settings.further.second_look + settings.further.deep  # each keeps idle connections of its own
    fits = max(1, make_room(looks * wanted) // looks)
    if fits == wanted:
        return settings
    tell(words.phrase("descriptors", fits=fits, wanted=wanted))
    per_host = min(settings.frontier.per_host, fits)
    frontier = dataclasses.replace(settings.frontier, concurrency=fits, per_host=per_host)
    return dataclasses.replace(settings, frontier=frontier)


def _about(settings: Settings, policy: Policy, judge: Judge, feeds: Feeds) -> dict[str, Any]:
    """What the reports say of the run itself: nothing that differs between two equal runs."""
    return {
        "version": VERSION,
        "policy": _rules(policy, judge.policy),
        **facts.about(feeds),
        "settings": _plain(settings),
    }


def _rules(policy: Policy, now: Policy) -> dict[str, Any]:
    """What the reports say of a policy: where it comes from, and which of its dated rules hold."""
    changes = [{"date": change.date, "holds": change not in now.changes} for change in policy.changes]
    dated = {"changes": changes} if changes else {}
    return {"name": policy.name, "date": policy.date, "source": policy.source, **dated}


def _part(sampling: Sampling | None, totals: Totals) -> dict[str, Any]:
    """What summary.json says of a sample: how many product rows were chosen, and of how many."""
    if sampling is None:
        return {}
    left = {"left_out": sampling.of - totals.read, "unreadable_left_out": sampling.unreadable}
    return {"sample": {"of": sampling.of, "chosen": totals.read, **left}}


def _plain(value: Any) -> Any:
    """Settings as JSON has them. The clock is no setting of the user's, and a secret one is only said to be there."""
    if dataclasses.is_dataclass(value):
        fields = {field.name: (getattr(value, field.name), field.metadata) for field in dataclasses.fields(value)}
        return {
            name: HIDDEN if inner and metadata.get("secret") else _plain(inner)
            for name, (inner, metadata) in fields.items()
            if not callable(inner)
        }
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def _timing(started: float, ended: float) -> dict[str, Any]:
    return {
        "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(ended - started, 3),
    }
