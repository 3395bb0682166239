"""Power loss at any moment: whatever of it is on the disk then, the same command ends with the same reports."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from disks import Medium, MemoryDisk, left_by_crash
from nightly import ROWS, compared, night, settings, write_feed


def states(disk: MemoryDisk, every: int = 1) -> Iterator[Medium]:
    """Each state once that a crash behind any step may leave."""
    seen = set()
    for until in range(0, len(disk.steps) + 1, every):
        for medium in left_by_crash(disk, until):
            content = frozenset(medium.content().items())
            if content not in seen:
                seen.add(content)
                yield medium


def test_the_same_command_mends_what_a_power_cut_leaves(tmp_path: Path) -> None:
    """At every step of a run, with whatever was not synced there, in part, or lost: the reports end up the same."""
    write_feed(tmp_path)
    disk = MemoryDisk()
    night(settings(tmp_path), disk)
    wanted = compared(disk.medium.content())
    resumed = 0
    for medium in states(disk, 2):
        again = MemoryDisk(medium)
        ended = night(settings(tmp_path), again)
        assert ended.code == 1, ended
        assert compared(again.medium.content()) == wanted
        assert not [name for name in again.medium.content() if name.endswith(("checkpoint", ".part"))]
        resumed += "resumed at row" in ended.told
    assert resumed > 50


@pytest.mark.long
def test_a_second_power_cut_changes_nothing(tmp_path: Path) -> None:
    """In the midst of the run that mends the first: pytest -n0 -m long tests/resume/test_power.py (two minutes)."""
    write_feed(tmp_path)
    disk = MemoryDisk()
    night(settings(tmp_path), disk)
    wanted = compared(disk.medium.content())
    for medium in states(disk, 7):
        second = MemoryDisk(medium)
        night(settings(tmp_path), second)
        for left in states(second, 5):
            again = MemoryDisk(left)
            assert night(settings(tmp_path), again).code == 1
            assert compared(again.medium.content()) == wanted


def test_a_run_that_dies_while_it_publishes_only_has_to_publish(tmp_path: Path) -> None:
    """Of four reports some have their names: the same command gives the others theirs, and checks nothing anew."""
    write_feed(tmp_path)
    disk = MemoryDisk()
    night(settings(tmp_path), disk)
    named = [
        place for place, step in enumerate(disk.steps) if step.what == "replace" and step.target.suffix != ".checkpoint"
    ]
    assert len(named) == 4
    for until in named:
        medium = disk.before.copy()
        for step in disk.steps[: until + 1]:
            medium.apply(step)
        again = MemoryDisk(medium)
        assert f"resumed at row {ROWS + 1}" in night(settings(tmp_path), again).told
        assert compared(again.medium.content()) == compared(disk.medium.content())


def test_a_published_report_is_never_taken_back(tmp_path: Path) -> None:
    """Last night's reports stand until tonight's are whole, whatever happens in between."""
    write_feed(tmp_path)
    first = MemoryDisk()
    night(settings(tmp_path), first)
    write_feed(tmp_path, 30)
    second = MemoryDisk(first.medium)
    night(settings(tmp_path), second)
    whole = [first.medium.content(), second.medium.content()]
    for medium in states(second, 5):
        left = medium.content()
        for name in ("failing.csv", "asins.csv", "all.jsonl", "summary.json"):
            assert left[name] in [content[name] for content in whole], name
