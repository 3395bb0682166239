"""Running the command as its user does, in an environment without proxies and settings of the machine's own."""

import asyncio
import os
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

HEADER = "sku\tasin\tmain_image_url\n"


class Ran(NamedTuple):
    """How a command ended. `err` is without what each feed was taken for, which stands in `recognised`."""

    code: int
    out: str
    err: str
    recognised: str = ""


def ended(code: int | None, out: bytes, err: bytes) -> Ran:
    """Return how a command ended, from what it printed."""
    lines = err.decode().splitlines(keepends=True)
    recognised = [line for line in lines if "tsv: " in line and " (MAIN)" in line]
    return Ran(code or 0, out.decode(), "".join(line for line in lines if line not in recognised), "".join(recognised))


def plain_environment() -> dict[str, str]:
    """The environment as tests need it."""
    return {
        name: value
        for name, value in os.environ.items()
        if not name.lower().endswith("_proxy") and not name.startswith("AUDITOR_")
    }


async def start(*arguments: str, cwd: Path, environment: Mapping[str, str] | None = None) -> Process:
    """Start `auditor` in a folder."""
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "auditor", *arguments),
        stdout=PIPE,
        stderr=PIPE,
        cwd=cwd,
        env=plain_environment() | dict(environment or {}),
    )


async def auditor(*arguments: str, cwd: Path, environment: Mapping[str, str] | None = None) -> Ran:
    """Run `auditor` in a folder."""
    ran = await start(*arguments, cwd=cwd, environment=environment)
    out, err = await ran.communicate()
    return ended(ran.returncode, out, err)


async def check(folder: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Ran:
    """Run `auditor check feed.tsv` in a folder, with every report that there is."""
    reports = ("--jsonl", "all.jsonl", "--summary", "summary.json")
    return await auditor("check", "feed.tsv", *reports, *arguments, cwd=folder, environment=environment)


def write_feed(folder: Path, *links: str) -> None:
    """Write a feed with one row per link."""
    rows = "".join(f"S{number}\tB{number:09d}\t{link}\n" for number, link in enumerate(links, 1))
    (folder / "feed.tsv").write_text(HEADER + rows)


def written(folder: Path) -> str:
    """All that stands in the reports, whatever they are called."""
    return "".join(path.read_text() for path in folder.iterdir() if path.suffix in (".csv", ".json", ".jsonl", ".part"))
