"""Does memory grow with the feed? The peak of `auditor check` at rising numbers of rows.

nginx on loopback serves four JPEGs under N distinct URLs, so that nothing that is remembered per URL can hide. `auditor
check` audits a feed of N rows with its default limits, once for each N. Ten times a second the proportional set size
(PSS: resident memory, each shared page divided by those who share it) of it and of all its descendants is read from
/proc and summed; the highest sum counts. Beside it stands the kernel's own peak of the resident set of the largest
single process, which no sampling can miss: where it is far above the PSS of a run in one process, a short peak fell
between two samples.

What a reader may conclude: whether auditor's memory is bounded, as it promises: the peak of the largest feed is at most
1.1 times that of the one before it, and under 150 MiB in one process, 250 MiB with two workers. The smallest feed
doesn't fill auditor's windows yet (50,000 unfinished rows, 20,000 recent URLs), so a step from it to the next is
expected. The machine's speed matters little. All images pass: a feed in which a slow row holds back many failing ones
uses more, up to the bound of the report's backlog.

    python benchmarks/memory.py
    python benchmarks/memory.py --workers 2 --rows 1000000 10000000

The first takes some minutes, the second an hour. Exit code: 0, or 1 if the bar is missed, or 2 if the benchmark or one
of the audits couldn't run. Without two feeds of 100,000 rows or more, the bar isn't judged.
"""

import argparse
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import rig

ROWS = (10_000, 100_000, 1_000_000)
MOST_ROWS = 10_000_000
GROWTH = 1.1  # the peak of the largest feed over that of the one before it
CEILING = {1: 150, 2: 250}  # MiB, by the number of workers
BAR_ROWS = 100_000  # fewer don't fill the windows
SLOWEST = 200  # rows per second under which a run counts as hanging
MIB = 1024 * 1024


class Peak(NamedTuple):
    """One run: its highest sum of PSS and the kernel's peak of its largest process in bytes, and how it was seen."""

    rows: int
    pss: int
    rss: int
    samples: int
    wall: float


class Gauge:
    """Watches a command and its descendants, and keeps the highest sum of PSS."""

    def __init__(self) -> None:
        self.peak = 0
        self.samples = 0

    def __call__(self, root: int) -> None:
        """Take one sample."""
        self.peak = max(self.peak, sum(pss(pid) for pid in family(root)))
        self.samples += 1


def family(root: int) -> Iterator[int]:
    """The numbers of a process and of all its descendants at this moment."""
    yield root
    with suppress(OSError):  # it may end while we look
        for children in Path(f"/proc/{root}/task").glob("*/children"):
            for child in children.read_text(encoding="ascii").split():
                yield from family(int(child))


def pss(pid: int) -> int:
    """Proportional set size in bytes; 0 for a process that has ended."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


class Track(NamedTuple):
    """Where the audits run: a folder, nginx, cores, and how many workers."""

    folder: Path
    origin: rig.Origin
    cores: str
    workers: int


def measure(rows: int, track: Track) -> Peak:
    """Audit a feed of so many rows. Raises RigError unless all were asked for and all passed."""
    feed = track.folder / "feed.tsv"
    rig.write_lines(feed, rig.feed_lines(track.origin, rows))
    flags = ["--allow-private", "--quiet", "--workers", str(track.workers), "--out", str(track.folder / "failing.csv")]
    command = [rig.need("auditor"), "check", str(feed), *flags]
    gauge, before = Gauge(), track.origin.requests()
    usage = rig.run(command, track.folder, track.cores, 60 + rows / SLOWEST, gauge)
    requests = track.origin.requests() - before
    if usage.code:
        raise rig.RigError(f"auditor ended with {usage.code} at {rows:,} rows: {rig.last_line(usage.output)}")
    if requests < rows:
        raise rig.RigError(f"nginx saw {requests:,} requests for {rows:,} rows.")
    return Peak(rows, gauge.peak, usage.rss, gauge.samples, usage.wall)


def print_bar(peaks: dict[int, Peak], workers: int) -> bool:
    """Say whether the promise holds; True also where it can't be told."""
    full = [peak for rows, peak in peaks.items() if rows >= BAR_ROWS][-2:]
    if len(full) < 2:
        print(f"bar: not judged, it needs two feeds of {BAR_ROWS:,} rows or more in one run")
        return True
    small, large = full
    growth, size, ceiling = large.pss / small.pss, large.pss / MIB, CEILING[workers]
    holds = growth <= GROWTH and size < ceiling
    promise = f"{large.rows:,} rows at most {GROWTH} of {small.rows:,}, and under {ceiling} MiB, workers: {workers}"
    print(f"bar: {promise}: {growth:.2f} and {size:.0f} MiB, {'holds' if holds else 'does NOT hold'}")
    return holds


def print_peak(peak: Peak, before: Peak | None) -> None:
    """Print one line of the table as soon as it is known."""
    ratio = f"{peak.pss / before.pss:.2f}" if before else "-"
    sizes = f"{peak.pss / MIB:>14.1f}{ratio:>14}{peak.rss / MIB:>18.1f}"
    print(f"{peak.rows:>10,}{sizes}{peak.samples:>9}{peak.wall:>9.1f}", flush=True)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Does memory grow with the feed? The peak of auditor check at rising numbers of rows.",
        epilog="The docstring of this script says what may be concluded from its figures.",
    )
    rows = rig.whole(100, MOST_ROWS)
    parser.add_argument("--rows", type=rows, nargs="+", default=ROWS, help="(10000 100000 1000000)")
    parser.add_argument("--workers", type=int, choices=list(CEILING), default=1, help="processes that ask (1)")
    return parser.parse_args()


def main() -> int:
    """Audit feeds of rising length and print their peaks."""
    options = arguments()
    if pss(os.getpid()) == 0:
        raise rig.RigError("This kernel doesn't tell the PSS in /proc/PID/smaps_rollup.")
    rig.need("auditor")
    print(rig.describe_machine())
    print(
        f"{'rows':>10}{'peak PSS MiB':>14}{'x the last':>14}{'largest RSS MiB':>18}{'samples':>9}{'wall s':>9}",
        flush=True,
    )
    cores = rig.split_cores()
    peaks: dict[int, Peak] = {}
    with rig.scratch("memory") as folder, rig.serving(folder, cores.origin) as origin:
        both = cores.contender if options.workers == 1 else f"{cores.origin},{cores.contender}"
        track = Track(folder, origin, both, options.workers)
        for rows in sorted(set(options.rows)):
            before = next(reversed(peaks.values()), None)
            peaks[rows] = measure(rows, track)
            print_peak(peaks[rows], before)
    return 0 if print_bar(peaks, options.workers) else 1


if __name__ == "__main__":
    rig.play(main)
