"""What do hostile hosts cost everybody else? `auditor check` on good rows alone, and among every hostile scene.

nginx on loopback serves the good rows; every scene of tests/scenes.py (endless headers, bombs, resets, silence, …) is a
host of its own beside it, in a program that shares nginx's core. The same number of good rows is checked alone and with
the scenes spread evenly among them, with the same limits. The rate is that of the good rows: from the first that nginx
sees until the last (told apart ten times a second), not until the run's end, because silent hosts are waited for as
long as the limits say. The best of `--repeat` runs counts for both.

Printed are both rates and their ratio, the largest resident set of both (with a ratio), how long the run among the
scenes took in all beside the longest that its limits allow (attempts × time limit, the waits between them, and the
time of the good rows), and how many rows got another finding than theirs. Bars: ratio ≥ 0.7, memory at most 1.3 times
that of the good rows alone, the end in time, no wrong finding.

    python benchmarks/hostile.py [--rows 20000] [--copies 1] [--timeout 10] [--repeat 2]

Where no client can tell a host's answers apart, only one row asks it. Not concluded should be what many rows at slow
hosts cost: `--copies` shows it. Scenes that flood take CPU from nginx, too: some of the ratio is theirs and not
auditor's. Needs nginx and taskset, and the checkout's tests.
"""

import argparse
import asyncio
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import rig

sys.path.append(str(Path(__file__).parents[1] / "tests"))  # where the scenes are

RATIO = 0.7
GROWTH = 1.3
MIB = 1024 * 1024
RETRIES, BACKOFF = 2, (0.5, 1.0)  # auditor's own defaults


class Outcome(NamedTuple):
    """One run: good rows a second, peak bytes resident, seconds in all, rows with another finding than theirs."""

    rate: float
    rss: int
    seconds: float
    wrong: int


# ── the hostile hosts, in a program of their own ──────────────────────────────────────────────────────────────────


async def serve_scenes() -> None:
    """Serve every scene, say where and what each must get, and go on until killed."""
    from hosts import serve  # noqa: PLC0415 - only in the program that serves
    from scenes import INSIDIOUS, SCENES  # noqa: PLC0415 - likewise

    async with AsyncExitStack() as stack:
        expected: dict[str, str] = {}
        for scene in SCENES:
            host = await stack.enter_async_context(serve(scene.script))
            copy = "once" if scene.name in INSIDIOUS else "{copy}"
            expected[host.url(f"/{copy}/{scene.name}.jpg")] = scene.codes
        print(json.dumps(expected), flush=True)
        await asyncio.Event().wait()


@contextmanager
def hostile_hosts(folder: Path, core: str) -> Iterator[Mapping[str, str]]:
    """Run them on a core; gives what each URL must get, with a place for the number of the copy."""
    said = folder / "scenes.txt"
    command = [sys.executable, str(Path(__file__).resolve()), "--serve"]
    with rig.started(rig.pinned(core, command), folder, said) as child:
        deadline = time.monotonic() + 2 * rig.START_LIMIT
        while not said.read_text().endswith("}\n"):
            if rig.ended(child) or time.monotonic() > deadline:
                raise rig.RigError(f"The hostile hosts didn't start: {rig.last_line(said.read_text())}")
            time.sleep(0.1)
        yield json.loads(said.read_text())


# ── one run ───────────────────────────────────────────────────────────────────────────────────────────────────────


class Watch:
    """Notes when nginx had its first request and when its last one of those expected."""

    def __init__(self, origin: rig.Origin, rows: int) -> None:
        self._origin = origin
        self._target = origin.requests() + rows
        self._last = self._target - rows
        self.began = self.ended = 0.0

    def __call__(self, _: int) -> None:
        """Look once."""
        if self.ended:
            return
        seen, now = self._origin.requests(), time.perf_counter()
        if seen > self._last and not self.began:
            self.began = now - 0.1
        if seen >= self._target:
            self.ended = now


