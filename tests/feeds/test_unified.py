"""Amazon's unified template as text: marketplaces side by side, settings over several cells, examples."""

from pathlib import Path

import pytest
from feeds.reading import brief, opened, rows_of, urls
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import BadRow, ImageRef, ProductRow
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

US, CA = "ATVPDKIKX0DER", "A2EUQ1WTGCTBG2"
FIRST = "settings=attributeRow=5&dataRow=7&labelRow=4&primaryMarketplaceId=amzn1.mp.o.A1F83G8C2ARO7P"
ABOVE = "\nread me\nImages\nSKU\tMain Image URL\n"
EXAMPLE = "ABC123\thttp://example\n"
SLOTS = {
    "MAIN": "main_product_image_locator",
    **{f"PT{number:02d}": f"other_product_image_locator_{number}" for number in range(1, 9)},
    "SWCH": "swatch_product_image_locator",
    "OFFER": "main_offer_image_locator",
    "OFFER5": "other_offer_image_locator_5",
}


def locator(slot: str, marketplace: str = "") -> str:
    """Return the column name of a slot."""
    return f"{SLOTS[slot]}{f'[marketplace_id={marketplace}]' if marketplace else ''}#1.media_location"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed.txt"


def write(feed: Path, names: list[str], *rows: list[str], first: str = FIRST) -> None:
    """Write a unified template."""
    lines = ["\t".join(row) + "\n" for row in (["contribution_sku#1.value", *names], ["ABC123", "u"], *rows)]
    feed.write_text(first + ABOVE + "".join(lines), encoding="utf-8")


def places(rows: list[ProductRow]) -> list[list[tuple[str, str, str]]]:
    """Return marketplace, slot and link of all rows."""
    return [[] if isinstance(row, BadRow) else [(ref.marketplace, ref.slot, ref.url) for ref in row] for row in rows]


def test_every_slot(feed: Path) -> None:
    """Each locator is its slot; without a marketplace of its own it belongs to the feed's."""
    write(feed, [locator(slot) for slot in SLOTS], ["S", *SLOTS])
    assert places(rows_of(feed)) == [[("A1F83G8C2ARO7P", slot, slot) for slot in SLOTS]]


def test_marketplaces_side_by_side(feed: Path) -> None:
    """One row asks for the images of each marketplace, those of the leftmost first, each by slot."""
    names = [locator("PT01", CA), locator("MAIN", US), locator("PT01", US), locator("MAIN", CA)]
    write(feed, names, ["S", "cp", "um", "up", "cm"])
    assert places(rows_of(feed)) == [[(CA, "MAIN", "cm"), (CA, "PT01", "cp"), (US, "MAIN", "um"), (US, "PT01", "up")]]
    assert opened(feed)[0].recognised.endswith(f"4 image columns, 2 marketplaces ({CA}, {US})")


def test_a_marketplace_without_any_image_misses_none(feed: Path) -> None:
    """A main image is missing where the product is sold: where it has other images, or everywhere if it has none."""
    names = [locator("MAIN", US), locator("PT01", US), locator("MAIN", CA), locator("PT01", CA)]
    write(feed, names, ["S1", "um"], ["S2", "um", "", "", "cp"], ["S3"])
    assert places(rows_of(feed)) == [
        [(US, "MAIN", "um")],
        [(US, "MAIN", "um"), (CA, "MAIN", ""), (CA, "PT01", "cp")],
        [(US, "MAIN", ""), (CA, "MAIN", "")],
    ]
    assert places(rows_of(feed, settings=FeedSettings(slots=("MAIN",)))) == [
        [(US, "MAIN", "um")],
        [(US, "MAIN", "um"), (CA, "MAIN", "")],
        [(US, "MAIN", ""), (CA, "MAIN", "")],
    ]


@pytest.mark.parametrize(
    ("name", "exempt", "needing"),
    [
        ("::record_action", "Delete", "Edit (Partial Update)"),
        ("::record_action", "Löschen", "Erstellen"),
        ("::record_action", "Supprimer", "Remplacer"),
        ("::record_action", "削除", "作成"),
        (f"parentage_level[marketplace_id={US}]#1.value", "Parent", "Child"),
        (f"parentage_level[marketplace_id={US}]#1.value", "父商品", "子商品"),
        (f"parentage_level[marketplace_id={US}]#1.value", "Übergeordnet (Variante)", "Untergeordnet"),
    ],
)
def test_parents_and_deletions_in_any_language(feed: Path, name: str, exempt: str, needing: str) -> None:
    """Parents and deletions need no image, whatever the language of the template."""
    write(feed, [name, locator("MAIN", US)], ["S1", exempt], ["S2", needing], ["S3", exempt, "u"])
    assert [len(row) for row in rows_of(feed)] == [0, 1, 1]


