"""What does the second night cost, when the first one is remembered: against the first, and against one without memory.

nginx on loopback serves four JPEGs under N distinct URLs, one in a hundred of them from a folder of its own.
`auditor check` audits a feed of N rows that points at them; then the pictures of that folder are replaced by others,
and the state file is told that a day has passed. All nights are pinned to one core and met by the same nginx:

- bare: a night without a memory, for comparison
- first: the first night with `--state`, which it fills
- again: the second one. Every host is asked whether each picture has changed, and one in a hundred has
- week: the second one with `--max-age 7d` in place of that: a seventh of the pictures falls due, and no other is asked

Each is charged the CPU time, user and system, that the kernel accounts to it, start-up and threads included, and the
bytes of bodies that it says it has read. What a reader may conclude: the ratios against the first night. A picture is
asked for 4 KiB here; over a real network a night without bodies saves more time than CPU, which nothing here shows.

    python benchmarks/nights.py --rows 100000 --repeat 3

Exit code: 0, or 1 if a night failed (its exit code, or counts that can't be), or 2 if the benchmark couldn't run.
"""

import argparse
import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from statistics import median
from typing import NamedTuple

import rig

DAY = 86_400
CHANGED = 100  # one URL in so many
BODY_BAR, CPU_BAR, WEEK_BAR = 0.03, 1.0, 0.7  # against the first night, at 100,000 rows
BAR_ROWS = 100_000
SLOWEST = 200  # rows per second under which a night counts as hanging
# What changes isn't kept open by nginx, which else would go on with the old file.
LOCATIONS = r"""location ~ "^/images/[0-9]+00-([0-3])\.jpg$" { open_file_cache off; alias changing/$1.jpg; }"""
STATE = "nightly.db"


class Night(NamedTuple):
    """One run: its cost, and what its summary says."""

    usage: rig.Usage
    body_bytes: int
    requests: int
    recalled: int
    unchanged: int


class Course(NamedTuple):
    """Where all nights take place."""

    folder: Path
    rows: int
    connections: int
    core: str

    def night(self, *flags: str) -> Night:
        """Run one. Raises RigError if it fails."""
        limits = ["--concurrency", str(self.connections), "--per-host", str(self.connections), "--no-adapt"]
        reports = ["--out", "failing.csv", "--summary", "summary.json", "--quiet"]
        command = [rig.need("auditor"), "check", "feed.tsv", "--allow-private", *limits, *reports, *flags]
        usage = rig.run(command, self.folder, self.core, 60 + self.rows / SLOWEST)
        if usage.code:
            raise rig.RigError(f"A night ended with {usage.code}: {rig.last_line(usage.output) or 'it says nothing'}.")
        summary = json.loads((self.folder / "summary.json").read_text(encoding="utf-8"))
        memory = summary.get("memory", {"recalled": 0, "unchanged": 0})
        return Night(usage, summary["bytes"], summary["requests"], memory["recalled"], memory["unchanged"])

    def keep_state(self) -> None:
        """Let a day pass, and keep the state file as it is then: each second night begins with it."""
        with closing(sqlite3.connect(self.folder / STATE)) as state:
            state.execute("UPDATE facts SET fetched = fetched - ?1, confirmed = confirmed - ?1", (DAY,))
            state.commit()
            state.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(self.folder / STATE, self.folder / "kept.db")

    def restore_state(self) -> None:
        """Bring that night back."""
        self.forget()
        shutil.copy(self.folder / "kept.db", self.folder / STATE)

    def forget(self) -> None:
        """Begin without a memory."""
        for path in self.folder.glob(f"{STATE}*"):
            path.unlink()


def fill(folder: Path, first: int) -> None:
    """Put four of the pictures into the folder that changes, beginning with another one each time."""
    changing = folder / "changing"
    changing.mkdir(exist_ok=True)
    for number in range(rig.PICTURES):
        new = changing / "new"
        shutil.copy(folder / "pictures" / f"{(number + first) % rig.PICTURES}.jpg", new)
        new.replace(changing / f"{number}.jpg")


