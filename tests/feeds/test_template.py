"""Amazon's legacy template as text: its settings row obeyed where it makes sense, and its quirks."""

import gzip
from pathlib import Path

import pytest
from feeds.reading import brief, opened, reasons, rows_of, urls

from auditor.errors import FeedError
from auditor.model import BadRowReason, ImageRef
from auditor.settings import SLOTS, FeedSettings

SETTINGS = (
    "settings=attributeRow=3&contentLanguageTag=en_US&dataRow=4&feedType=113&labelRow=2"
    "&metadataVersion=TWF0%3D&primaryMarketplaceId=amzn1.mp.o.ATVPDKIKX0DER&ptds=U0hJUlQ%3D"
)
FIRST = f"TemplateType=fptcustom\tVersion=2021.1014\tTemplateSignature=U0hJUlQ=\t{SETTINGS}\tFor Amazon.com use only.\n"
OLD = "TemplateType=Clothing\tVersion=1.4\tThis row for Amazon.com use only.\n"
LABELS = "Seller SKU\tMain Image URL\n"
NAMES = "item_sku\tmain_image_url\n"
ROWS = "S1\tu1\nS2\tu2\n"
READ = [(4, "", "S1", "MAIN", "u1")], [(5, "", "S2", "MAIN", "u2")]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed.txt"


def recognised(feed: Path, settings: FeedSettings | None = None) -> str:
    """Return what a feed was taken for."""
    return opened(feed, settings=settings or FeedSettings())[0].recognised


def stating(attribute_row: str, data_row: str) -> str:
    """Return a first row whose settings state these rows."""
    return FIRST.replace("attributeRow=3", f"attributeRow={attribute_row}").replace("dataRow=4", f"dataRow={data_row}")


def test_a_template_is_known_by_its_beginning(feed: Path) -> None:
    """The first cell makes a template, whatever the suffix, the mark before it and the packing."""
    for suffix in (".csv", ".dat"):
        path = feed.with_suffix(suffix)
        path.write_bytes(gzip.compress((FIRST + LABELS + NAMES + ROWS).encode("utf-8-sig")))
        assert recognised(path) == (
            "legacy template, gzip, attribute row 3, data from row 4, UTF-8 with BOM, 1 image column"
        )
        assert brief(rows_of(path)) == [*READ]
    feed.write_text("sku,url\nTemplateType=fptcustom,u\n")
    assert recognised(feed).startswith("comma-separated text")


@pytest.mark.parametrize(
    "first",
    [
        FIRST,
        f'"{FIRST[:-1]}"\n',
        f'"{FIRST[:-1]}"\t\n',
        FIRST.replace("\t", " "),
        FIRST.replace(SETTINGS, f'"{SETTINGS}"'),
        FIRST.replace("&", "&amp;"),
        FIRST.replace(SETTINGS, "settings=" + SETTINGS[9:].replace("=", "%3D").replace("&", "%26")),
        FIRST.replace("ATVPDKIKX0DER", "ATVPDKIKX0DER%20").replace("attributeRow=3", "ATTRIBUTEROW=%33"),
    ],
    ids=["cells", "one-cell", "one-cell-and-blanks", "spaces", "quoted", "entities", "encoded", "percent"],
)
def test_the_settings_are_read_however_row_one_stands(feed: Path, first: str) -> None:
    """Row 1 may stand in one cell or several, quoted or percent-encoded; the marketplace is the last part of its id."""
    feed.write_text(first + LABELS + NAMES + ROWS)
    assert recognised(feed) == "legacy template, attribute row 3, data from row 4, UTF-8, 1 image column"
    assert rows_of(feed) == [
        (ImageRef(str(feed), 4, "", "S1", "ATVPDKIKX0DER", "MAIN", "u1"),),
        (ImageRef(str(feed), 5, "", "S2", "ATVPDKIKX0DER", "MAIN", "u2"),),
    ]


@pytest.mark.parametrize("marketplace", ["", "amzn1.mp.o.", "amzn1.mp.o.<b>", "amzn1.mp.o.at vp"])
def test_a_marketplace_that_is_none_is_left_out(feed: Path, marketplace: str) -> None:
    """An id that can't be a marketplace's gives none."""
    feed.write_text(FIRST.replace("amzn1.mp.o.ATVPDKIKX0DER", marketplace) + LABELS + NAMES + ROWS)
    assert [row[0][4] for row in rows_of(feed)] == ["", ""]