def feed(origin: rig.Origin, rows: int, hostile: Mapping[str, str]) -> Iterator[str]:
    """Good rows with the hostile URLs spread evenly among them."""
    lines = rig.feed_lines(origin, rows)
    yield next(lines)
    places = {place * rows // len(hostile): url for place, url in enumerate(hostile)} if hostile else {}
    for number, line in enumerate(lines):
        if number in places:
            yield f"BAD-{number:08d}\tB1{number:08d}\t{places[number]}"
        yield line


def measure(
    folder: Path, origin: rig.Origin, core: str, options: argparse.Namespace, hostile: Mapping[str, str]
) -> Outcome:
    """Check one feed and tell what came of it. Raises RigError if auditor couldn't."""
    rig.write_lines(folder / "feed.tsv", feed(origin, options.rows, hostile))
    command = [rig.need("auditor"), "check", "feed.tsv", "--allow-private", "--quiet", "--out", "failing.csv"]
    command += ["--jsonl", "all.jsonl", "--timeout", str(options.timeout)]
    watch = Watch(origin, options.rows)
    usage = rig.run(command, folder, core, 3600.0, watch)
    watch(0)  # it may have ended right after its last request
    if usage.code not in (0, 1) or not watch.ended:
        raise rig.RigError(f"auditor ended with {usage.code}: {rig.last_line(usage.output)}")
    rate = options.rows / (watch.ended - watch.began)
    return Outcome(rate, usage.rss, usage.wall, wrong_findings(folder / "all.jsonl", hostile))


def wrong_findings(report: Path, hostile: Mapping[str, str]) -> int:
    """How many images got another finding than theirs; each is told."""
    wrong = 0
    with report.open(encoding="utf-8") as lines:
        next(lines)
        for line in lines:
            audit = json.loads(line)
            codes = " ".join(finding["code"] for finding in audit["findings"])
            if codes != hostile.get(audit["url"], ""):
                print(
                    f"  {audit['url']}: {codes or 'nothing'} in place of {hostile.get(audit['url'], '') or 'nothing'}"
                )
                wrong += 1
    return wrong


def best(outcomes: list[Outcome]) -> Outcome:
    """The best rate, the worst of everything else."""
    columns = list(zip(*outcomes, strict=True))
    return Outcome(max(columns[0]), max(columns[1]), max(columns[2]), max(columns[3]))


# ── the frame ─────────────────────────────────────────────────────────────────────────────────────────────────────


def print_bars(alone: Outcome, among: Outcome, options: argparse.Namespace) -> bool:
    """Print both runs and whether the bars hold."""
    longest = (RETRIES + 1) * options.timeout + sum(BACKOFF) + options.rows / among.rate + 5.0  # 5: to start and write
    bars = {
        f"rate of the good rows at least {RATIO} of that alone: {among.rate / alone.rate:.2f}": (
            among.rate >= RATIO * alone.rate
        ),
        f"memory at most {GROWTH} times that alone: {among.rss / alone.rss:.2f}": among.rss <= GROWTH * alone.rss,
        f"ended within its limits: {among.seconds:.1f} of {longest:.1f} s": among.seconds <= longest,
        f"wrong findings: {alone.wrong + among.wrong}": not alone.wrong + among.wrong,
    }
    for name, run in (("alone", alone), ("among the scenes", among)):
        print(f"{name:>18}{run.rate:>10,.0f} good rows/s{run.rss / MIB:>8.1f} MiB{run.seconds:>8.1f} s")
    for bar, holds in bars.items():
        print(f"bar: {bar}: {'holds' if holds else 'does NOT hold'}")
    return all(bars.values())


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="What do hostile hosts cost everybody else?",
        epilog="The docstring of this script says what may be concluded from its figures.",
    )
    parser.add_argument("--rows", type=rig.whole(100, 1_000_000), default=20_000, help="good rows (20000)")
    parser.add_argument("--copies", type=rig.whole(1, 1000), default=1, help="rows of each scene (1)")
    parser.add_argument("--timeout", type=rig.whole(1, 600), default=10, help="seconds per attempt (10)")
    parser.add_argument("--repeat", type=rig.whole(1, 100), default=2, help="runs of each, in turn (2)")
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Measure both in turn and print what they tell."""
    options = arguments()
    if options.serve:
        asyncio.run(serve_scenes())
    print(rig.describe_machine(), flush=True)
    cores = rig.split_cores()
    runs: dict[str, list[Outcome]] = {"alone": [], "among": []}
    with (
        rig.scratch("hostile") as folder,
        rig.serving(folder, cores.origin) as origin,
        hostile_hosts(folder, cores.origin) as scenes,
    ):
        for turn in range(options.repeat):
            copies = range(turn * options.copies, (turn + 1) * options.copies)
            fresh = {url.format(copy=copy): codes for copy in copies for url, codes in scenes.items()}
            runs["alone"].append(measure(folder, origin, cores.contender, options, {}))
            runs["among"].append(measure(folder, origin, cores.contender, options, fresh))
    print(f"{options.rows:,} good rows; {len(scenes)} scenes, {options.copies} rows each")
    return 0 if print_bars(best(runs["alone"]), best(runs["among"]), options) else 1


if __name__ == "__main__":
    rig.play(main)
