"""Parquet files: what they ask for, the types of their columns, and hostile ones."""

import asyncio
import builtins
import gzip
from collections.abc import Sequence
from contextlib import aclosing
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa  # type: ignore[import-untyped]  # it has no types
import pytest
from feeds.reading import asked, brief, opened, reasons, rows_of, urls
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from auditor.errors import FeedError
from auditor.feeds import read_feeds
from auditor.model import BadRowReason
from auditor.settings import MIB, FeedSettings
from auditor.urls import INVISIBLE


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed"


def write(path: Path, columns: dict[str, Any], **options: Any) -> None:
    """Write a file."""
    parquet.write_table(pa.table(columns), path, **options)


def test_columns_go_by_name(feed: Path) -> None:
    """As in any table; a column may be chosen, and others carried along. Row groups don't show."""
    write(feed, {"price": [1, 2], "Seller SKU": ["A", "B"], "photo": ["u", "v"], "url": ["x", None]}, row_group_size=1)
    assert brief(rows_of(feed)) == [[(1, "", "A", "MAIN", "x")], [(2, "", "B", "MAIN", "")]]
    assert opened(feed)[0].ignored == ("price", "photo")
    chosen = FeedSettings(url_columns=("photo",), keep=("price",))
    assert [row[0][6:] for row in rows_of(feed, settings=chosen)] == [("u", ("1",)), ("v", ("2",))]
    with pytest.raises(FeedError, match=r"has no column 'foto'; its columns are .*; did you mean 'photo'"):
        opened(feed, settings=FeedSettings(url_columns=("foto",)))


@pytest.mark.parametrize(
    ("column", "sku"),
    [
        (pa.array(["S"], pa.large_string()), "S"),
        (pa.array(["S"]).dictionary_encode(), "S"),
        (pa.array([b"S"], pa.binary()), "S"),
        (pa.array([5056243017393], pa.int64()), "5056243017393"),
        (pa.array([5056243017393.0]), "5056243017393"),
        (pa.array([float("nan")]), ""),
        (pa.array([1.5]), "1.5"),
        (pa.array([1e300]), "1e+300"),
        (pa.array([None], pa.string()), ""),
        (pa.array([None]), ""),
        (pa.array([Decimal("1.50")]), "1.50"),
        (pa.array([date(2026, 1, 31)]), "2026-01-31"),
        (pa.array([True]), "True"),
    ],
    ids=str,
)
def test_types_of_values(feed: Path, column: Any, sku: str) -> None:
    """Texts of any kind, numbers as a sheet shows them, gaps as empty cells."""
    write(feed, {"sku": column, "url": ["u"]})
    assert asked(rows_of(feed)) == [[(sku, "MAIN", "u")]]


def test_many_rows(feed: Path) -> None:
    """Every text comes back over portions and row groups: plain ones, empty ones, others than ASCII, and gaps."""
    links = ["", "ü", *(f"https://h.example/{'x' * (number % 7)}{number}" for number in range(3_000)), "ü", ""]
    links[2_500] = "ö"
    write(feed, {"sku": [None, *map(str, range(1, len(links)))], "url": links}, row_group_size=1_300)
    assert urls(rows_of(feed)) == links[1:]  # the first row has nothing at all
    write(feed, {"sku": ["A"] * 3, "url": ["", "", ""]})
    assert urls(rows_of(feed)) == ["", "", ""]


def test_nested_columns(feed: Path) -> None:
    """A list of texts is a list of links; other nested columns are left out, whatever their names."""
    write(
        feed,
        {
            "sku": ["A", "B", "C"],
            "url": [{"a": "x"}, None, {"a": "y"}],
            "image_url": ["m", "n", "o"],
            "additional_image_links": [["http://a,b", None, "http://c"], [], None],
        },
    )
    further = [("A", "PT01", "http://a,b"), ("A", "PT02", "http://c")]
    assert asked(rows_of(feed)) == [[("A", "MAIN", "m"), *further], [("B", "MAIN", "n")], [("C", "MAIN", "o")]]


