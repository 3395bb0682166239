"""One run at a time writes a report, and a run that is no more stops nobody."""

import asyncio
import os
import re
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from disks import MemoryDisk
from nightly import NIGHT, names, night, on_disk, settings, write_feed

from auditor.errors import ReportError
from auditor.reports import lock_reports
from auditor.reports.lock import Lock, TakenError, take_lock


def test_a_second_run_is_refused_and_names_the_first(tmp_path: Path) -> None:
    """Exit code 2, with the first one's process and start; its files stay as they are."""
    write_feed(tmp_path)
    wanted = settings(tmp_path)
    with lock_reports([tmp_path / "asins.csv"], NIGHT) as locked:
        assert locked
        before = on_disk(tmp_path)
        refused = night(wanted)
        assert on_disk(tmp_path) == before
    assert refused.code == 2
    said = rf"Another run \(process {os.getpid()}, started 2023-11-14T22:13:20\+00:00\) is writing .*asins\.csv"
    assert re.search(said, refused.told)
    assert night(wanted).code == 1
    assert not [name for name in names(on_disk(tmp_path)) if name.endswith(".lock")]


def test_two_reports_beside_one_another_share_asins_csv(tmp_path: Path) -> None:
    """Another name for failing.csv is not enough: asins.csv stands beside it."""
    with lock_reports([tmp_path / "asins.csv"], NIGHT):
        write_feed(tmp_path)
        wanted = settings(tmp_path)
        assert night(replace(wanted, report=replace(wanted.report, out=tmp_path / "other.csv"))).code == 2


def test_the_lock_of_a_dead_run_stops_nobody(tmp_path: Path) -> None:
    """What a kill leaves is a file that nobody holds, whatever stands in it, and even if that process lives again."""
    for left in (b"", b"1 2023-11-14T22:13:20+00:00", f"{os.getpid()} x".encode(), b"\xff" * 10_000):
        (tmp_path / "failing.csv.lock").write_bytes(left)
        with lock_reports([tmp_path / "failing.csv"], NIGHT) as locked:
            assert locked
            assert (tmp_path / "failing.csv.lock").read_text().startswith(f"{os.getpid()} 2023-")
        assert not (tmp_path / "failing.csv.lock").exists()


def test_a_holder_that_says_nothing_is_told_all_the_same(tmp_path: Path) -> None:
    """A lock that was taken a moment ago has no text yet."""
    lock = take_lock(tmp_path / "failing.csv.lock", "")
    assert lock
    with pytest.raises(TakenError) as taken:
        take_lock(tmp_path / "failing.csv.lock", "x")
    assert (taken.value.pid, taken.value.started) == ("", "")
    with pytest.raises(ReportError, match="Another run is writing"), lock_reports([tmp_path / "failing.csv"], NIGHT):
        pass
    lock.release()


def test_locks_that_were_taken_are_let_go_when_another_is_refused(tmp_path: Path) -> None:
    """Of four reports the last is somebody else's: the first three are free again."""
    paths = [tmp_path / f"{number}.csv" for number in range(4)]
    with lock_reports(paths[3:], NIGHT):
        with pytest.raises(ReportError), lock_reports(paths, NIGHT):
            pass
        assert names(on_disk(tmp_path)) == ["3.csv.lock"]


def test_a_file_system_without_locks_is_told_and_used(tmp_path: Path) -> None:
    """The run goes on, and says that nothing keeps another one away."""

    class Without(MemoryDisk):
        """A disk of that kind."""

        def lock(self, path: Path, holder: str) -> Lock | None:  # noqa: ARG002  # the protocol's
            """There is none."""
            return None

    write_feed(tmp_path)
    ended = night(settings(tmp_path), Without())
    assert ended.code == 1
    assert "has no locks" in ended.told


def test_the_lock_is_held_while_the_run_goes_on(tmp_path: Path) -> None:
    """From before anything is written until after the reports have their names."""
    write_feed(tmp_path)
    wanted = settings(tmp_path)
    held = []

    class Watching(MemoryDisk):
        """A disk that tries to take the lock at each step."""

        def lock(self, path: Path, holder: str) -> Lock | None:
            """The system's own."""
            return take_lock(path, holder)

    def watch(*_: object) -> None:
        try:
            take_lock(tmp_path / "failing.csv.lock", "x")
        except TakenError as taken:
            held.append(taken.pid)
        else:
            held.append("nobody")

    assert night(wanted, Watching(refuse=watch)).code == 1
    assert set(held) == {str(os.getpid())}


async def _second(folder: Path) -> int:
    """Take the lock in a process of its own, and die of it."""
    code = (
        "import os, signal, sys; from pathlib import Path; from auditor.reports.lock import take_lock;"
        "take_lock(Path(sys.argv[1]), '1 now'); os.kill(os.getpid(), signal.SIGKILL)"
    )
    run = await asyncio.create_subprocess_exec(sys.executable, "-c", code, str(folder / "failing.csv.lock"))
    return await run.wait()


def test_the_kernel_lets_go_for_a_killed_run(tmp_path: Path) -> None:
    """A real process that holds the lock is killed; the next run takes it at once."""
    assert asyncio.run(_second(tmp_path)) == -9
    assert (tmp_path / "failing.csv.lock").read_text() == "1 now"
    with lock_reports([tmp_path / "failing.csv"], NIGHT) as locked:
        assert locked
