"""A sample of a feed: random, but the same each time, in feed order and in bounded memory."""

import asyncio
import gzip
import random
import tracemalloc
from collections.abc import Sequence
from contextlib import aclosing
from pathlib import Path

import pytest
from feeds.reading import DEFAULT

from auditor.errors import FeedError
from auditor.feeds import Sampling, read_feeds
from auditor.model import BadRow, ProductRow
from auditor.settings import FeedSettings, Sample

HEADER = "sku,asin,main_image_url,other_image_url1\n"
TENTH = Sample(share=0.1)


def lines(count: int) -> list[str]:
    """Lines of products that all have an SKU."""
    return [f"S{number},,http://h.example/{number}.jpg,\n" for number in range(count)]


def feed(folder: Path, products: Sequence[str]) -> Path:
    """Write a feed."""
    path = folder / "feed.csv"
    path.write_text(HEADER + "".join(products))
    return path


def sampled(path: Path, sample: Sample, settings: FeedSettings = DEFAULT) -> tuple[list[ProductRow], Sampling]:
    """Read the sample of a feed."""
    sampling = Sampling(sample)

    async def read() -> list[ProductRow]:
        async with aclosing(sampling.choose(read_feeds([str(path)], settings))) as batches:
            return [row async for batch in batches for row in batch.rows]

    return asyncio.run(read()), sampling


def names(rows: Sequence[ProductRow]) -> list[str]:
    """Name the products, or the line where there is none."""
    return [str(row.row) if isinstance(row, BadRow) else (row[0].sku or row[0].asin or row[0].url) for row in rows]


@pytest.mark.parametrize("share", [0.01, 0.1, 0.5, 0.9])
def test_a_share_is_one(tmp_path: Path, share: float) -> None:
    """So many of 20,000 products are chosen, within four standard deviations, from all parts of the feed alike."""
    rows, sampling = sampled(feed(tmp_path, lines(20_000)), Sample(share=share))
    assert sampling.of == 20_000
    assert abs(len(rows) - share * 20_000) < 4 * (20_000 * share * (1 - share)) ** 0.5
    first = sum(1 for name in names(rows) if int(name[1:]) < 10_000)
    assert abs(first - len(rows) / 2) < 4 * (len(rows) / 4) ** 0.5


@pytest.mark.parametrize("sample", [TENTH, Sample(rows=300)])
def test_the_same_products_are_chosen_in_any_order(tmp_path: Path, sample: Sample) -> None:
    """Tomorrow's feed may be sorted otherwise, with parents, deletions and broken rows elsewhere."""
    products = [*lines(3000), *(f"P{number},,,\n" for number in range(50)), *["S\0,,x,\n"] * 50]
    before, _ = sampled(feed(tmp_path, products), sample)
    random.Random(1).shuffle(products)
    after, sampling = sampled(feed(tmp_path, products), sample)
    assert sorted(names(named(before))) == sorted(names(named(after)))
    assert len(before) == len(after)
    assert sampling.of == 3100


def named(rows: Sequence[ProductRow]) -> list[ProductRow]:
    """Rows that can be read."""
    return [row for row in rows if not isinstance(row, BadRow)]


def test_a_larger_share_has_the_smaller_one_in_it(tmp_path: Path) -> None:
    """What was checked of a tenth is checked of a fifth as well; nothing else about the feed matters to a product."""
    path = feed(tmp_path, lines(2000))
    tenth, fifth = (set(names(sampled(path, Sample(share=share))[0])) for share in (0.1, 0.2))
    assert tenth < fifth
    fewer = set(names(sampled(feed(tmp_path, lines(2000)[::2]), TENTH)[0]))
    assert fewer < tenth


@pytest.mark.parametrize("sample", [TENTH, Sample(rows=700), Sample(rows=1), Sample(share=1.0), Sample(rows=50_000)])
def test_rows_come_in_feed_order(tmp_path: Path, sample: Sample) -> None:
    """As the reports want them."""
    rows, _ = sampled(feed(tmp_path, lines(3000)), sample)
    numbers = [int(name[1:]) for name in names(rows)]
    assert numbers == sorted(numbers)
    assert len(numbers) == len(set(numbers))
    if sample.rows:
        assert len(rows) == min(sample.rows, 3000)
    if sample.share == 1:
        assert len(rows) == 3000