def test_columns_of_one_name(feed: Path) -> None:
    """Further images may stand in columns that repeat their name; columns stand in any order."""
    names = ["additional_image_link", "sku", "url", "additional_image_link"]
    parquet.write_table(pa.table([pa.array([text]) for text in ("a", "S", "m", "b")], names=names), feed)
    assert asked(rows_of(feed)) == [[("S", "MAIN", "m"), ("S", "PT01", "a"), ("S", "PT02", "b")]]


def test_what_comes_before_damage_is_read(feed: Path) -> None:
    """Rows of sound pages are there before the sentence that tells of the damage."""
    links = [f"http://h/{number}" for number in range(4000)]
    write(feed, {"sku": ["A"] * 4000, "url": links}, row_group_size=1000, use_dictionary=False, compression="none")
    spoilt = parquet.ParquetFile(feed).metadata.row_group(3).column(1).data_page_offset
    feed.write_bytes(replaced(feed.read_bytes(), spoilt, b"\xff" * 20))
    count = 0

    async def read() -> None:
        nonlocal count
        async with aclosing(read_feeds([str(feed)], FeedSettings())) as batches:
            async for batch in batches:
                count += len(batch.rows)

    with pytest.raises(FeedError, match="is damaged: its Parquet data can't be read on"):
        asyncio.run(read())
    assert count == 3000


def test_texts_that_are_none(feed: Path) -> None:
    """Bytes that aren't UTF-8, NUL characters and endless texts spoil their rows only."""
    broken = pa.array([b"\xff", b"A", b"B", b"C" * 3000, b"D"]).cast(pa.binary())
    links = pa.StringArray.from_buffers(5, *broken.buffers()[1:])
    write(feed, {"sku": ["a", "b\0", "c", "d", "e"], "url": links})
    rows = rows_of(feed, settings=FeedSettings(record_limit=1000))
    assert reasons(rows) == [(1, BadRowReason.UNDECODABLE), (2, BadRowReason.NUL_BYTE), (4, BadRowReason.TOO_LONG)]
    assert urls(rows) == ["B", "D"]


def test_packed_in_gzip(feed: Path) -> None:
    """A file in gzip is unpacked into a copy first: its end is read before its beginning."""
    write(feed, {"sku": ["A"], "url": ["u"]}, compression="zstd")
    feed.write_bytes(gzip.compress(feed.read_bytes()))
    assert opened(feed)[0].recognised.startswith("Parquet file, gzip, 1 row, 2 columns used")
    assert urls(rows_of(feed)) == ["u"]


def replaced(content: bytes, at: int, new: bytes) -> bytes:
    """Return some bytes with others in them."""
    at %= len(content)
    return content[:at] + new + content[at + len(new) :]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda content: content[:-1], "ends early: a Parquet file ends with its footer"),
        (lambda content: content[:100], "ends early: a Parquet file ends with its footer"),
        (lambda _: b"PAR1", "ends early"),
        (lambda _: b"PAR1PAR1", "ends early"),
        (lambda content: replaced(content, -8, b"\xff\xff\xff\x7f"), "is damaged: its Parquet data can't be read on"),
        (lambda content: replaced(content, -60, b"\xff" * 40), "is damaged"),
        (lambda content: replaced(content, 4, b"\xff" * 60), "is damaged"),
        (lambda content: replaced(content, -4, b"PARE"), "is encrypted; write it anew"),
        (lambda content: replaced(content, 0, b"PARE"), "is encrypted; write it anew"),
    ],
)
def test_damaged_and_encrypted_files(feed: Path, spoil: Any, said: str) -> None:
    """Each is told in one sentence."""
    write(feed, {"sku": ["A"] * 50, "url": [f"http://h/{number}" for number in range(50)]})
    feed.write_bytes(spoil(feed.read_bytes()))
    with pytest.raises(FeedError, match=said):
        rows_of(feed)


