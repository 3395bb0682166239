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
    "listing-report": "listings report, UTF-8, 4 columns used: asin1, seller-sku, image-url (MAIN), and product-id "
    "where it is an ASIN",
    "inventory-loader": "tab-separated text, UTF-8, 4 columns used: "
    "sku, main-offer-image (OFFER), offer-image1 (OFFER1), and product-id where it is an ASIN",
    "listings": "JSON listings feed, UTF-8",
    "product-images": "XML feed of product images, UTF-8",
    "products": "JSON Lines, UTF-8, 4 columns used: asin, sku, main_image_url (MAIN), additional_image_links (PT)",
    "table": "semicolon-separated text, Windows-1252, header row 2, 4 columns used: ASIN, SKU, Image URL (MAIN), "
    "Additional images (PT)",
    "template-hyphens": "legacy template, attribute row 2, data from row 3, UTF-8, 5 image columns",
    "template-japanese": "legacy template, attribute row 3, data from row 4, Shift_JIS (cp932), 1 image column",
    "template-one-cell": "legacy template, attribute row 3, data from row 4, Windows-1252, 2 image columns",
    "template-three-rows": "unified template, attribute row 3, data from row 4, UTF-8, 2 image columns",
    "template-utf-16": "legacy template, attribute row 3, data from row 4, UTF-16 LE, 2 image columns",
    "google-atom": "Google Merchant feed (Atom), UTF-8",
    "google-rss": "Google Merchant feed (RSS), UTF-8",
    "google-table": "Google Merchant table, tab-separated text, UTF-8, 4 columns used: id, image link (MAIN), "
    "additional image link (PT), additional image link (PT)",
    "parquet": "Parquet file, 3 rows, 4 columns used: asin, sku, main_image_url (MAIN), additional_image_links (PT)",
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
