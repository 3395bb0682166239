"""Workbooks: the right sheet by content, every shape of cell, and the hostile ones refused."""

import gzip
import io
import zipfile
from pathlib import Path

import pytest
from feeds.books import Linked, Number, Raw, Rows, Style, write_book
from feeds.reading import brief, opened, reasons, rows_of, urls
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import FeedError
from auditor.model import BadRow, BadRowReason
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

FIRST: list[object] = ["TemplateType=fptcustom", "Version=2021.1014", "settings=attributeRow=3&dataRow=4"]
NAMES: list[object] = ["item_sku", "main_image_url", "other_image_url1"]
HEAD: Rows = [FIRST, ["SKU", "Image", "Other"], NAMES]
PLAIN: Rows = [["sku", "url"], ["S1", "u1"], ["S2", "u2"]]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a workbook to, under a suffix that lies."""
    return tmp_path / "feed.csv"


def refused(feed: Path, chosen: FeedSettings | None = None) -> str:
    """Return the one sentence with which a workbook is refused."""
    with pytest.raises(FeedError) as caught:
        rows_of(feed, settings=chosen or FeedSettings())
    said = str(caught.value)
    assert said.startswith(str(feed))
    assert "\n" not in said
    return said


@pytest.mark.parametrize("name", ["Template", "Modello", "模板", "Vorlage & <mehr>"])
def test_the_sheet_is_found_by_content(feed: Path, name: str) -> None:
    """The template's sheet is found in any language, before sheets of examples and definitions, wherever it stands."""
    example: Rows = [["SKU", "Image"], ["item_sku", "main_image_url"], ["ABC123", "http://example"]]
    definitions: Rows = [["Field", "Example"], ["main_image_url", "http://example"]]
    sheets: dict[str, Rows] = {
        "Data Definitions": definitions,
        "Example": example,
        name: [*HEAD, ["S", "u"]],
        "Example 2": example,
    }
    write_book(feed, sheets)
    assert opened(feed)[0].recognised == (
        f"legacy template, workbook, sheet “{name}”, attribute row 3, data from row 4, 2 image columns"
    )
    assert brief(rows_of(feed)) == [[(4, "", "S", "MAIN", "u")]]


def test_a_table_of_ones_own(feed: Path) -> None:
    """A table has its header in any of the first rows; other sheets don't matter."""
    write_book(feed, {"Notes": [["Shop list"], ["buy links"]], "Produkte": [["My products"], [], *PLAIN]})
    assert opened(feed)[0].recognised == (
        "table, workbook, sheet “Produkte”, header row 3, 2 columns used: sku, url (MAIN)"
    )
    assert brief(rows_of(feed)) == [[(4, "", "S1", "MAIN", "u1")], [(5, "", "S2", "MAIN", "u2")]]


def test_several_sheets_with_products(feed: Path) -> None:
    """Sheets that fit equally well are named, and one can be chosen; a hidden one doesn't count beside another."""
    write_book(feed, {"May": PLAIN, "June": PLAIN})
    assert "has several sheets with products: May, June; name one with --sheet." in refused(feed)
    assert len(rows_of(feed, settings=FeedSettings(sheet="June"))) == 2
    assert "has no sheet 'Juli' with rows in it; its sheets are May, June." in refused(feed, FeedSettings(sheet="Juli"))
    write_book(feed, {"May": PLAIN, "June": PLAIN, "Example": PLAIN}, Style(hidden=frozenset({"May"})))
    assert "sheet “June”" in opened(feed)[0].recognised


@pytest.mark.parametrize(
    "style",
    [
        Style(),
        Style(shared=False),
        Style(strict=True),
        Style(prefix="x"),
        Style(places=False),
    ],
    ids=["shared", "inline", "strict", "prefixed", "placeless"],
)
def test_every_way_to_write_a_sheet(feed: Path, style: Style) -> None:
    """Shared and inline strings, strict OOXML, prefixes and cells that don't say where they stand are read alike."""
    write_book(feed, {"T": [*HEAD, ["S1", "u&1", None], ["S2", None, "p"]]}, style)
    assert brief(rows_of(feed)) == [
        [(4, "", "S1", "MAIN", "u&1")],
        [(5, "", "S2", "MAIN", ""), (5, "", "S2", "PT01", "p")],
    ]


