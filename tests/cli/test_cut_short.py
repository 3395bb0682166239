"""Runs that are cut short, as their user sees them: real signals, a disk that is full, and the same command again."""

import asyncio
import shlex
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from commands import HEADER, Ran, auditor, ended, plain_environment, start
from hosts import Exchange, Host, serve

CHECK = (
    "check",
    "feed.tsv",
    "--allow-private",
    "--quiet",
    "--jsonl",
    "all.jsonl",
    "--summary",
    "summary.json",
    "--per-host",
    "1",
)


def write_feed(folder: Path, host: Host, *paths: str) -> None:
    """A feed with one row per path."""
    rows = "".join(f"S{n}\tB{n:09d}\t{host.url(path)}\n" for n, path in enumerate(paths, 1))
    (folder / "feed.tsv").write_text(HEADER + rows)


def reports(folder: Path) -> list[bytes]:
    """The reports that are the same in equal runs."""
    return [(folder / name).read_bytes() for name in ("failing.csv", "asins.csv", "all.jsonl")]


async def gone(exchange: Exchange) -> None:
    """A host that has no picture."""
    await exchange.answer("404 Not Found", b"gone")


async def limited(limit: str, folder: Path) -> Ran:
    """Run the command under a limit of the system."""
    command = shlex.join([sys.executable, "-m", "auditor", *CHECK])
    ran = await asyncio.create_subprocess_exec(
        "sh", "-c", f"{limit}; exec {command}", stdout=PIPE, stderr=PIPE, cwd=folder, env=plain_environment()
    )
    out, err = await ran.communicate()
    return ended(ran.returncode, out, err)


def test_ctrl_c_and_the_same_command_again(tmp_path: Path) -> None:
    """What was done is done: only what is left is asked for, and a busy answer that came last is no verdict."""

    async def main() -> None:
        waiting, stopping = asyncio.Event(), asyncio.Event()
        calm = False

        async def shop(exchange: Exchange) -> None:
            if exchange.path.startswith("/slow") and not calm:
                waiting.set()
                await stopping.wait()
                await exchange.answer("503 Service Unavailable", b"later", Retry_After="50")
            else:
                await gone(exchange)

        async with serve(shop) as host:
            write_feed(tmp_path, host, *(f"/{n}.jpg" for n in range(7)), "/slow.jpg", "/8.jpg")
            ran = await start(*CHECK, cwd=tmp_path)
            await waiting.wait()
            second = await auditor(*CHECK, cwd=tmp_path)
            assert second.code == 2
            assert f"Another run (process {ran.pid}, started 20" in second.err
            ran.send_signal(signal.SIGINT)
            assert ran.stderr is not None
            await ran.stderr.readuntil(b"stopping")
            stopping.set()
            out, err = await ran.communicate()
            first = ended(ran.returncode, out, err)
            assert first.code == 130, first
            assert "Stopped after 7 product rows" in first.err
            assert "The same command goes on from row 8." in first.err
            calm = True
            host.asked.clear()
            again = await auditor(*CHECK, "--resume", cwd=tmp_path)
            assert again.code == 1, again
            assert again.err == "auditor: resumed at row 8.\n"
            assert host.asked == {"/slow.jpg": 1, "/8.jpg": 1}
            found = reports(tmp_path)
            assert (await auditor(*CHECK, cwd=tmp_path)).code == 1
            assert reports(tmp_path) == found
            assert b"server-error" not in found[0]

    asyncio.run(main())


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit")
def test_a_full_disk_and_the_same_command_again(tmp_path: Path) -> None:
    """Under a limit of 512 KiB a file: exit code 3 and one sentence; with room made, the reports are whole."""

    async def main() -> None:
        async with serve(gone) as host:
            write_feed(tmp_path, host, *["/gone.jpg"] * 2000)
            full = await limited("ulimit -f 1024", tmp_path)
            assert full.code == 3, full
            assert len(full.err.splitlines()) == 1
            assert "can't be written: File too large" in full.err
            assert not (tmp_path / "failing.csv").exists()
            again = await auditor(*CHECK, cwd=tmp_path)
            assert again.code == 1, again
            assert "failing 2,000" in again.out
            found = reports(tmp_path)
            assert (await auditor(*CHECK, "--fresh", cwd=tmp_path)).err == ""
            assert reports(tmp_path) == found

    asyncio.run(main())


def test_a_run_ends_in_time(tmp_path: Path) -> None:
    """--max-runtime: exit code 3 within it, though a host never answers; whole lines are in the part files."""

    async def shop(exchange: Exchange) -> None:
        await (gone(exchange) if exchange.path != "/5.jpg" else exchange.hang())

    async def main() -> None:
        async with serve(shop) as host:
            write_feed(tmp_path, host, *(f"/{n}.jpg" for n in range(9)))
            ran = await asyncio.wait_for(auditor(*CHECK, "--max-runtime", "3s", cwd=tmp_path), 15)
            assert ran.code == 3, ran
            assert "The time that --max-runtime gives is over. It stopped after 5 product rows" in ran.err
            assert "The same command goes on from row 6." in ran.err
            assert (tmp_path / "asins.csv.part").read_text().count("\n") == 6
            assert '"failing_product_rows": 5' in (tmp_path / "summary.json.part").read_text()

    asyncio.run(main())