def test_row_numbers_are_physical(feed: Path) -> None:
    """Line ends within row 1, labels and products count as lines, while the settings count rows."""
    first = '"' + FIRST[:-1].replace("\t", "\n") + '"\n'
    feed.write_text(first + '"Seller\nSKU"\t"Main Image\n\nURL"\n' + NAMES + 'S1\tu1\n\n"S\n2"\tu2\nS3\tu3\n')
    assert recognised(feed).startswith("legacy template, attribute row 3, data from row 4,")
    assert [(row[0][1], row[0][4]) for row in rows_of(feed)] == [(line, "ATVPDKIKX0DER") for line in (11, 13, 15)]


def test_a_quote_before_row_one_that_is_never_closed(feed: Path) -> None:
    """A lone quote at the very start hides neither the settings nor the rows."""
    feed.write_text('"' + FIRST.replace("\tFor Amazon.com use only.", "") + LABELS + NAMES + ROWS)
    assert recognised(feed).startswith("legacy template, attribute row 3, data from row 4, UTF-8,")
    assert brief(rows_of(feed)) == [*READ]


def test_columns_go_by_attribute_name(feed: Path) -> None:
    """Columns stand in any order, and labels never count, even where they are names of other columns."""
    labels = "main_image_url\titem_sku\tMarke\tSwatch Image URL\tBild-URL\n"
    names = "item_sku\tother_image_url2\tbrand_name\tmain_image_url\tswatch_image_url\n"
    feed.write_text(FIRST + labels + names + "S\tp2\tb\tm\ts\n")
    assert brief(rows_of(feed)) == [[(4, "", "S", "MAIN", "m"), (4, "", "S", "PT02", "p2"), (4, "", "S", "SWCH", "s")]]


def test_all_image_columns(feed: Path) -> None:
    """MAIN, the eight others and the swatch are the ten slots of a template."""
    names = ["main_image_url", *(f"other_image_url{number}" for number in range(1, 9)), "swatch_image_url"]
    feed.write_text(
        FIRST + "\t".join(map(str.title, names)) + "\n" + "\t".join(names) + "\n" + "\t".join(SLOTS[:10]) + "\n"
    )
    assert urls(rows_of(feed)) == list(SLOTS[:10])
    assert recognised(feed).endswith(", 10 image columns")


def test_localised_labels_and_names_with_hyphens(feed: Path) -> None:
    """Names of old templates have hyphens; labels of one word without capitals (Japanese) are no attribute names."""
    feed.write_text(OLD + "商品管理番号\tメイン画像のURL\nitem-sku\tmain-image-url\n" + ROWS, encoding="utf-8")
    assert brief(rows_of(feed)) == [*READ]


def test_parents_and_deletions_need_no_image(feed: Path) -> None:
    """Parents and deletions miss no main image; children and partial updates do."""
    feed.write_text(
        FIRST + "SKU\tImage\tParentage\tUpdate Delete\nitem_sku\tmain_image_url\tparent_child\tupdate_delete\n"
        "S1\t\tParent\tUpdate\nS2\t\tChild\tDelete\nS3\t\tChild\tPartialUpdate\nS4\t\t\t\nS5\tu\tparent\t\n\t\t\t\n"
    )
    assert brief(rows_of(feed)) == [
        [],
        [],
        [(6, "", "S3", "MAIN", "")],
        [(7, "", "S4", "MAIN", "")],
        [(8, "", "S5", "MAIN", "u")],
        [],
    ]


def test_an_external_id_is_an_asin_where_its_type_says_so(feed: Path) -> None:
    """Other ids (UPC, EAN, GCID) are never taken for an ASIN; one image column or several, the rule is one."""
    names = "external_product_id\texternal_product_id_type\tmain_image_url"
    for more in ("", "\tswatch_image_url"):
        feed.write_text(FIRST + f"A\tB\tC\n{names}{more}\nB1\tASIN\tu1\n0123\tUPC\tu2\nB3\t\tu3\n")
        assert [row[0][2] for row in rows_of(feed)] == ["B1", "", ""]


