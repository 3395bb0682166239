"""Audits and repairs as their user runs them, over hosts of the tests."""

import csv
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from hosts import Exchange, Host, serve

from auditor.repair.basis import Basis, found
from auditor.repair.repair import Repair, Repaired, Voice
from auditor.run import Interrupt, run
from auditor.settings import (
    FrontierSettings,
    ProbeSettings,
    RepairSettings,
    ReportSettings,
    Settings,
    UnattendedSettings,
)

HEADER = "item_sku\tmain_image_url\tother_image_url1\n"


def settings_in(folder: Path, name: str = "feed.tsv", **others: Any) -> Settings:
    """Settings of a check whose reports go into a folder; its hosts are on this machine."""
    return Settings(
        feeds=(str(folder / name),),
        probe=ProbeSettings(allow_private=True, timeout=3.0, connect_timeout=2.0, stall_timeout=2.0),
        frontier=FrontierSettings(adapt=False, retries=1, backoff=0.01, suspend_after=0, grace=0.1),
        report=ReportSettings(out=folder / "failing.csv", jsonl=folder / "all.jsonl", quiet=True),
        unattended=UnattendedSettings(resume="fresh"),
        **others,
    )


async def audit(settings: Settings) -> int:
    """Check a feed; gives the exit code."""
    return (await run(settings, Interrupt(lambda: None), lambda _: None)).exit_code


def corrected(feed: str) -> str:
    """What a corrected feed is called: a workbook as one, all others as text."""
    return "corrected.xlsx" if feed.endswith(".xlsx") else "corrected.tsv"


async def asked(folder: Path, settings: Settings, base: str, **wanted: Any) -> tuple[RepairSettings, Basis]:
    """A repair of the feed of an audit that lies beside it, and what it stands on."""
    repair = RepairSettings(
        feed=settings.feeds[0],
        audit=folder / "all.jsonl",
        images=folder / "out",
        base_url=base,
        out=folder / corrected(settings.feeds[0]),
        report=folder / "list.csv",
        quiet=True,
        **wanted,
    )
    return repair, await found(settings, repair)


async def mend(
    folder: Path, settings: Settings, base: str, interrupt: Interrupt | None = None, **wanted: Any
) -> tuple[Repaired | None, list[str]]:
    """Repair it; gives how it ended and what was said."""
    said: list[str] = []
    repair, basis = await asked(folder, settings, base, **wanted)
    voice = Voice(said.append, said.append)
    return await Repair(settings, repair, basis, voice).run(interrupt or Interrupt(lambda: None)), said


def listed(folder: Path) -> list[Mapping[str, str]]:
    """The list of a repair."""
    with (folder / "list.csv").open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@asynccontextmanager
async def publish(folder: Path) -> AsyncIterator[Host]:
    """Serve a folder's files as a shop's own host does."""

    async def answer(exchange: Exchange) -> None:
        path = folder / exchange.path.rpartition("/")[2]
        if path.is_file():
            kind = "image/tiff" if path.suffix in (".tif", ".tiff") else "image/jpeg"
            await exchange.answer_range(path.read_bytes(), Content_Type=kind)
        else:
            await exchange.answer("404 Not Found")

    async with serve(answer) as host:
        yield host
