"""Formats are found, not listed."""

import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path

import pytest
from feeds.reading import opened, rows_of, urls

from auditor.errors import FeedError, Sentence, SettingsError
from auditor.feeds import formats
from auditor.feeds.formats import FeedFormat
from auditor.feeds.source import Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings

MODULE = """
from feeds.test_formats import declared
FORMAT = declared()
"""


class Greeting:
    """A reader that finds one empty row in anything."""

    recognised: Sequence[Sentence] = (Sentence("a greeting"),)
    slots = frozenset({"MAIN"})
    ignored: Sequence[str] = ()

    def __init__(self, _source: Source, _settings: FeedSettings) -> None:
        pass

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the one row."""
        yield [()]


def declared() -> FeedFormat:
    """Return a format that takes files which greet."""
    return FeedFormat("greeting", (".hi",), lambda head: 0.9 if head.startswith(b"hello") else None, greet)


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with one more format, as if its file stood beside the others."""
    (tmp_path / "greeting.py").write_text(MODULE)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    formats.every_format.cache_clear()
    yield
    formats.every_format.cache_clear()
    sys.modules.pop("auditor.feeds.formats.greeting", None)


@pytest.mark.usefixtures("dropped_in")
def test_a_new_file_is_a_new_format(tmp_path: Path) -> None:
    """A module dropped into the folder is found without editing another, and goes by content, not by suffix."""
    greeting, table = tmp_path / "a.csv", tmp_path / "b.hi"
    greeting.write_text("hello,url\n1,u\n")
    table.write_text("sku,url\n1,u\n")
    first, second = opened(greeting, table)
    assert first.recognised == "a greeting"
    assert second.recognised.startswith("comma-separated text")
    assert rows_of(greeting) == [()]


async def greet(source: Source, settings: FeedSettings) -> Greeting:
    """Read a greeting."""
    return Greeting(source, settings)


async def another(source: Source, settings: FeedSettings) -> Greeting:
    """Read another."""
    return Other(source, settings)


class Other(Greeting):
    """The same under another name."""

    recognised: Sequence[Sentence] = (Sentence("another"),)


def test_the_suffix_breaks_a_tie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two formats are equally sure, the suffix decides."""
    tie = (
        FeedFormat("one", (".one",), lambda _: 0.5, greet),
        FeedFormat("two", (".two",), lambda _: 0.5, another),
    )
    monkeypatch.setattr(formats, "every_format", lambda: tie)
    for suffix, said in ((".one", "a greeting"), (".two.gz", "another")):
        path = tmp_path / f"feed{suffix}"
        path.write_text("x")
        assert opened(path)[0].recognised == said


def test_a_tie_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where neither content nor suffix decides, the formats are named, and one can be chosen."""
    tie = tuple(FeedFormat(name, (), lambda _: 0.5, greet) for name in ("one", "two"))
    monkeypatch.setattr(formats, "every_format", lambda: tie)
    path = tmp_path / "feed"
    path.write_text("x")
    with pytest.raises(FeedError, match="could be any of one, two; say which with --feed-format"):
        opened(path)
    assert opened(path, settings=FeedSettings(feed_format="two"))[0].recognised == "a greeting"
    with pytest.raises(SettingsError, match=r"There is no feed format 'three': there are one, two."):
        opened(path, settings=FeedSettings(feed_format="three"))


def test_a_format_can_be_forced(tmp_path: Path) -> None:
    """A feed is read as the format named, whatever it looks like."""
    path = tmp_path / "feed.txt"
    path.write_text("sku,url\nitem_sku,main_image_url\n")
    assert opened(path, settings=FeedSettings(feed_format="delimited"))[0].recognised.startswith("comma-separated text")
    with pytest.raises(FeedError, match=r"is JSON, and neither a listings feed .* nor objects"):
        opened(path, settings=FeedSettings(feed_format="json"))


DATA = Path(__file__).parents[2] / "data"


@pytest.mark.parametrize("feed", ["listings.json", "product-images.xml"])
@pytest.mark.parametrize(
    ("chosen", "option"),
    [
        (FeedSettings(asin_column="asin"), "--asin-column"),
        (FeedSettings(sku_column="sku"), "--sku-column"),
        (FeedSettings(url_columns=("url",)), "--url-column"),
    ],
)
def test_names_of_columns_where_there_are_none(feed: str, chosen: FeedSettings, option: str) -> None:
    """A feed in which everything has a fixed name can't have its columns named."""
    with pytest.raises(FeedError) as caught:
        opened(DATA / feed, settings=chosen)
    assert str(caught.value).startswith(f"{DATA / feed} is no table (")
    assert str(caught.value).endswith(f"): everything in it has a fixed name, so leave {option} out.")


def test_names_of_columns_for_one_feed_of_several(tmp_path: Path) -> None:
    """A table takes them, and what stands beside it is read by names of its own."""
    table = tmp_path / "table.csv"
    table.write_text("sku,photo\nS,u\n")
    rows = rows_of(DATA / "listings.json", table, settings=FeedSettings(url_columns=("photo",)))
    assert rows[:-1] == rows_of(DATA / "listings.json")
    assert urls(rows[-1:]) == ["u"]


def test_a_sheet_where_there_is_none(tmp_path: Path) -> None:
    """The name of a sheet is for workbooks; one among several feeds is enough."""
    table = tmp_path / "table.csv"
    table.write_text("sku,url\nS,u\n")
    chosen = FeedSettings(sheet="Modello")
    with pytest.raises(FeedError, match=r"table.csv is no workbook and has no sheets: leave --sheet out\."):
        opened(table, settings=chosen)
    assert len(opened(table, DATA / "workbook.xlsm", settings=chosen)) == 2
