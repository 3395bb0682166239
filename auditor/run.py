"""The program in a few lines: feeds → engine → reports."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from auditor import policies, texts
from auditor.audit import RowAudit
from auditor.checks import Judge
from auditor.contents import read_contents
from auditor.engines.local import LocalEngine
from auditor.errors import AuditorError, IncompleteError, LimitError, Sentence
from auditor.feeds import Feed, Sampling
from auditor.plan import make_plan
from auditor.policies import Policy
from auditor.probe import make_room, open_looks
from auditor.reports import About, Disk, Totals, check_paths, printed
from auditor.resume import Beginner, Begun, Reading, identity
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
    """How a run ended. `parts` are the unfinished reports of an interrupted one, `then` says how it goes on."""

    totals: Totals
    texts: Texts
    parts: Sequence[Path]
    settings: Settings
    sampling: Sampling | None = None
    then: Sentence | None = None

    @property
    def exit_code(self) -> int:
        """0 nothing fails that should count, 1 something does, 130 interrupted."""
        if self.parts:
            return 130
        return 1 if _FAILS[self.settings.report.fail_on](self.totals) else 0

    def printed(self) -> str:
        """The short summary for people; of an interrupted run, how far it came."""
        if self.parts:
            told = self.texts.phrase("interrupted", read=self.totals.read, files=", ".join(map(str, self.parts)))
            return f"{told} {self.texts.said(self.then)}" if self.then else told
        summary = printed(self.totals, self.texts, self.settings.report, self._sampled())
        return f"{summary}\n{self.texts.phrase('insecure')}" if self.settings.probe.insecure else summary

    def _sampled(self) -> list[str]:
        if self.sampling is None:
            return []
        lines = [self.texts.phrase("sample", chosen=self.totals.read, of=self.sampling.of)]
        if self.sampling.unreadable:
            lines.append(self.texts.phrase("sample-unreadable", count=self.sampling.unreadable))
        return lines


async def run(
    settings: Settings, interrupt: Interrupt, tell: Callable[[str], object], disk: Disk | None = None
) -> Ending:
    """Check feeds. Raises `AuditorError`: with exit code 2 before the first request, 3 after it.

    `tell` takes what the user should know before it begins, a sentence each.
    """
    began = asyncio.get_running_loop().time()
    check_paths(settings.report, settings.feeds)
    policy = policies.choose(settings.policy)
    codes = Judge(policy).codes
    placeholders = read_contents(settings.further.placeholders)
    words = texts.load(settings.report.language)
    settings = _fitted(settings, words, tell)
    reading = await Reading.open(settings)
    for line in _opening(settings, words, reading.feeds):
        tell(line)
    about = About(codes, words, _about(settings, policy, reading.feeds))
    beginner = Beginner(settings, identity(about.facts, policy, placeholders, reading.feeds), reading, disk)
    async with aclosing(reading):
        with beginner.locked() as locked:
            if not locked:
                tell(words.phrase("unlocked"))
            async with (
                open_looks(settings, settings.report.out) as looks,
                aclosing(beginner.reports(about)) as reports,
            ):
                begun = await beginner.begin(reports)
                if begun.told:
                    tell("auditor: " + words.said(begun.told))
                await reports.open()
                judge = Judge(
                    policy, allow_private=settings.probe.allow_private, now=begun.now, placeholders=placeholders
                )
                plan = make_plan(judge, settings.further)
                engine = LocalEngine(settings, partial(RowAudit, judge, reports.render, plan=plan), looks.look, reports)
                interrupt.then(engine.stop)

                def facts() -> dict[str, Any]:
                    cost = {"urls_fetched": engine.urls_fetched, **looks.cost}
                    timing = _timing(begun, settings.clock())
                    part = _part(reading.sampling, reports.totals)
                    return {**timing, **about.facts, **cost, **part, **reports.totals.facts()}

                try:
                    async with aclosing(reading.rows()) as rows:
                        with _in_time(settings, began, engine.stop) as over:
                            await engine.run(rows)
                    if engine.complete:
                        await reports.publish(facts())
                        return Ending(reports.totals, words, (), settings, reading.sampling)
                    if over.is_set() and not interrupt.asked:
                        raise LimitError("The time that --max-runtime gives is over.")
                    then = beginner.then(await reports.pause(facts()))
                    return Ending(reports.totals, words, reports.parts, settings, reading.sampling, then)
                except AuditorError as error:
                    if not reports.totals.read:
                        await reports.discard()
                        raise
                    raise IncompleteError(
                        "{fault} It stopped after {rows:,} product rows; what was found so far is in {parts}. {then}",
                        fault=error.sentence,
                        rows=reports.totals.read,
                        parts=", ".join(map(str, reports.parts)),
                        then=beginner.then(await reports.pause(facts())),
                    ) from error


def _opening(settings: Settings, words: Texts, feeds: Sequence[Feed]) -> Iterator[str]:
    """What is said before anything is asked."""
    if settings.probe.insecure:
        yield words.phrase("insecure-begin")
    if not settings.report.quiet:
        for feed in feeds:
            yield words.phrase("recognised", feed=feed.path, what=", ".join(map(words.said, feed.facts)))


@contextmanager
def _in_time(settings: Settings, began: float, stop: Callable[[], object]) -> Iterator[asyncio.Event]:
    """Stop before the time is over that the user gives a run, so that what is in flight has its grace. Says if so."""
    over = asyncio.Event()
    most, loop = settings.unattended.max_runtime, asyncio.get_running_loop()
    if most is None:
        yield over
        return

    def end() -> None:
        over.set()
        stop()

    alarm = loop.call_at(began + most - min(settings.frontier.grace, most / 2), end)
    try:
        yield over
    finally:
        alarm.cancel()


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


def _about(settings: Settings, policy: Policy, feeds: Sequence[Feed]) -> dict[str, Any]:
    """What the reports say of the run itself: nothing that differs between two equal runs."""
    return {
        "version": VERSION,
        "policy": {"name": policy.name, "date": policy.date, "source": policy.source},
        "feeds": [
            {
                "path": feed.path,
                "size": feed.size,
                "head_sha256": feed.digest,
                "recognised": feed.recognised,
                "ignored_columns": list(feed.ignored),
            }
            for feed in feeds
        ],
        "settings": _plain(settings),
    }


def _part(sampling: Sampling | None, totals: Totals) -> dict[str, Any]:
    """What summary.json says of a sample: how many product rows were chosen, and of how many."""
    if sampling is None:
        return {}
    left = {"left_out": sampling.of - totals.read, "unreadable_left_out": sampling.unreadable}
    return {"sample": {"of": sampling.of, "chosen": totals.read, **left}}


def _plain(value: Any) -> Any:
    """Settings as JSON has them. The clock is no setting of the user's, and a secret one is only said to be there."""
    if dataclasses.is_dataclass(value):
        fields = {
            field.name: (getattr(value, field.name), field.metadata)
            for field in dataclasses.fields(value)
            if not field.metadata.get("untold")
        }
        return {
            name: HIDDEN if inner and metadata.get("secret") else _plain(inner)
            for name, (inner, metadata) in fields.items()
            if not callable(inner)
        }
    if isinstance(value, tuple):
        return [_plain(inner) for inner in value]
    return str(value) if isinstance(value, Path) else value


def _timing(begun: Begun, ended: float) -> dict[str, Any]:
    told = {
        "started": datetime.fromtimestamp(begun.started, UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(ended - begun.started, 3),
    }
    return told if begun.row is None else {**told, "resumed_from_row": begun.row}
