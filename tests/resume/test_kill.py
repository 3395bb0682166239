"""Runs that are killed again and again, at any moment, end with the reports of one that wasn't."""

import asyncio
import os
import random
import shutil
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hosts import Exchange, Host, serve
from images import made
from nightly import compared, on_disk

JPEG = made("JPEG", size=(1200, 900))
PNG = made("PNG", size=(600, 600))
SMALL = made("JPEG", size=(300, 200))
RUNNER = Path(__file__).with_name("runner.py")
ROWS = 60


async def slow_shop(exchange: Exchange) -> None:
    """A shop that takes its time; some paths are busy at first, each answers the same in the end."""
    await asyncio.sleep(0.01 + 0.02 * (sum(exchange.path.encode()) % 3))
    kind = exchange.path.split("/")[1]
    if kind == "gone":
        await exchange.answer("404 Not Found", b"gone")
    elif kind == "moved":
        await exchange.answer("301 Moved Permanently", Location="/good.jpg")
    elif kind == "busy" and exchange.times == 1:
        await exchange.answer("503 Service Unavailable", b"later")
    elif kind == "down":
        await exchange.answer("503 Service Unavailable", b"never")
    else:
        await exchange.answer_range({"png": PNG, "small": SMALL}.get(kind, JPEG), Content_Type="image/jpeg")


def write_feed(folder: Path, hosts: Sequence[Host], chance: random.Random) -> None:
    """Rows of several images, of which many stand in other rows too, and some that can't be read."""
    kinds = ("good", "good", "gone", "moved", "busy", "down", "png", "small")
    lines = ["sku\tasin\tmain_image_url\tother_image_url1\n"]
    for number in range(ROWS):
        host = chance.choice(hosts)
        links = [host.url(f"/{chance.choice(kinds)}/{chance.randrange(ROWS // 2)}.jpg") for _ in range(2)]
        lines.append(f"S{number}\tB{number:09d}\t{links[0]}\t{links[1] if number % 3 else ''}\n")
        if chance.random() < 0.03:
            lines.append('S"\0\tB\n')
    (folder / "feed.tsv").write_text("".join(lines), encoding="utf-8")


class Runner:
    """Runs a folder in a process of its own."""

    def __init__(self, server: asyncio.subprocess.Process) -> None:
        self._server = server

    async def start(self, folder: Path, workers: int) -> tuple[int, asyncio.Task[int]]:
        """Begin; the number of the process, and its exit code to come."""
        assert self._server.stdin
        self._server.stdin.write(f"{workers} {folder}\n".encode())
        number = await self._line()
        return number, asyncio.create_task(self._line())

    async def _line(self) -> int:
        assert self._server.stdout
        return int(await self._server.stdout.readline())

    async def whole(self, folder: Path, workers: int) -> str:
        """Run to the end; what it said."""
        _, code = await self.start(folder, workers)
        assert await code == 1
        return (folder / "said.txt").read_text()

    async def cut(self, folder: Path, chance: random.Random) -> bool:
        """Kill a run at some moment behind a checkpoint of its own, or say that it has ended before."""
        path = folder / "failing.csv.checkpoint"
        before = path.stat().st_mtime_ns if path.exists() else 0
        number, code = await self.start(folder, chance.choice((1, 2)))
        while not code.done() and (not path.exists() or path.stat().st_mtime_ns == before):
            await asyncio.wait([code], timeout=0.002)
        await asyncio.wait([code], timeout=chance.uniform(0, 0.1))
        if not code.done():
            os.kill(number, signal.SIGKILL)
        return await code < 0


@asynccontextmanager
async def running() -> AsyncIterator[Runner]:
    """Something that runs folders."""
    server = await asyncio.create_subprocess_exec(sys.executable, str(RUNNER), stdin=PIPE, stdout=PIPE)
    try:
        yield Runner(server)
    finally:
        await server.communicate(b"")


def only(folder: Path) -> dict[str, Any]:
    """What stands in the reports, without the folder in which they are."""
    content = {name: data.replace(str(folder).encode(), b"FOLDER") for name, data in on_disk(folder).items()}
    summary = compared(content)
    for feed in summary["summary.json"]["feeds"]:
        feed.pop("modified", None)
    return summary


async def kill_and_resume(runner: Runner, root: Path, seed: int) -> int:
    """Run once straight, then once killed several times, by one worker or two; how often it went on."""
    chance = random.Random(seed)
    straight, broken = root / "a", root / "b"
    async with serve(slow_shop) as one, serve(slow_shop) as other:
        for folder in (straight, broken):
            folder.mkdir(parents=True)
        write_feed(straight, (one, other), chance)
        shutil.copy2(straight / "feed.tsv", broken)
        await runner.whole(straight, 1)
        for host in (one, other):
            host.asked.clear()
        resumed = 0
        for _ in range(chance.randint(1, 4)):
            if not await runner.cut(broken, chance):
                break
            resumed += "resumed at row" in (broken / "said.txt").read_text()
        else:
            resumed += "resumed at row" in await runner.whole(broken, chance.choice((1, 2)))
    assert only(broken) == only(straight)
    assert not [path.name for path in broken.iterdir() if path.suffix in (".part", ".checkpoint", ".lock")]
    return resumed


async def kill_and_resume_all(root: Path, seeds: range) -> int:
    """The same for each seed."""
    async with running() as runner:
        return sum([await kill_and_resume(runner, root / str(seed), seed) for seed in seeds])


def test_killed_runs_end_as_if_they_had_not_been(tmp_path: Path) -> None:
    """A kill -9 or several at any moment, among slow answers, retries and duplicates: every report is the same."""
    assert asyncio.run(kill_and_resume_all(tmp_path, range(10))) > 10


@pytest.mark.long
def test_a_hundred_killed_runs(tmp_path: Path) -> None:
    """The same a hundred times: pytest -n0 -m long tests/resume/test_kill.py (two minutes)."""
    assert asyncio.run(kill_and_resume_all(tmp_path, range(100, 200))) > 100
