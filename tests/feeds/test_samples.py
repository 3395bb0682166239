"""The small samples in data/: each asks for exactly what its golden list says."""

import csv
from pathlib import Path

import pytest
from feeds.reading import opened, rows_of

from auditor.model import BadRow

DATA = Path(__file__).parents[2] / "data"
TAIL = "-references.tsv"
GOLDEN = sorted(DATA.glob(f"*{TAIL}"))

RECOGNISED = {
    "google-atom": "Google Merchant feed (Atom)",
    "google-rss": "Google Merchant feed (RSS)",
    "google-table": "Google Merchant table, tab-separated text, UTF-8, 4 columns used: id, image link (MAIN), "
    "additional image link (PT), additional image link (PT)",
    "listings": "JSON listings feed, UTF-8",
    "parquet": "Parquet file, 3 rows, 4 columns used: asin, sku, main_image_url (MAIN), additional_image_links (PT)",
    "product-images": "XML feed of product images",
    "products": "JSON Lines, UTF-8, 4 columns used: asin, sku, main_image_url (MAIN), additional_image_links (PT)",
    "shopify": "Shopify product table, comma-separated text, UTF-8, 3 columns used: Variant SKU, Image Src (MAIN), "
    "Variant Image (VARIANT)",
    "template": "legacy template, attribute row 3, data from row 4, UTF-8, 10 image columns",
    "workbook": "unified template, workbook, sheet “Modello”, attribute row 5, data from row 7, 3 image columns",
    "unified": "unified template, attribute row 5, data from row 7, UTF-8, 7 image columns, "
    "2 marketplaces (ATVPDKIKX0DER, A2EUQ1WTGCTBG2)",
}


def sample(golden: Path) -> Path:
    """Return the feed that a golden list belongs to."""
    stem = golden.name.removesuffix(TAIL)
    (feed,) = (path for path in DATA.iterdir() if path.name.startswith(f"{stem}.") and path != golden)
    return feed


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name.removesuffix(TAIL))
def test_a_sample_asks_for_what_it_should(golden: Path) -> None:
    """A sample gives exactly the references of its golden list, and is taken for what it is."""
    feed = sample(golden)
    with golden.open(encoding="utf-8", newline="") as lines:
        wanted = [tuple(row.values()) for row in csv.DictReader(lines, delimiter="\t")]
    refs = [ref for row in rows_of(feed) if not isinstance(row, BadRow) for ref in row]
    assert [(str(ref.row), ref.asin, ref.sku, ref.marketplace, ref.slot, ref.url) for ref in refs] == wanted
    assert opened(feed)[0].recognised == RECOGNISED[golden.name.removesuffix(TAIL)]


def test_every_sample_is_looked_at() -> None:
    """No golden list is missed, and none is without its sample."""
    assert {path.name.removesuffix(TAIL) for path in GOLDEN} == set(RECOGNISED)
