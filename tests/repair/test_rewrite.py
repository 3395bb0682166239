"""A corrected feed is the same file with other image links, and no other byte changed."""

import gzip
import json
import os
import re
import resource
import zipfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from pathlib import Path

import pytest
from feeds.reading import opened, rows_of
from repair.rewriting import change_of, only_differences, refs_of, replaced, rewrite

from auditor.errors import AuditorError
from auditor.feeds.feed import Feed
from auditor.model import BadRow, ImageRef
from auditor.repair.feeds import diff
from auditor.repair.feeds.change import Change, Left
from auditor.repair.feeds.output import Output
from auditor.urls import redact

DATA = Path(__file__).parents[2] / "data"
NO_FEEDS = re.compile("references|failing|^report-")
SAMPLES = sorted(path for path in DATA.iterdir() if not NO_FEEDS.search(path.name))
TEXTS = [path for path in SAMPLES if path.suffix not in {".parquet", ".xlsm"}]
NEW = "https://cdn.example.net/fixed/{:03d}.jpg"
GOOGLE = """<rss xmlns:g="http://base.google.com/ns/1.0"><channel><item><g:id>A</g:id><g:image_link></g:image_link>
<g:additional_image_link>{}</g:additional_image_link></item></channel></rss>"""


def codec_of(stored: bytes) -> str:
    """Return how ASCII is written in a sample."""
    return "utf-16-le" if stored.startswith(b"\xff\xfe") else "utf-8"


@pytest.mark.parametrize("feed", [*TEXTS, DATA / "workbook.xlsm"], ids=lambda path: path.name)
def test_without_changes_the_feed_stays_as_it_is(feed: Path, tmp_path: Path) -> None:
    """Every sample comes out byte for byte."""
    out = tmp_path / feed.name
    assert rewrite(feed, [], Output(out)) == []
    assert out.read_bytes() == feed.read_bytes()
    assert not list(tmp_path.glob("*.part"))


@pytest.mark.parametrize("step", [1, 3])
@pytest.mark.parametrize("feed", TEXTS, ids=lambda path: path.name)
def test_a_changed_link_is_all_that_changes(feed: Path, step: int, tmp_path: Path) -> None:
    """Read again, every sample asks for the new images and all the others as before, in the same bytes."""
    out = tmp_path / feed.name
    refs = refs_of(feed)
    news = {at: NEW.format(at) for at, ref in enumerate(refs) if ref.url and at % step == 0}
    told = rewrite(feed, [change_of(refs[at], new) for at, new in news.items()], Output(out))
    differences = only_differences(told)
    assert [one._replace(feed="") for one in refs_of(out)] == [
        ref._replace(feed="", url=news.get(at, ref.url)) for at, ref in enumerate(refs)
    ]
    before, after = feed.read_bytes(), out.read_bytes()
    codec = codec_of(before)
    if feed.name != "shopify.csv":  # there a variant's picture changes with the row's own
        assert len(differences) == len(news)
    if len(differences) == len(news):
        olds = replaced(before, after, [new.encode(codec) for new in news.values()])
        assert sorted(redact(unescape(old.decode(codec))).strip() for old in olds) == sorted(
            one.old.strip() for one in differences
        )


@pytest.mark.parametrize("feed", TEXTS, ids=lambda path: path.name)
def test_only_changed_rows_are_written_if_so_wanted(feed: Path, tmp_path: Path) -> None:
    """The feed stays one of its kind, with the rows that changed and no others."""
    refs = [ref for ref in refs_of(feed) if ref.url]
    news = {refs[0]: NEW.format(1), refs[-1]: NEW.format(2)}
    out = tmp_path / feed.name
    rewrite(feed, [change_of(ref, new) for ref, new in news.items()], Output(out, only_changed=True))
    rows = [row for row in rows_of(out) if row and not isinstance(row, BadRow)]
    assert len(rows) == len({ref.row for ref in news})
    assert set(news.values()) <= {ref.url for row in rows for ref in row}
    assert {ref.sku for row in rows for ref in row} == {ref.sku for ref in news}