@pytest.mark.parametrize(
    ("cell", "sku"),
    [
        (Number("5.056243017393E12"), "5056243017393"),
        (Number("4006381333931"), "4006381333931"),
        (Number("12.0"), "12"),
        (Number("12.5"), "12.5"),
        (Number("19.989999999999998"), "19.99"),
        (Number("5.0000000000000003E-5"), "0.00005"),
        (Number("1.23456789012345E+19"), "12345678901234500000"),
        (Number("12345678901234567"), "12345678901234567"),
        (Number("-0.0"), "0"),
        (Number("1_0.5"), "1_0.5"),
        (Number("1E400"), "1E400"),
        (Number("1.5E300"), "1.5E300"),
        (Number("NaN"), "NaN"),
        ("5E3", "5E3"),
        (Raw("<v>TRUE-1</v>"), "TRUE-1"),
        (Raw("<v>#N/A</v>", "e"), "#N/A"),
        (Raw("<v>99999999999</v>", "s"), ""),
        (Raw("<v>-1</v>", "s"), ""),
        (Raw("<is><r><t>S-</t></r><r><t>1</t></r><rPh><t>KANA</t></rPh></is>", "inlineStr"), "S-1"),
        ("_x0041_1_x000D_", "A1"),
        ("A_x0000_", "A\ufffd"),
        (None, ""),
    ],
)
def test_cells(feed: Path, cell: object, sku: str) -> None:
    """Numbers are written out as Excel goes by them, rich texts put together, escapes resolved; nothing raises."""
    write_book(feed, {"T": [["sku", "url"], [cell, "u"]]})
    assert brief(rows_of(feed)) == [[(2, "", sku, "MAIN", "u")]]


def test_rows_that_only_look_full(feed: Path) -> None:
    """Rows of styled cells without values are no rows; those after them are read, under their own numbers."""
    write_book(feed, {"T": [["sku", "url", "note"], ["S1", "u1"], *[[None] * 3] * 990, ["S2", "u2"], ["", "", "x"]]})
    assert brief(rows_of(feed)) == [[(2, "", "S1", "MAIN", "u1")], [(993, "", "S2", "MAIN", "u2")], []]


def test_links_behind_cells(feed: Path) -> None:
    """The address behind a cell counts where the text is none, and nowhere else."""
    rows: Rows = [
        ["sku", "url", "other_image_url1"],
        [Linked("S1", "http://h/shop"), Linked("photo", "http://h/1.jpg"), Linked("http://h/2.jpg", "http://old")],
        ["S2", Raw('<f>HYPERLINK("http://h/""3"".jpg","see")</f><v>see</v>'), Raw("<f>A1</f><v>http://h/4.jpg</v>")],
        ["S3", Linked(" ", "http://h/stale.jpg"), "p"],
        [
            "S4",
            Raw('<f>=HYPERLINK("http://h/5.jpg";"see")</f><v>0</v>', "n"),
            Raw('<f>_xlfn.HYPERLINK("http://6")</f>'),
        ],
    ]
    write_book(feed, {"T": rows})
    assert brief(rows_of(feed)) == [
        [(2, "", "S1", "MAIN", "http://h/1.jpg"), (2, "", "S1", "PT01", "http://h/2.jpg")],
        [(3, "", "S2", "MAIN", 'http://h/"3".jpg'), (3, "", "S2", "PT01", "http://h/4.jpg")],
        [(4, "", "S3", "MAIN", ""), (4, "", "S3", "PT01", "p")],
        [(5, "", "S4", "MAIN", "http://h/5.jpg"), (5, "", "S4", "PT01", "http://6")],
    ]


@pytest.mark.parametrize("area", ["B2:B3", "B3:B2", "B2:A3", "B1:A99999999"])
def test_a_link_behind_an_area_written_backwards(feed: Path, area: str) -> None:
    """It is behind all cells of the area; one that is told from its last corner keeps nobody busy."""
    write_book(feed, {"T": [["sku", "url"], ["S1", Linked("photo", "http://h/1.jpg")], ["S2", "photo"]]})
    with zipfile.ZipFile(feed) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(b'ref="B2"', f'ref="{area}"'.encode())
    with zipfile.ZipFile(feed, "w") as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    assert urls(rows_of(feed)) == ["http://h/1.jpg"] * 2


