"""Is waiting free? A host that takes 200 ms over every answer, and as many connections as it permits.

A loopback host of its own (uvloop, one `asyncio.Protocol` a connection, answers built beforehand) answers every
request with the first bytes of a JPEG after `--latency` milliseconds. Nobody can do N rows over C connections faster
than N × latency / C. One after the other, pinned to the same core while the host has another, a bare client (the same
kind of protocol, which looks at nothing) and the whole `auditor check` do the same rows over as many connections.

What a reader may conclude: how near auditor comes to that time, its start, its end and its reports included; and from
the CPU time of all three whether it was the waiting that took the time, and not the host or the machine. A bare client
that is far from the ideal, too, means that the host or the machine was too busy to tell anything. Nothing here tells
what a row costs (`throughput.py`).

    python benchmarks/latency.py [--rows 100000] [--connections 1000] [--latency 200]

Exit code: 0, or 1 if auditor took longer than 1.2 times the ideal or asked another number of times, or 2 if the
benchmark couldn't run.
"""

import argparse
import asyncio
import http.client
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import rig
import uvloop

BAR = 1.2
TOTAL = 100_000  # bytes that the picture is said to have
END = b"\r\n\r\n"

# ── the host ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Slow(asyncio.Protocol):
    """One connection of the host. `count` is how many questions all of them have had."""

    count = 0

    def __init__(self, latency: float, picture: bytes) -> None:
        self._latency = latency
        head = (
            f"HTTP/1.1 206 Partial Content\r\nContent-Type: image/jpeg\r\nContent-Length: {len(picture)}\r\n"
            f"Content-Range: bytes 0-{len(picture) - 1}/{TOTAL}"
        )
        self._answer = head.encode() + END + picture
        self._begun = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Remember where to answer."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # the loop gives one that writes

    def data_received(self, data: bytes) -> None:
        """Answer each question in time, and the one about their number at once."""
        self._begun += data
        while END in self._begun:
            question, _, self._begun = self._begun.partition(END)
            if question.startswith(b"GET /requests "):
                text = str(Slow.count).encode()
                self._transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(text), text))
            else:
                Slow.count += 1
                asyncio.get_running_loop().call_later(self._latency, self._transport.write, self._answer)


async def serve(latency: float, picture: bytes) -> None:
    """Serve, say on which port, and go on until killed."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Slow(latency, picture), rig.LOOPBACK, 0, backlog=4096)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.Event().wait()


class Host(NamedTuple):
    """The host as the benchmark sees it."""

    pid: int
    port: int

    def requests(self) -> int:
        """How many questions it has had, ours apart."""
        connection = http.client.HTTPConnection(rig.LOOPBACK, self.port, timeout=rig.START_LIMIT)
        try:
            connection.request("GET", "/requests")
            return int(connection.getresponse().read())
        finally:
            connection.close()

    def cpu(self) -> float:
        """Seconds of CPU time that it has used."""
        fields = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def slow_host(folder: Path, core: str, latency: int) -> Iterator[Host]:
    """Run the host on a core."""
    rig.paint(folder / "pictures")
    said = folder / "host.txt"
    command = [sys.executable, str(Path(__file__).resolve()), "--serve", str(folder / "pictures" / "0.jpg")]
    with rig.started(rig.pinned(core, [*command, "--latency", str(latency)]), folder, said) as child:
        deadline = time.monotonic() + rig.START_LIMIT
        while not said.read_text().endswith("\n"):
            if rig.ended(child) or time.monotonic() > deadline:
                raise rig.RigError(f"The host didn't start: {rig.last_line(said.read_text())}")
            time.sleep(0.05)
        yield Host(child.pid, int(said.read_text()))


# ── the bare client ───────────────────────────────────────────────────────────────────────────────────────────────


class Bare(asyncio.Protocol):
    """Asks one thing after another as long as there are numbers, and counts bytes."""

    def __init__(self, numbers: Iterator[int], ended: asyncio.Future[None]) -> None:
        self._numbers = numbers
        self._ended = ended
        self._left = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # the loop gives one that writes
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Go on once an answer is there: the host sends each with the same length."""
        if not self._left:
            self._left = data.index(END) + len(END) + rig.FIRST_RANGE
        self._left -= len(data)
        if not self._left:
            self._ask()

    def _ask(self) -> None:
        number = next(self._numbers, None)
        if number is None:
            self._ended.set_result(None)
            self._transport.close()
        else:
            self._transport.write(b"GET /%d.jpg HTTP/1.1\r\nHost: loopback\r\nRange: bytes=0-4095\r\n\r\n" % number)


