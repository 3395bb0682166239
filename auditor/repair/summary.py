"""summary.json of a repair, and the short summary on stdout."""

import json
import shlex
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from auditor.repair.basis import Basis
from auditor.repair.repair import Repaired
from auditor.reports import SystemDisk
from auditor.reports.part import PartFile
from auditor.settings import VERSION, RepairSettings, ReportSettings
from auditor.urls import redact


def printed(repaired: Repaired, wanted: RepairSettings, basis: Basis) -> str:
    """The summary for people: what became of all, where it is, and what comes next."""
    return "\n".join(_lines(repaired, wanted, basis))


def _lines(repaired: Repaired, wanted: RepairSettings, basis: Basis) -> Iterator[str]:
    words = basis.words
    yield from repaired.account.told(words)
    yield ""
    if repaired.kept:
        yield words.phrase("repair-kept", count=repaired.kept)
    yield words.phrase("repair-written", file=wanted.out, changed=repaired.rewritten.changed)
    if repaired.rewritten.left:
        yield words.phrase("repair-unchanged", count=repaired.rewritten.left)
    if wanted.report:
        yield words.phrase("repair-listed", file=wanted.report)
    if repaired.account.converted:
        yield words.phrase("repair-upload", folder=wanted.images, base=wanted.base_url)
    if repaired.rewritten.changed:
        yield words.phrase("repair-next", command=_verifying(wanted, basis))


def _verifying(wanted: RepairSettings, basis: Basis) -> str:
    """The command that checks the corrected feed as its audit was checked."""
    reading = basis.reading
    said = [
        ("--config", str(wanted.config) if wanted.config else None),
        ("--policy", basis.policy if basis.policy != wanted.policy else None),
        ("--feed-format", reading.feed_format),
        ("--sheet", None if wanted.as_text else reading.sheet),
        ("--asin-column", reading.asin_column),
        ("--sku-column", reading.sku_column),
        *(("--url-column", column) for column in reading.url_columns),
        ("--slot", ",".join(reading.slots)),
    ]
    options = [word for option, value in said if value for word in (option, value)]
    return shlex.join(["auditor", "repair", "--verify", str(wanted.out), *options])


async def write_summary(repaired: Repaired, wanted: RepairSettings, basis: Basis, span: tuple[float, float]) -> None:
    """Write summary.json, if it is wanted; `span` is when the run began and ended. Raises `ReportError`."""
    if wanted.summary is None:
        return
    began, ended = span
    facts: dict[str, Any] = {
        "started": datetime.fromtimestamp(began, UTC).isoformat(timespec="seconds"),
        "duration_seconds": round(ended - began, 3),
        "version": VERSION,
        "policy": basis.rules.judge.policy.name,
        "feed": wanted.feed,
        "audit": str(wanted.audit),
        "out": str(wanted.out),
        "base_url": redact(wanted.base_url),
        **repaired.account.facts(),
        "changed_links": repaired.rewritten.changed,
        "unchanged_links": repaired.rewritten.left,
        "kept_from_before": repaired.kept,
        **repaired.cost,
    }
    file = PartFile(wanted.summary, ReportSettings().block, SystemDisk())
    await file.open()
    try:
        await file.write(json.dumps(facts, ensure_ascii=False, indent=2).encode() + b"\n")
        await file.close()
        await file.publish()
    except BaseException:
        await file.discard()
        raise
