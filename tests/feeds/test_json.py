"""JSON listings feeds, JSON Lines and arrays of objects: what they ask for, their quirks, and hostile ones."""

import gzip
import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from feeds.reading import brief, opened, reasons, rows_of, urls
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import FeedError
from auditor.model import BadRow, BadRowReason
from auditor.settings import MIB, FeedSettings
from auditor.urls import INVISIBLE

US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
HEAD = '{"header":{"sellerId":"A","version":"2.0"},"messages":['
MAIN = "main_product_image_locator"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed.txt"


def image(link: str, place: str = US) -> list[dict[str, str]]:
    """Return an attribute's value."""
    return [{"marketplace_id": place, "media_location": link}]


def write(feed: Path, *messages: Any) -> None:
    """Write a listings feed."""
    feed.write_text(HEAD + ",".join(json.dumps(message) for message in messages) + "]}")


def update(sku: str, action: str = "UPDATE", /, **attributes: Any) -> dict[str, Any]:
    """Return a message without a number."""
    return {"sku": sku, "operationType": action, "attributes": attributes}


def test_a_main_image_is_missing_where_a_listing_is_replaced(feed: Path) -> None:
    """Replacing a listing without its main image misses it; parts, offers, parents and deletions don't."""
    other = {"other_product_image_locator_1": image("p")}
    write(
        feed,
        update("S1", **other),
        update("S2", "PARTIAL_UPDATE", **other),
        update("S3", **{**other, "parentage_level": [{"value": "Parent"}]}),
        {**update("S4", **other), "requirements": "LISTING_OFFER_ONLY"},
        update("S5", **{MAIN: image(" ")}),
        update("S6", "delete"),
        {"sku": "S7"},
    )
    assert brief(rows_of(feed)) == [
        [(1, "", "S1", "MAIN", ""), (1, "", "S1", "PT01", "p")],
        [(2, "", "S2", "PT01", "p")],
        [(3, "", "S3", "PT01", "p")],
        [(4, "", "S4", "PT01", "p")],
        [(5, "", "S5", "MAIN", "")],
        [],
        [(7, "", "S7", "MAIN", "")],
    ]


def test_patches(feed: Path) -> None:
    """Patches that write images ask for them; those that delete don't, and nothing else is missing."""
    patches = [
        {"op": "add", "path": f"/attributes/{MAIN}", "value": image("m")},
        {"op": "merge", "path": "/attributes/swatch_product_image_locator", "value": image("s")[0]},
        {"op": "delete", "path": "/attributes/other_product_image_locator_1", "value": image("gone")},
        {"op": "replace", "path": "/attributes/item_name", "value": [{"value": "x"}]},
        {"op": "replace", "path": "/elsewhere", "value": image("x")},
    ]
    write(feed, {"messageId": 9, "sku": "S", "operationType": "PATCH", "patches": patches})
    assert brief(rows_of(feed)) == [[(9, "", "S", "MAIN", "m"), (9, "", "S", "SWCH", "s")]]


def test_slots_and_kept_attributes(feed: Path) -> None:
    """Slots are chosen and attributes carried along as with tables."""
    attributes = {MAIN: image("m"), "swatch_product_image_locator": image("s"), "item_name": [{"value": "Mug"}]}
    write(feed, {**update("S", **attributes), "productType": "CUP"})
    (row,) = rows_of(feed, settings=FeedSettings(slots=("SWCH",), keep=("item_name", "productType", "none")))
    assert not isinstance(row, BadRow)
    assert [(ref.slot, ref.kept) for ref in row] == [("SWCH", ("Mug", "CUP", ""))]


