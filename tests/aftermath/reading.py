"""Short ways to read processing reports, and to run a reconcile, in tests."""

import asyncio
import csv
import hashlib
import json
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from commands import Ran

from auditor.aftermath.complaint import Complaint, ReportSummary
from auditor.aftermath.reports import open_reports
from auditor.checks import CODES
from auditor.cli.main import main


def read_report(*paths: Path) -> tuple[list[Complaint], list[ReportSummary]]:
    """Read reports to their end, whatever their counts say."""

    async def read() -> tuple[list[Complaint], list[ReportSummary]]:
        async with AsyncExitStack() as opened:
            reports = await open_reports([str(path) for path in paths], opened)
            found = []
            for report in reports:
                async with aclosing(report.reader.read()) as portions:
                    found += [complaint async for portion in portions for complaint in portion]
            return found, [report.reader.summary for report in reports]

    return asyncio.run(read())


def hear_report(path: Path) -> tuple[list[Complaint], list[ReportSummary]]:
    """Read a report to its end, and see that it is whole."""

    async def hear() -> tuple[list[Complaint], list[ReportSummary]]:
        async with AsyncExitStack() as opened:
            (report,) = await open_reports([str(path)], opened)
            async with aclosing(report.read()) as portions:
                return [complaint async for portion in portions for complaint in portion], [report.reader.summary]

    return asyncio.run(hear())


def run(folder: Path, *arguments: str) -> Ran:
    """Run `auditor` within this process, in a folder."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        patch.setattr("sys.argv", ["auditor", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
    return Ran(int(end.value.code or 0), out.getvalue(), err.getvalue())


def write_audit(folder: Path, found: Mapping[tuple[int, str], Sequence[str]], feed: str = "feed.tsv") -> None:
    """Write `all.jsonl` of a feed: for each row and place (`MAIN`, `MAIN@US`) in their order, the codes found."""
    stored = (folder / feed).read_bytes()
    about = {"path": feed, "size": len(stored), "head_sha256": hashlib.sha256(stored).hexdigest()}
    lines: list[dict[str, Any]] = [{"schema": 1, "version": "0", "feeds": [about]}]
    for (row, place), codes in found.items():
        slot, _, marketplace = place.partition("@")
        findings = [
            {"code": code, "kind": CODES[code].kind, "severity": CODES[code].severity, "values": values(code)}
            for code in codes
        ]
        image = {"feed": feed, "row": row, "asin": "", "sku": "", "marketplace": marketplace, "slot": slot}
        lines.append({**image, "probe": None, "findings": findings})
    (folder / "all.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))


def values(code: str) -> dict[str, int | str]:
    """Return values that fill a code's texts, for the few codes that tests need."""
    known: dict[str, dict[str, int | str]] = {
        "not-found": {"status": 404, "host": "shop.example"},
        "background-not-white": {"share": 3, "minimum": 90},
        "url-signed": {"case": "", "service": "x"},
    }
    return known.get(code, {})


def lines_of(folder: Path, name: str = "reconcile.csv") -> list[dict[str, str]]:
    """Return the lines of reconcile.csv."""
    with (folder / name).open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def brief(folder: Path) -> list[tuple[str, str, str, str, str]]:
    """Return of each line the SKU, the slot, Amazon's code, our codes and the verdict."""
    return [
        (line["sku"], line["slot"], line["amazon_code"], line["code"], line["verdict"]) for line in lines_of(folder)
    ]
