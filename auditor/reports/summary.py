"""The short summary on stdout: what fails, why most often, where, and what passing doesn't promise."""

from collections.abc import Sequence
from pathlib import Path

from auditor.model import Outcome, Severity
from auditor.reports.part import is_device
from auditor.reports.tables import asins_path
from auditor.reports.totals import Totals
from auditor.settings import ReportSettings
from auditor.texts import Texts

CODES = 8  # codes named


def printed(
    totals: Totals, texts: Texts, settings: ReportSettings, notes: Sequence[str] = (), fixed: Path | None = None
) -> str:
    """The whole summary, several lines, with the files that were written; `notes` stand below the counts."""
    say = texts.phrase
    lines = [
        headline(totals, texts),
        say("rows", read=totals.read, **{outcome.value: totals.rows[outcome] for outcome in Outcome}),
        *notes,
    ]
    for severity in (Severity.FAIL, Severity.WARN):
        codes = totals.frequent(severity)
        if codes:
            lines += [
                "",
                say(f"codes-{severity}"),
                *_table([(texts.number(count), code, texts.meaning(code)) for code, count in codes[:CODES]]),
            ]
        if len(codes) > CODES:
            lines.append(" " * 11 + say("codes-more", count=len(codes) - CODES))
    hosts = totals.worst_hosts()
    if hosts:
        lines += ["", say("hosts"), *_table([(texts.number(count), host, "") for host, count in hosts])]
    asins = None if is_device(settings.out) else asins_path(settings.out)
    written = [settings.out, asins, fixed, settings.jsonl, settings.summary]
    files = ", ".join(str(path) for path in written if path is not None)
    lines += ["", say("reports", files=files), say("no-promise")]
    return "\n".join(lines)


def headline(totals: Totals, texts: Texts) -> str:
    """Say how many product rows fail."""
    return texts.phrase("headline-none" if not totals.failing else "headline", failing=totals.failing, read=totals.read)


def _table(rows: list[tuple[str, str, str]]) -> list[str]:
    wide = max(len(name) for _, name, _ in rows)
    return [f"{count:>9}  {name:<{wide}}  {meaning}".rstrip() for count, name, meaning in rows]
