"""A run's course once its reports are open: to its end, or as far as it comes."""

import asyncio
import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import aclosing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from auditor.engines.workforce import Engine
from auditor.errors import AuditorError, IncompleteError, LimitError, Sentence
from auditor.feeds import Feeds, Sampling, facts
from auditor.model import Comparison
from auditor.nightly import Nightly
from auditor.policies import Policy
from auditor.reports import About, Reports, Totals, fixed_path, headline, printed
from auditor.reports.changes import changes_facts, changes_told
from auditor.resume import Beginner, Begun, Reading
from auditor.settings import VERSION, Settings
from auditor.texts import Texts
from auditor.urls import HIDDEN

# What makes the exit code 1, by the words of `FAIL_ON`.
_FAILS: Mapping[str, Callable[["Ending"], bool]] = {
    "fail": lambda ending: ending.totals.failing > 0,
    "new": lambda ending: ending.compared is not None and ending.compared.changes.new > 0,
    "never": lambda _: False,
}
_NOTHING: Mapping[str, Any] = {}


class Ending(NamedTuple):
    """How a run ended. `parts` are the unfinished reports of an interrupted one, `then` says how it goes on.

    Of one that didn't break off, `facts` are those of summary.json, and `compared` says what changed since the night
    before, where such are remembered.
    """

    totals: Totals
    texts: Texts
    parts: Sequence[Path]
    settings: Settings
    sampling: Sampling | None = None
    then: Sentence | None = None
    notes: Sequence[str] = ()
    facts: Mapping[str, Any] = _NOTHING
    compared: Comparison | None = None

    @property
    def exit_code(self) -> int:
        """0 nothing fails that should count, 1 something does, 130 interrupted."""
        if self.parts:
            return 130
        return 1 if _FAILS[self.settings.report.fail_on](self) else 0

    def printed(self) -> str:
        """The short summary for people; of an interrupted run, how far it came."""
        if self.parts:
            told = self.texts.phrase("interrupted", read=self.totals.read, files=", ".join(map(str, self.parts)))
            return f"{told} {self.texts.said(self.then)}" if self.then else told
        report = self.settings.report
        fixed = fixed_path(report.out) if self.compared and self.compared.entered else None
        summary = printed(self.totals, self.texts, report, [*self._sampled(), *self.notes], fixed)
        summary = "\n".join([*self._changes(), summary])
        return f"{summary}\n{self.texts.phrase('insecure')}" if self.settings.probe.insecure else summary

    @property
    def lead(self) -> str:
        """What matters most, in a line or two: what has changed, and how much fails."""
        if self.parts:
            return self.printed()
        return "\n".join([*self._changes(), headline(self.totals, self.texts)])

    def _changes(self) -> Iterator[str]:
        return changes_told(self.compared, self.texts) if self.compared else iter(())

    def _sampled(self) -> list[str]:
        if self.sampling is None:
            return []
        lines = [self.texts.phrase("sample", chosen=self.totals.read, of=self.sampling.of)]
        if self.sampling.unreadable:
            lines.append(self.texts.phrase("sample-unreadable", count=self.sampling.unreadable))
        return lines


def time_over() -> LimitError:
    """Say that a run has had the time that the user gives it."""
    return LimitError("The time that --max-runtime gives is over.")