def test_products_without_sku_go_by_asin_and_those_without_either_by_place(tmp_path: Path) -> None:
    """The same name is chosen under either column; rows without one are chosen too."""
    by_sku = names(sampled(feed(tmp_path, [f"N{n},,u,\n" for n in range(1000)]), TENTH)[0])
    by_asin = names(sampled(feed(tmp_path, [f",N{n},u,\n" for n in range(1000)]), TENTH)[0])
    assert by_sku == by_asin
    nameless, _ = sampled(feed(tmp_path, [f",,u{n},\n" for n in range(1000)]), TENTH)
    assert 60 < len(nameless) < 140


def test_one_product_in_many_rows_is_not_more_rows_than_asked(tmp_path: Path) -> None:
    """A number is kept to where all rows are of one product; the first ones are taken."""
    rows, sampling = sampled(feed(tmp_path, [f"S,,u{n},\n" for n in range(100)]), Sample(rows=7))
    assert [row[0].url for row in rows if not isinstance(row, BadRow)] == [f"u{n}" for n in range(7)]
    assert sampling.of == 100


@pytest.mark.parametrize("sample", [TENTH, Sample(rows=40)])
def test_no_unreadable_row_is_lost(tmp_path: Path, sample: Sample) -> None:
    """They are chosen like others, and those left out are counted."""
    products = [line if number % 4 else "S\0,,x,\n" for number, line in enumerate(lines(400))]
    rows, sampling = sampled(feed(tmp_path, products), sample)
    bad = sum(isinstance(row, BadRow) for row in rows)
    assert bad > 0
    assert bad + sampling.unreadable == 100


@pytest.mark.parametrize("sample", [TENTH, Sample(rows=500)])
def test_the_limit_comes_first(tmp_path: Path, sample: Sample) -> None:
    """A sample of the first rows, not the first of a sample."""
    rows, sampling = sampled(feed(tmp_path, lines(5000)), sample, FeedSettings(limit=1000))
    assert sampling.of == 1000
    assert 60 < len(rows) <= 500
    assert all(int(name[1:]) < 1000 for name in names(rows))


def test_the_choice_of_slots_changes_no_choice_of_products(tmp_path: Path) -> None:
    """A product whose second image is in the sample has its first there too."""
    path = feed(tmp_path, [f"S{n},,u{n},v{n}\n" for n in range(1000)])
    some = FeedSettings(slots=("PT01",))
    assert names(sampled(path, TENTH)[0]) == names(sampled(path, TENTH, some)[0])


@pytest.mark.parametrize("sample", [TENTH, Sample(rows=50)])
def test_a_feed_that_breaks_off_gives_what_came_before(tmp_path: Path, sample: Sample) -> None:
    """The sample of what could be read is there before the error."""
    path = tmp_path / "feed.csv.gz"
    body = HEADER + "".join(f"S{n},,{random.Random(n).randbytes(40).hex()},\n" for n in range(20_000))
    path.write_bytes(gzip.compress(body.encode(), 1)[:-200_000])
    rows: list[ProductRow] = []

    async def read() -> None:
        async with aclosing(Sampling(sample).choose(read_feeds([str(path)], DEFAULT))) as batches:
            async for batch in batches:
                rows.extend(batch.rows)

    with pytest.raises(FeedError):
        asyncio.run(read())
    assert len(rows) == sample.rows or len(rows) > 500


def peak(path: Path, sample: Sample) -> int:
    """The most memory that a sample takes, in bytes."""
    tracemalloc.start()
    sampled(path, sample)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_goes_by_the_sample(tmp_path: Path) -> None:
    """Four times the feed takes the same memory for the same number of rows."""
    small = peak(feed(tmp_path, lines(15_000)), Sample(rows=100))
    assert peak(feed(tmp_path, lines(60_000)), Sample(rows=100)) < 1.3 * small
