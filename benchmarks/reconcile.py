"""Does `auditor reconcile` stay small and linear? Its time and memory at rising numbers of rows and complaints.

A feed of N rows, its audit (one image each, every fiftieth fails) and a processing report as text with N/5 lines, of
which one in twenty is about a product that the feed lacks, are written once per N. `auditor reconcile --audit` joins
them; the kernel's own peak of its resident set counts, and the time of the processor, with the reading of all three
files and the writing of reconcile.csv in it. No host is asked.

What a reader may conclude: that a feed of a million rows and a report of 200,000 lines are joined in less than 300 MiB,
and that time grows with the rows: the processor's time per row of the largest feed is at most 1.5 times that of the
smallest. The wall time beside it depends on what else the machine does.

    python benchmarks/reconcile.py
    python benchmarks/reconcile.py --rows 100000 400000

The first takes about two minutes. Exit code: 0, or 1 if the bar is missed, or 2 if a join couldn't run.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

ROWS = (62_500, 250_000, 1_000_000)
CEILING = 300  # MiB
GROWTH = 1.5  # time per row of the largest over that of the smallest
HEAD = 256 * 1024  # bytes of a feed by which its audit knows it
MESSAGE = "The image at the given address could not be accessed; provide a working address for main_image_url."
FAULT = {"code": "not-found", "kind": "broken", "severity": "fail", "values": {"status": 404, "host": "h"}}


class Joined(NamedTuple):
    """One join: its rows and complaints, the peak in MiB, and the seconds of a processor and of a clock it took."""

    rows: int
    complaints: int
    peak: float
    busy: float
    wall: float


def write(folder: Path, rows: int) -> None:
    """Write a feed, its audit and a report."""
    with (folder / "feed.tsv").open("w") as feed:
        feed.write("sku\tasin\tmain_image_url\n")
        for row in range(rows):
            feed.write(f"SKU-{row:08d}\tB{row:09d}\thttps://images.shop.example/{row:08d}.jpg\n")
    stored = (folder / "feed.tsv").read_bytes()
    about = {"path": "feed.tsv", "size": len(stored), "head_sha256": hashlib.sha256(stored[:HEAD]).hexdigest()}
    with (folder / "all.jsonl").open("w") as audit:
        audit.write(json.dumps({"schema": 1, "feeds": [about]}) + "\n")
        for row in range(rows):
            image = {"feed": "feed.tsv", "row": row + 2, "asin": f"B{row:09d}", "sku": f"SKU-{row:08d}"}
            image |= {"marketplace": "", "slot": "MAIN", "url": f"https://images.shop.example/{row:08d}.jpg"}
            probe = {"status": 200, "content_type": "image/jpeg", "content_length": 123_456, "digest": f"{row:064x}"}
            audit.write(json.dumps({**image, "probe": probe, "findings": [] if row % 50 else [FAULT]}) + "\n")
    with (folder / "report.txt").open("w") as report:
        report.write(f"Feed Processing Summary:\n\tNumber of records processed\t\t{rows}\n")
        report.write(f"\tNumber of records successful\t\t{rows - rows // 5}\n\n")
        report.write("original-record-number\tsku\terror-code\terror-type\terror-message\n")
        for line in range(rows // 5):
            sku = f"SKU-{line * 5:08d}" if line % 20 else f"GONE-{line:08d}"
            report.write(f"{line * 5}\t{sku}\t20000\tError\t{MESSAGE}\n")


def join(folder: Path, rows: int) -> Joined:
    """Join them, and look at what it cost. Raises SystemExit where it couldn't."""
    command = [sys.executable, "-m", "auditor", "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl"]
    began = time.perf_counter()
    with subprocess.Popen(
        [*command, "--summary", "summary.json"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        said = process.stdout.read() if process.stdout else b""
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.perf_counter() - began
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 1:  # there is something left to do
        print(said.decode(errors="replace"))
        raise SystemExit(2)
    counted = json.loads((folder / "summary.json").read_text())["complaints"]
    if counted["read"] != rows // 5 or counted["read"] != counted["told"] + counted["repeated"]:
        print(f"of {rows // 5} complaints, these were accounted for: {counted}")
        raise SystemExit(2)
    return Joined(rows, counted["read"], usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime, wall)


def main() -> int:
    """Measure, print, judge."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rows", type=int, nargs="+", default=list(ROWS))
    print(f"{'rows':>10} {'complaints':>11} {'peak MiB':>9} {'CPU s':>7} {'wall s':>7} {'µs/row':>7}")
    joined = []
    for rows in sorted(parser.parse_args().rows):
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder), rows)
            joined.append(join(Path(folder), rows))
        one = joined[-1]
        counted = f"{one.rows:>10,} {one.complaints:>11,} {one.peak:>9.0f} {one.busy:>7.1f} {one.wall:>7.1f}"
        print(f"{counted} {one.busy / one.rows * 1e6:>7.1f}", flush=True)
    growth = joined[-1].busy / joined[-1].rows / (joined[0].busy / joined[0].rows)
    small, linear = max(one.peak for one in joined) <= CEILING, growth <= GROWTH
    print(f"memory under {CEILING} MiB: {small}; time per row grew {growth:.2f} times (bar {GROWTH}): {linear}")
    return 0 if small and linear else 1


if __name__ == "__main__":
    raise SystemExit(main())
