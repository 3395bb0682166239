"""SKU → ASIN: what a map says, what it can't say, and what it does to the rows of a feed."""

import asyncio
import gzip
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from feeds.reading import brief, opened, rows_of
from hypothesis import given
from hypothesis import strategies as st

from auditor.errors import FeedError
from auditor.feeds.asin_file import read_asin_maps
from auditor.feeds.asin_map import AsinMap
from auditor.model import ImageRef
from auditor.settings import FeedSettings


def names(text: str) -> list[str]:
    """List names."""
    return text.split()


# Columns as reports have them: of 27, 28 and 47, and the 15 of a French one without asin1.
LONG = names(
    "item-name item-description listing-id seller-sku price quantity open-date image-url item-is-marketplace "
    "product-id-type zshop-shipping-fee item-note item-condition zshop-category1 zshop-browse-path "
    "zshop-storefront-feature asin1 asin2 asin3 will-ship-internationally expedited-shipping zshop-boldface product-id "
    "bid-for-featured-placement add-delete pending-quantity fulfillment-channel"
)
FRENCH = names(
    "item-name listing-id seller-sku price quantity open-date product-id-type item-note item-condition "
    "will-ship-internationally expedited-shipping product-id pending-quantity fulfillment-channel "
    "merchant-shipping-group"
)
REPORTS = (LONG, [*LONG, "status"], [*LONG, "status", *(f"optional-{number}" for number in range(19))], FRENCH)


def report(columns: list[str], *rows: Mapping[str, str], codec: str = "utf-8") -> bytes:
    """Return a listings report."""
    lines = ["\t".join(columns), *("\t".join(row.get(name, "") for name in columns) for row in rows)]
    return ("\n".join(lines) + "\n").encode(codec)


def mapped(*paths: Path) -> AsinMap:
    """Return the map that files make."""
    return asyncio.run(read_asin_maps([str(path) for path in paths], FeedSettings()))[0]


def refused(path: Path) -> str:
    """Return the sentence with which a map is refused."""
    with pytest.raises(FeedError) as caught:
        mapped(path)
    return str(caught.value)


@pytest.mark.parametrize("columns", REPORTS, ids=len)
def test_reports_of_every_width(tmp_path: Path, columns: list[str]) -> None:
    """The ASIN is asin1's, or the product id's where its type is 1; of any other type it is none."""
    path = tmp_path / "report.txt"
    path.write_bytes(
        report(
            columns,
            {"seller-sku": "S1", "asin1": "B000000001", "product-id": "B000000001", "product-id-type": "1"},
            {"seller-sku": "S2", "product-id": "0306406152", "product-id-type": "2"},
            {"seller-sku": " S3 ", "product-id": "B000000003", "product-id-type": "1"},
            {"seller-sku": "S4", "product-id": "B000000004", "product-id-type": "ASIN"},
            {"seller-sku": "S5", "product-id": "B000000005"},
        )
    )
    found = mapped(path)
    assert [found.get(f"S{number}") for number in range(1, 6)] == ["B000000001", "", "B000000003", "B000000004", ""]
    assert found.skus == 3


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "cp932"])
def test_maps_in_every_encoding_and_packing(tmp_path: Path, codec: str) -> None:
    """Read like feeds: encodings decided on evidence, gzip and zip by content; the digest is of the bytes stored."""
    word = "商品の名前です" if codec == "cp932" else "Größe"
    content = report(LONG, {"item-name": word, "seller-sku": word, "asin1": "B000000001"}, codec=codec)
    plain, packed, archive = (tmp_path / name for name in ("a.txt", "b.gz", "c.zip"))
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    with zipfile.ZipFile(archive, "w") as both:
        both.writestr("1.txt", content)
        both.writestr("2.csv", "sku,asin\nS2,B000000002\n")
    for path in (plain, packed, archive):
        found, files = asyncio.run(read_asin_maps([str(path)], FeedSettings()))
        assert found.get(word) == "B000000001"
        stored = content if path is archive else path.read_bytes()
        assert files[0].digest == hashlib.sha256(stored).hexdigest()
    assert found.get("S2") == "B000000002"
    assert [file.path for file in files] == [f"{archive}/1.txt", f"{archive}/2.csv"]


