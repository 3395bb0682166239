"""What a user names may be a folder or a pattern: the feeds in it are read, what is none is told."""

import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from feeds.books import write_book
from feeds.reading import DEFAULT, opened, rows_of, urls

from auditor.errors import FeedError
from auditor.feeds.own import is_own
from auditor.model import BadRow, Changes, Comparison
from auditor.reports.changes import changes_facts
from auditor.reports.jsonl import Jsonl
from auditor.reports.lines import FAILING
from auditor.reports.tables import BOM, AsinsCsv, fixed_csv
from auditor.settings import FeedSettings

TABLE = "sku,url\nS1,{0}1\nS2,{0}2\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with two feeds, a folder within, and much else."""
    found = tmp_path / "feeds"
    (found / "old").mkdir(parents=True)
    for name in ("b.csv", "a.txt", ".hidden.csv", "c.csv.part", "old/z.csv"):
        (found / name).write_text(TABLE.format(Path(name).stem))
    (found / "README").write_text("Feeds of May, as agreed.\n")
    (found / "photo.jpg").write_text("no feed, whatever it holds")
    (found / "letter").write_bytes(b"%PDF-1.7")
    return found


def refused(*paths: Path | str, settings: FeedSettings = DEFAULT) -> str:
    """Return the one sentence with which they are refused."""
    with pytest.raises(FeedError) as caught:
        opened(*paths, settings=settings)
    return str(caught.value)


def test_a_folder_means_the_feeds_in_it(folder: Path) -> None:
    """By name, without hidden files, unfinished reports and folders within; what is no feed is told."""
    feeds = opened(folder)
    assert [feed.path for feed in feeds] == [f"{folder}/a.txt", f"{folder}/b.csv"]
    assert [str(file.why).removeprefix(f"{folder}/") for file in feeds.skipped] == [
        "photo.jpg is called like no feed.",
        "README is no feed of a kind that is known here.",
        "letter is a PDF; name the feed instead.",
    ]
    assert urls(rows_of(folder)) == ["a1", "a2", "b1", "b2"]
    assert {ref.feed for row in rows_of(folder) if not isinstance(row, BadRow) for ref in row} == {
        feed.path for feed in feeds
    }


def test_a_pattern_means_the_files_that_fit(folder: Path) -> None:
    """As a shell has it, ** for folders within; a file that is called like a pattern is that file."""
    assert urls(rows_of(f"{folder}/*.csv")) == ["b1", "b2"]
    assert urls(rows_of(f"{folder}/[ab].*")) == ["a1", "a2", "b1", "b2"]
    assert urls(rows_of(f"{folder}/**/*.csv")) == ["b1", "b2", "z1", "z2"]
    (folder / "b[1].csv").write_text(TABLE.format("x"))
    assert urls(rows_of(f"{folder}/b[1].csv")) == ["x1", "x2"]


def test_here(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder one is in is a folder, too; its feeds are called by their names."""
    monkeypatch.chdir(folder)
    assert [feed.path for feed in opened(".")] == ["a.txt", "b.csv"]


def test_a_feed_found_twice_is_read_once(folder: Path) -> None:
    """Naming a feed and its folder, in whichever order, is no mistake."""
    assert urls(rows_of(folder / "b.csv", folder)) == ["b1", "b2", "a1", "a2"]
    assert urls(rows_of(folder, folder / "b.csv", f"{folder}/*.csv")) == ["a1", "a2", "b1", "b2"]
    (folder / "link.csv").symlink_to(folder / "b.csv")
    assert urls(rows_of(folder)) == ["a1", "a2", "b1", "b2"]


def test_nothing_to_be_read(tmp_path: Path, folder: Path) -> None:
    """A folder or pattern without a feed is one sentence, with the first thing that is there instead."""
    (tmp_path / "empty").mkdir()
    assert refused(tmp_path / "empty") == f"{tmp_path}/empty is a folder without any file to read; name the feed."
    assert refused(f"{folder}/*.xml").endswith("/*.xml: no file fits this pattern; check its folder and its letters.")
    assert refused(f"{folder}/l*") == f"{folder}/l* holds no feed: {folder}/letter is a PDF; name the feed instead."
    assert refused(folder / "b.csv", f"{folder}/p*").endswith("/photo.jpg is called like no feed.")


def test_too_many_files(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All are looked at before anything starts, so there is a bound; pictures beside the feeds don't count."""
    monkeypatch.setattr("auditor.feeds.paths._MOST", 3)
    for number in range(9):
        (folder / f"{number}.jpg").touch()
    assert refused(folder).endswith("feeds means 4 files, more than the 3 that are looked at; name fewer.")


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("c.csv", b"", "c.csv is empty; export the feed again."),
        ("c.csv", b"sku,url\n", "c.csv has a header row and no products below it"),
        ("c.csv", b"sku,price\nS,1\n", "c.csv has no column of image links"),
        ("c.csv", b"artikel,bild\nS,u\n", "did you mean --url-column 'bild'?"),
        ("c.zip", b"PK\3\4" + bytes(100), "c.zip is damaged"),
    ],
)
def test_a_feed_in_a_folder_that_is_not_right_stops(folder: Path, name: str, content: bytes, said: str) -> None:
    """What is a feed but can't be read as one isn't left out: nobody would miss it."""
    (folder / name).write_bytes(content)
    assert said in refused(folder)


def test_our_own_reports_are_left_out(folder: Path, tmp_path: Path) -> None:
    """Reports of the run before, which lie in the same folder, are no feeds, with a mark for Excel or without."""
    failing = ",".join(header for header, _ in FAILING)
    assert is_own(failing.encode())
    assert is_own(Jsonl(tmp_path, {}, {"version": "1"}).opening())
    assert is_own(next(fixed_csv(iter(()), bom=True)))
    compared = Comparison("feed", None, Changes(0, 0, 0, 0), judged_alike=True, entered=True)
    assert is_own(json.dumps(changes_facts(compared), indent=2).encode())
    (folder / "failing.csv").write_bytes(BOM + failing.encode() + b"\r\nB1,S,,MAIN,fail,,x,,,,http://h/a\r\n")
    (folder / "asins.csv").write_text(",".join(AsinsCsv.COLUMNS) + "\nB1,S,1,x\n")
    feeds = opened(folder)
    assert [feed.path for feed in feeds] == [f"{folder}/a.txt", f"{folder}/b.csv"]
    assert len(feeds.skipped) == 3


def test_heads_are_not_kept(folder: Path) -> None:
    """What was read of a feed to recognise it is let go: there may be a thousand of them."""
    write_book(folder / "c.xlsx", {"T": [["sku", "url"], ["S", "u3"]]})
    assert all(feed.source.head == b"" for feed in opened(folder))
    assert urls(rows_of(folder))[-1] == "u3"


@contextmanager
def as_anybody() -> Iterator[None]:
    """Be a user who may not read everything, as the superuser may."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65_534)
    try:
        yield
    finally:
        os.seteuid(user)


def test_a_folder_that_may_not_be_read() -> None:
    """It is told like a file."""
    with tempfile.TemporaryDirectory() as around:  # pytest's own folders can't be entered by others
        Path(around).chmod(0o755)
        closed = Path(around, "mine")
        closed.mkdir(mode=0)
        with as_anybody():
            assert "may not be read by this user" in refused(closed)
