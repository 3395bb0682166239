"""`auditor check` and `auditor inspect` with folders, patterns, archives and maps of ASINs, as their user runs them."""

import asyncio
import csv
import hashlib
import json
import zipfile
from pathlib import Path

from commands import auditor

FEED = "sku\tasin\turl\nS1\t\tftp://h/1.jpg\nS2\tB000000009\tftp://h/2.jpg\nS3\t\tftp://h/3.jpg\n"
MAP = "sku,asin\nS1,B000000001\nS2,B000000002\nS3,B000000003\nS3,B000000004\nS4,-\n"


def plant(folder: Path) -> None:
    """Put two feeds, an archive with another, a letter and a map into a folder."""
    (folder / "feeds").mkdir()
    (folder / "feeds" / "a.tsv").write_text(FEED)
    (folder / "feeds" / "b.tsv").write_text(FEED)
    (folder / "feeds" / "letter").write_bytes(b"%PDF-1.7")
    with zipfile.ZipFile(folder / "feeds" / "c.zip", "w") as packed:
        packed.writestr("README.txt", "As agreed.\n")
        packed.writestr("c.tsv", FEED)
    (folder / "map.csv").write_text(MAP)


def test_a_folder_and_a_map(tmp_path: Path) -> None:
    """Each product of each feed is told, with its ASIN; what was left out, filled and contradicted is told."""
    plant(tmp_path)
    arguments = ("check", "feeds", "--asin-map", "map.csv", "--summary", "summary.json", "--lang", "en")
    ran = asyncio.run(auditor(*arguments, cwd=tmp_path))
    assert ran.code == 1, ran
    assert ran.err.splitlines() == [
        "Left out: feeds/c.zip/README.txt is no feed of a kind that is known here.",
        "Left out: feeds/letter is a PDF; name the feed instead.",
        "ASINs from map.csv: 5 rows, 1 of them without one",
        "SKUs with several ASINs in --asin-map, which get none: 1, such as S3 (B000000003, B000000004)",
    ]
    with (tmp_path / "failing.csv").open(newline="") as file:
        lines = [(line["feed"], line["sku"], line["asin"]) for line in csv.DictReader(file)]
    feeds = [f"feeds/{name}" for name in ("a.tsv", "b.tsv", "c.zip/c.tsv")]
    asins = {"S1": "B000000001", "S2": "B000000009", "S3": ""}
    assert lines == [(feed, sku, asin) for feed in feeds for sku, asin in asins.items()]
    assert "Files left out because they are no feeds: 2\n" in ran.out
    assert "Product rows with their ASIN from --asin-map: 3\n" in ran.out
    contradicted = "--asin-map: 3, such as row 3 of feeds/a.tsv (B000000009, not B000000002)\n"
    assert f"Product rows that keep an ASIN other than the one in {contradicted}" in ran.out

    summary = json.loads((tmp_path / "summary.json").read_text())
    assert [(feed["path"], feed["rows_read"]) for feed in summary["feeds"]] == [(feed, 3) for feed in feeds]
    assert summary["rows"]["read"] == sum(feed["rows_read"] for feed in summary["feeds"])
    assert summary["left_out"]["files"] == 2
    assert summary["left_out"]["first"][1] == {
        "path": "feeds/letter",
        "why": "feeds/letter is a PDF; name the feed instead.",
    }
    known = summary["asin_map"]
    digest = hashlib.sha256(MAP.encode()).hexdigest()
    assert known["files"] == [{"path": "map.csv", "size": len(MAP), "sha256": digest, "rows": 5, "without_asin": 1}]
    counts = ("skus", "conflicting_skus", "rows_filled", "rows_contradicting")
    assert [known[name] for name in counts] == [2, 1, 3, 3]
    assert known["conflicts"] == [{"sku": "S3", "asins": ["B000000003", "B000000004"]}]
    assert known["contradictions"][0]["asin_of_map"] == "B000000002"


def test_a_folder_that_holds_the_reports_too(tmp_path: Path) -> None:
    """A second run in the same folder doesn't take the reports of the first for feeds."""
    (tmp_path / "a.tsv").write_text(FEED)
    arguments = ("check", ".", "--jsonl", "all.jsonl", "--summary", "summary.json", "--bom")
    first = asyncio.run(auditor(*arguments, cwd=tmp_path))
    second = asyncio.run(auditor(*arguments, cwd=tmp_path))
    assert (first.code, first.err) == (1, "")
    assert second == first


def test_a_feed_in_a_folder_is_not_written_over(tmp_path: Path) -> None:
    """A feed that is called like a report is kept from it, also where it was only found."""
    (tmp_path / "failing.csv").write_text(FEED)
    ran = asyncio.run(auditor("check", "*.csv", cwd=tmp_path))
    assert ran.code == 2
    assert ran.err == "auditor: The feed failing.csv would be written over by a report. Give the report another name.\n"
    assert (tmp_path / "failing.csv").read_text() == FEED


def test_inspecting(tmp_path: Path) -> None:
    """A folder's feeds are shown with the ASINs of the map; what is left out is told on stderr."""
    plant(tmp_path)
    ran = asyncio.run(auditor("inspect", "feeds/[al]*", "--asin-map", "map.csv", "--lang", "vi", cwd=tmp_path))
    assert ran.code == 0
    assert [line.split()[:3] for line in ran.out.splitlines()[2:]] == [
        ["2", "B000000001", "S1"],
        ["3", "B000000009", "S2"],
        ["4", "S3", "MAIN"],
    ]
    assert ran.err.splitlines()[:1] == ["Bỏ qua: feeds/letter là một tệp PDF; hãy chỉ rõ tệp dữ liệu hàng lưu kho."]
    ran = asyncio.run(auditor("inspect", "feeds/*.xml", cwd=tmp_path))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "auditor: feeds/*.xml: no file fits this pattern; check its folder and its letters.\n"
