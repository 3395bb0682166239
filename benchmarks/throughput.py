"""What does a row cost? The whole job, beside peers that do a part of it.

nginx on loopback serves four JPEGs under N distinct URLs. `auditor check` audits a feed of N rows that points at them:
reads the feed, fetches the first 4 KiB of each image, recognises it, judges it and writes the reports. In the same run,
one after the other, pinned to the same single core and with the same number of connections, the peers that are
installed do a part of that job:

- full: auditor once more, with `--client aiohttp` in place of its lean client
- aiohttp: a bare loop of aiohttp on uvloop; the same range, reads the body, looks at nothing (`bare_aiohttp.py`)
- curl: `curl --parallel`; the same range, body to /dev/null
- lychee: a link checker in Rust; HEAD, so no body at all
- wrk: the limit: one URL over and over, for some seconds instead of N times

Each is charged the CPU time, user and system, that the kernel accounts to it from start to end, start-up included.

What a reader may conclude: the ratios of rows per CPU-second. All contenders met the same nginx on the same core in the
same minutes, so the ratios carry over to another machine far better than the absolute figures do. The wall time says
less: on loopback no one waits for a network, and what else runs on the machine adds to it. Few rows measure the
start-up rather than the rows: compare at 100,000 and more. Nothing here speaks about slow hosts (`latency.py`).

With --tls the same over TLS and kept connections, HTTP/1.1 for everyone, with an authority made for the run: the ratios
then hold for hosts on which a connection serves many rows, and say nothing of what handshakes cost.

    python benchmarks/throughput.py --rows 200000 --repeat 3 [--tls]

Exit code: 0, or 1 if a contender failed (its exit code, or fewer requests at nginx than rows), or 2 if the benchmark
couldn't run. A contender that isn't installed is skipped with a word.
"""

import argparse
import importlib.util
import re
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import NamedTuple

import rig

# What the project promises at 100,000 rows: auditor's rows per CPU-second over those of a peer.
BARS = {"aiohttp": 2.0, "lychee": 1.3}
TLS_BARS = {"aiohttp": 1.5, "lychee": 0.9}
BAR_ROWS = 100_000
SLOWEST = 200  # rows per second under which a contender counts as hanging
CURL_MAX = 300  # connections: what curl itself allows
RANGE = f"0-{rig.FIRST_RANGE - 1}"


@dataclass(frozen=True, slots=True)
class Course:
    """What every contender is to run: the same rows in the form it reads, with the same number of connections."""

    folder: Path
    rows: int
    connections: int
    cores: rig.Cores
    origin: rig.Origin

    def file(self, name: str) -> str:
        """The path of a file of this course."""
        return str(self.folder / name)


class Lap(NamedTuple):
    """One run of one contender. `rows` is what it did, `requests` what nginx saw."""

    rows: int
    requests: int
    usage: rig.Usage

    @property
    def rate(self) -> float:
        """Rows per CPU-second."""
        return self.rows / max(self.usage.cpu, 1e-9)


class Contender(NamedTuple):
    """Who takes part: `command` is what is run, `edition` tells its version, `absent` why it can't take part."""

    name: str
    command: Callable[[Course], Sequence[str]]
    edition: Callable[[], str]
    absent: Callable[[], str | None]


# ── the contenders ────────────────────────────────────────────────────────────────────────────────────────────────


def auditor(course: Course) -> list[str]:
    """The whole job, with the lean client."""
    limits = ["--concurrency", str(course.connections), "--per-host", str(course.connections)]
    ranged = ["--first-range", str(rig.FIRST_RANGE)]
    trust = ["--ca-file", str(course.origin.authority)] if course.origin.authority else []
    rest = ["--allow-private", "--quiet", *trust, *ranged, *limits, "--out", course.file("failing.csv")]
    return [rig.need("auditor"), "check", course.file("feed.tsv"), *rest]


def full(course: Course) -> list[str]:
    """The whole job, with aiohttp's client."""
    return [*auditor(course), "--client", "aiohttp"]


def aiohttp(course: Course) -> list[str]:
    """The full client that auditor asks proxies through, without anything around it."""
    script = Path(__file__).with_name("bare_aiohttp.py")
    trust = [str(course.origin.authority)] if course.origin.authority else []
    numbers = [str(course.connections), str(rig.FIRST_RANGE)]
    return [sys.executable, str(script), course.file("urls.txt"), *numbers, *trust]