async def ask_bare(port: int, rows: int, connections: int) -> None:
    """Ask for all rows."""
    loop = asyncio.get_running_loop()
    numbers = iter(range(rows))
    ends = [loop.create_future() for _ in range(connections)]
    await asyncio.gather(
        *(loop.create_connection(lambda end=end: Bare(numbers, end), rig.LOOPBACK, port) for end in ends)  # type: ignore[misc]  # mypy can't infer a lambda's default
    )
    await asyncio.gather(*ends)


# ── the race ──────────────────────────────────────────────────────────────────────────────────────────────────────


class Lap(NamedTuple):
    """One run: what it cost, how often it asked, and the CPU seconds of the host meanwhile."""

    usage: rig.Usage
    requests: int
    host: float


def race(command: Sequence[str], folder: Path, core: str, host: Host, limit: float) -> Lap:
    """Run one client. Raises RigError if it failed."""
    requests, cpu = host.requests(), host.cpu()
    usage = rig.run(command, folder, core, limit)
    if usage.code:
        raise rig.RigError(f"{command[0]} ended with {usage.code}: {rig.last_line(usage.output)}")
    return Lap(usage, host.requests() - requests, host.cpu() - cpu)


def auditor(folder: Path, host: Host, options: argparse.Namespace) -> list[str]:
    """The whole job, over as many connections as the host permits."""
    lines = (
        f"SKU-{number:08d}\tB0{number:08d}\thttp://{rig.LOOPBACK}:{host.port}/{number}.jpg"
        for number in range(options.rows)
    )
    rig.write_lines(folder / "feed.tsv", ("sku\tasin\tmain_image_url", *lines))
    width = str(options.connections)
    limits = ["--concurrency", width, "--per-host", width, "--first-range", str(rig.FIRST_RANGE)]
    return [rig.need("auditor"), "check", "feed.tsv", "--allow-private", "--quiet", *limits, "--out", "failing.csv"]


def bare(host: Host, options: argparse.Namespace) -> list[str]:
    """The client that looks at nothing."""
    numbers = ["--rows", str(options.rows), "--connections", str(options.connections)]
    return [sys.executable, str(Path(__file__).resolve()), "--bare", str(host.port), *numbers]


def print_laps(laps: dict[str, Lap], options: argparse.Namespace) -> bool:
    """Print what each took, and whether the bar holds."""
    ideal = options.rows * options.latency / 1000 / options.connections
    print(f"{'':10}{'wall s':>9}{'/ ideal':>9}{'CPU s':>9}{'host CPU s':>12}{'requests/row':>14}")
    print(f"{'ideal':10}{ideal:>9.2f}{1:>9.2f}")
    for name, lap in laps.items():
        wall, per_row = lap.usage.wall, lap.requests / options.rows
        print(f"{name:10}{wall:>9.2f}{wall / ideal:>9.2f}{lap.usage.cpu:>9.2f}{lap.host:>12.2f}{per_row:>14.2f}")
    lap = laps["auditor"]
    holds = bool(lap.usage.wall <= BAR * ideal and lap.requests == options.rows)
    print(f"bar: auditor within {BAR} times the ideal, asking once a row: {'holds' if holds else 'does NOT hold'}")
    return holds


# ── the command ───────────────────────────────────────────────────────────────────────────────────────────────────


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(
        description="Is waiting free? auditor against a host that takes its time.",
        epilog="The docstring of this script says what may be concluded from its figures.",
    )
    parser.add_argument("--rows", type=rig.whole(1000, 10_000_000), default=100_000, help="rows of the feed (100,000)")
    parser.add_argument("--connections", type=rig.whole(1, 10_000), default=1000, help="that the host permits (1000)")
    parser.add_argument("--latency", type=rig.whole(1, 10_000), default=200, help="milliseconds (200)")
    parser.add_argument("--serve", help=argparse.SUPPRESS)
    parser.add_argument("--bare", type=int, help=argparse.SUPPRESS)
    return parser.parse_args()


def main() -> int:
    """Let both clients run and print what they took."""
    options = arguments()
    if options.serve:
        uvloop.run(serve(options.latency / 1000, Path(options.serve).read_bytes()[: rig.FIRST_RANGE]))
    if options.bare:
        uvloop.run(ask_bare(options.bare, options.rows, options.connections))
        return 0
    print(rig.describe_machine())
    print(f"{options.rows:,} rows, {options.connections} connections, {options.latency} ms", flush=True)
    cores = rig.split_cores()
    with rig.scratch("latency") as folder, slow_host(folder, cores.origin, options.latency) as host:
        limit = 60 + 10 * options.rows * options.latency / 1000 / options.connections
        commands = {"bare": bare(host, options), "auditor": auditor(folder, host, options)}
        laps = {name: race(command, folder, cores.contender, host, limit) for name, command in commands.items()}
    return 0 if print_laps(laps, options) else 1


if __name__ == "__main__":
    rig.play(main)
