"""`auditor check --workers`: what Ctrl-C and worse leave behind. Real processes, in a group of their own."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import TypeVar

from commands import HEADER, plain_environment
from hosts import Exchange, serve

T = TypeVar("T")


def family(root: int) -> Iterator[int]:
    """A process and all its descendants."""
    yield root
    with suppress(OSError):
        for children in Path(f"/proc/{root}/task").glob("*/children"):
            for child in children.read_text().split():
                yield from family(int(child))


def is_there(pid: int) -> bool:
    """Whether a process runs or waits to be reaped."""
    with suppress(OSError):
        os.kill(pid, 0)
        return True
    return False


@asynccontextmanager
async def started(folder: Path, release: asyncio.Event) -> AsyncIterator[tuple[Process, list[int]]]:
    """A run with two workers over dead links, of which one waits; and all the processes that it consists of."""
    waiting = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        if exchange.path == "/slow.jpg":
            waiting.set()
            await release.wait()
        await exchange.answer("404 Not Found")

    async with serve(script) as host:
        paths = [f"/gone{number}.jpg" for number in range(1, 61)]
        paths[30] = "/slow.jpg"  # what comes behind it waits for one of the two workers
        rows = "".join(f"S{n}\tB{n:09d}\t{host.url(path)}\n" for n, path in enumerate(paths, 1))
        (folder / "feed.tsv").write_text(HEADER + rows)
        command = (
            sys.executable,
            "-m",
            "auditor",
            "check",
            "feed.tsv",
            "--allow-private",
            "--workers",
            "2",
            "--per-host",
            "2",
        )
        ran = await asyncio.create_subprocess_exec(
            *command, stdout=PIPE, stderr=PIPE, cwd=folder, env=plain_environment(), start_new_session=True
        )
        try:
            await waiting.wait()
            while len(pids := list(family(ran.pid))) < 4:  # noqa: ASYNC110  # one worker asks, the other is still to come
                await asyncio.sleep(0.01)
            yield ran, pids
        finally:
            with suppress(ProcessLookupError):
                ran.kill()
            await ran.communicate()


def with_run(folder: Path, use: Callable[[Process, list[int], asyncio.Event], Awaitable[T]]) -> T:
    """Do something with such a run, whose image comes when the event is set; afterwards no process of it is left."""

    async def main() -> T:
        release = asyncio.Event()
        async with started(folder, release) as (ran, pids):
            assert len(pids) == 4  # the program, the nursery, two workers
            outcome = await use(ran, pids, release)
            while any(map(is_there, pids)):  # noqa: ASYNC110  # nobody tells who isn't their parent
                await asyncio.sleep(0.01)
            return outcome

    return asyncio.run(asyncio.wait_for(main(), 60))


def parts(folder: Path) -> set[str]:
    """The files beside the feed."""
    return {path.name for path in folder.iterdir()} - {"feed.tsv"}


def test_an_interrupt_of_all_processes_ends_the_run_in_order(tmp_path: Path) -> None:
    """Ctrl-C reaches the whole group, SIGTERM every process of a service: what is under way still comes and counts."""

    async def use(ran: Process, pids: list[int], release: asyncio.Event) -> tuple[int | None, str]:
        for pid in pids[1:]:
            os.kill(pid, signal.SIGTERM)
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        assert ran.stderr is not None
        said = b""
        while b"stopping" not in said:
            said += await ran.stderr.readline()
        release.set()
        _, err = await ran.communicate()
        return ran.returncode, (said + err).decode()

    code, err = with_run(tmp_path, use)
    assert code == 130, err
    assert "product rows" in err
    assert "Traceback" not in err
    assert parts(tmp_path) == {"failing.csv.part", "asins.csv.part", "failing.csv.checkpoint"}


def test_a_second_interrupt_leaves_no_process(tmp_path: Path) -> None:
    """Nobody has to wait for the grace, and nothing goes on behind the user's back."""

    async def use(ran: Process, _: list[int], __: asyncio.Event) -> int | None:
        assert ran.stderr is not None
        os.killpg(ran.pid, signal.SIGINT)
        while b"stopping" not in await ran.stderr.readline():
            pass
        os.killpg(ran.pid, signal.SIGINT)
        await ran.communicate()
        return ran.returncode

    assert with_run(tmp_path, use) == 130


def test_workers_go_when_the_program_is_killed(tmp_path: Path) -> None:
    """Without a word from it, they notice that nobody listens."""

    async def use(ran: Process, _: list[int], __: asyncio.Event) -> None:
        ran.kill()
        await ran.communicate()

    with_run(tmp_path, use)


def test_the_summary_says_how_many_there_were(tmp_path: Path) -> None:
    """As asked for, and never more than a host may be asked at once; a small feed has one."""

    async def main(*flags: str) -> int:
        command = (sys.executable, "-m", "auditor", "check", "feed.tsv", "--summary", "summary.json", *flags)
        ran = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=tmp_path)
        await ran.communicate()
        return int(json.loads((tmp_path / "summary.json").read_text())["workers"])

    (tmp_path / "feed.tsv").write_text(HEADER + "S1\tB000000001\thttp://127.0.0.1/a.jpg\n")
    assert asyncio.run(main("--workers", "3", "--per-host", "2")) == 2
    assert asyncio.run(main()) == 1
