"""How many steps does a row take? The interpreter's instructions for an ordinary row, counted by function.

nginx on loopback serves four JPEGs under N distinct URLs. `auditor check` audits a feed of N rows that points at them,
and one of twice as many, each in a process that counts every bytecode instruction it executes. What the second takes
more, by N, is what a row takes once everything is started. Calls count the functions of ours that are entered, and the
coroutines that are gone on with.

What a reader may conclude: whether a change makes the way of a row longer or shorter, and where. The figures are the
same on every machine and at every load, but for what a batch shares, which may differ by a few; another version of
Python counts otherwise. What they don't tell is time: a call of C counts as one instruction, whatever it does, and the
system's part isn't counted at all. `throughput.py` measures that.

    python benchmarks/instructions.py --rows 4000

Exit code: 0, or 2 if the benchmark or one of the audits couldn't run.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from types import CodeType, FrameType
from typing import Any, NamedTuple

import rig

COUNT = "--count"  # how this script is called to run an audit and count
LEAST = 1  # instructions of a row from which on a function is printed
# Modules that only a start takes, two thirds of all it takes: counting them would only take time.
STARTING = re.compile(r"importlib|[/\\](?:re|tomllib)[/\\]|[/\\](?:collections|dataclasses|enum|inspect)\b")
SECONDS_PER_ROW = 0.02  # in which a counted run hangs


class Steps(NamedTuple):
    """What the functions of a run take, by file and name: instructions, and calls."""

    instructions: Counter[str]
    calls: Counter[str]

    def per_row(self, shorter: "Steps", rows: int) -> "list[tuple[float, float, str]]":
        """What this run takes more than one that is shorter by so many rows, for each of them; the most first."""
        names = self.instructions.keys()
        more = [
            (self.instructions[name] - shorter.instructions[name], self.calls[name] - shorter.calls[name], name)
            for name in names
        ]
        return sorted(((steps / rows, calls / rows, name) for steps, calls, name in more), reverse=True)


def count(target: Path, command: Sequence[str]) -> None:
    """Run `auditor` with these arguments in this process, and write what it takes into a file."""
    from auditor.cli import main  # noqa: PLC0415  # what importing takes isn't counted

    instructions: Counter[CodeType] = Counter()
    calls: Counter[CodeType] = Counter()

    def step(frame: FrameType, event: str, _: Any) -> Any:
        if event == "opcode":
            instructions[frame.f_code] += 1
        return step

    def enter(frame: FrameType, *_: Any) -> Any:
        if STARTING.search(frame.f_code.co_filename):
            return None
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        calls[frame.f_code] += 1
        return step

    sys.argv = ["auditor", *command]
    sys.settrace(enter)
    try:
        main()
    finally:
        sys.settrace(None)
        target.write_text(json.dumps([_by_name(instructions), _by_name(calls)]))


def _by_name(counted: Counter[CodeType]) -> Counter[str]:
    found: Counter[str] = Counter()
    for code, number in counted.items():
        file = code.co_filename.rpartition(f"{os.sep}auditor{os.sep}")[2]
        found[f"{file} {code.co_qualname}"] += number
    return found


def steps_of(feed: Path, rows: int, *options: str) -> Steps:
    """What it takes to audit a feed beside which nothing else is. Raises `RigError` where it can't be audited."""
    target = feed.with_suffix(".steps")
    reports = ["--out", str(feed.with_suffix(".csv")), "--quiet", "--allow-private", "--workers", "1"]
    command = [sys.executable, __file__, COUNT, str(target), "check", str(feed), *reports, *options]
    ran = subprocess.run(
        command, capture_output=True, text=True, timeout=60 + rows * SECONDS_PER_ROW, env=rig.environment(), check=False
    )
    if ran.returncode not in (0, 1):
        raise rig.RigError(f"auditor ended with {ran.returncode}: {rig.last_line(ran.stderr)}")
    instructions, calls = json.loads(target.read_text())
    return Steps(Counter(instructions), Counter(calls))


def main() -> int:
    """Count, and print what a row takes."""
    parser = argparse.ArgumentParser(
        description="How many steps does a row take? The interpreter's instructions, counted by function.",
        epilog="The docstring of this script says what may be concluded from its figures.",
    )
    parser.add_argument("--rows", type=rig.whole(100, 100_000), default=4000, help="rows of the shorter feed (4,000)")
    rows = parser.parse_args().rows
    options = ("--concurrency", "64", "--per-host", "64", "--first-range", str(rig.FIRST_RANGE))
    with rig.scratch("instructions") as folder, rig.serving(folder, rig.split_cores().origin) as origin:
        runs = []
        for length in (rows, 2 * rows):
            feed = folder / f"{length}.tsv"
            rig.write_lines(feed, rig.feed_lines(origin, length))
            runs.append(steps_of(feed, length, *options))
    found = runs[1].per_row(runs[0], rows)
    print(f"Python {sys.version.split()[0]}, {rows:,} rows more")
    print(f"{'a row':>12}  calls")
    print(f"{sum(steps for steps, *_ in found):12.0f} {sum(calls for _, calls, _ in found):6.1f}  in all")
    for steps, calls, name in found:
        if steps >= LEAST:
            print(f"{steps:12.1f} {calls:6.1f}  {name}")
    return 0


if __name__ == "__main__":
    if sys.argv[1:2] == [COUNT]:
        count(Path(sys.argv[2]), sys.argv[3:])
    else:
        rig.play(main)