def test_a_table_of_ones_own(tmp_path: Path) -> None:
    """Two columns are enough, in any dialect; rows that tell nothing are counted."""
    path = tmp_path / "map.csv"
    path.write_text('ASIN;SKU\nB000000001;"S;1"\nB00000000;S2\nb000000003;S3\nB000000004\n;S5\nB000000006;\n"B0\n')
    found, (file,) = asyncio.run(read_asin_maps([str(path)], FeedSettings()))
    assert (found.get("S;1"), found.skus) == ("B000000001", 1)
    assert (file.rows, file.without) == (7, 6)


def test_an_sku_with_several_asins_has_none(tmp_path: Path) -> None:
    """Over all files, and however often; the first of them are kept as examples."""
    first, second = tmp_path / "1.csv", tmp_path / "2.csv"
    first.write_text("sku,asin\nS1,B000000001\nS2,B000000002\nS1,B000000001\nS3,B000000003\nS3,B000000009\n")
    second.write_text("sku,asin\nS2,B000000009\nS2,B000000002\n")
    found = mapped(first, second)
    assert [found.get(f"S{number}") for number in (1, 2, 3)] == ["B000000001", "", ""]
    assert (found.skus, found.conflicts) == (1, 2)
    assert found.conflict_examples == [
        {"sku": "S3", "asins": ["B000000003", "B000000009"]},
        {"sku": "S2", "asins": ["B000000002", "B000000009"]},
    ]
    many = AsinMap()
    for number in range(100):
        many.add(f"S{number}", "B000000001")
        many.add(f"S{number}", "B000000002")
    assert (many.conflicts, len(many.conflict_examples)) == (100, 10)


skus = st.text(st.sampled_from("AB-\xfe\xffé日\udc80") | st.characters(), max_size=6)
asins = st.text("AB0", min_size=10, max_size=10)


