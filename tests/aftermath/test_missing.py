"""Lists of products without a picture, recognised by what stands in them."""

import asyncio
import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.aftermath.missing import Missing
from auditor.aftermath.missing_file import read_missing
from auditor.errors import FeedError
from auditor.settings import Settings


def read(path: Path, content: str | bytes, settings: Settings | None = None) -> Missing:
    """Write a list and read it."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return asyncio.run(read_missing(str(path), settings or Settings()))


def names(missing: Missing) -> list[tuple[str, str]]:
    """ASIN and SKU of each product."""
    return [(product.asin, product.sku) for product in missing.products]


SUPPRESSED = (
    "Status\tGrund\tSKU\tASIN\tArtikelname\n"
    "Suppressed\tMain image is missing\tS1\tB000000001\tPicture frame, small\n"
    "Suppressed\tTitle too long\tS2\tB000000002\tPicture frame, large\n"
    "Suppressed\tMain image is missing\tS3\tB000000003\tPlate\n"
    "Suppressed\tTitle too long\tS4\tB000000004\tPlate, blue\n"
)
SEARCHED = {
    "items": [
        {"sku": "S1", "summaries": [{"asin": "B000000001", "mainImage": {"link": "https://m.example/1.jpg"}}]},
        {"sku": "S2", "summaries": [{"asin": "B000000002"}]},
        {"sku": "S3", "summaries": []},
        {"sku": "S4", "summaries": [{"asin": "B000000004", "mainImage": {"link": "https://m.example/4.jpg"}}, {}]},
        "odd",
        7,
    ]
}


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        ("B000000001\nS 2\n\nB000000001\n", [("B000000001", ""), ("", "S 2")]),
        ("B000000001, B000000002\n", [("B000000001", ""), ("B000000002", "")]),
        ("B000000001,B000000002\nB000000003\n", [("B000000001", ""), ("B000000002", ""), ("B000000003", "")]),
        ("sku\nS1\nS2", [("", "S1"), ("", "S2")]),
        ("\ufeffSKU;ASIN\r\nS1;B000000001\r\nS2;\r\n", [("B000000001", "S1"), ("", "S2")]),
        ("商品名\t商品コード\n青\tB000000001\n赤\tB000000002\n", [("B000000001", ""), ("B000000002", "")]),
        ("Nowy\tB000000001\nStary\tB000000002\n", [("B000000001", ""), ("B000000002", "")]),
        ("3446577110\n154270218X\n", [("3446577110", ""), ("154270218X", "")]),
        ("asin,sku\nB000000001,\nB000000001,A1\nB000000001,A2\n", [("B000000001", "A1"), ("B000000001", "A2")]),
        ('["B000000001", "S5"]', [("B000000001", ""), ("", "S5")]),
    ],
)
def test_lists_are_read_however_they_look(tmp_path: Path, content: str, wanted: list[tuple[str, str]]) -> None:
    """One a line, in columns with names or without, as JSON."""
    assert names(read(tmp_path / "list.txt", content)) == wanted


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16", "cp1252"])
def test_suppressed_listings_count_if_images_are_the_trouble(tmp_path: Path, codec: str) -> None:
    """Others are left out and counted; the name of a product is no trouble, whatever it says."""
    missing = read(tmp_path / "export.txt", SUPPRESSED.encode(codec))
    assert names(missing) == [("B000000001", "S1"), ("B000000003", "S3")]
    assert (str(missing.what), missing.others) == ("suppressed listings", 2)


def test_suppressed_listings_without_any_image_trouble_name_nothing(tmp_path: Path) -> None:
    """A column that is called so says what is wrong, whatever stands there."""
    missing = read(tmp_path / "export.csv", "SKU,Issue Description\nS1,Title too long\nS2,Brand is missing\n")
    assert (names(missing), missing.others) == ([], 2)


def test_main_images_tell_what_is_missing(tmp_path: Path) -> None:
    """A product without one in any marketplace counts; one that isn't told about is counted apart."""
    missing = read(tmp_path / "report.json", json.dumps(SEARCHED))
    assert names(missing) == [("B000000002", "S2"), ("B000000004", "S4"), ("", "odd")]
    assert (missing.showing, missing.silent, missing.unreadable) == (1, 1, 1)


def test_lists_may_be_packed(tmp_path: Path) -> None:
    """In gzip or in a zip archive."""
    assert names(read(tmp_path / "list.gz", gzip.compress(b"B000000001\n"))) == [("B000000001", "")]
    with zipfile.ZipFile(tmp_path / "list.zip", "w") as archive:
        archive.writestr("list.txt", "S1\n")
    assert names(asyncio.run(read_missing(str(tmp_path / "list.zip"), Settings()))) == [("", "S1")]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("name\tprice\nA\t1\nB\t2\n", "has no column of ASINs or SKUs"),
        ('{"issues": [], "header": {}}', "tells of no product whether it has a picture"),
        ('{"items": [{"sku": "S1"}, {"sku": "S2"}]}', "tells of no product .* no summaries"),
        ("asin,sku,main_image_url\nB000000001,S1,https://h.example/a.jpg\n", "is a feed; name a list of products"),
        ("TemplateType=fptcustom\tVersion=2023.0113\nSeller SKU\nitem_sku\nS1\n", "is a feed"),
        ('{"items": [{"sku"', "ends early"),
        (b"\xff\xd8\xff\xe0", "is an image"),
        ("Feed Processing Summary:\n\tNumber of records processed\t\t1\n", "is a processing report"),
    ],
)
def test_what_is_no_such_list_is_told(tmp_path: Path, content: str | bytes, said: str) -> None:
    """In one sentence that names the file."""
    with pytest.raises(FeedError, match=f"list.txt {said}"):
        read(tmp_path / "list.txt", content)


def test_list_without_end_is_refused(tmp_path: Path) -> None:
    """All of it waits in memory."""
    settings = Settings()
    settings = replace(settings, aftermath=replace(settings.aftermath, missing=2))
    with pytest.raises(FeedError, match="lists more than 2 products"):
        read(tmp_path / "list.txt", "S1\nS2\nS3\n", settings)


def test_name_that_is_no_name_is_not_kept(tmp_path: Path) -> None:
    """What is longer than any SKU is counted as unreadable: all names wait in memory."""
    missing = read(tmp_path / "list.txt", f"S1\n{'x' * 1001}\n{'y' * 1000}\n")
    assert (names(missing), missing.unreadable) == ([("", "S1"), ("", "y" * 1000)], 1)


def test_product_is_found_by_either_name() -> None:
    """Its SKU first; a bare name that looks like an ASIN may be an SKU; offers of one ASIN share the picture."""
    missing = Missing("list.txt", 10)
    missing.add("B000000001", "S1", 1)
    missing.add_name("B000000002", 2)
    missing.add("", "S3", 3)
    assert [missing.find("B000000001", "S9"), missing.find("", "S1")] == [0, 0]
    assert [missing.find("B000000002", "S2"), missing.find("B999999999", "B000000002")] == [1, 1]
    assert [missing.find("B000000009", "S9"), missing.find("", "")] == [None, None]


@given(st.binary(max_size=300))
def test_no_bytes_bring_it_down(content: bytes) -> None:
    """Whatever is named as a list is read or told."""
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        try:
            read(Path(folder) / "list.txt", content)
        except FeedError as error:
            assert str(error)  # noqa: PT017  # hypothesis tries both ways