def curl(course: Course) -> list[str]:
    """A C client, made for this."""
    parallel = ["--parallel", "--parallel-max", str(min(course.connections, CURL_MAX))]
    ranged = ["--fail", "--range", RANGE, "--config", course.file("curl.conf")]
    trust = ["--http1.1", "--cacert", str(course.origin.authority)] if course.origin.authority else []
    return [rig.need("curl"), "--disable", "--silent", "--show-error", *trust, *parallel, *ranged]


def lychee(course: Course) -> list[str]:
    """A link checker, told to drop its courtesy towards a single host (10 connections, 50 ms apart)."""
    width = str(course.connections)
    limits = ["--max-concurrency", width, "--host-concurrency", width, "--host-request-interval", "0ms"]
    once = ["--method", "head", "--max-retries", "0", "--cache=false", "--no-progress", "--quiet"]
    trust = ["--insecure"] if course.origin.authority else []  # it knows no other way to trust ours
    return [rig.need("lychee"), *once, *trust, *limits, course.file("urls.txt")]


def wrk(course: Course) -> list[str]:
    """As fast as anything asks; for about as long as 20,000 requests a second would take for the rows."""
    seconds = max(1, min(10, course.rows // 20_000))
    load = ["--threads", "1", "--connections", str(course.connections), "--duration", f"{seconds}s"]
    return [rig.need("wrk"), *load, "--script", course.file("range.lua"), course.origin.url(0)]


def without(program: str) -> Callable[[], str | None]:
    """Says how to install a program if it isn't there."""
    return lambda: None if rig.find(program) else f"not installed ({rig.SOURCES[program]})"


def without_aiohttp() -> str | None:
    """Says how to install aiohttp and uvloop for this Python if they aren't there."""
    there = importlib.util.find_spec("aiohttp") and importlib.util.find_spec("uvloop")
    return None if there else "not installed for this Python (pip install aiohttp uvloop)"


def auditor_edition() -> str:
    """The version of auditor, if it is this Python's."""
    with suppress(PackageNotFoundError):
        return f"auditor {version('auditor')}"
    return "auditor"


def aiohttp_edition() -> str:
    """The versions of the client and of its event loop."""
    return f"aiohttp {version('aiohttp')} on uvloop {version('uvloop')}"


def edition(program: str, flag: str = "--version") -> Callable[[], str]:
    """The first two words of what a program says about its version."""
    return lambda: " ".join(rig.first_line(rig.find(program) or program, flag).split()[:2])


CONTENDERS = (
    Contender("auditor", auditor, auditor_edition, without("auditor")),
    Contender("full", full, lambda: "auditor --client aiohttp", without("auditor")),
    Contender("aiohttp", aiohttp, aiohttp_edition, without_aiohttp),
    Contender("curl", curl, edition("curl"), without("curl")),
    Contender("lychee", lychee, edition("lychee"), without("lychee")),
    Contender("wrk", wrk, edition("wrk", "-v"), without("wrk")),
)


# ── the race ──────────────────────────────────────────────────────────────────────────────────────────────────────


def prepare(course: Course) -> None:
    """Write the rows in the form that each contender reads."""
    urls = range(course.rows)
    rig.write_lines(course.folder / "feed.tsv", rig.feed_lines(course.origin, course.rows))
    rig.write_lines(course.folder / "urls.txt", (course.origin.url(number) for number in urls))
    entries = (f'url = "{course.origin.url(number)}"\noutput = "/dev/null"' for number in urls)
    rig.write_lines(course.folder / "curl.conf", entries)
    rig.write_lines(course.folder / "range.lua", [f'wrk.headers["Range"] = "bytes={RANGE}"'])


def race(contender: Contender, course: Course) -> Lap:
    """Let one contender run once."""
    before = course.origin.requests()
    limit = 60 + course.rows / SLOWEST
    usage = rig.run(contender.command(course), course.folder, course.cores.contender, limit)
    requests = course.origin.requests() - before
    counted = re.search(r"(\d+) requests in", usage.output) if contender.name == "wrk" else None
    return Lap(int(counted[1]) if counted else course.rows, requests, usage)


def complaint(contender: Contender, lap: Lap) -> str | None:
    """Why a lap doesn't count."""
    if lap.usage.code:
        return f"ended with {lap.usage.code}: {rig.last_line(lap.usage.output) or 'it says nothing'}"
    if lap.requests < lap.rows:
        return f"nginx saw {lap.requests:,} requests for {lap.rows:,} rows"
    if contender.name == "wrk" and "Non-2xx" in lap.usage.output:
        return "not every answer was a success"
    return None


def contest(contenders: Sequence[Contender], course: Course, repeat: int) -> tuple[dict[str, list[Lap]], list[str]]:
    """Let all run in turn, `repeat` times: what else the machine does then hits all alike. Gives laps and failures."""
    laps: dict[str, list[Lap]] = {contender.name: [] for contender in contenders}
    failures = []
    for _ in range(repeat):
        for contender in contenders:
            lap = race(contender, course)
            trouble = complaint(contender, lap)
            if trouble:
                failures.append(f"{contender.name} failed: {trouble}")
            else:
                laps[contender.name].append(lap)
    return laps, failures


# ── what is printed ───────────────────────────────────────────────────────────────────────────────────────────────


def print_table(laps: dict[str, list[Lap]], bars: dict[str, float]) -> None:
    """Print the median of each contender, and auditor's rate over that of each."""
    rates = {name: median(lap.rate for lap in own) for name, own in laps.items() if own}
    print(f"{'':10}{'rows/CPU-s':>12}{'CPU s':>9}{'wall s':>9}{'requests/row':>14}{'auditor / it':>14}{'spread':>9}")
    for name, rate in rates.items():
        own = laps[name]
        cpu, wall = median(lap.usage.cpu for lap in own), median(lap.usage.wall for lap in own)
        per_row = median(lap.requests / lap.rows for lap in own)
        ratio = f"{rates['auditor'] / rate:.2f}" if "auditor" in rates else "-"
        spread = (max(lap.rate for lap in own) - min(lap.rate for lap in own)) / rate
        print(f"{name:10}{rate:>12,.0f}{cpu:>9.2f}{wall:>9.2f}{per_row:>14.2f}{ratio:>14}{spread:>9.0%}")
    for peer, bar in bars.items():
        if "auditor" in rates and peer in rates:
            print_bar(peer, bar, rates["auditor"] / rates[peer], min(lap.rows for lap in laps["auditor"]))


def print_bar(peer: str, bar: float, ratio: float, rows: int) -> None:
    """Say whether a promise holds, where the rows are enough to tell."""
    outcome = "holds" if ratio >= bar else "does NOT hold"
    if rows < BAR_ROWS:
        outcome = f"not judged below {BAR_ROWS:,} rows"
    print(f"bar: auditor at least {bar} times {peer} in rows per CPU-second: {ratio:.2f}, {outcome}")


# ── the command ───────────────────────────────────────────────────────────────────────────────────────────────────


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="What does a row cost? auditor and its peers against nginx on loopback.",
        epilog="The docstring of this script says what may be concluded from its figures.",
    )
    names = [contender.name for contender in CONTENDERS]
    parser.add_argument("--rows", type=rig.whole(100, 10_000_000), default=100_000, help="rows of the feed (100,000)")
    parser.add_argument("--repeat", type=rig.whole(1, 100), default=1, help="laps of each; the median is printed (1)")
    parser.add_argument("--connections", type=rig.whole(1, CURL_MAX), default=64, help="of every contender (64)")
    parser.add_argument("--tls", action="store_true", help="over TLS, with connections that are kept")
    parser.add_argument("--only", action="append", choices=names, help="take only this contender; repeatable")
    return parser.parse_args()


def main() -> int:
    """Run the contest and print it."""
    options = arguments()
    wanted = [contender for contender in CONTENDERS if not options.only or contender.name in options.only]
    present = [contender for contender in wanted if contender.absent() is None]
    if not present:
        raise rig.RigError(f"Nothing to measure: {wanted[0].name} {wanted[0].absent()}.")
    print(rig.describe_machine())
    print("; ".join(contender.edition() for contender in present))
    scheme = "TLS" if options.tls else "plain HTTP"
    print(
        f"{options.rows:,} rows, {options.connections} connections, {scheme}, one core, laps: {options.repeat}",
        flush=True,
    )
    cores = rig.split_cores()
    with rig.scratch("throughput") as folder, rig.serving(folder, cores.origin, tls=options.tls) as origin:
        course = Course(folder, options.rows, options.connections, cores, origin)
        prepare(course)
        laps, failures = contest(present, course, options.repeat)
    print_table(laps, TLS_BARS if options.tls else BARS)
    skipped = [f"{one.name} skipped: {one.absent()}" for one in wanted if one not in present]
    for line in (*failures, *skipped):
        print(line)
    return 1 if failures else 0


if __name__ == "__main__":
    rig.play(main)