@pytest.mark.parametrize("feed", TEXTS, ids=lambda path: path.name)
def test_only_changed_rows_without_changes_is_a_head_alone(feed: Path, tmp_path: Path) -> None:
    """No row is left, and what stands before the first one is as it was."""
    out = tmp_path / feed.name
    rewrite(feed, [], Output(out, only_changed=True))
    stored, written = feed.read_bytes(), out.read_bytes()
    assert len(written) < len(stored)
    assert stored[:20] == written[:20] or feed.suffix == ".jsonl"
    assert all(ref.url.encode(codec_of(stored)) not in written for ref in refs_of(feed) if ref.url)


def test_the_feed_itself_is_never_written_over(tmp_path: Path) -> None:
    """Neither by its name, nor by a link to it, nor by the name of a part file that it happens to have."""
    feed = tmp_path / "feed.csv"
    feed.write_bytes((DATA / "table.csv").read_bytes())
    (tmp_path / "soft.csv").symlink_to(feed)
    (tmp_path / "hard.csv").hardlink_to(feed)
    (tmp_path / "other.csv.part").hardlink_to(feed)
    for name in ("feed.csv", "soft.csv", "hard.csv", "other.csv"):
        with pytest.raises(AuditorError, match="never written over"):
            rewrite(feed, [], Output(tmp_path / name))
    assert feed.read_bytes() == (DATA / "table.csv").read_bytes()


def test_a_feed_that_ends_early_leaves_nothing_behind(tmp_path: Path) -> None:
    """A corrected feed appears whole or not at all, and an older one stays."""
    feed, out = tmp_path / "feed.csv.gz", tmp_path / "out.csv"
    feed.write_bytes(gzip.compress((DATA / "table.csv").read_bytes() * 40_000)[:-20])
    out.write_bytes(b"older")
    with pytest.raises(AuditorError, match="ends early"):
        rewrite(feed, [], Output(out))
    assert out.read_bytes() == b"older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.csv.gz", "out.csv"]


def test_a_place_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """A folder that isn't there, or a folder in the file's place, says so and what to do."""
    (tmp_path / "folder").mkdir()
    for out in (tmp_path / "none" / "out.csv", tmp_path / "folder"):
        with pytest.raises(AuditorError, match=r"can't be written: .*make room"):
            rewrite(DATA / "table.csv", [], Output(out))
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]


def test_a_full_disk_is_one_sentence(tmp_path: Path) -> None:
    """Where there is no room, nothing half written is left."""
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, limits[1]))
    try:
        for name in ("out.csv", "out.csv.gz"):
            with pytest.raises(AuditorError, match=r"can't be written: .*make room"):
                rewrite(DATA / "table.csv", [], Output(tmp_path / name))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_no_room_for_temporary_files_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was changed is noted there until it is compared: it says what to do, and nothing is written."""
    monkeypatch.setattr("auditor.repair.feeds.new_links._MEMORY", 1)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    change = change_of(refs_of(DATA / "table.csv")[0], NEW.format(0))
    with pytest.raises(AuditorError, match=r"temporary files of a repair can't be written: .*TMPDIR"):
        rewrite(DATA / "table.csv", [change], Output(tmp_path / "out.csv"))
    assert list(tmp_path.iterdir()) == []


def test_a_feed_that_is_written_meanwhile_is_not_corrected(tmp_path: Path) -> None:
    """Rows that came after the look may stand anywhere: it says so, and writes nothing."""
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image_url\n" + "".join(f"S{n},http://h.example/{n}.jpg\n" for n in range(30_000)))
    change = change_of(refs_of(feed)[0], NEW.format(0))

    def changes() -> Iterator[Change]:
        with feed.open("a") as more:
            more.write("T,http://h.example/t.jpg\n")
        yield change

    with pytest.raises(AuditorError, match="was changed after it was looked at"):
        rewrite(feed, changes(), Output(tmp_path / "out.csv"))
    assert [path.name for path in tmp_path.iterdir()] == ["feed.csv"]


def test_a_device_is_written_directly(tmp_path: Path) -> None:
    """A pipe, such as /dev/stdout in a pipeline, is no file that could be replaced."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with ThreadPoolExecutor(1) as thread:
        reading = thread.submit(pipe.read_bytes)
        rewrite(DATA / "table.csv", [], Output(pipe))
        assert reading.result() == (DATA / "table.csv").read_bytes()
    assert pipe.is_fifo()