@pytest.mark.parametrize(
    ("cell", "link"),
    [
        (Number("45000"), "45000"),
        (Raw("<v>2024-01-01T00:00:00</v>", "d"), "2024-01-01T00:00:00"),
        (Raw("<f>A1</f><v>#REF!</v>", "e"), "#REF!"),
        (Raw("<v>1</v>", "b"), "1"),
    ],
    ids=["date", "iso-date", "error", "boolean"],
)
def test_cells_that_are_no_links(feed: Path, cell: object, link: str) -> None:
    """Dates, errors and booleans where a link should be are kept as they stand, for the link checks to tell."""
    write_book(feed, {"T": [["sku", "url"], ["S", cell]]})
    assert brief(rows_of(feed)) == [[(2, "", "S", "MAIN", link)]]


def test_examples_and_settings(feed: Path) -> None:
    """Rows before the data row are examples; the marketplace of the settings is that of the rows."""
    first = [FIRST[0], "settings=attributeRow=3&dataRow=6&primaryMarketplaceId=amzn1.mp.o.ATVPDKIKX0DER"]
    write_book(feed, {"T": [first, ["SKU"], NAMES, ["ABC123", "x"], ["ABC124", "x"], ["S", "u"]]})
    assert [(row[0][1], row[0][3], row[0][4]) for row in rows_of(feed)] == [(6, "S", "ATVPDKIKX0DER")]


def test_packed_and_piped(feed: Path) -> None:
    """A workbook within gzip is copied to look into it, and read the same."""
    write_book(feed, {"T": PLAIN})
    feed.write_bytes(gzip.compress(feed.read_bytes()))
    assert urls(rows_of(feed)) == ["u1", "u2"]
    assert ", gzip, " in opened(feed)[0].recognised


def test_columns_named_by_the_user(feed: Path) -> None:
    """Columns are named as in text; what is missing is told with the sheet's columns."""
    write_book(feed, {"T": [["Article", "Foto"], ["1", "f"]]})
    assert "no sheet with a column of image links" not in refused(feed)
    assert "did you mean --url-column 'Foto'?" in refused(feed)
    assert brief(rows_of(feed, settings=FeedSettings(sku_column="article", url_columns=("foto",)))) == [
        [(2, "", "1", "MAIN", "f")]
    ]


def test_workbooks_without_products(feed: Path) -> None:
    """A template without products, a workbook without image links and one without sheets are told apart."""
    write_book(feed, {"T": HEAD})
    assert "has no products in its sheet “T”" in refused(feed)
    write_book(feed, {"A": [["Name"], ["x"]], "B": [["Preis"], ["y"]]})
    assert "has no sheet with a column of image links; its sheets are A, B;" in refused(feed)
    write_book(feed, {})
    assert "no sheet with a column of image links" in refused(feed)


def rewritten(feed: Path, part: str, content: bytes) -> None:
    """Replace one part of a workbook."""
    packed = io.BytesIO()
    with zipfile.ZipFile(feed) as old, zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        new.writestr(part, content)
    feed.write_bytes(packed.getvalue())


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("part", "content", "said"),
    [
        (SHEET, b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>", "declares a document type"),
        ("xl/workbook.xml", b"<!DOCTYPE lolz [<!ENTITY lol 'lol'>]><x>&lol;</x>", "declares a document type"),
        (SHEET, b"<worksheet><sheetData><row>", "is damaged: its XML can't be read at line 1"),
        (SHEET, b"not xml", "is damaged: its XML can't be read"),
        ("xl/sharedStrings.xml", b"<sst><si>", "is damaged: its XML can't be read"),
        (SHEET, b"<worksheet " + b"a" * 6_000_000, "tag or comment of megabytes"),
        (SHEET, b"<x>" + b"<y>" * 300 + b"</y>" * 300 + b"</x>", "has elements within each other"),
    ],
)
def test_hostile_parts(feed: Path, part: str, content: bytes, said: str) -> None:
    """Entities, endless tags, depth and damage are one sentence each."""
    write_book(feed, {"T": PLAIN})
    rewritten(feed, part, content)
    assert said in refused(feed)


