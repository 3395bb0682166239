"""A run that needs no network: every link is one that is judged as it stands. And what remains of it."""

import asyncio
import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from auditor.errors import AuditorError
from auditor.reports import Disk
from auditor.run import Interrupt, run
from auditor.settings import FrontierSettings, ReportSettings, Settings, UnattendedSettings

NIGHT = 1_700_000_000.25
ROWS = 25
REPORTS = ("failing.csv", "asins.csv", "all.jsonl", "summary.json")
# What may differ in summary.json between a run that was cut short and one that wasn't.
OWN = (
    "started",
    "steadiness",
    "workers",
    "duration_seconds",
    "requests",
    "bytes",
    "urls_fetched",
    "connections",
    "resumed_from_row",
)


class Night(NamedTuple):
    """How a run ended, and what it said."""

    code: int
    told: str


def write_feed(folder: Path, rows: int = ROWS, scheme: str = "ftp") -> Path:
    """A feed of failing and warned rows; each second one is the host's that fails most."""
    feed = folder / "feed.tsv"
    lines = [f"S{n}\tB{n:09d}\t{scheme}://{'shop' if n % 2 else f'h{n}'}.example/{n}.jpg\n" for n in range(rows)]
    feed.write_text("sku\tasin\tmain_image_url\n" + "".join(lines), encoding="utf-8")
    return feed


def settings(folder: Path, **unattended: Any) -> Settings:
    """Settings with every report, and a checkpoint every five rows."""
    report = ReportSettings(
        out=folder / "failing.csv",
        jsonl=folder / "all.jsonl",
        summary=folder / "summary.json",
        quiet=True,
        block=300,
    )
    often = UnattendedSettings(**{"checkpoint_seconds": 1000.0, "checkpoint_rows": 5} | unattended)
    few = FrontierSettings(concurrency=4, per_host=4, window=3)
    return Settings(
        feeds=(str(folder / "feed.tsv"),), report=report, frontier=few, unattended=often, clock=lambda: NIGHT
    )


def night(
    wanted: Settings,
    disk: Disk | None = None,
    meanwhile: Callable[[Interrupt], object] = lambda _: None,
) -> Night:
    """Run to the end, as the command does."""

    async def main() -> Night:
        told: list[str] = []
        interrupt = Interrupt(lambda: None)
        meanwhile(interrupt)
        try:
            ending = await run(wanted, interrupt, told.append, disk=disk)
        except AuditorError as error:
            return Night(error.exit_code, "\n".join([*told, str(error)]))
        return Night(ending.exit_code, "\n".join([*told, ending.printed()]))

    return asyncio.run(main())


def compared(content: dict[str, bytes]) -> dict[str, Any]:
    """The reports, as far as two runs must agree in them."""
    summary = json.loads(content["summary.json"])
    for name in OWN:
        summary.pop(name, None)
    return {**{name: content[name] for name in REPORTS[:3]}, "summary.json": summary}


def on_disk(folder: Path) -> dict[str, bytes]:
    """The files in a folder by their names."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def changed(wanted: Settings, **unattended: Any) -> Settings:
    """The same settings with others for unattended runs."""
    return replace(wanted, unattended=replace(wanted.unattended, **unattended))


def names(content: Sequence[str] | dict[str, bytes]) -> list[str]:
    """Names of files, in order."""
    return sorted(content)