def test_gzip_comes_and_goes_by_the_names(tmp_path: Path) -> None:
    """What is packed is written unpacked or packed, as the new name says, with the same bytes within."""
    feed = tmp_path / "feed.csv.gz"
    feed.write_bytes(gzip.compress((DATA / "table.csv").read_bytes()))
    rewrite(feed, [], Output(tmp_path / "out.csv"))
    rewrite(feed, [], Output(tmp_path / "out.csv.gz"))
    assert (tmp_path / "out.csv").read_bytes() == (DATA / "table.csv").read_bytes()
    assert gzip.decompress((tmp_path / "out.csv.gz").read_bytes()) == (DATA / "table.csv").read_bytes()


def test_a_feed_in_a_zip_archive_is_written_as_a_file_of_its_own(tmp_path: Path) -> None:
    """It comes out unpacked; a name that promises an archive is refused."""
    archive = tmp_path / "feeds.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        packed.write(DATA / "table.csv", "table.csv")
    ref = refs_of(archive)[0]
    only_differences(rewrite(archive, [change_of(ref, NEW.format(0))], Output(tmp_path / "out.csv")))
    assert refs_of(tmp_path / "out.csv")[0].url == NEW.format(0)
    with pytest.raises(AuditorError, match="isn't written into a zip archive"):
        rewrite(archive, [], Output(tmp_path / "out.zip"))


def test_what_cannot_be_corrected_says_so(tmp_path: Path) -> None:
    """Parquet isn't corrected, only a workbook has a text form, and no pipe can be read twice."""
    with pytest.raises(AuditorError, match=r"is a Parquet file, which isn't corrected here"):
        rewrite(DATA / "parquet.parquet", [], Output(tmp_path / "out"))
    with pytest.raises(AuditorError, match="is no workbook: leave --as-text out"):
        rewrite(DATA / "table.csv", [], Output(tmp_path / "out", as_text=True))
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_as_audited_is_left_and_told(tmp_path: Path) -> None:
    """Another link in the cell, a row that is gone, and an address that no feed can hold: each with its reason."""
    feed = DATA / "table.csv"
    ref = next(ref for ref in refs_of(feed) if ref.url)
    changes = [
        change_of(ref, NEW.format(0))._replace(old="https://elsewhere.example/x.jpg"),
        change_of(ref, "https://example.com/é.jpg"),
        Change(99_999, "MAIN", "", "https://cdn.example.com/x.jpg", NEW.format(1)),
    ]
    told = rewrite(feed, changes, Output(tmp_path / "out.csv"))
    assert [str(one.why) for one in told if isinstance(one, Left)] == [
        "the new address is no http(s) address in ASCII",
        "the feed has another link there than the audit",
        "the feed has no such image in this row",
    ]
    assert (tmp_path / "out.csv").read_bytes() == feed.read_bytes()


def test_secrets_are_never_shown_and_still_found(tmp_path: Path) -> None:
    """The audit knows a signed link without its signature: it is found by that, and shown so."""
    feed, out = tmp_path / "feed.csv", tmp_path / "out.csv"
    feed.write_text("sku,image_url\nA,https://u:pw@h.example/a.jpg?sig=topsecret\n")
    (ref,) = refs_of(feed)
    told = rewrite(feed, [change_of(ref, NEW.format(0))], Output(out))
    assert "topsecret" not in f"{told}{[str(diff.said(one)) for one in told]}"
    assert out.read_text() == f"sku,image_url\nA,{NEW.format(0)}\n"


def test_a_link_that_cannot_be_located_is_left(tmp_path: Path) -> None:
    """One that stands twice for one image, and one in an object nested hundreds deep: told, nothing guessed."""
    table, deep = tmp_path / "feed.csv", tmp_path / "feed.jsonl"
    table.write_text("sku,other_image_url1,additional_image_link\nA,http://h.example/a.jpg,http://h.example/a.jpg\n")
    deep.write_text('{"sku":"A","image_url":"http://h.example/a.jpg","x":' + "[" * 900 + "]" * 900 + "}\n")
    for feed in (table, deep):
        told = rewrite(feed, [change_of(refs_of(feed)[0], NEW.format(0))], Output(tmp_path / "out"))
        assert [str(one.why) for one in told if isinstance(one, Left)] == [
            "where it stands in its row can't be told for certain"
        ]
        assert (tmp_path / "out").read_bytes() == feed.read_bytes()


