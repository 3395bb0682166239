"""What a reconcile comes to: counts as JSON has them, the short summary on stdout, and the exit code."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from auditor.aftermath.complaint import Grade, ReportSummary
from auditor.aftermath.lines import Line
from auditor.aftermath.standing import Standing
from auditor.errors import Sentence
from auditor.settings import VERSION
from auditor.state import Round
from auditor.texts import Texts

_ROUNDS = 5  # that are printed
# By exit code.
_HEADLINES = {0: "reconcile-headline-none", 1: "reconcile-headline", 3: "reconcile-headline-incomplete"}


@dataclass(frozen=True, slots=True)
class ReportTold:
    """One processing report as it was read: its path, what it was taken for, what it says, its complaints."""

    path: str
    recognised: Sentence
    summary: ReportSummary
    complaints: int


@dataclass(slots=True)
class Reconciled:
    """The counts of one reconcile. `read` are complaints, `repeated` those of them that were said before.

    `unaudited` are images of the feed that the audit doesn't have: it was cut short, or made of fewer rows or slots, or
    their addresses were changed since. `errors` are lines of Amazon's errors. `rounds` are the last ones of this feed
    with this one, where they are remembered.
    """

    reports: list[ReportTold] = field(default_factory=list)
    feeds: tuple[str, ...] = ()
    audit: str = ""  # the file it was read from; none: it was made for this
    rows: int = 0
    images: int = 0
    unaudited: int = 0
    read: int = 0
    repeated: int = 0
    told: int = 0
    lines: int = 0
    left: int = 0
    errors: int = 0
    standings: Counter[Standing] = field(default_factory=Counter)
    rounds: list[Round] = field(default_factory=list)

    def count(self, line: Line) -> None:
        """Count a line."""
        self.lines += 1
        self.left += line.left
        self.errors += line.entry.complaint is not None and line.entry.complaint.severity is Grade.ERROR
        self.standings[line.entry.standing] += 1

    @property
    def exit_code(self) -> int:
        """1 where something is left to do, else 3 where that isn't known of every image, else 0."""
        if self.left:
            return 1
        return 3 if self.unaudited else 0

    @property
    def batch_ids(self) -> tuple[str, ...]:
        """The Batch IDs that reports name, each once."""
        return tuple(dict.fromkeys(report.summary.batch_id for report in self.reports if report.summary.batch_id))

    def facts(self, started: float, batch_id: str) -> dict[str, Any]:
        """Return the counts as JSON has them."""
        return {
            "started": datetime.fromtimestamp(started, UTC).isoformat(timespec="seconds"),
            "version": VERSION,
            "batch_id": batch_id,
            "left": self.left,
            "lines": self.lines,
            "errors": self.errors,
            "verdicts": {standing.value: self.standings[standing] for standing in Standing},
            "complaints": {"read": self.read, "told": self.told, "repeated": self.repeated},
            "reports": [
                {
                    "path": one.path,
                    "recognised": str(one.recognised),
                    "complaints": one.complaints,
                    **one.summary._asdict(),
                }
                for one in self.reports
            ],
            "feeds": list(self.feeds),
            "rows": self.rows,
            "images": self.images,
            "unaudited": self.unaudited,
            "audit": self.audit or None,
            **({"rounds": [_round(one) for one in self.rounds]} if self.rounds else {}),
        }


def _round(one: Round) -> dict[str, Any]:
    return {**one._asdict(), "reconciled": datetime.fromtimestamp(one.reconciled, UTC).isoformat(timespec="seconds")}


def printed(totals: Reconciled, texts: Texts, files: Sequence[object]) -> str:
    """The whole summary, several lines, with the files that were written."""
    say = texts.phrase
    unknown = say("reconcile-unaudited", count=totals.unaudited, images=totals.images)
    lines = [
        say(_HEADLINES[totals.exit_code], left=totals.left, lines=totals.lines),
        *([unknown] if totals.unaudited else []),
        say("reconcile-read", rows=totals.rows, images=totals.images),
        say("reconcile-complaints", read=totals.read, told=totals.told, repeated=totals.repeated),
        *(_report(report, texts) for report in totals.reports),
    ]
    found = [standing for standing in Standing if totals.standings[standing]]
    if found:
        wide = max(map(len, found))
        lines += ["", say("reconcile-verdicts")]
        lines += [f"{texts.number(totals.standings[one]):>9}  {one:<{wide}}  {say(f'standing-{one}')}" for one in found]
    if totals.rounds:
        lines += ["", say("reconcile-rounds"), *(_told(one, texts) for one in totals.rounds[-_ROUNDS:])]
    return "\n".join([*lines, "", say("reports", files=", ".join(map(str, files))), say("reconcile-no-promise")])


def _told(one: Round, texts: Texts) -> str:
    """Say how one round ended, in UTC."""
    when = datetime.fromtimestamp(one.reconciled, UTC).strftime("%Y-%m-%d %H:%M")
    counts = texts.phrase("reconcile-round", left=one.left, new=one.new, fixed=one.fixed, errors=one.errors)
    return f"  {when}  {counts}" + (f"  ({texts.phrase('reconcile-batch', batch=one.batch)})" if one.batch else "")


def _report(report: ReportTold, texts: Texts) -> str:
    """Say what one report says of the upload, as far as it does."""
    summary = report.summary
    parts = [texts.phrase("reconcile-report", report=report.path, count=report.complaints)]
    if summary.batch_id:
        parts.append(texts.phrase("reconcile-batch", batch=summary.batch_id))
    if summary.processed is not None and summary.successful is not None:
        parts.append(texts.phrase("reconcile-counts", processed=summary.processed, successful=summary.successful))
    return "; ".join(parts)