def test_asins(feed: Path) -> None:
    """A suggested ASIN is one; a product id is one where its type says so."""
    names = ["amzn1.volt.ca.product_id_type", "amzn1.volt.ca.product_id_value", "merchant_suggested_asin#1.value"]
    rows = (["1", "ASIN", "B1", "", "u"], ["2", "UPC", "0123", "", "u"], ["3", "EAN", "40", "B3", "u"])
    write(feed, [*names, locator("MAIN", US)], *rows)
    assert [row[0][2] for row in rows_of(feed)] == ["B1", "", "B3"]


@pytest.mark.parametrize(
    "first",
    [
        "settings=attributeRow=5&dataRow=7\tsettings2=&primaryMarketplaceId=amzn1.mp.o.A1F83G8C2ARO7P",
        "settings=attributeRow=5&dataRow=7\tsettings2=primaryMarketplaceId=amzn1.mp.o.A1F83G8C2ARO7P",
        "settings=attributeRow=5&primaryMarket\tsettings2=placeId=amzn1.mp.o.A1F83G8C2ARO7P&da\tsettings3=taRow=7",
        "settings3=taRow=7\tsettings=attributeRow=5&primaryMarket\tsettings2=placeId=amzn1.mp.o.A1F83G8C2ARO7P&da",
        '"settings=attributeRow=5&amp;dataRow=7&amp;primaryMarketplaceId=amzn1.mp.o.A1F83G8C2ARO7P"',
    ],
)
def test_settings_over_several_cells(feed: Path, first: str) -> None:
    """Settings go on in further cells, cut between two of them or anywhere, and in any order."""
    write(feed, [locator("MAIN")], ["S", "u"], first=first)
    assert opened(feed)[0].recognised.startswith("unified template, attribute row 5, data from row 7,")
    assert places(rows_of(feed)) == [[("A1F83G8C2ARO7P", "MAIN", "u")]]


def test_new_names_in_the_old_shape(feed: Path) -> None:
    """Some files have three header rows and the new names."""
    first = "TemplateType=fptcustom\tVersion=2023\tsettings=attributeRow=3&dataRow=4\nSKU\tImage\n"
    feed.write_text(first + f"contribution_sku#1.value\t{locator('MAIN', US)}\nS\tu\n")
    assert opened(feed)[0].recognised.startswith("unified template, attribute row 3, data from row 4,")
    assert places(rows_of(feed)) == [[(US, "MAIN", "u")]]


def test_a_template_that_lost_its_first_row(feed: Path) -> None:
    """Labels above attribute names are no product, and the names are the columns'."""
    feed.write_text("Seller SKU\tMain Image URL\nitem_sku\tmain_image_url\nS1\tu1\n")
    assert opened(feed)[0].recognised == "legacy template, attribute row 2, data from row 3, UTF-8, 1 image column"
    assert brief(rows_of(feed)) == [[(3, "", "S1", "MAIN", "u1")]]


def test_one_marketplace_can_be_named(feed: Path) -> None:
    """A column named in full is that column alone; named by its attribute it is that of each marketplace."""
    write(feed, [locator("MAIN", US), locator("MAIN", CA)], ["S", "um", "cm"])
    assert urls(rows_of(feed, settings=FeedSettings(url_columns=(locator("MAIN", US),)))) == ["um"]
    assert urls(rows_of(feed, settings=FeedSettings(url_columns=("main_product_image_locator",)))) == ["um", "cm"]


cells = st.text(st.sampled_from("ab é\t\n\"'"), max_size=4)
COLUMNS = [(slot, place) for place in (US, CA) for slot in SLOTS]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(cells, min_size=len(COLUMNS), max_size=len(COLUMNS)), min_size=1, max_size=3),
    st.permutations(COLUMNS),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    st.integers(1, 300),
)
def test_unified_templates_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[list[str]],
    order: list[tuple[str, str]],
    encoding: str,
    block: int,
) -> None:
    """Any rows, in any order of columns and encoding, read back as the references of both marketplaces."""
    path = tmp_path_factory.getbasetemp() / "unified.txt"
    quoted = ["\t".join('"' + cell.replace('"', '""') + '"' for cell in [f"S{n}", *row]) for n, row in enumerate(rows)]
    names = "\t".join(["contribution_sku#1.value", *(locator(slot, place) for slot, place in order)])
    path.write_bytes("\n".join([f"{FIRST}\tGrüße", "", "", "", names, EXAMPLE.strip(), *quoted, ""]).encode(encoding))
    found = [
        tuple(sorted((ref.marketplace, ref.slot, ref.url) for ref in row if ref.url))
        for row in rows_of(path, settings=FeedSettings(block=block))
        if not isinstance(row, BadRow)
    ]
    assert found == [
        tuple(
            sorted((place, slot, cell) for (slot, place), cell in zip(order, row, strict=True) if cell.strip(INVISIBLE))
        )
        for row in rows
    ]
    assert all(isinstance(ref, ImageRef) for row in rows_of(path) for ref in row)
