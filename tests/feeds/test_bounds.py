"""Hostile feeds: nothing is held beyond its bound, and nothing takes time that grows with the square of the feed."""

import asyncio
import gzip
import time
import tracemalloc
from pathlib import Path

import pytest
from feeds.reading import reasons, rows_of

from auditor.feeds import read_feeds
from auditor.feeds.lines import LineCutter
from auditor.feeds.records import RecordReader, Shape, Unreadable
from auditor.model import BadRowReason
from auditor.settings import KIB, MIB, FeedSettings


def seconds(text: bytes, block: int) -> float:
    """Return how long the records of a text take."""
    cutter, reader = LineCutter(64 * KIB), RecordReader(Shape(",", 3, (2,)), 1, 64 * KIB)
    started = time.process_time()
    for start in range(0, len(text), block):
        for part in reader.push(cutter.push(text[start : start + block])):
            assert isinstance(part, Unreadable) or len(part) <= 500
    list(reader.push(cutter.end()))
    list(reader.end())
    return time.process_time() - started


@pytest.mark.parametrize(
    "line", [b'a","b\n', b'x,"y,http://a\n', b'"\n', b'x,"""y,\n'], ids=["reopening", "pairing", "lone", "escaped"]
)
@pytest.mark.parametrize("block", [200, 256 * KIB])
def test_time_is_linear(line: bytes, block: int) -> None:
    """Lines made to be read again and again take a time in proportion to their number."""
    short, long = line * 1_500, line * 6_000
    # The least of several: whatever else a machine does only adds to them.
    assert min(seconds(long, block) for _ in range(3)) < 8 * max(min(seconds(short, block) for _ in range(3)), 0.01)


def test_a_line_without_end_is_not_held() -> None:
    """A line of 64 MiB without an end, plain or within quotes, keeps a few times the record's limit."""
    cutter, reader = LineCutter(MIB), RecordReader(Shape(",", 3, (2,)), 1, MIB)
    block = b'"' + b"x" * (256 * KIB - 1)
    tracemalloc.start()
    for _ in range(256):
        assert list(reader.push(cutter.push(block))) == []
    parts = [*reader.push(cutter.end()), *reader.end()]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 20 * MIB
    assert [(part.line, part.reason) for part in parts if isinstance(part, Unreadable)] == [(1, BadRowReason.TOO_LONG)]


def test_a_gzip_bomb_is_met_in_pieces(tmp_path: Path) -> None:
    """A kilobyte that unpacks to 64 MiB of one line becomes one bad row, in bounded memory."""
    path = tmp_path / "bomb.csv"
    path.write_bytes(gzip.compress(b"sku,url\n" + b"x" * (64 * MIB) + b"\nS,u\n"))
    tracemalloc.start()
    rows = rows_of(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reasons(rows) == [(2, BadRowReason.TOO_LONG)]
    assert len(rows) == 2
    assert peak < 20 * MIB


def test_memory_does_not_grow_with_the_feed(tmp_path: Path) -> None:
    """Six times the rows take the same memory."""
    peaks = []
    for count in (10_000, 60_000):
        path = tmp_path / f"{count}.tsv"
        path.write_bytes(b"asin\tsku\turl\n" + b"A\tS\thttp://h/1.jpg\n" * count)
        tracemalloc.start()
        peaks.append(peak_of(path))
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


def peak_of(path: Path) -> int:
    """Return the peak of memory over reading a feed and dropping its rows."""

    async def read() -> None:
        async for _ in read_feeds([str(path)], FeedSettings(block=16 * KIB)):
            pass

    asyncio.run(read())
    return tracemalloc.get_traced_memory()[1]
