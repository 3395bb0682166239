"""Shopify's product CSV: rows that share a handle, and where their images go."""

import csv
import io
from pathlib import Path

import pytest
from feeds.reading import asked, brief, opened, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import BadRowReason
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

HEADER = "Handle,Title,Variant SKU,Image Src,Image Position,Variant Image,Status"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed.csv"


def read(feed: Path, *lines: str, header: str = HEADER, chosen: FeedSettings | None = None) -> list[object]:
    """Write a feed and read it: (row, asin, sku, slot, url) per image."""
    feed.write_text("\n".join((header, *lines)) + "\n")
    return brief(rows_of(feed, settings=chosen or FeedSettings()))


def test_rows_of_one_product(feed: Path) -> None:
    """The first row has the main image; others go by position, and by SKU where they have one."""
    assert read(feed, "chair,Chair,C-1,u1,1,,active", "chair,,C-2,u3,3,v2,", "chair,,,u2,2,,") == [
        [(2, "", "C-1", "MAIN", "u1")],
        [(3, "", "C-2", "PT02", "u3"), (3, "", "C-2", "VARIANT", "v2")],
        [(4, "", "chair", "PT01", "u2")],
    ]
    assert opened(feed)[0].ignored == ()


def test_the_main_image_is_missed_in_first_rows_only(feed: Path) -> None:
    """A product that begins without an image lacks one, unless it isn't shown; rows that continue it never do."""
    lines = (
        "a,A,,,,,active",
        "a,,A2,,,,",
        "b,B,,,,,draft",
        "c,C,,,,,Archived",
        "d,,D1,,,,",
        "e,E,,u2,2,,",
        "e,,,u1,1,,",
    )
    assert read(feed, *lines) == [
        [(2, "", "a", "MAIN", "")],
        *([], [], [], []),
        [(7, "", "e", "PT01", "u2")],
        [(8, "", "e", "MAIN", "u1")],
    ]


def test_positions_left_out(feed: Path) -> None:
    """Where no position is stated, images count on, anew in each product."""
    lines = ("a,A,,u1,,,", "a,,,u2,x,,", "a,,,u9,9,,", "a,,,u10,0,,", "b,B,,w,99999,,")
    read(feed, *lines)
    assert [slot for row in asked(rows_of(feed)) for _, slot, _ in row] == ["MAIN", "PT01", "PT08", "PT09", "MAIN"]
    assert read(feed, "a,A,u", "a,,w", header="Handle,Title,Image Src") == [
        [(2, "", "a", "MAIN", "u")],
        [(3, "", "a", "PT01", "w")],
    ]


def test_a_variant_that_shows_the_rows_own_image(feed: Path) -> None:
    """It isn't asked for twice."""
    assert read(feed, "a,A,,u,1, u ,") == [[(2, "", "a", "MAIN", "u")]]


def test_the_newer_template(feed: Path) -> None:
    """Its names mean the same."""
    header = "Title,URL handle,SKU,Product image URL,Image position,Variant image URL,Status"
    assert read(feed, "A,a,S,u,1,v,Active", header=header) == [
        [(2, "", "S", "MAIN", "u"), (2, "", "S", "VARIANT", "v")]
    ]
    assert opened(feed)[0].recognised.startswith("Shopify product table")


def test_slots_and_columns_of_ones_own(feed: Path) -> None:
    """Slots can be chosen, and columns named by the user go before Shopify's."""
    lines = ("a,A,S,u1,1,v,", "a,,,u2,2,,")
    assert read(feed, *lines, chosen=FeedSettings(slots=("PT01", "VARIANT"))) == [
        [(2, "", "S", "VARIANT", "v")],
        [(3, "", "a", "PT01", "u2")],
    ]
    assert read(feed, lines[0], chosen=FeedSettings(sku_column="Handle", url_columns=("Variant Image",))) == [
        [(2, "", "a", "MAIN", "v")]
    ]


def test_odd_rows(feed: Path) -> None:
    """Rows that are short are filled up; those with NUL characters or far too many cells are bad rows of their own."""
    assert read(feed, "a,A,,u1", "a\0,A,,u2,,,", ",".join("x" * 20), chosen=FeedSettings(column_limit=10)) == [
        [(2, "", "a", "MAIN", "u1")],
        (3, BadRowReason.NUL_BYTE),
        (4, BadRowReason.TOO_MANY_CELLS),
    ]


texts = st.text(st.sampled_from('ab/"é \n'), max_size=6)
rows = st.tuples(st.sampled_from("ab"), texts, texts, st.sampled_from(["", "1", "2", "7"]), texts)


@settings(max_examples=60, deadline=None)
@given(st.lists(rows, min_size=1, max_size=6), st.integers(1, 64))
def test_rows_come_back(tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], block: int) -> None:
    """Rows read back as what they ask for, by the rules in the plainest words."""
    path = tmp_path_factory.getbasetemp() / "shopify.csv"
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerows([["Handle", "Variant SKU", "Image Src", "Image Position", "Variant Image"], *rows])
    path.write_text(text.getvalue())
    before, last, wanted = "", 0, []
    for product, sku, image, position, variant in rows:
        begins = product != before
        before, last = product, 0 if begins else last
        shown = []
        if image.strip(INVISIBLE):
            place = int(position or last + 1)
            last = max(last, place)
            shown.append(("MAIN" if place == 1 else f"PT{place - 1:02d}", image))
        elif begins:
            shown.append(("MAIN", ""))
        if variant.strip(INVISIBLE) and variant.strip(INVISIBLE) != image.strip(INVISIBLE):
            shown.append(("VARIANT", variant))
        wanted.append([(sku.strip(INVISIBLE) or product, slot, url) for slot, url in shown])
    assert asked(rows_of(path, settings=FeedSettings(block=block))) == wanted
