"""`auditor inspect`, and what `auditor check` says of its feeds."""

import asyncio
import json
from pathlib import Path

import pytest
from commands import auditor
from feeds.books import write_book

FEED = "sku\tmain_image_url\tother_image_url1\tbrand\tprice\nS1\thttp://a\tp\tAcme\t9\nS2\t\t\t=1+1\t9\n"


def test_a_feed_is_shown_as_it_is_seen(tmp_path: Path) -> None:
    """What it is taken for, the columns left out, and the first rows; unreadable rows and those without images too."""
    (tmp_path / "feed.tsv").write_text(FEED + '"S3\thttp://user:secret@h/x\n\t\t\n')
    ran = asyncio.run(auditor("inspect", "feed.tsv", cwd=tmp_path))
    assert ran.code == 0, ran
    assert ran.out.splitlines() == [
        "feed.tsv: tab-separated text, UTF-8, 3 columns used: sku, main_image_url (MAIN), other_image_url1 (PT01)",
        "Columns that aren't looked at: brand, price",
        "row  asin        sku  marketplace  slot  url",
        "2                S1                MAIN  http://a",
        "2                S1                PT01  p",
        "3                S2                MAIN",
        '4    unreadable                          "S3�http://…@h/x',
        "Rows that ask for no image: 1",
    ]


def test_as_many_rows_as_wanted(tmp_path: Path) -> None:
    """Ten rows are shown, or as many as --limit says, of each feed; the whole feed isn't read."""
    for name in ("a.tsv", "b.tsv"):
        (tmp_path / name).write_text("sku\turl\n" + "S\tu\n" * 50_000)
    ran = asyncio.run(auditor("inspect", "a.tsv", "b.tsv", cwd=tmp_path))
    assert ran.out.count("MAIN  u") == 20
    ran = asyncio.run(auditor("inspect", "a.tsv", "--limit", "3", "--lang", "vi", cwd=tmp_path))
    assert ran.out.count("MAIN  u") == 3
    assert ran.out.startswith("Tệp a.tsv: văn bản phân cách bằng ký tự tab, UTF-8, sử dụng 2 cột: sku, url (MAIN)\n")


def test_a_feed_that_cannot_be_shown_is_one_sentence(tmp_path: Path) -> None:
    """A wrong path, an unknown format and an empty file are told like elsewhere."""
    (tmp_path / "empty").write_bytes(b"")
    for arguments, said in (
        (("nowhere.tsv",), "nowhere.tsv: there is no such file"),
        (("empty",), "empty is empty"),
        (("empty", "--slot", "PT99"), "'PT99' is no slot"),
    ):
        ran = asyncio.run(auditor("inspect", *arguments, cwd=tmp_path))
        assert (ran.code, ran.out) == (2, "")
        assert said in ran.err
    (tmp_path / "empty").write_text(FEED)
    ran = asyncio.run(auditor("inspect", "empty", "--feed-format", "exel", cwd=tmp_path))
    assert "There is no feed format 'exel': there are delimited, google-table," in ran.err


def test_what_was_recognised_is_said(tmp_path: Path) -> None:
    """A check says on stderr and in summary.json what each feed was taken for; --quiet leaves stderr alone."""
    write_book(tmp_path / "feed.xlsx", {"Produkte": [["sku", "url", "note"], ["S", "", "x"]]})
    arguments = ("check", "feed.xlsx", "--summary", "summary.json")
    said = "table, workbook, sheet “Produkte”, header row 1, 2 columns used: sku, url (MAIN)"
    ran = asyncio.run(auditor(*arguments, cwd=tmp_path))
    assert (ran.code, ran.err) == (0, f"feed.xlsx: {said}\n")
    (feed,) = json.loads((tmp_path / "summary.json").read_text())["feeds"]
    assert (feed["recognised"], feed["ignored_columns"]) == (said, ["note"])
    ran = asyncio.run(auditor(*arguments, "--quiet", cwd=tmp_path))
    assert (ran.code, ran.err) == (0, "")


@pytest.mark.parametrize("keep", ["brand,price", " Brand , price"])
def test_columns_are_carried_along(tmp_path: Path, keep: str) -> None:
    """failing.csv ends with the columns kept, made safe for spreadsheets; unreadable rows have none."""
    (tmp_path / "feed.tsv").write_text(FEED + '"S3\tx\n')
    ran = asyncio.run(auditor("check", "feed.tsv", "--include", "warn", "--keep", keep, cwd=tmp_path))
    assert ran.code == 1, ran
    lines = (tmp_path / "failing.csv").read_text().splitlines()
    assert lines[0].endswith(",batch_id," + ",".join(name.strip() for name in keep.split(",")))
    assert [line.rpartition(",,")[2] for line in lines[1:]] == ["Acme,9", "Acme,9", "'=1+1,9", ""]


def test_a_column_to_keep_that_is_not_there(tmp_path: Path) -> None:
    """A column that the feed lacks is told, with the closest."""
    (tmp_path / "feed.tsv").write_text(FEED)
    ran = asyncio.run(auditor("check", "feed.tsv", "--keep", "brnad", cwd=tmp_path))
    assert ran.code == 2
    assert ran.err.endswith("did you mean 'brand'?\n")