class Course:
    """One run. `began` is when it was called, by the loop's clock: the time that it may take counts from there."""

    def __init__(
        self, settings: Settings, about: About, begun: Begun, began: float, nightly: Nightly | None = None
    ) -> None:
        self._settings = settings
        self._about = about
        self._begun = begun
        self._began = began
        self._nightly = nightly
        self._interrupted = False

    def interrupt(self, engine: Engine) -> None:
        """End it early, as the user wants."""
        self._interrupted = True
        engine.stop()

    async def see_through(self, engine: Engine, reading: Reading, beginner: Beginner, reports: Reports) -> Ending:
        """Run the engine, then publish the reports, or keep what is done for another run to go on with.

        Raises `IncompleteError` for what stops it, unless nothing was done by then.
        """
        ending = Ending(reports.totals, self._about.texts, (), self._settings, reading.sampling)

        def summary(changes: Mapping[str, Any] = _NOTHING) -> Mapping[str, Any]:
            counted = facts.counted(reading.feeds)
            return {**changes, **self._timing(), **self._about.facts, **counted, **engine.cost, **_told(ending)}

        try:
            async with aclosing(reading.rows()) as rows:
                with self._in_time(engine) as over:
                    await engine.run(rows)
            if engine.complete:
                return await self._publish(reports, summary, ending._replace(notes=_noted(reading, ending.texts)))
            if over.is_set():
                raise time_over()
            then = beginner.then(await reports.pause(summary()))
            return ending._replace(parts=reports.parts, then=then)
        except AuditorError as error:
            if not reports.totals.read:
                await reports.discard()
                raise
            raise IncompleteError(
                "{fault} It stopped after {rows:,} product rows; what was found so far is in {parts}. {then}",
                fault=error.sentence,
                rows=reports.totals.read,
                parts=", ".join(map(str, reports.parts)),
                then=beginner.then(await reports.pause(summary())),
            ) from error

    async def _publish(self, reports: Reports, summary: Callable[..., Mapping[str, Any]], ending: Ending) -> Ending:
        if self._nightly is None:
            told = summary()
            await reports.publish(told)
            return ending._replace(facts=told)
        await reports.seal()
        compared = await self._nightly.compare(reports, self._begun)
        told = summary(changes_facts(compared))
        reports.note("compared", **told["changes"])
        await reports.publish(told, self._nightly.fixed(compared))
        return ending._replace(facts=told, compared=compared)

    @contextmanager
    def _in_time(self, engine: Engine) -> Iterator[asyncio.Event]:
        """Stop before the time that the user gives a run is over, for the sake of what is in flight. Says if so."""
        over = asyncio.Event()
        most = self._settings.unattended.max_runtime
        if most is None:
            yield over
            return

        def end() -> None:
            if not self._interrupted:
                over.set()
                engine.stop(grace)

        grace = min(self._settings.frontier.grace, most / 2)
        alarm = asyncio.get_running_loop().call_at(self._began + most - grace, end)
        try:
            yield over
        finally:
            alarm.cancel()

    def _timing(self) -> dict[str, Any]:
        begun = self._begun
        told = {
            "started": datetime.fromtimestamp(begun.started, UTC).isoformat(timespec="seconds"),
            "duration_seconds": round(self._settings.clock() - begun.started, 3),
        }
        return told if begun.row is None else {**told, "resumed_from_row": begun.row}


def _noted(reading: Reading, texts: Texts) -> tuple[str, ...]:
    return tuple(facts.noted(reading.feeds, texts))


def about_run(settings: Settings, rules: tuple[Policy, Policy], feeds: Feeds) -> dict[str, Any]:
    """What the reports say of the run itself: nothing that differs between two equal runs.

    `rules` are the policy as it was written, and as it holds at the run's 'now'.
    """
    return {
        "version": VERSION,
        "policy": _rules(*rules),
        **facts.about(feeds),
        "settings": _plain(settings),
    }


def _rules(policy: Policy, now: Policy) -> dict[str, Any]:
    """What the reports say of a policy: where it comes from, and which of its dated rules hold."""
    changes = [{"date": change.date, "holds": change not in now.changes} for change in policy.changes]
    dated = {"changes": changes} if changes else {}
    named = {"name": policy.name, "date": policy.date, "source": policy.source, "channel": policy.channel}
    return {**named, **dated}


def _told(ending: Ending) -> dict[str, Any]:
    """What summary.json says of the rows: of a sample, how many product rows were chosen, and of how many."""
    counted = ending.totals.facts()
    if ending.sampling is None:
        return counted
    chosen, of, unreadable = ending.totals.read, ending.sampling.of, ending.sampling.unreadable
    sample = {"of": of, "chosen": chosen, "left_out": of - chosen, "unreadable_left_out": unreadable}
    return {"sample": sample, **counted}


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