def race(course: Course) -> dict[str, Night]:
    """Run all nights once."""
    fill(course.folder, 0)
    course.forget()
    nights = {"bare": course.night(), "first": course.night("--state", STATE)}
    course.keep_state()
    fill(course.folder, 1)
    nights["again"] = course.night("--state", STATE)
    course.restore_state()
    nights["week"] = course.night("--state", STATE, "--max-age", "7d")
    return nights


def complaint(nights: dict[str, Night], rows: int) -> str | None:
    """What can't be: nights that didn't do their work."""
    if any(nights[name].requests < rows for name in ("bare", "first", "again")):
        return "fewer requests than rows"
    changed = rows - nights["again"].unchanged
    if not rows / CHANGED <= changed <= 3 * rows / CHANGED:
        return f"{changed:,} of {rows:,} URLs were looked at again, and one in {CHANGED} had changed"
    due = rows - nights["week"].recalled
    if not rows / 8 <= due <= rows / 6:
        return f"{due:,} of {rows:,} URLs fell due, and a seventh should have"
    return None


def print_table(laps: Sequence[dict[str, Night]], rows: int) -> None:
    """Print the medians, and how the second nights compare with the first."""
    print(f"{'':8}{'CPU s':>8}{'us/row':>8}{'wall s':>8}{'body bytes':>14}{'requests':>11}{'/ bare':>8}{'/ first':>8}")
    cpu = {name: median(lap[name].usage.cpu for lap in laps) for name in laps[0]}
    for name, last in laps[-1].items():
        wall = median(lap[name].usage.wall for lap in laps)
        figures = (
            f"{cpu[name]:>8.2f}{cpu[name] / rows * 1e6:>8.1f}{wall:>8.2f}{last.body_bytes:>14,}{last.requests:>11,}"
        )
        print(f"{name:8}{figures}{cpu[name] / cpu['bare']:>8.2f}{cpu[name] / cpu['first']:>8.2f}")
    bodies = laps[-1]["again"].body_bytes / laps[-1]["first"].body_bytes
    for what, ratio, bar in (
        ("body bytes of a second night, all asked about, over the first", bodies, BODY_BAR),
        ("its CPU over the first's", cpu["again"] / cpu["first"], CPU_BAR),
        ("CPU of a second night with a seventh due, over the first's", cpu["week"] / cpu["first"], WEEK_BAR),
    ):
        outcome = "holds" if ratio <= bar else "does NOT hold"
        if rows < BAR_ROWS:
            outcome = f"not judged below {BAR_ROWS:,} rows"
        print(f"bar: {what}: at most {bar}: {ratio:.3f}, {outcome}")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="What does the second night cost, when the first one is remembered?",
        epilog="The docstring of this script says what may be concluded from its figures.",
    )
    parser.add_argument("--rows", type=rig.whole(1000, 10_000_000), default=100_000, help="rows of the feed (100,000)")
    parser.add_argument("--repeat", type=rig.whole(1, 100), default=1, help="laps; medians are printed (1)")
    parser.add_argument("--connections", type=rig.whole(1, 300), default=64, help="at once (64)")
    return parser.parse_args()


def main() -> int:
    """Run the nights and print what they cost."""
    options = arguments()
    print(rig.describe_machine())
    print(f"{options.rows:,} rows, {options.connections} connections, one core, laps: {options.repeat}", flush=True)
    cores = rig.split_cores()
    with rig.scratch("nights") as folder, rig.serving(folder, cores.origin, more=LOCATIONS) as origin:
        rig.write_lines(folder / "feed.tsv", rig.feed_lines(origin, options.rows))
        course = Course(folder, options.rows, options.connections, cores.contender)
        laps = [race(course) for _ in range(options.repeat)]
    failures = [trouble for lap in laps if (trouble := complaint(lap, options.rows))]
    print_table(laps, options.rows)
    for line in failures:
        print(line)
    return 1 if failures else 0


if __name__ == "__main__":
    rig.play(main)
