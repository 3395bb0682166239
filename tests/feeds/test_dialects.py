"""Every way to write a plain table: what states or hides its delimiter, its quotes and its header, and loses no row."""

import csv
from pathlib import Path

import pytest
from feeds.reading import brief, opened, reasons, rows_of, urls

from auditor.feeds.columns import find_columns
from auditor.feeds.quoting import find_quoting
from auditor.feeds.records import Quoting
from auditor.model import BadRowReason
from auditor.settings import FeedSettings

READ = [[(3, "", "S1", "MAIN", "http://h/a,b.jpg")], [(4, "", "S2", "MAIN", "http://h/2.jpg")]]


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed.csv"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize(
    ("first", "delimiter", "said"),
    [
        ("sep=;", ";", "semicolon-separated text"),
        ('"sep=;"', ";", "semicolon-separated text"),
        ("SEP=\t", "\t", "tab-separated text"),
        ("sep=^", "^", "text separated by ^"),
        ("sep=;;;", ";", "semicolon-separated text"),
    ],
)
def test_the_delimiter_that_a_first_row_states(
    feed: Path, first: str, delimiter: str, said: str, encoding: str
) -> None:
    """Excel's first row `sep=…` decides the delimiter, and is no row of products."""
    table = "sku,url\nS1,LINK\nS2,http://h/2.jpg\n".replace(",", delimiter).replace("LINK", "http://h/a,b.jpg")
    feed.write_text(f"{first}\n{table}", encoding=encoding)
    assert opened(feed)[0].recognised.startswith(f"{said}, UTF-")
    assert opened(feed)[0].recognised.endswith(", header row 2, 2 columns used: sku, url (MAIN)")
    assert brief(rows_of(feed)) == READ


@pytest.mark.parametrize("header", ["sku,url", "SKU,Image URL"])
def test_lines_above_the_header(feed: Path, header: str) -> None:
    """A title and a date above the header are no products, and the header's row is told."""
    feed.write_text(f'My shop list\n\n"exported, today",\n{header}\nS1,u1\n')
    assert "comma-separated text, UTF-8, header row 4, 2 columns used" in opened(feed)[0].recognised
    assert brief(rows_of(feed)) == [[(5, "", "S1", "MAIN", "u1")]]


@pytest.mark.parametrize("header", ["sku,url", "item_sku,main_image_url", "\ufeffsku,url"])
def test_a_header_that_comes_again(feed: Path, header: str) -> None:
    """Tables that were put one after the other lose no product: the header in their middle is a row like others."""
    feed.write_text(f"{header}\nS1,u1\n{header}\nS2,u2\n", encoding="utf-8")
    rows = rows_of(feed)
    assert urls(rows)[0] == "u1"
    assert urls(rows)[-1] == "u2"
    assert len(rows) == 3


@pytest.mark.parametrize(
    "table",
    [
        'sku,title,url\nS1,"5\\" pipe, black",http://h/1.jpg\nS2,"a, b",http://h/2.jpg\n',
        'sku,title,url\nS1,"say \\"hi, you\\"",http://h/1.jpg\nS2,"two\n\\"lines\\"",http://h/2.jpg\n',
        'sku,title,url\nS1,"C:\\dir\\",http://h/1.jpg\nS2,"a",http://h/2.jpg\n',
        'sku, title, url\nS1, "a, b", "http://h/1.jpg"\nS2, "say ""hi""", "http://h/2.jpg"\n',
        "sku,title,url\n'S1','a, b','http://h/1.jpg'\n'S2','it''s','http://h/2.jpg'\n",
        "'sku','title','url'\n'S1','a, b','http://h/1.jpg'\n'S2','two\nlines','http://h/2.jpg'\n",
        "sku,title,url\nS1,it's,http://h/1.jpg\nS2,'tis,http://h/2.jpg\n",
        'sku,title,url\nS1,5" pipe,http://h/1.jpg\nS2,6\\" pipe,http://h/2.jpg\n',
        '"sku","title","url"\n"S1","a, ""b""","http://h/1.jpg"\n"S2","","http://h/2.jpg"\n',
    ],
    ids=["escaped", "escaped-lines", "path", "blanks", "single", "single-header", "apostrophe", "inches", "all"],
)
def test_every_way_to_quote(feed: Path, table: str) -> None:
    """Quotes doubled or escaped, single ones, blanks before them: what fits the header and the links decides."""
    feed.write_text(table)
    found = [ref for row in brief(rows_of(feed)) for ref in row]  # type: ignore[attr-defined]  # rows are lists here
    assert [(ref[2], ref[4]) for ref in found] == [("S1", "http://h/1.jpg"), ("S2", "http://h/2.jpg")]
    assert rows_of(feed) == rows_of(feed, settings=FeedSettings(block=65_536))