@pytest.mark.parametrize(
    "message",
    [1, "x", None, [1], {"attributes": []}, {"patches": {}}, {"patches": [1]}, {"sku": "S", "attributes": "x"}],
)
def test_what_is_no_message_is_a_bad_row(feed: Path, message: Any) -> None:
    """A message of another shape spoils its row only."""
    write(feed, message, update("S", **{MAIN: image("m")}))
    rows = rows_of(feed)
    assert reasons(rows) == [(1, BadRowReason.WRONG_SHAPE)]
    assert urls(rows) == ["m"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_and_cuts(feed: Path, encoding: str) -> None:
    """Marks, UTF-16 and gzip change nothing, wherever the blocks are cut; a feed is known by content."""
    write(feed, update("Größe", **{MAIN: image("http://h/ü.jpg")}))
    feed.write_bytes(gzip.compress(json.dumps(json.loads(feed.read_text()), ensure_ascii=False).encode(encoding)))
    assert opened(feed)[0].recognised.startswith("JSON listings feed, gzip, UTF-")
    assert brief(rows_of(feed, settings=FeedSettings(block=3))) == [[(1, "", "Größe", "MAIN", "http://h/ü.jpg")]]


@pytest.mark.parametrize(
    ("tail", "said"),
    [
        ("", "ends early: its JSON stops in the middle"),
        (',{"sku": ', "ends early: its JSON stops in the middle"),
        (",}", "is damaged: its JSON can't be read on"),
        (',{"n": ' + "9" * 10_000 + "}]}", "is damaged: its JSON can't be read on"),
    ],
)
def test_a_feed_that_is_damaged(feed: Path, tail: str, said: str) -> None:
    """What can't be read on stops the run in one sentence, after what came before."""
    write(feed, update("S", **{MAIN: image("m")}))
    feed.write_text(feed.read_text().removesuffix("]}") + tail)
    with pytest.raises(FeedError, match=said):
        rows_of(feed)


def test_a_feed_without_messages(feed: Path) -> None:
    """No message is no feed."""
    write(feed)
    with pytest.raises(FeedError, match="has no messages; export the feed again"):
        rows_of(feed)


@pytest.mark.parametrize("closed", ["", "]" * 100_000])
def test_nesting_without_end(feed: Path, closed: str) -> None:
    """Messages nested 100,000 deep stop the run; what is nested a few hundred deep and isn't looked at, doesn't."""
    some = "[" * 400 + "]" * 400
    deep = "[" * 100_000 + closed
    feed.write_text(HEAD + some + ',{"sku":"S","attributes":{"x":' + some + "}}," + deep)
    with pytest.raises(FeedError, match="has JSON that is nested without end; it is no listings feed"):
        rows_of(feed)
    feed.write_text(HEAD + some + ',{"sku":"S","attributes":{"x":' + some + "}}]}")
    rows = rows_of(feed)
    assert reasons(rows) == [(1, BadRowReason.WRONG_SHAPE)]
    assert brief(rows)[1] == [(2, "", "S", "MAIN", "")]


def test_nested_lines(feed: Path) -> None:
    """A line nested 100,000 deep is a bad row, and the next is read."""
    deep = "[" * 100_000 + "]" * 100_000
    feed.write_text('{"sku":"S1","url":"u1"}\n{"sku":' + deep + '}\n{"sku":"S3","url":"u3"}\n')
    rows = rows_of(feed)
    assert reasons(rows) == [(2, BadRowReason.NOT_JSON)]
    assert urls(rows) == ["u1", "u3"]


def test_a_message_without_end_is_not_held(feed: Path) -> None:
    """One message of gigabytes is given up at its bound; here 32 MiB of one text."""
    with feed.open("w") as file:
        file.write(HEAD + '{"sku":"')
        for _ in range(32):
            file.write("x" * MIB)
    tracemalloc.start()
    with pytest.raises(FeedError, match="has a message of more than 4 MiB"):
        rows_of(feed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 60 * MIB


def test_objects_with_names_of_their_own(feed: Path) -> None:
    """Each object is read by its own names, wherever in the feed they first come; lists are further images."""
    lines: list[Any] = [{"sku": "S1", "url": "u1"}] * 50
    lines += [{"asin": "A", "additional_image_link": ["p1", "p2"], "main_image_url": "m", "price": 1.5}, [], 7]
    feed.write_text("\n".join(json.dumps(line) for line in lines) + '\nnot json\n{"sku": "S", "url": null}')
    rows = rows_of(feed)
    assert brief(rows)[50:] == [
        [(51, "A", "", "MAIN", "m"), (51, "A", "", "PT01", "p1, p2")],
        (52, BadRowReason.WRONG_SHAPE),
        (53, BadRowReason.WRONG_SHAPE),
        (54, BadRowReason.NOT_JSON),
        [(55, "", "S", "MAIN", "")],
    ]
    feed.write_text(json.dumps({"sku": 5, "url": "u", "additional_image_link": ["http://1", "http://2"], "x": {}}))
    assert urls(rows_of(feed)) == ["u", "http://1", "http://2"]


def test_an_array_of_objects(feed: Path) -> None:
    """An array is read like lines, its members counted."""
    feed.write_text(json.dumps([{"sku": "S1", "url": "u1"}, {"x": 1}, 5, {"sku": "S4", "url": "u4"}], indent=1))
    assert opened(feed)[0].recognised == "array of JSON objects, UTF-8, 2 columns used: sku, url (MAIN)"
    assert brief(rows_of(feed)) == [
        [(1, "", "S1", "MAIN", "u1")],
        [],
        (3, BadRowReason.WRONG_SHAPE),
        [(4, "", "S4", "MAIN", "u4")],
    ]


def test_lines_that_hold_anything(feed: Path) -> None:
    """Blank lines, empty objects, two objects on a line, escapes that are no character: none loses another row."""
    lines = [
        '{"sku":"S1","url":"u1"}',
        "",
        " \ufeff",
        "{}",
        '{"sku":"S"} {}',
        '{"sku":"S6","url":"\\ud800"}',
        '{"url":"u7"}',
    ]
    feed.write_text("\n".join(lines), encoding="utf-8")
    assert brief(rows_of(feed)) == [
        [(1, "", "S1", "MAIN", "u1")],
        [],
        (5, BadRowReason.NOT_JSON),
        [(6, "", "S6", "MAIN", "\ud800")],
        [(7, "", "", "MAIN", "u7")],
    ]


def test_names_given_by_the_user(feed: Path) -> None:
    """Names are given as with tables, and missing ones told."""
    feed.write_text('{"ref": "R", "pic": "p"}\n')
    chosen = FeedSettings(sku_column="ref", url_columns=("pic",))
    assert brief(rows_of(feed, settings=chosen)) == [[(1, "", "R", "MAIN", "p")]]
    with pytest.raises(FeedError, match="did you mean --url-column 'pic'"):
        opened(feed)


texts = st.text(st.characters(codec="utf-8"), max_size=6)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=4), st.integers(1, 64), st.booleans())
def test_listings_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    block: int,
    escaped: bool,  # noqa: FBT001 # hypothesis gives parameters by place
) -> None:
    """Any texts, escaped or not, read back as the same references, with blocks so small that every cut is met."""
    path = tmp_path_factory.getbasetemp() / "listings"
    messages = [update(sku, "PARTIAL_UPDATE", **{MAIN: [*image(main), *image(other, CA)]}) for sku, main, other in rows]
    body = ",".join(json.dumps(message, ensure_ascii=escaped) for message in messages)
    path.write_text(HEAD + body + "]}", encoding="utf-8")
    found = [
        [(ref.sku, ref.marketplace, ref.url) for ref in row]
        for row in rows_of(path, settings=FeedSettings(block=block))
        if not isinstance(row, BadRow)
    ]
    assert found == [
        [
            (sku.strip(INVISIBLE), place, link if link.strip(INVISIBLE) else "")
            for place, link in ((US, main), (CA, other))
        ]
        for sku, main, other in rows
    ]


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.dictionaries(st.sampled_from(["sku", "asin", "url", "x"]), texts, min_size=1), min_size=1, max_size=6),
    st.integers(1, 64),
)
def test_lines_come_back(tmp_path_factory: pytest.TempPathFactory, lines: list[dict[str, str]], block: int) -> None:
    """Objects with any names in any order read back as the same references, one line each."""
    path = tmp_path_factory.getbasetemp() / "lines"
    lines = [{"sku": "S", "asin": "A", "url": "u"}, *lines]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    found = [
        (ref.row, ref.sku, ref.asin, ref.url)
        for row in rows_of(path, settings=FeedSettings(block=block))
        if not isinstance(row, BadRow)
        for ref in row
        if ref.url
    ]
    assert found == [
        (number, line.get("sku", "").strip(INVISIBLE), line.get("asin", "").strip(INVISIBLE), line["url"])
        for number, line in enumerate(lines, 1)
        if line.get("url", "").strip(INVISIBLE)
    ]