@given(st.lists(st.tuples(skus, asins), max_size=30), skus, st.sampled_from([1, 3, 1 << 18]))
def test_a_map_is_what_a_dict_would_be(pairs: list[tuple[str, str]], other: str, buckets: int) -> None:
    """Any SKUs, in any order, even where all share a bucket: none stands for another."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.feeds.asin_map._BUCKETS", buckets)
        found = AsinMap()
        wanted: dict[str, set[str]] = {}
        for sku, asin in pairs:
            found.add(sku, asin)
            wanted.setdefault(sku, set()).add(asin)
        for sku in [*wanted, other]:
            known = wanted.get(sku, set()) if sku else set()
            assert found.get(sku) == (next(iter(known)) if len(known) == 1 else "")
    assert found.conflicts == sum(len(known) > 1 for sku, known in wanted.items() if sku)
    assert found.skus == sum(len(known) == 1 for sku, known in wanted.items() if sku)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", " is empty; export it again."),
        (b"\n\n", " is empty; export it again."),
        (
            b"sku,price\nS,1\n",
            " has no columns of SKU and ASIN, which --asin-map needs; looked for sku, seller-sku, item_",
        ),
        (b"sku,price\nS,1\n", "its columns are sku, price."),
        (b"sku,product-id\nS,B000000001\n", "its columns are sku, product-id."),
        (b"sku,asin\n", " tells the ASIN of no SKU"),
        (
            b"sku,asin\nS,4006381333931\n",
            "none of its 1 rows has an SKU and ten capital letters or digits as its ASIN.",
        ),
        (b"%PDF-1.7", " is a PDF"),
        (b"PK\3\4" + bytes(50), " is damaged"),
    ],
)
def test_what_is_no_map_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """One sentence, with the file and what to do."""
    path = tmp_path / "map.csv"
    path.write_bytes(content)
    assert refused(path).startswith(f"{path} ")
    assert said in refused(path)
    assert "there is no such file" in refused(tmp_path / "none.csv")


@pytest.fixture
def settings(tmp_path: Path) -> FeedSettings:
    """Settings with a map of three SKUs."""
    path = tmp_path / "map.tsv"
    path.write_text("sku\tasin\nS1\tB000000001\nS2\tB000000002\nS3\tB000000003\n")
    return FeedSettings(asin_maps=(str(path),))


def test_rows_get_the_asins_they_lack(tmp_path: Path, settings: FeedSettings) -> None:
    """One with an ASIN of its own keeps it, and is counted where the map has another; bad rows stay as they are."""
    path = tmp_path / "feed.tsv"
    path.write_text(
        "sku\tasin\turl\tother_image_url1\nS1\t\tu1\tv1\nS2\tB000000009\tu2\t\nS3\tB000000003\tu3\t\nS4\t\tu4\t\n"
        "\t\tu5\t\nS1\0\t\tu6\t\nS1\t\t\t\n"
    )
    assert brief(rows_of(path, settings=settings)) == [
        [(2, "B000000001", "S1", "MAIN", "u1"), (2, "B000000001", "S1", "PT01", "v1")],
        [(3, "B000000009", "S2", "MAIN", "u2")],
        [(4, "B000000003", "S3", "MAIN", "u3")],
        [(5, "", "S4", "MAIN", "u4")],
        [(6, "", "", "MAIN", "u5")],
        (7, "nul-byte"),
        [(8, "B000000001", "S1", "MAIN", "")],
    ]


@pytest.mark.parametrize("limit", [None, 1, 2])
def test_what_became_of_the_rows_is_counted(tmp_path: Path, settings: FeedSettings, limit: int | None) -> None:
    """Of the rows that were read, and of no others: a limit counts."""
    path = tmp_path / "feed.tsv"
    path.write_text("sku\tasin\turl\nS2\tB000000009\tu2\nS1\t\tu1\nS3\t\tu3\n")

    async def read() -> None:
        async for _ in feed.rows(limit):
            pass

    feeds = opened(path, settings=settings)
    (feed,) = feeds
    asyncio.run(read())
    assert feeds.asins is not None
    assert feed.read == (limit or 3)
    assert (feeds.asins.filled, feeds.asins.contradicted) == ((limit or 3) - 1, 1)
    assert feeds.asins.contradiction_examples == [
        {"feed": str(path), "row": 2, "sku": "S2", "asin": "B000000009", "asin_of_map": "B000000002"}
    ]


def test_rows_of_several_marketplaces() -> None:
    """Of a row with several ASINs, one that the map has too contradicts nothing."""
    known = AsinMap()
    known.add("S", "B000000001")
    refs = tuple(ImageRef("f", 1, asin, "S", place, "MAIN", "u") for place, asin in (("A", "B000000002"), ("B", "")))
    assert [[ref.asin for ref in row if isinstance(ref, ImageRef)] for row in known.complete([refs])] == [
        ["B000000002", "B000000001"]
    ]
    assert (known.filled, known.contradicted) == (1, 1)
    both = (refs[0], refs[1]._replace(asin="B000000001"))
    assert known.complete([both, ()]) == [both, ()]
    assert known.contradicted == 1


def test_every_format_gets_its_asins(tmp_path: Path, settings: FeedSettings) -> None:
    """XML has none at all; what the map is for, in short."""
    path = tmp_path / "feed.xml"
    path.write_text(
        "<AmazonEnvelope><Message><MessageID>1</MessageID><ProductImage><SKU>S2</SKU><ImageType>Main</ImageType>"
        "<ImageLocation>u</ImageLocation></ProductImage></Message></AmazonEnvelope>"
    )
    assert brief(rows_of(path, settings=settings)) == [[(1, "B000000002", "S2", "MAIN", "u")]]