@pytest.mark.parametrize("old", ["", "Seller SKU\tMain Image URL\n", "SKU\tImage\nsome\tgroups here\n"])
def test_older_templates_without_settings(feed: Path, old: str) -> None:
    """Without settings the row of attribute names is found among two to four header rows; products begin below it."""
    feed.write_text(OLD + old + NAMES + ROWS)
    row = 2 + old.count("\n")
    assert recognised(feed) == (f"legacy template, attribute row {row}, data from row {row + 1}, UTF-8, 1 image column")
    assert [found[0][1:4] for found in rows_of(feed)] == [(row + 1, "", "S1"), (row + 2, "", "S2")]


@pytest.mark.parametrize(
    ("attribute_row", "data_row", "said"),
    [
        ("3", "", "attribute row 3, data from row 4,"),
        ("", "4", "attribute row 3, data from row 4,"),
        ("2", "3", "attribute row 3 (its settings say 2), data from row 4 (its settings say 3),"),
        ("0", "4", "attribute row 3 (its settings say 0), data from row 4,"),
        ("-3", "4", "attribute row 3 (its settings say -3), data from row 4,"),
        ("99", "100", "attribute row 3 (its settings say 99), data from row 4 (its settings say 100),"),
        ("three", "four", "attribute row 3 (its settings say three), data from row 4 (its settings say four),"),
        ("3", "3", "attribute row 3, data from row 4 (its settings say 3),"),
        ("3", "1", "attribute row 3, data from row 4 (its settings say 1),"),
        ("3", "400000", "attribute row 3, data from row 4 (its settings say 400000),"),
        (
            "3" * 5000,
            "٤",
            "attribute row 3 (its settings say 33333333333333333333), data from row 4 (its settings say ٤),",
        ),
        ("%1b[31m3", "4", "attribute row 3 (its settings say \ufffd[31m3), data from row 4,"),
    ],
)
def test_settings_that_cannot_be_are_said(feed: Path, attribute_row: str, data_row: str, said: str) -> None:
    """Where settings make no sense the evidence of the rows counts, no product is lost, and both are told."""
    feed.write_text(stating(attribute_row, data_row) + LABELS + NAMES + ROWS, encoding="utf-8")
    assert recognised(feed).startswith(f"legacy template, {said} ")
    assert brief(rows_of(feed)) == [*READ]


def test_a_template_that_lost_its_labels(feed: Path) -> None:
    """A row that is missing above the attribute names takes no product with it."""
    feed.write_text(FIRST + NAMES + ROWS)
    assert "attribute row 2 (its settings say 3), data from row 3 (its settings say 4)" in recognised(feed)
    assert urls(rows_of(feed)) == ["u1", "u2"]


@pytest.mark.parametrize("block", [7, 100_000])
def test_rows_before_the_data_row_are_examples(feed: Path, block: int) -> None:
    """What stands between attribute names and products is left out: good, bad, blank and of several lines."""
    examples = 'ABC123\thttp://example\n\n"two\nlines"\t\n"5 inch\thttp://x\n'
    feed.write_text(stating("3", "8") + LABELS + NAMES + examples + ROWS)
    settings = FeedSettings(block=block)
    assert "attribute row 3, data from row 8," in recognised(feed, settings)
    assert brief(rows_of(feed, settings=settings)) == [
        [(9, "", "S1", "MAIN", "u1")],
        [(10, "", "S2", "MAIN", "u2")],
    ]


def test_columns_named_by_the_user(feed: Path) -> None:
    """Names given by the user are attribute names, and replace those recognised; a label is told to be none."""
    feed.write_text(FIRST + "A\tB\tC\nseller_ref\titem_sku\tphoto_link\nR\tS\tp\n")
    settings = FeedSettings(sku_column="seller_ref", url_columns=("Photo-Link",))
    assert brief(rows_of(feed, settings=settings)) == [[(4, "", "R", "MAIN", "p")]]
    with pytest.raises(FeedError, match="has no column 'B'; its columns are seller_ref, item_sku, photo_link"):
        opened(feed, settings=FeedSettings(sku_column="B"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (FIRST, "is a template without a row of attribute names such as item_sku, main_image_url"),
        (FIRST + LABELS + "S1\thttp://h/1.jpg\n", "is a template without a row of attribute names"),
        (FIRST + "SKU\tName\nitem_sku\titem_name\nS\tN\n", "has no column of image links; looked for main_image_url"),
        (FIRST + LABELS + NAMES, "has a header row and no products below it; export the feed again."),
        (stating("3", "6") + LABELS + NAMES + ROWS, "no products after the 2 rows that its settings skip"),
    ],
)
def test_templates_that_cannot_be_read(feed: Path, content: str, said: str) -> None:
    """A template without attribute names, images or products is refused with what is missing."""
    feed.write_text(content)
    with pytest.raises(FeedError) as caught:
        opened(feed)
    assert said in str(caught.value)
    assert str(caught.value).startswith(f"{feed} ")