def test_a_sheet_that_claims_every_column_and_row(feed: Path) -> None:
    """Rows with nothing but a last cell in the last column cost no more than their own."""
    rows = b"".join(b'<row r="%d"><c r="XFD%d"><v>1</v></c></row>' % (n, n) for n in range(3, 20_000))
    write_book(feed, {"T": PLAIN})
    head = b'<row r="1"><c r="A1" t="str"><v>sku</v></c><c r="B1" t="str"><v>url</v></c></row>'
    odd = b'<row r="1048576"><c r="ZZZZ9" t="str"><v>x</v></c><c r="B7" t="str"><v>u</v></c></row>'
    rewritten(feed, SHEET, b"<worksheet><sheetData>" + head + rows + odd + b"</sheetData></worksheet>")
    found = rows_of(feed)
    assert len(found) == 19_998
    assert brief(found)[-1] == [(1048576, "", "", "MAIN", "u")]


def test_a_cell_of_megabytes(feed: Path) -> None:
    """A cell longer than a record may be makes its row bad, and the next is read."""
    write_book(feed, {"T": [["sku", "url"], ["S1", "x" * 2000], ["S2", "u"]]}, Style(shared=False))
    rows = rows_of(feed, settings=FeedSettings(record_limit=500))
    assert reasons(rows) == [(2, BadRowReason.TOO_LONG)]
    assert urls(rows) == ["u"]


def test_archives_that_are_no_workbooks(feed: Path) -> None:
    """Damage, passwords, other archives and directories without end are one sentence each."""
    write_book(feed, {"T": PLAIN})
    whole = feed.read_bytes()
    feed.write_bytes(whole[:-30])
    assert "is damaged: its zip data can't be unpacked" in refused(feed)
    broken = bytearray(whole)
    start = whole.index(b"sheet1.xml") + 20
    broken[start : start + 40] = bytes(40)
    feed.write_bytes(broken)
    assert "damaged" in refused(feed)
    feed.write_bytes(whole.replace(b"\x14\0\0\0\x08\0", b"\x14\0\x01\0\x08\0"))
    assert "is protected by a password; save it without." in refused(feed)


def test_a_bomb_is_met_in_pieces(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A part that unpacks to a thousand times its size is given up."""
    monkeypatch.setattr("auditor.feeds.archive._FREE", 1_000_000)
    write_book(feed, {"T": PLAIN})
    rewritten(feed, SHEET, b"<worksheet><sheetData>" + b"<row/>" * 1_000_000 + b"</sheetData></worksheet>")
    assert "unpacks to more than 400 times its size" in refused(feed)


def test_a_directory_of_very_many_parts(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that would take all memory isn't read."""
    monkeypatch.setattr("auditor.feeds.archive._DIRECTORY", 2000)
    with zipfile.ZipFile(feed, "w") as archive:
        for number in range(100):
            archive.writestr(f"xl/part-{number}.xml", b"")
    assert "has too many parts for a feed" in refused(feed)


texts = st.text(st.sampled_from("ab é日&<>\"'_x0\n,;") | st.just("😀"), max_size=6)
rows_strategy = st.lists(st.tuples(texts, texts, texts), min_size=1, max_size=4)


@settings(max_examples=60, deadline=None)
@given(rows_strategy, st.permutations(["item_sku", "main_image_url", "other_image_url1"]), st.booleans(), st.booleans())
def test_workbooks_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, str, str]],
    order: list[str],
    shared: bool,  # noqa: FBT001 # hypothesis gives parameters by place
    strict: bool,  # noqa: FBT001 # likewise
) -> None:
    """Any texts in any order of columns read back as the same references."""
    path = tmp_path_factory.getbasetemp() / "book"
    body = [[cell or None for cell in row] for row in rows]
    write_book(path, {"T": [FIRST, ["x"], list(order), *body, ["S", "u", "u"]]}, Style(shared=shared, strict=strict))
    found = {
        (ref.row, ref.slot): ref.url for row in rows_of(path) if not isinstance(row, BadRow) for ref in row if ref.url
    }
    wanted = {
        (number, slot): row[order.index(name)]
        for number, row in enumerate([*rows, ("S", "u", "u")], 4)
        for slot, name in (("MAIN", "main_image_url"), ("PT01", "other_image_url1"))
        if row[order.index(name)].strip(INVISIBLE)
    }
    assert found == wanted
