"""Night after night in one process, each with faults of its own: nothing is left of any."""

import asyncio
import errno
import gc
import math
import os
import random
import sys
import time
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from disks import MemoryDisk
from hosts import Exchange, Host, serve
from images import made
from nightly import settings

from auditor.errors import AuditorError
from auditor.reports import Disk
from auditor.run import Interrupt, run
from auditor.settings import FrontierSettings, ProbeSettings, Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the figures are read from /proc")
JPEG = made("JPEG", size=(1200, 900))
ROWS = 80
MIB = 1024 * 1024
FILES = Path("/proc/self/fd")


class Figures(NamedTuple):
    """What a process holds: descriptors, tasks, and bytes of resident memory."""

    descriptors: int
    tasks: int
    memory: int


async def unruly(exchange: Exchange) -> None:
    """A host on a bad night: it answers, breaks off, falls silent, is busy, or sends half."""
    chance = random.random()
    if chance < 0.03:
        exchange.reset()
    elif chance < 0.04:
        await asyncio.wait_for(exchange.hang(), 1)
    elif chance < 0.1:
        await exchange.answer("503 Service Unavailable", b"later")
    elif chance < 0.13:
        await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n" + JPEG[:100])
        exchange.close()
    elif chance < 0.3:
        await exchange.answer("404 Not Found", b"gone")
    else:
        await exchange.answer_range(JPEG, Content_Type="image/jpeg")


async def one_night(wanted: Settings, chance: random.Random) -> None:
    """Run once: to the end, into a limit, an interrupt, or a disk that is full from some step on."""
    interrupt = Interrupt(lambda: None)
    disk: Disk | None = None
    left = chance.randrange(100)

    def refuse(*_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    match chance.randrange(4):
        case 1:
            wanted = replace(wanted, unattended=replace(wanted.unattended, max_failures=chance.randint(1, 20)))
        case 2:
            asyncio.get_running_loop().call_later(chance.uniform(0.01, 0.1), interrupt.now)
        case 3:
            disk = MemoryDisk(refuse=refuse)
    with suppress(AuditorError):  # how each of them ends, other tests say
        await run(wanted, interrupt, lambda _: None, disk=disk)


def descriptors() -> int:
    """How many the process has."""
    return sum(1 for _ in FILES.iterdir())


def held() -> Figures:
    """What the process holds now."""
    gc.collect()
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return Figures(descriptors(), len(asyncio.all_tasks()), pages * os.sysconf("SC_PAGE_SIZE"))


async def settled(most: int) -> Figures:
    """What the process holds, once connections that are being closed are."""
    gc.collect()
    for _ in range(100):
        if descriptors() <= most:
            break
        await asyncio.sleep(0.02)
    return held()


async def soak(folder: Path, nights: float = math.inf, seconds: float = math.inf) -> list[Figures]:
    """Night after night, so many or for so long; what is held behind each."""
    chance = random.Random(7)
    found: list[Figures] = []
    async with serve(unruly) as one, serve(unruly) as other:
        write_feed(folder, (one, other))
        patience = ProbeSettings(timeout=0.3, connect_timeout=0.3, stall_timeout=0.3, allow_private=True)
        frontier = FrontierSettings(concurrency=32, per_host=16, window=50, retries=1, backoff=0.01, grace=0.05)
        wanted = replace(settings(folder), probe=patience, frontier=frontier)
        end, before = time.monotonic() + seconds, descriptors()
        while len(found) < nights and time.monotonic() < end:
            await one_night(wanted, chance)
            for host in (one, other):
                host.requests.clear()
                host.asked.clear()
            found.append(await settled(found[0].descriptors if found else before))
    return found


def write_feed(folder: Path, hosts: tuple[Host, Host]) -> None:
    """A feed of both hosts."""
    lines = [f"S{n}\tB{n:09d}\t{hosts[n % 2].url(f'/{n}.jpg')}\n" for n in range(ROWS)]
    (folder / "feed.tsv").write_text("sku\tasin\tmain_image_url\n" + "".join(lines))


def assert_flat(found: list[Figures]) -> None:
    """Behind the last nights no more is held than behind the first."""
    first, last = found[: len(found) // 3 + 1], found[-(len(found) // 3 + 1) :]
    assert max(each.descriptors for each in last) <= max(each.descriptors for each in first)
    assert max(each.tasks for each in last) <= max(each.tasks for each in first)
    assert min(each.memory for each in last) <= max(each.memory for each in first) * 1.05 + 4 * MIB


def test_nights_leave_nothing_behind(tmp_path: Path) -> None:
    """Nine of them: descriptors, tasks and memory stay as they were."""
    assert_flat(asyncio.run(soak(tmp_path, nights=9)))


@pytest.mark.long
def test_nights_leave_nothing_behind_for_long(tmp_path: Path) -> None:
    """For 20 minutes: pytest -n0 -s -m long tests/test_soak.py."""
    found = asyncio.run(soak(tmp_path, seconds=float(os.environ.get("SOAK_SECONDS", "1200"))))
    for number in range(0, len(found), max(1, len(found) // 20)):
        print(number, *found[number])  # noqa: T201  # for whoever runs it by hand
    assert_flat(found)