@pytest.mark.parametrize("delimiter", [",", ";"])
def test_a_template_saved_as_csv(feed: Path, delimiter: str) -> None:
    """Spreadsheets save a template with commas or semicolons; that is read and said."""
    feed.write_text((FIRST + LABELS + NAMES + ROWS).replace("\t", delimiter))
    assert recognised(feed).startswith(
        f"legacy template, {'comma' if delimiter == ',' else 'semicolon'}-separated text, "
    )
    assert brief(rows_of(feed)) == [*READ]
    assert rows_of(feed)[0][0][4] == "ATVPDKIKX0DER"


def test_a_stray_quote_among_the_labels(feed: Path) -> None:
    """A label that begins with a quote hides neither attribute names nor products."""
    feed.write_text(FIRST + '"5 inch\tMain Image URL\n' + NAMES + ROWS + 'S3\t"u3"\n')
    assert urls(rows_of(feed)) == ["u1", "u2", "u3"]


def test_the_language_of_the_content_tells_its_encoding(feed: Path) -> None:
    """One kanji is no evidence; a template in Japanese is."""
    text = FIRST.replace("en_US", "ja_JP") + "SKU\tImage\n" + NAMES + "色 S1\tu1\nS2\tu2\n"
    feed.write_bytes(text.encode("cp932"))
    assert "Shift_JIS (cp932), 1 image column" in recognised(feed)
    assert brief(rows_of(feed)) == [[(4, "", "色 S1", "MAIN", "u1")], READ[1]]


def test_undecodable_bytes_in_a_template(feed: Path) -> None:
    """Bytes that are no text spoil their row where a used cell, the type of an id too, holds them."""
    names = "item_sku\tmain_image_url\titem_name\texternal_product_id\texternal_product_id_type\n"
    rows = b"S1\tu1\tx\x81\tB\tASIN\nS2\tu2\tx\tB\tA\x81\nS3\tu3\tx\tB\tASIN\n"
    feed.write_bytes((FIRST + "A\tB\tCafé\tD\tE\n" + names).encode("cp1252") + rows)
    assert ", Windows-1252, " in recognised(feed)
    assert reasons(rows_of(feed)) == [(5, BadRowReason.UNDECODABLE)]
    assert urls(rows_of(feed)) == ["u1", "u3"]


def test_the_whole_first_row_in_one_cell(feed: Path) -> None:
    """Some tools write the first row into one cell, its parts apart by spaces."""
    feed.write_text(FIRST.replace("\t", " ") + LABELS + NAMES + ROWS)
    assert recognised(feed).startswith("legacy template, attribute row 3, data from row 4,")
    assert rows_of(feed)[0][0][4] == "ATVPDKIKX0DER"


def test_offer_images(feed: Path) -> None:
    """Images of an offer have slots of their own."""
    names = "item-sku\tmain-image-url\tmain-offer-image\toffer-image1\toffer-image5\n"
    feed.write_text(OLD + names + "S\tm\to\to1\to5\n")
    slots = ("MAIN", "OFFER", "OFFER1", "OFFER5")
    links = ("m", "o", "o1", "o5")
    assert brief(rows_of(feed)) == [[(3, "", "S", *image) for image in zip(slots, links, strict=True)]]


def test_the_inventory_loader(feed: Path) -> None:
    """Its product ids are ASINs where the type is 1, and its deletions (d, x) need no image."""
    names = "sku\tproduct-id\tproduct-id-type\tprice\tadd-delete\tmain-offer-image\tmain-image-url\n"
    rows = "S1\tB1\t1\t9\ta\to\t\nS2\t0123456789\t2\t9\ta\t\tm\nS3\tB3\tASIN\t9\td\t\t\nS4\t\t\t\tx\t\t\n"
    feed.write_text(names + rows)
    assert brief(rows_of(feed)) == [
        [(2, "B1", "S1", "MAIN", ""), (2, "B1", "S1", "OFFER", "o")],
        [(3, "", "S2", "MAIN", "m")],
        [],
        [],
    ]