def test_stray_quotes_stay(tmp_path: Path) -> None:
    """An inch sign is no quote: its row is changed as it is read, by the delimiters alone."""
    feed, out = tmp_path / "feed.txt", tmp_path / "out.txt"
    rows = ['A\t"a\thttp://h.example/a.jpg', 'B\t12" x 4"\thttp://h.example/b.jpg', 'C\tc"\t"http://h.example/c.jpg"']
    feed.write_text("sku\tsize\timage_url\n" + "\n".join(rows))
    only_differences(rewrite(feed, [change_of(ref, NEW.format(0)) for ref in refs_of(feed)], Output(out)))
    expected = feed.read_text()
    for name in "abc":
        expected = expected.replace(f"http://h.example/{name}.jpg", NEW.format(0))
    assert out.read_text() == expected


def test_quotes_come_only_where_the_new_link_needs_them(tmp_path: Path) -> None:
    """A comma in an address is quoted in a table with commas, and not in one with tabs."""
    new = "https://cdn.example.net/a,b.jpg"
    for delimiter, written in ((",", f'"{new}"'), ("\t", new)):
        feed, out = tmp_path / "feed.csv", tmp_path / "out.csv"
        feed.write_text(f"sku{delimiter}image_url\r\nA{delimiter}http://h.example/a.jpg\r\n", newline="")
        only_differences(rewrite(feed, [change_of(refs_of(feed)[0], new)], Output(out)))
        assert out.read_bytes().decode() == f"sku{delimiter}image_url\r\nA{delimiter}{written}\r\n"


COMMA = "https://cdn.example.net/a,b.jpg"


@pytest.mark.parametrize(
    ("name", "feed", "made"),
    [
        (
            "f.txt",
            "id\tadditional_image_link\tlink\nA\thttp://h.example/1\tx\nB\thttp://h.example/1, http://h.example/2\tx",
            0,
        ),
        ("f.jsonl", '{"sku":"A","image_url":"http://h.example/0","additional_image_link":"http://h.example/1"}', 1),
        ("f.jsonl", '{"sku":"A","additional_image_link":"http://h.example/1, http://h.example/2"}', 0),
        ("f.json", '[{"sku":"A","additional_image_link":["http://h.example/1","http://h.example/2"]}]', 2),
        ("f.xml", GOOGLE.format("http://h.example/1,http://h.example/2"), 0),
        ("f.xml", GOOGLE.format("http://h.example/1"), 1),
    ],
)
def test_no_comma_comes_into_a_list_with_commas(name: str, feed: str, made: int, tmp_path: Path) -> None:
    """Whoever reads the list would take the new link for two: the old one is left there, and that is told."""
    path, out = tmp_path / name, tmp_path / f"out-{name}"
    path.write_text(feed)
    refs = [ref for ref in refs_of(path) if ref.url]
    told = rewrite(path, [change_of(ref, COMMA) for ref in refs], Output(out))
    left = [one for one in told if isinstance(one, Left)]
    assert len(refs) - len(left) == made
    assert {str(one.why) for one in left} <= {
        "the new address has a comma in it, which parts the links where it stands"
    }
    assert [ref.url for ref in refs_of(out)].count(COMMA) == made


def test_a_feed_that_would_be_read_otherwise_is_not_written(tmp_path: Path) -> None:
    """A new link may end what spoke against a quote rows above: nothing is published, and the row is told."""
    feed, out = tmp_path / "feed.csv", tmp_path / "out.csv"
    names = "sku;swatch_image_url;note;main_image_url;other_image_url1\n"
    feed.write_text(names + 'A;http://h.example/0;"x\ny";"http://h.example/1;b;c";http://h.example/2\n')
    out.write_text("older")
    ref = next(ref for ref in refs_of(feed) if ref.url == "http://h.example/1;b;c")
    assert ref.row == 3, "the line behind the quoted line end is as wide as a row"
    with pytest.raises(AuditorError, match="row 2 would be read otherwise in it than in "):
        rewrite(feed, [change_of(ref, NEW.format(0))], Output(out))
    assert out.read_text() == "older"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.csv", "out.csv"]


