"""How large a state file grows, and how fast it is then to be opened, asked and written.

A state file is filled as a run fills it, through the same code, in steps: facts about URLs in batches, in an order that
is random to the file, and a ledger with a finding for 3 in 100 of them. After each step:

- size: bytes of the file, and per million of URLs
- start-up: the time until a run can ask: the file opened twice for facts and once for the ledger, the slots with
  findings that last read, one URL found
- look-ups: URLs found a second, at random places, as many at once as a batch of rows asks for; after the pages of the
  file were dropped from the system's cache where that is allowed, and the same ones again. A page of some 18 URLs comes
  from the disk once in a run, as long as the memory has room for the file: a run over all of them is near the second
  figure, one over a few of many near the first
- writes: URLs written a second while the file grew

What a reader may conclude: whether a run that does R rows a second (see throughput.py) waits for its memory. It stands
on this machine's disk and cache: a file larger than the memory is read from the disk.

    python benchmarks/state.py --urls 1000000 --step 250000 --file /var/tmp/state.db

goes on with the file that it finds, so that ten million can be reached in several calls, and measures it as it is if it
has as many already. Exit code: 0, or 1 if start-up took a second or more.
"""

import argparse
import asyncio
import os
import random
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from auditor.model import Answered, Color, Format, ImageInfo
from auditor.state import Fact, Found, Ledger, Night, Nights, open_database, open_facts
from auditor.state.facts import key_of

MANNER = "benchmark"
FEED = "catalogue"
FINDINGS = 0.03  # of the URLs
AT_ONCE = 500  # URLs, as many as come with a batch of rows
LOOK_UPS = 50_000
ASKED = 250_000  # of the URLs, the first so many are asked for: their hashes lie everywhere in the file
NIGHT = 1_700_000_000
WIDTHS = (12, 9, 12, 10, 9, 9, 10, 10)  # of the columns
START_UP = 1.0  # seconds: the bar


def url_of(number: int) -> str:
    """A URL as catalogues have them."""
    return f"https://cdn{number % 997}.example.com/catalogue/2026/{number:012d}.jpg"


def fact_of(number: int) -> Fact:
    """What a host says of a good picture."""
    digest = f"{number:064x}"
    picture = ImageInfo(Format.JPEG, 1600, 1600, color=Color.RGB, bits=8, compression="baseline")
    etag, modified = f'"{number:x}-5f8a"', "Thu, 19 Nov 2026 02:30:00 GMT"
    answer = Answered(206, None, "image/jpeg", 180_000 + number, etag, modified, digest, picture)
    return Fact(answer, NIGHT, NIGHT, NIGHT)


async def grow(path: Path, first: int, last: int) -> float:
    """Add the URLs from `first` up to `last`; give how many a second."""
    began = time.perf_counter()
    facts = open_facts(path, MANNER)
    for number in range(first, last):
        await facts.keep(key_of(url_of(number), MANNER), fact_of(number))
    await facts.aclose()
    return (last - first) / (time.perf_counter() - began)


def enter(path: Path, urls: int) -> float:
    """Enter a night with findings for so many URLs; give the seconds."""

    def found() -> Iterator[Found]:
        for number in range(int(urls * FINDINGS)):
            yield Found(f"B{number:09d}", f"S{number}", "ATVPDKIKX0DER", "MAIN", "redirect", "fail", looked=True)

    began = time.perf_counter()
    with closing(open_database(path)) as database:
        ledger = Ledger(path, database, FEED)
        ledger.complete(Night(NIGHT + urls, NIGHT + urls, "p", "r", urls, urls, 0), found(), ledger.slots())
    return time.perf_counter() - began


async def start(path: Path) -> float:
    """Do what a run does before it can ask; give the seconds."""
    began = time.perf_counter()
    nights = Nights(path, FEED)
    slots = len(nights.slots)
    facts = open_facts(path, MANNER)
    if not slots or (await facts.find(url_of(0))).fact is None:
        raise SystemExit(f"{path} doesn't hold what was written into it")
    seconds = time.perf_counter() - began
    await facts.aclose()
    nights.close()
    return seconds


async def look_up(path: Path, urls: int) -> float:
    """Find URLs at random, the same ones each time; give how many a second."""
    chance = random.Random(1)  # noqa: S311  # no secret
    facts = open_facts(path, MANNER)
    began = time.perf_counter()
    for _ in range(LOOK_UPS // AT_ONCE):
        found = await facts.find_all([url_of(chance.randrange(min(urls, ASKED))) for _ in range(AT_ONCE)])
        if not all(known.fact for known in found.values()):
            raise SystemExit(f"{path} doesn't hold what was written into it")
    rate = LOOK_UPS / (time.perf_counter() - began)
    await facts.aclose()
    return rate


def drop(path: Path) -> None:
    """Let the system forget the pages of a file, so that they come from the disk."""
    with suppress(AttributeError, OSError):
        number = os.open(path, os.O_RDONLY)
        try:
            os.fsync(number)
            os.posix_fadvise(number, 0, 0, os.POSIX_FADV_DONTNEED)
        finally:
            os.close(number)


def known(path: Path) -> int:
    """How many URLs the file has."""
    with closing(open_database(path)) as database:
        return int(database.execute("SELECT count(*) FROM facts").fetchone()[0])


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--urls", type=int, default=1_000_000)
    parser.add_argument("--step", type=int, default=250_000)
    parser.add_argument("--file", type=Path, default=Path("state.db"))
    options = parser.parse_args()
    urls, slowest = known(options.file), 0.0
    heads = ("URLs", "MB", "MB/million", "write/s", "night s", "start s", "cold/s", "find/s")
    print("".join(f"{head:>{width}}" for head, width in zip(heads, WIDTHS, strict=True)))
    while True:
        last = max(urls, min(options.urls, urls + options.step))
        written = asyncio.run(grow(options.file, urls, last)) if last > urls else 0
        urls = last
        entered = enter(options.file, urls)
        size = options.file.stat().st_size / 1e6
        drop(options.file)
        started = asyncio.run(start(options.file))
        slowest = max(slowest, started)
        drop(options.file)
        cold = asyncio.run(look_up(options.file, urls))
        warm = asyncio.run(look_up(options.file, urls))
        print(
            f"{urls:>12,}{size:>9,.0f}{size / urls * 1e6:>12,.0f}{written:>10,.0f}{entered:>9.2f}{started:>9.2f}"
            f"{cold:>10,.0f}{warm:>10,.0f}",
            flush=True,
        )
        if urls >= options.urls:
            break
    return 1 if slowest >= START_UP else 0


if __name__ == "__main__":
    raise SystemExit(main())
