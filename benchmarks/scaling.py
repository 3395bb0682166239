"""What does a second worker bring? One against two, on two cores; and short feeds against long ones.

nginx on loopback serves four JPEGs under N distinct URLs, pinned to one core. `auditor check` audits a feed of N rows
that points at them, with `--workers 1` and with `--workers 2`, in turn, free to use two cores, of which nginx has one,
too. Each run is charged the CPU time, user and system, that the kernel accounts to it and to all its processes from
start to end, start-up included. With `--lengths`, one worker and two also audit feeds of 100,000 and of 1,000,000 rows,
which tells whether anything in a run grows with its feed.

What a reader may conclude: by how much two workers are faster on a machine of two cores that also serves what they ask
for, and what that costs in CPU time: the ratios, not the absolute figures. Where hosts are elsewhere, as they are in
earnest, the cores are the workers' own and two gain more; where hosts are slow, their budgets decide, and two gain
nothing. On a machine with other work the wall times say nothing, and the CPU times little.

    python benchmarks/scaling.py --rows 200000 --repeat 3
    python benchmarks/scaling.py --rows 200000 --repeat 3 --lengths

Exit code: 0, or 1 if a bar is missed, or 2 if the benchmark or one of the audits couldn't run. Below 100,000 rows no
bar is judged.
"""

import argparse
from pathlib import Path
from statistics import median
from typing import NamedTuple

import rig

FASTER = 1.15  # times one worker's rows per second of wall time
CHEAP = 0.85  # of one worker's rows per CPU-second
SAME = 0.95  # of the rows per CPU-second of a feed of LENGTHS[0] rows, in one of LENGTHS[1]
LENGTHS = (100_000, 1_000_000)
BAR_ROWS = 100_000
SLOWEST = 200  # rows per second under which a run counts as hanging


class Lap(NamedTuple):
    """One run."""

    rows: int
    usage: rig.Usage

    @property
    def rate(self) -> float:
        """Rows per second of wall time."""
        return self.rows / self.usage.wall

    @property
    def cheapness(self) -> float:
        """Rows per CPU-second of all its processes."""
        return self.rows / max(self.usage.cpu, 1e-9)


class Track(NamedTuple):
    """Where they run: a folder with a feed, nginx, and both cores."""

    folder: Path
    origin: rig.Origin
    cores: str
    connections: int


def run(track: Track, rows: int, workers: int) -> Lap:
    """Audit the feed. Raises RigError unless all its images were asked for and all passed."""
    limits = ["--concurrency", str(track.connections), "--per-host", str(track.connections)]
    ranged = ["--first-range", str(rig.FIRST_RANGE), "--workers", str(workers)]
    files = [str(track.folder / "feed.tsv"), "--out", str(track.folder / "failing.csv")]
    before = track.origin.requests()
    command = [rig.need("auditor"), "check", *files, "--allow-private", "--quiet", *ranged, *limits]
    usage = rig.run(command, track.folder, track.cores, 60 + rows / SLOWEST)
    requests = track.origin.requests() - before
    if usage.code:
        raise rig.RigError(f"auditor ended with {usage.code} at {rows:,} rows: {rig.last_line(usage.output)}")
    if requests < rows:
        raise rig.RigError(f"nginx saw {requests:,} requests for {rows:,} rows.")
    return Lap(rows, usage)


def contest(track: Track, rows: int, repeat: int) -> dict[int, list[Lap]]:
    """Let one worker and two run in turn: what else the machine does then hits both alike."""
    rig.write_lines(track.folder / "feed.tsv", rig.feed_lines(track.origin, rows))
    laps: dict[int, list[Lap]] = {1: [], 2: []}
    for _ in range(repeat):
        for workers, own in laps.items():
            own.append(run(track, rows, workers))
    for workers, own in laps.items():
        print_laps(workers, own)
    return laps


def print_laps(workers: int, laps: list[Lap]) -> None:
    """Print one line of the table: the medians."""
    rate, cheapness = median(lap.rate for lap in laps), median(lap.cheapness for lap in laps)
    cpu, wall = median(lap.usage.cpu for lap in laps), median(lap.usage.wall for lap in laps)
    print(f"{laps[0].rows:>10,}{workers:>9}{rate:>12,.0f}{cheapness:>12,.0f}{wall:>9.2f}{cpu:>9.2f}", flush=True)


def ratio(above: list[Lap], below: list[Lap], what: str) -> float:
    """How the medians of two sets of runs compare."""
    return float(median(getattr(lap, what) for lap in above) / median(getattr(lap, what) for lap in below))


def print_bar(promise: str, found: float, least: float, rows: int) -> bool:
    """Say whether a promise holds; True also where the rows are too few to tell."""
    outcome = "holds" if found >= least else "does NOT hold"
    if rows < BAR_ROWS:
        outcome = f"not judged below {BAR_ROWS:,} rows"
    print(f"bar: {promise}, at least {least}: {found:.2f}, {outcome}")
    return found >= least or rows < BAR_ROWS


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="What does a second worker bring, and does a row cost the same in a long feed?",
        epilog="The docstring of this script says what may be concluded from its figures.",
    )
    parser.add_argument("--rows", type=rig.whole(100, 10_000_000), default=200_000, help="rows of the feed (200,000)")
    parser.add_argument("--repeat", type=rig.whole(1, 100), default=1, help="runs of each; the median is printed (1)")
    parser.add_argument("--connections", type=rig.whole(2, 1000), default=64, help="in all, and to the host (64)")
    parser.add_argument("--lengths", action="store_true", help=f"also feeds of {LENGTHS[0]:,} and {LENGTHS[1]:,} rows")
    return parser.parse_args()


def main() -> int:
    """Run the contests and print them."""
    options = arguments()
    rig.need("auditor")
    cores = rig.split_cores()
    if cores.contender == cores.origin:
        raise rig.RigError("Two workers need two cores.")
    print(rig.describe_machine())
    print(f"{options.connections} connections, laps: {options.repeat}")
    print(f"{'rows':>10}{'workers':>9}{'rows/s':>12}{'rows/CPU-s':>12}{'wall s':>9}{'CPU s':>9}", flush=True)
    with rig.scratch("scaling") as folder, rig.serving(folder, cores.origin) as origin:
        track = Track(folder, origin, f"{cores.origin},{cores.contender}", options.connections)
        laps = contest(track, options.rows, options.repeat)
        lengths = [contest(track, rows, options.repeat) for rows in LENGTHS] if options.lengths else []
    bars = [
        print_bar("two workers' rate over one's", ratio(laps[2], laps[1], "rate"), FASTER, options.rows),
        print_bar("their rows per CPU-second over one's", ratio(laps[2], laps[1], "cheapness"), CHEAP, options.rows),
    ]
    if lengths:
        short, long = lengths
        for workers in short:
            promise = f"rows per CPU-second at {LENGTHS[1]:,} rows over {LENGTHS[0]:,}, workers: {workers}"
            bars.append(print_bar(promise, ratio(long[workers], short[workers], "cheapness"), SAME, LENGTHS[0]))
    return 0 if all(bars) else 1


if __name__ == "__main__":
    rig.play(main)