def test_a_row_that_goes_with_the_one_before_does_not_stand_alone(tmp_path: Path) -> None:
    """A product's second image would be its first in a feed of that row only: it says to leave the option out."""
    feed, out = tmp_path / "feed.csv", tmp_path / "out.csv"
    feed.write_text("Handle,Title,Image Src\nmug,Mug,http://h.example/1\nmug,,http://h.example/2\n")
    change = change_of(refs_of(feed)[1], NEW.format(0))
    with pytest.raises(AuditorError, match=r"row 3 would be read otherwise .*: leave --only-changed out\.$"):
        rewrite(feed, [change], Output(out, only_changed=True))
    only_differences(rewrite(feed, [change], Output(out)))


def test_messages_of_one_number_are_told_apart(tmp_path: Path) -> None:
    """Only the second one changes: it is the one that is written, and it isn't taken for the first."""
    feed, out = tmp_path / "feed.json", tmp_path / "out.json"
    links = [("X", "http://h.example/1"), ("Y", "http://h.example/1"), ("X", "http://h.example/2")]
    images = [{"marketplace_id": place, "media_location": link} for place, link in links]
    messages = [
        {"messageId": 5, "sku": "A", "attributes": {"main_product_image_locator": some}}
        for some in (images[:2], images[2:])
    ]
    feed.write_text(json.dumps({"header": {"sellerId": "A1"}, "messages": messages}))
    change = change_of(refs_of(feed)[2], NEW.format(0))
    for only_changed in (False, True):
        only_differences(rewrite(feed, [change], Output(out, only_changed=only_changed)))
        assert out.read_text().count("messageId") == 2 - only_changed
        assert refs_of(out)[-1].url == NEW.format(0)


def test_two_images_that_become_one(tmp_path: Path) -> None:
    """A variant that shows the row's own image by now is no fault of the corrected feed."""
    feed, out = tmp_path / "feed.csv", tmp_path / "out.csv"
    feed.write_text(
        "Handle,Title,Image Src,Image Position,Variant Image\nmug,Mug,http://h.example/1,1,http://h.example/2\n"
    )
    only_differences(rewrite(feed, [change_of(ref, NEW.format(0)) for ref in refs_of(feed)], Output(out)))
    assert [ref.url for ref in refs_of(out)] == [NEW.format(0)]
    assert out.read_text().count(NEW.format(0)) == 2


def test_the_differences_are_told_cell_by_cell(tmp_path: Path) -> None:
    """One line of text and one of the table for each link, and for each that was left."""
    feed = tmp_path / "feed.csv"
    feed.write_text("sku,image_url\nA,http://h.example/a.jpg\nB,http://h.example/b.jpg\n")
    first, second = refs_of(feed)
    changes = [change_of(first, NEW.format(0)), change_of(second, NEW.format(1))._replace(slot="PT01")]
    told = rewrite(feed, changes, None)
    assert [str(diff.said(one)) for one in told] == [
        "row 2, image_url: http://h.example/a.jpg → https://cdn.example.net/fixed/000.jpg",
        "row 3, PT01: http://h.example/b.jpg is left: the feed has no such image in this row.",
    ]


def test_stale_changes_hold_up_no_later_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where rows have gone since the audit, the window of changes moves on, and what is there is changed."""
    monkeypatch.setattr("auditor.repair.feeds.change._WINDOW", 8)
    feed, out = tmp_path / "feed.csv", tmp_path / "out.csv"
    rows = [f"S{number},http://h.example/{number}.jpg\n" for number in range(200)]
    feed.write_text("sku,image_url\n" + "".join(rows))
    changes = [
        Change(ref.row, ref.slot, "", ref.url if number % 10 else "http://gone.example/", NEW.format(number))
        for number, ref in enumerate(refs_of(feed))
    ]
    told = rewrite(feed, changes, Output(out))
    assert sum(isinstance(one, Left) for one in told) == 20
    assert sum(ref.url.startswith("https://cdn.example.net/") for ref in refs_of(out)) == 180


def feed_of(path: Path) -> Feed:
    """Return a feed that was looked at."""
    (feed,) = opened(path)
    return feed


def test_recognition_stays(tmp_path: Path) -> None:
    """A corrected feed is taken for the same as before."""
    for feed in TEXTS:
        out = tmp_path / feed.name
        refs: list[ImageRef] = [ref for ref in refs_of(feed) if ref.url]
        rewrite(feed, [change_of(ref, NEW.format(0)) for ref in refs], Output(out))
        assert feed_of(out).recognised == feed_of(feed).recognised
