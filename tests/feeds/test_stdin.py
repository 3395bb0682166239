"""Standard input and other pipes, which have no size and can't be opened twice."""

import asyncio
import gzip
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from feeds.reading import DEFAULT, batches_of, opened, rows_of, urls

from auditor.errors import FeedError
from auditor.feeds import open_feeds, read_feeds

PROGRAM = """
import asyncio, sys
from auditor.feeds import read_feeds
from auditor.settings import FeedSettings
async def main():
    async for batch in read_feeds(["-"], FeedSettings()):
        for row in batch.rows:
            print(row[0].feed, row[0].row, row[0].url, batch.share)
asyncio.run(main())
"""


@pytest.fixture
def pipe(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The writing end of a pipe that is standard input; a test closes it."""
    reading, writing = os.pipe()
    with os.fdopen(reading) as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        yield writing


@pytest.mark.parametrize("packed", [False, True])
def test_a_feed_is_piped_in(packed: bool) -> None:  # noqa: FBT001 # pytest gives parameters by name
    """`-` reads standard input to its end, plain or gzip; the share is unknown."""
    body = b"sku,url\nS1,u1\nS2,u2\n"
    run = subprocess.run(  # noqa: S603 # our own interpreter and program
        [sys.executable, "-c", PROGRAM], input=gzip.compress(body) if packed else body, capture_output=True, check=True
    )
    assert run.stdout.split(b"\n") == [b"- 2 u1 None", b"- 3 u2 None", b""]


def test_standard_input_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input that is a file has a size, and is read from where it stands."""
    path = tmp_path / "feed.csv"
    path.write_bytes(b"sku,url\n" + b"S,u\n" * 50_000)
    with path.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        batches = batches_of(["-"])
    assert sum(len(batch.rows) for batch in batches) == 50_000
    assert batches[-1].share == 1


def test_a_pipe_in_small_pieces(pipe: int) -> None:
    """A writer that takes its time, and cuts where it likes, changes nothing."""
    body = b"sku,url\r\n" + "".join(f'"S é{number}","u\r\n{number}"\r\n' for number in range(200)).encode()

    def write() -> None:
        for start in range(0, len(body), 97):
            os.write(pipe, body[start : start + 97])
        os.close(pipe)

    writer = threading.Thread(target=write)
    writer.start()
    assert urls(rows_of("-")) == [f"u\r\n{number}" for number in range(200)]
    writer.join()


def test_a_named_pipe_is_read_once(tmp_path: Path) -> None:
    """A feed that a shell hands over as a pipe with a path is read without opening it twice."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"sku,url\n" + b"S,u\n" * 100_000,))
    writer.start()
    assert len(rows_of(path)) == 100_000
    writer.join()


def test_standard_input_is_refused(pipe: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Standard input that is empty, closed or named twice is refused in words for it."""
    os.close(pipe)
    with pytest.raises(FeedError, match=r"^Standard input is empty"):
        opened("-")
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(FeedError, match=r"^Standard input is closed"):
        opened("-")


def test_standard_input_named_twice(pipe: int) -> None:
    """`-` twice is refused."""
    os.write(pipe, b"sku,url\nS,u\n")
    os.close(pipe)
    with pytest.raises(FeedError, match=r"^Standard input is named twice"):
        opened("-", "-")


def test_an_idle_pipe_does_not_hold_up_the_end(pipe: int) -> None:
    """A run that is interrupted while it waits for standard input ends at once: no thread is stuck in a read."""

    async def wait() -> None:
        async for _ in read_feeds(["-"], DEFAULT):
            pass

    async def interrupted() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(wait(), 0.05)

    started = time.monotonic()
    asyncio.run(interrupted())
    assert time.monotonic() - started < 2
    os.close(pipe)


def test_a_named_pipe_without_a_writer_does_not_hold_up_the_end(tmp_path: Path) -> None:
    """A run that is interrupted while nobody writes into the pipe that it was given ends at once."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    rescue = threading.Timer(5, lambda: os.close(os.open(path, os.O_RDWR)))  # or this test would hang where it fails
    rescue.start()

    async def interrupted() -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(open_feeds([str(path)], DEFAULT), 0.05)

    started = time.monotonic()
    asyncio.run(interrupted())
    assert time.monotonic() - started < 4
    rescue.cancel()


def test_a_pipe_that_is_not_read_is_closed(tmp_path: Path) -> None:
    """A pipe that was looked at and won't be read is closed on request."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(b"sku,url\nS,u\n",))
    writer.start()

    async def look() -> None:
        (feed,) = await open_feeds([str(path)], DEFAULT)
        assert feed.size is None
        await feed.aclose()

    asyncio.run(look())
    writer.join()
