"""Listings reports in place of a feed: read where they have images, and else told what they are good for."""

from pathlib import Path

import pytest
from feeds.reading import brief, opened, rows_of
from feeds.test_asin_map import FRENCH, LONG, report

from auditor.errors import FeedError
from auditor.settings import FeedSettings

ROW = {
    "seller-sku": "S1",
    "asin1": "B000000001",
    "item-name": "Thing: see http://h/thing.html",
    "image-url": "http://h/1",
}
SENTENCE = (
    "{} is a listings report without image addresses (image-url is empty): name it with --asin-map, beside the feed "
    "that has them, for the ASINs of its SKUs."
)


def test_a_report_with_images_is_a_feed(tmp_path: Path) -> None:
    """Each listing with its image, by SKU and ASIN; one without is told like any product."""
    path = tmp_path / "report.txt"
    path.write_bytes(report(LONG, ROW, {**ROW, "seller-sku": "S2", "image-url": ""}))
    assert opened(path)[0].recognised.startswith(
        "listings report, UTF-8, 4 columns used: asin1, seller-sku, image-url (MAIN)"
    )
    assert brief(rows_of(path)) == [
        [(2, "B000000001", "S1", "MAIN", "http://h/1")],
        [(3, "B000000001", "S2", "MAIN", "")],
    ]


@pytest.mark.parametrize("columns", [LONG, FRENCH], ids=len)
def test_a_report_without_images(tmp_path: Path, columns: list[str]) -> None:
    """An empty column, or none at all, is told before anything starts, with what the report is meant for."""
    path = tmp_path / "report.txt"
    path.write_bytes(report(columns, {**ROW, "image-url": " "}, {**ROW, "image-url": ""}))
    with pytest.raises(FeedError) as caught:
        opened(path)
    assert str(caught.value) == SENTENCE.format(path)


def test_images_far_down(tmp_path: Path) -> None:
    """A report is read to its end before it is said to have none; its share still goes from nothing to all."""
    path = tmp_path / "report.txt"
    none = {**ROW, "image-url": ""}
    path.write_bytes(report(LONG, *[none] * 3000, ROW))
    rows = rows_of(path, settings=FeedSettings(block=4096))
    assert brief(rows)[-1] == [(3002, "B000000001", "S1", "MAIN", "http://h/1")]
    path.write_bytes(report(LONG, *[none] * 3001))
    with pytest.raises(FeedError, match="without image addresses"):
        opened(path, settings=FeedSettings(block=4096))


def test_a_column_of_ones_own(tmp_path: Path) -> None:
    """Whoever names the column of images knows what is in it."""
    path = tmp_path / "report.txt"
    path.write_bytes(report([*LONG, "photo"], {**ROW, "image-url": "", "photo": "u"}))
    chosen = FeedSettings(url_columns=("photo",))
    assert brief(rows_of(path, settings=chosen)) == [[(2, "B000000001", "S1", "MAIN", "u")]]


def test_what_only_looks_like_a_report(tmp_path: Path) -> None:
    """A table of one's own with a seller's SKU is a table."""
    path = tmp_path / "feed.txt"
    path.write_text("seller-sku\tasin1\timage-url\nS1\tB000000001\tu\n")
    assert opened(path)[0].recognised.startswith("tab-separated text")
    forced = FeedSettings(feed_format="listing-report")
    assert opened(path, settings=forced)[0].recognised.startswith("listings report")
    path.write_text("\n")
    with pytest.raises(FeedError, match="has no header row in its first 1 bytes"):
        opened(path, settings=forced)