@settings(max_examples=12, deadline=None, derandomize=True)
@given(st.data())
def test_damage_anywhere_is_told(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    """Whatever bytes are spoilt, a file is read or told to be wrong, and nothing else happens."""
    path = tmp_path_factory.getbasetemp() / "spoilt.parquet"
    write(path, {"sku": ["A"] * 50, "url": [f"http://h/{number}" for number in range(50)]})
    content = path.read_bytes()
    at = data.draw(st.integers(4, len(content) - 9))
    path.write_bytes(replaced(content, at, data.draw(st.binary(min_size=1, max_size=3))))
    try:
        rows_of(path)
    except FeedError as error:
        assert "\n" not in str(error)  # noqa: PT017  # either outcome is fine


def test_no_rows_and_no_images(feed: Path) -> None:
    """A file without rows, or without a column of links, is told before anything starts."""
    write(feed, {"sku": pa.array([], pa.string()), "url": pa.array([], pa.string())})
    with pytest.raises(FeedError, match="has columns and no rows; export the feed again"):
        opened(feed)
    write(feed, {"sku": ["A"], "picture": ["u"]})
    with pytest.raises(FeedError, match=r"has no column of image links; .* did you mean --url-column 'picture'"):
        opened(feed)


def test_a_column_that_unpacks_to_far_too_much(feed: Path) -> None:
    """A file of some hundred kilobytes that says to hold half a gigabyte of one letter isn't read."""
    write(
        feed, {"sku": ["A"], "url": ["x" * 100 * MIB]}, compression="zstd", use_dictionary=False, write_statistics=False
    )
    with pytest.raises(FeedError, match="unpacks to more than 1000 times its size"):
        rows_of(feed)


def test_without_the_extra(feed: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said in one sentence."""
    write(feed, {"sku": ["A"], "url": ["u"]})
    real = builtins.__import__

    def without(name: str, *rest: Any) -> Any:
        if name == "pyarrow":
            raise ImportError(name)
        return real(name, *rest)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(FeedError, match=r"is a Parquet file; to read those, run: pip install 'auditor\[parquet\]'"):
        opened(feed)


texts = st.none() | st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
rows = st.tuples(texts, texts, texts)


def full(text: str | None) -> bool:
    """Say whether there is something in a cell."""
    return bool(text and text.strip(INVISIBLE))


def wanted(sku: str | None, links: Sequence[str | None]) -> list[tuple[str, str, str]]:
    """Return what a row asks for."""
    name = (sku or "").strip(INVISIBLE)
    slots = [(name, slot, link) for slot, link in zip(("MAIN", "PT01"), links, strict=True) if link and full(link)]
    missing = not full(links[0]) and (name or slots)
    return [(name, "MAIN", ""), *slots] if missing else slots


ANY_FILES = given(
    st.lists(rows, min_size=1, max_size=12),
    st.integers(1, 6),
    st.fixed_dictionaries(
        {"use_dictionary": st.booleans(), "compression": st.sampled_from(["none", "snappy", "zstd"])}
    ),
)


def come_back(rows: list[tuple[str | None, str | None, str | None]], group: int, options: dict[str, Any]) -> None:
    """Write rows and read them."""
    names = ("sku", "main_image_url", "other_image_url1")
    columns = {name: pa.array(column, pa.string()) for name, column in zip(names, zip(*rows, strict=True), strict=True)}
    with TemporaryDirectory() as folder:
        path = Path(folder, "round-trip.parquet")
        write(path, columns, row_group_size=group, **options)
        assert asked(rows_of(path)) == [wanted(sku, links) for sku, *links in rows]


@settings(max_examples=12, deadline=None)
@ANY_FILES
def test_rows_come_back(
    rows: list[tuple[str | None, str | None, str | None]], group: int, options: dict[str, Any]
) -> None:
    """Rows written in any way read back as the same references; each file is read in a process of its own."""
    come_back(rows, group, options)


@pytest.mark.long
@settings(max_examples=300, deadline=None)
@ANY_FILES
def test_many_more_rows_come_back(
    rows: list[tuple[str | None, str | None, str | None]], group: int, options: dict[str, Any]
) -> None:
    """The same, many times over: pytest -m long tests/feeds/test_parquet.py."""
    come_back(rows, group, options)
