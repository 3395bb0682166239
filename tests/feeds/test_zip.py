"""Zip archives: each file in one is a feed."""

import gzip
import io
import subprocess
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from feeds.books import write_book
from feeds.reading import batches_of, opened, rows_of, urls

from auditor.errors import FeedError
from auditor.model import BadRow

TABLE = b"sku,url\nS1,u1\nS2,u2\n"


def archive(path: Path, files: Mapping[str, bytes]) -> None:
    """Write an archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)


def refused(path: Path) -> str:
    """Return the sentence with which an archive is refused."""
    with pytest.raises(FeedError) as caught:
        rows_of(path)
    return str(caught.value)


def test_each_file_is_a_feed(tmp_path: Path) -> None:
    """Files of any format, in folders, gzipped or workbooks, are read in their order; what systems leave isn't."""
    write_book(tmp_path / "book.xlsx", {"T": [["sku", "url"], ["S3", "u3"]]})
    path = tmp_path / "feeds.zip"
    archive(
        path,
        {
            "a/table.csv": TABLE,
            "b.csv.gz": gzip.compress(TABLE),
            "book.xlsx": (tmp_path / "book.xlsx").read_bytes(),
            "__MACOSX/a/._table.csv": b"\0\5\26\7",
            ".DS_Store": b"\0",
        },
    )
    assert [feed.path for feed in opened(path)] == [
        f"{path}/{name}" for name in ("a/table.csv", "b.csv.gz", "book.xlsx")
    ]
    assert urls(rows_of(path)) == ["u1", "u2", "u1", "u2", "u3"]
    assert {ref.feed for row in rows_of(path) if not isinstance(row, BadRow) for ref in row} == {
        feed.path for feed in opened(path)
    }
    assert batches_of([path])[-1].share == 1


def test_what_is_no_feed_is_left_out(tmp_path: Path) -> None:
    """A text to be read by people, a document, a mark: the feeds are read all the same, and it is told what wasn't."""
    path = tmp_path / "feeds.zip"
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as packed:
        packed.writestr("[Content_Types].xml", "<Types/>")
    files = {"README.txt": b"All feeds of May,\nas agreed.\n", "a.csv": TABLE, "_SUCCESS": b"", "b.pdf": b"%PDF-1.7"}
    archive(path, {**files, "letter.docx": document.getvalue(), "asins.csv": b"asin,sku,failing_images,codes\r\n"})
    feeds = opened(path)
    assert [feed.path for feed in feeds] == [f"{path}/a.csv"]
    assert [(file.path, str(file.why)) for file in feeds.skipped] == [
        (f"{path}/README.txt", f"{path}/README.txt is no feed of a kind that is known here."),
        (f"{path}/_SUCCESS", f"{path}/_SUCCESS is empty; export the feed again."),
        (f"{path}/b.pdf", f"{path}/b.pdf is a PDF; name the feed instead."),
        (
            letter := f"{path}/letter.docx",
            f"{letter} is a zip archive and no workbook that is read here; save it as .xlsx, or as “CSV UTF-8”.",
        ),
    ]
    assert urls(rows_of(path)) == ["u1", "u2"]


def test_beside_other_feeds(tmp_path: Path) -> None:
    """The same product in two feeds is told for each."""
    archive(tmp_path / "a.zip", {"t.csv": TABLE})
    (tmp_path / "b.csv").write_bytes(TABLE)
    assert urls(rows_of(tmp_path / "a.zip", tmp_path / "b.csv")) == ["u1", "u2"] * 2


def test_a_large_file_is_streamed(tmp_path: Path) -> None:
    """A member of several blocks comes whole."""
    path = tmp_path / "a.zip"
    archive(path, {"t.csv": b"sku,url\n" + b"".join(b"S%d,u%d\n" % (n, n) for n in range(100_000))})
    assert urls(rows_of(path)) == [f"u{n}" for n in range(100_000)]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "is an empty zip archive"),
        ({"__MACOSX/x": b""}, "holds 0 files, not 1 to 1000; unpack it"),
        ({f"{n}.csv": TABLE for n in range(1001)}, "holds 1001 files, not 1 to 1000; unpack it"),
        ({"b.pdf": b"%PDF-1.7"}, "/b.pdf is a PDF; name the feed instead."),
        ({"b.pdf": b"%PDF-1.7", "README": b"hello"}, "feed.zip holds no feed: "),
        ({"failing.csv": b"asin,sku,failing_images,codes\r\n"}, "feed.zip holds no feed."),
        ({"a.csv": TABLE, "b.csv": b"sku,price\nS,1\n"}, "/b.csv has no column of image links"),
        ({"a.csv": TABLE, "b.csv": b"artikel,bild\nS,u\n"}, "/b.csv has no column of image links"),
        ({"a.csv": TABLE, "b.csv": b""}, "/b.csv is empty"),
        ({"a.csv": b""}, "/a.csv is empty"),
        ({"a.csv": b"name,price\nx,1\n"}, "/a.csv has no column of image links"),
    ],
)
def test_archives_that_cannot_be_read(tmp_path: Path, files: dict[str, bytes], said: str) -> None:
    """Each is told with the file that is wrong."""
    path = tmp_path / "feed.zip"
    archive(path, files)
    assert said in refused(path)


def test_damage(tmp_path: Path) -> None:
    """Damage within a file is met when it is read; what came before counts."""
    path = tmp_path / "feed.zip"
    archive(path, {"t.csv": b"sku,url\n" + b"".join(b"S%d,u%d\n" % (n, n * 7919 % 65537) for n in range(200_000))})
    broken = bytearray(path.read_bytes())
    middle = len(broken) * 3 // 4
    broken[middle : middle + 50] = bytes(50)
    path.write_bytes(broken)
    assert "is damaged: its zip data can't be unpacked" in refused(path)


def test_a_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks to a thousand times its size is given up."""
    monkeypatch.setattr("auditor.feeds.archive._FREE", 1_000_000)
    path = tmp_path / "bomb.zip"
    archive(path, {"t.csv": b"sku,url\n" + b"\n" * 20_000_000})
    assert "unpacks to more than 400 times its size" in refused(path)


PROGRAM = """
import asyncio
from auditor.feeds import read_feeds
from auditor.settings import FeedSettings
async def main():
    async for batch in read_feeds(["-"], FeedSettings()):
        for row in batch.rows:
            print(row[0].url)
asyncio.run(main())
"""


def test_archives_and_workbooks_through_a_pipe(tmp_path: Path) -> None:
    """What needs to be read from anywhere is copied from standard input first."""
    write_book(tmp_path / "book.xlsx", {"T": [["sku", "url"], ["S", "u3"]]})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as both:
        both.writestr("t.csv", TABLE)
        both.write(tmp_path / "book.xlsx", "book.xlsx")
    for content, links in (((tmp_path / "book.xlsx").read_bytes(), b"u3\n"), (packed.getvalue(), b"u1\nu2\nu3\n")):
        ran = subprocess.run(  # noqa: S603 # our own interpreter and program
            [sys.executable, "-W", "error", "-c", PROGRAM], input=content, capture_output=True, check=False
        )
        assert (ran.stdout, ran.stderr) == (links, b"")