def test_the_usual_quoting_wins_where_others_are_no_better() -> None:
    """One row with a backslash doesn't change how a table of thousands of others is read."""
    columns = find_columns(["sku", "title", "url"], FeedSettings())
    usual = ['S,"a ""b"", c",http://h/1.jpg'] * 5
    assert find_quoting([*usual, 'S,"C:\\",http://h/1.jpg'], ",", columns, Quoting()) == Quoting()
    escaped = 'S,"a \\"b\\", c",http://h/1.jpg'
    assert find_quoting([escaped] * 5, ",", columns, Quoting()) == Quoting(escape="\\")


def test_an_escaped_quote_that_is_never_closed(feed: Path) -> None:
    """In a table with escapes, too, a lone quote spoils its own row."""
    good = 'S,"5\\" pipe, black",http://h/1.jpg\n'
    feed.write_text("sku,title,url\n" + good * 3 + 'S,"never closed\\",http://h/1.jpg\n' + good * 3)
    rows = rows_of(feed)
    assert len(rows) == 7
    assert reasons(rows) in ([(5, BadRowReason.QUOTE_NEVER_CLOSED)], [])


def test_a_quote_that_one_reading_never_closes(feed: Path) -> None:
    """Looking for the quotes stops at no cell, however much one of the readings makes of it."""
    before = csv.field_size_limit(10_000)
    try:
        first = 'sku,title,url\nS,"5\\" pipe",http://h/0.jpg\nS,"never closed,http://h/1.jpg\n'
        feed.write_text(first + ("S," + "x" * 900 + ",http://h/2.jpg\n") * 300)
        rows = rows_of(feed, settings=FeedSettings(record_limit=20_000, feed_format="delimited"))
        assert reasons(rows) == [(3, BadRowReason.QUOTE_NEVER_CLOSED)]
        assert len(rows) == 302
    finally:
        csv.field_size_limit(before)


def test_ten_thousand_columns(feed: Path) -> None:
    """A header larger than what is looked at first is read whole, and so are its rows."""
    names = [f"a_rather_long_name_of_a_column_{number}" for number in range(9_998)]
    feed.write_text("\t".join([*names, "sku", "url"]) + "\n" + "\t".join(["x"] * 9_998 + ["S1", "u1"]) + "\n")
    assert brief(rows_of(feed)) == [[(2, "", "S1", "MAIN", "u1")]]


def test_a_template_of_ten_thousand_columns(feed: Path) -> None:
    """So is a template, whose attribute names stand below as many labels."""
    names = "\t".join(f"attribute_{number}[marketplace_id=ATVPDKIKX0DER]#1.value" for number in range(6_000))
    image = "main_product_image_locator[marketplace_id=ATVPDKIKX0DER]#1.media_location"
    head = f"settings=attributeRow=3&dataRow=4\n{names}\n{names}\tcontribution_sku#1.value\t{image}\n"
    feed.write_text(head + "\t" * 6_000 + "S1\tu1\n")
    assert urls(rows_of(feed)) == ["u1"]


@pytest.mark.parametrize("end", ["\x1a", "\n\x1a", "\r\n\x1a"])
def test_the_end_of_a_text_from_dos(feed: Path, end: str) -> None:
    """The control character that ends a text of DOS is no product."""
    feed.write_text(f"sku,url\nS1,u1\nS2,{'' if end[0] == chr(26) else 'u2'}{end}")
    assert len(rows_of(feed)) == 2
