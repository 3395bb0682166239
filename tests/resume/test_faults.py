"""What the disk may do to a run, at each of its stages, and how that ends."""

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from disks import MemoryDisk
from nightly import REPORTS, compared, names, night, settings, write_feed

ERRORS = {
    "the disk is full": errno.ENOSPC,
    "a file may be no larger": errno.EFBIG,
    "the folder is read-only": errno.EROFS,
    "it isn't allowed": errno.EACCES,
    "the disk is broken": errno.EIO,
    "it is locked": errno.EBUSY,
    "no file numbers are left": errno.EMFILE,
}
# The stages of a run: what it does first there, to which file, and the exit code if that fails. Exit code 2 says that
# nothing has begun, 3 that it goes on from what is done, 1 that it ended well all the same.
STAGES = {
    "starting": ("create", "failing.csv.part", 2),
    "starting the last report": ("create", "summary.json.part", 2),
    "writing": ("write", "failing.csv.part", 3),
    "syncing a report": ("sync", "asins.csv.part", 3),
    "making a checkpoint": ("create", "failing.csv.checkpoint.part", 3),
    "writing a checkpoint": ("write", "failing.csv.checkpoint.part", 3),
    "naming a checkpoint": ("replace", "failing.csv.checkpoint.part", 3),
    "summing up": ("write", "summary.json.part", 3),
    "publishing the first report": ("replace", "failing.csv.part", 3),
    "publishing the last report": ("replace", "summary.json.part", 3),
    "removing the checkpoint": ("remove", "failing.csv.checkpoint", 3),
}
PASSING = {"making a checkpoint", "writing a checkpoint", "naming a checkpoint"}  # a later one will do, without numbers


def refusing(what: str, name: str, number: int) -> Callable[[str, Path], None]:
    """A fault in this step of this file, from its first time on."""

    def refuse(step: str, path: Path) -> None:
        if (step, path.name) == (what, name):
            raise OSError(number, os.strerror(number))

    return refuse


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, MemoryDisk]:
    """A folder with a feed, and what a run makes of it that nothing befalls."""
    folder = tmp_path_factory.mktemp("clean")
    write_feed(folder)
    disk = MemoryDisk()
    assert night(settings(folder), disk).code == 1
    return folder, disk


def assert_mended(folder: Path, broken: MemoryDisk, clean: MemoryDisk) -> None:
    """No report lacks rows, and the same command, on a disk that is well again, ends as if nothing had been."""
    for name in REPORTS[:3]:
        assert broken.medium.content().get(name) in (None, clean.medium.content()[name]), name
    again = MemoryDisk(broken.medium)
    ended = night(settings(folder), again)
    assert ended.code == 1, ended
    assert compared(again.medium.content()) == compared(clean.medium.content())
    assert names(again.medium.content()) == names(clean.medium.content())


@pytest.mark.parametrize("stage", STAGES)
@pytest.mark.parametrize("fault", ERRORS)
def test_fault_by_stage(clean: tuple[Path, MemoryDisk], fault: str, stage: str) -> None:
    """Each fault at each stage has its exit code and one sentence, and is mended by the same command."""
    folder, healthy = clean
    what, name, code = STAGES[stage]
    disk = MemoryDisk(refuse=refusing(what, name, ERRORS[fault]))
    ended = night(settings(folder), disk)
    expected = 1 if fault == "no file numbers are left" and stage in PASSING else code
    assert ended.code == expected, ended
    if expected != 1:
        assert os.strerror(ERRORS[fault]) in ended.told
    if code == 2:
        assert not disk.medium.content()
    assert_mended(folder, disk, healthy)


def test_no_step_is_left_out(clean: tuple[Path, MemoryDisk]) -> None:
    """A disk that is full from any step on: exit code 2 or 3, no report that lacks rows, and the next run mends it."""
    folder, healthy = clean
    for place in range(len(healthy.steps)):
        left = [place]

        def refuse(step: str, _: Path, left: list[int] = left) -> None:
            left[0] -= step != "read"
            if left[0] < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

        disk = MemoryDisk(refuse=refuse)
        ended = night(settings(folder), disk)
        assert ended.code in (2, 3), (place, ended)
        assert_mended(folder, disk, healthy)


def test_a_report_that_is_removed_under_us_is_told_soon(clean: tuple[Path, MemoryDisk]) -> None:
    """At the next checkpoint, not after all the hours; nothing is left to go on from, and the next run says so."""
    folder, healthy = clean

    def remove(step: str, path: Path) -> None:
        if step == "replace" and path.name.endswith("checkpoint.part"):
            disk.medium.names.pop(folder / "all.jsonl.part", None)

    disk = MemoryDisk(refuse=remove)
    ended = night(settings(folder), disk)
    assert ended.code == 3
    assert "all.jsonl" in ended.told
    assert ended.told.endswith("The same command starts over.")
    again = MemoryDisk(disk.medium)
    said = night(settings(folder), again).told
    assert "starts over: " in said
    assert "all.jsonl.part was changed or removed since" in said
    assert compared(again.medium.content()) == compared(healthy.medium.content())


@pytest.mark.parametrize("name", ["failing.csv.part", "asins.csv.part", "all.jsonl.part"])
def test_a_part_file_that_was_edited_is_not_gone_on_with(clean: tuple[Path, MemoryDisk], name: str) -> None:
    """A line taken out of one while nothing ran, or a letter changed: the run starts over and says why."""
    folder, healthy = clean
    disk = MemoryDisk()
    night(settings(folder, max_failures=12), disk)
    number = disk.medium.names[folder / name]
    content = disk.medium.files[number]
    for edited in (content[:-1], content.replace(b"S3", b"S4", 1), b""):
        disk.medium.files[number] = edited
        again = MemoryDisk(disk.medium)
        ended = night(settings(folder), again)
        assert f"{name} was changed or removed since" in ended.told
        assert compared(again.medium.content()) == compared(healthy.medium.content())


@pytest.mark.skipif(sys.platform == "win32", reason="no other system has descriptors to count here")
def test_a_read_only_file_system_is_told_at_the_start(clean: tuple[Path, MemoryDisk]) -> None:
    """Exit code 2, and what an earlier run has left there stays as it is."""
    folder, _ = clean
    disk = MemoryDisk()
    night(settings(folder, max_failures=12), disk)

    def refuse(step: str, _: Path) -> None:
        if step != "read":
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    again = MemoryDisk(disk.medium, refuse)
    ended = night(settings(folder), again)
    assert ended.code == 2
    assert again.medium.content() == disk.medium.content()
