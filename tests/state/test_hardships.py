"""What a state file may meet: another run at the same time, a kill in the middle of a write, a full disk."""

import asyncio
import sqlite3
import sys
from asyncio.subprocess import PIPE
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from commands import auditor
from nightly import night, settings, write_feed

from auditor.state import Nights, contents, open_database
from auditor.state import nights as nights_module

# Enters night after night, and says so after each.
WRITER = """
import sys
from pathlib import Path
from auditor.state import Found, Ledger, Night, open_database
path = Path(sys.argv[1])
ledger = Ledger(path, open_database(path), "feed.txt")
found = [Found(f"B{n:09d}", "", "US", "MAIN", "redirect", "fail", True) for n in range(3000)]
number = int(sys.argv[2])
while True:
    number += 1
    ledger.complete(Night(number, number, "p", "r", 3000, 3000, 3000), found[number % 2 :], ledger.slots())
    print(number, flush=True)
"""


def soundness(path: Path) -> str:
    """What SQLite itself says of a file."""
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("PRAGMA integrity_check").fetchone()[0])


def test_two_runs_at_once(tmp_path: Path) -> None:
    """Two feeds share a state file in the same night: both are entered, and each knows its own the next night."""

    async def both() -> list[str]:
        runs = []
        for name in "ab":
            (tmp_path / name).mkdir(exist_ok=True)
            write_feed(tmp_path / name, 300)
            arguments = (
                "check",
                "feed.tsv",
                "--state",
                "../nightly.db",
                "--feed-name",
                name,
                "--quiet",
                "--workers",
                "1",
            )
            runs.append(auditor(*arguments, cwd=tmp_path / name))
        ended = await asyncio.gather(*runs)
        assert [ran.code for ran in ended] == [1, 1], ended
        return [ran.out.splitlines()[0] for ran in ended]

    assert all("first complete run" in line for line in asyncio.run(both()))
    assert all("0 new, 300 still there, 0 fixed" in line for line in asyncio.run(both()))
    with closing(open_database(tmp_path / "nightly.db")) as database:
        assert [(feed.name, feed.runs) for feed in contents(tmp_path / "nightly.db", database).feeds] == [
            *(("a", 2), ("b", 2))
        ]
    assert soundness(tmp_path / "nightly.db") == "ok"


def test_kill_in_the_middle_of_a_write(tmp_path: Path) -> None:
    """However often: every night that was entered is there, none by halves, and the next one goes on from it."""
    path = tmp_path / "nightly.db"

    async def kill_after(entered: int, begin: int) -> int:
        writer = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", WRITER, str(path), str(begin)), stdout=PIPE
        )
        assert writer.stdout
        last = begin
        for _ in range(entered):
            last = int(await writer.stdout.readline())
        await asyncio.sleep(0.004 * entered)  # into the next one
        writer.kill()
        rest = (await writer.communicate())[0].split()
        return int(rest[-1]) if rest else last

    known = 0
    for entered in (1, 2, 3):
        known = asyncio.run(kill_after(entered, known))
        assert soundness(path) == "ok"
        with closing(open_database(path)) as database:
            (last,) = database.execute("SELECT max(started) FROM runs").fetchone()
            (lasting,) = database.execute("SELECT count(*) FROM findings WHERE ended IS NULL").fetchone()
        assert last in (known, known + 1)
        assert lasting == 3000 - last % 2
        known = int(last)


def test_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One sentence and exit code 3; with room again, the same command ends it as one night, and nothing was damaged."""
    write_feed(tmp_path, 400)
    wanted = replace(settings(tmp_path), state=tmp_path / "nightly.db")

    def without_room(path: Path) -> sqlite3.Connection:
        database = open_database(path)
        (pages,) = database.execute("PRAGMA page_count").fetchone()
        database.execute(f"PRAGMA max_page_count = {pages + 1}")
        return database

    with monkeypatch.context() as patch:
        patch.setattr(nights_module, "open_database", without_room)
        ended = night(wanted)
    assert ended.code == 3
    assert "nightly.db can't grow: the disk is full. Make room and start again." in ended.told
    assert "goes on from row 401" in ended.told
    assert soundness(tmp_path / "nightly.db") == "ok"
    ended = night(wanted)
    assert ended.code == 1
    assert "This is the first complete run of feed.tsv" in ended.told
    nights = Nights(tmp_path / "nightly.db", "feed.tsv")
    assert len(nights.slots) == 400
    nights.close()
