"""Google Merchant's feeds, as RSS, Atom and tables: what they ask for, their quirks, and hostile ones."""

import csv
import gzip
import io
import tracemalloc
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from feeds.reading import asked, brief, opened, reasons, rows_of, urls
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import FeedError
from auditor.model import BadRowReason
from auditor.settings import MIB, FeedSettings
from auditor.urls import INVISIBLE

HEAD = '<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>T</title>'
TAIL = "</channel></rss>"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed"


def item(sku: str, *links: str, prefix: str = "g:", name: str = "item") -> str:
    """Return an item: its id, its main image, further ones."""
    further = "".join(f"<{prefix}additional_image_link>{link}</{prefix}additional_image_link>" for link in links[1:])
    main = f"<{prefix}image_link>{links[0]}</{prefix}image_link>" if links else ""
    return f"<{name}><title>x</title><{prefix}id>{sku}</{prefix}id>{main}{further}</{name}>"


# ── XML ───────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_eleven_images_of_an_item(feed: Path) -> None:
    """The main image and ten further ones have their slots, and each can be chosen."""
    feed.write_text(HEAD + item("A", "m", *(f"u{number}" for number in range(1, 11))) + TAIL)
    (row,) = brief(rows_of(feed))
    assert row == [(1, "", "A", "MAIN", "m"), *((1, "", "A", f"PT{n:02d}", f"u{n}") for n in range(1, 11))]
    assert urls(rows_of(feed, settings=FeedSettings(slots=("PT10",)))) == ["u10"]
    assert opened(feed)[0].policy == "google-merchant"


@pytest.mark.parametrize(
    "text",
    [
        HEAD.replace(":g=", ":shop=") + item("A", "m", "u", prefix="shop:") + TAIL,
        HEAD.replace('xmlns:g="http://base.google.com/ns/1.0"', "") + item("A", "m", "u") + TAIL,
        HEAD.replace('xmlns:g="http://base.google.com/ns/1.0"', "") + item("A", "m", "u", prefix="") + TAIL,
        "<feed xmlns=\"http://www.w3.org/2005/Atom\" xmlns:g='http://base.google.com/ns/1.0'><id>feed</id>"
        + item("A", "m", "u", name="entry").replace("<entry>", "<entry><id>tag:a</id><author><id>b</id></author>")
        + "</feed>",
        HEAD + item("A", "<![CDATA[m]]>", "\n  <![CDATA[u]]>\n  ") + TAIL,
        HEAD + "<image><url>logo</url></image>" + item("A", "m", "u") + TAIL,
    ],
    ids=["own prefix", "undeclared prefix", "no prefix", "atom", "cdata", "logo"],
)
def test_ways_to_write_the_same_item(feed: Path, text: str) -> None:
    """Prefixes of one's own or none, Atom with an id of its own, CDATA and indents are read alike."""
    feed.write_text(text)
    assert brief(rows_of(feed, settings=FeedSettings(block=7))) == [
        [(1, "", "A", "MAIN", "m"), (1, "", "A", "PT01", "u")]
    ]


def test_what_items_lack_or_have_twice(feed: Path) -> None:
    """Without a main image that is told; lists with commas and several main images lose no link; texts are kept."""
    lists = item("B", "m", "http://a,b, http://c").replace("<title>", "<g:image_link>n</g:image_link><title>")
    feed.write_text(HEAD + item("A") + lists + "<item><title>x</title></item>" + TAIL)
    assert brief(rows_of(feed)) == [
        [(1, "", "A", "MAIN", "")],
        [
            *((2, "", "B", "MAIN", "n"), (2, "", "B", "MAIN", "m")),
            *((2, "", "B", "PT01", "http://a,b"), (2, "", "B", "PT02", "http://c")),
        ],
        [(3, "", "", "MAIN", "")],
    ]
    (first, *_) = rows_of(feed, settings=FeedSettings(keep=("title", "id", "g:id", "none")))
    assert first[0][7] == ("x", "A", "", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD + TAIL, "has no items with products; export the feed again"),
        (HEAD + item("A", "u"), "is damaged: its XML can't be read at line 1"),
        ("<!DOCTYPE rss>" + HEAD + item("A", "u") + TAIL, "declares a document type"),
        (HEAD + "<item>" * 1000, "has elements within each other without end"),
        (HEAD + "<item " + "a" * 6 * MIB, "has a tag or comment of megabytes"),
    ],
)
def test_damaged_and_hostile_feeds(feed: Path, content: str, said: str) -> None:
    """Damage, document types, depth and endless tags stop the run in one sentence."""
    feed.write_text(content)
    with pytest.raises(FeedError, match=said):
        rows_of(feed)


def test_a_billion_laughs(feed: Path) -> None:
    """Entities that multiply are refused before they do."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    feed.write_text(f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]>{HEAD}{item("A", "&l9;")}{TAIL}')
    with pytest.raises(FeedError, match="declares a document type"):
        rows_of(feed)


def test_an_item_without_end_is_not_held(feed: Path) -> None:
    """Texts, elements and names without end make their item a bad row, in bounded memory."""
    with feed.open("w") as file:
        file.write(HEAD + "<item><g:id>")
        for _ in range(32):
            file.write("x" * MIB)
        file.write("</g:id></item><item><g:id>B</g:id>")
        file.writelines(f"<n{number}/><g:image_link/>" for number in range(20_000))
        file.write("</item>" + item("C", "u") + TAIL)
    tracemalloc.start()
    rows = rows_of(feed, settings=FeedSettings(record_limit=10_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reasons(rows) == [(1, BadRowReason.TOO_LONG), (2, BadRowReason.TOO_LONG)]
    assert urls(rows) == ["u"]
    assert peak < 20 * MIB


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff,"), max_size=6
)
items = st.tuples(texts, st.lists(texts, max_size=4))


def wanted(sku: str, links: list[str]) -> list[tuple[str, str, str]]:
    """Return what an item asks for: its SKU, slots and links."""
    main = links[0] if links and links[0].strip(INVISIBLE) else ""
    further = [link.strip(INVISIBLE) for link in links[1:] if link.strip(INVISIBLE)]
    slots = ["MAIN", *(f"PT{number:02d}" for number in range(1, len(further) + 1))]
    return [(sku.strip(INVISIBLE), slot, link) for slot, link in zip(slots, [main, *further], strict=True)]


@settings(max_examples=60, deadline=None)
@given(st.lists(items, min_size=1, max_size=4), st.sampled_from(["utf-8", "utf-16"]), st.integers(1, 64))
def test_items_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, list[str]]], encoding: str, block: int
) -> None:
    """Any texts read back as the same references, with blocks so small that every cut is met."""
    path = tmp_path_factory.getbasetemp() / "google.xml"
    body = "".join(item(escape(sku), *map(escape, links)) for sku, links in rows)
    path.write_text(f'<?xml version="1.0" encoding="{encoding}"?>{HEAD}{body}{TAIL}', encoding=encoding)
    assert asked(rows_of(path, settings=FeedSettings(block=block))) == [wanted(*row) for row in rows]


# ── tables ────────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "header",
    [
        "id\timage link\tadditional image link",
        "ID\tImage_Link\tAdditional_Image_Link",
        "id,image-link,additional image link",
    ],
)
def test_names_of_columns(feed: Path, header: str) -> None:
    """Spaces, underscores and capitals don't count, nor does the delimiter."""
    delimiter = "\t" if "\t" in header else ","
    feed.write_text(header + "\n" + delimiter.join(("A", "m", '"http://a,http://b"')) + "\n")
    assert opened(feed)[0].recognised.startswith("Google Merchant table, ")
    assert opened(feed)[0].policy == "google-merchant"
    assert brief(rows_of(feed)) == [
        [(2, "", "A", "MAIN", "m"), (2, "", "A", "PT01", "http://a"), (2, "", "A", "PT02", "http://b")]
    ]


def test_columns_repeated(feed: Path) -> None:
    """Further images may stand in one column each, or in several lists; empty cells leave no gap."""
    feed.write_text(
        "id\timage_link" + "\tadditional_image_link" * 3 + "\nA\tm\tb, http://c\t\thttp://d,http://e\nB\tm\t\t\tf\n"
    )
    assert [[(slot, url) for _, slot, url in row] for row in asked(rows_of(feed))] == [
        [("MAIN", "m"), ("PT01", "b"), ("PT02", "http://c"), ("PT03", "http://d"), ("PT04", "http://e")],
        [("MAIN", "m"), ("PT01", "f")],
    ]
    assert urls(rows_of(feed, settings=FeedSettings(slots=("PT03",)))) == ["http://d"]


def test_tables_that_are_no_googles(feed: Path) -> None:
    """A SKU or an ASIN of its own makes it a plain table, whose id is none; so does another name for the image."""
    for header, sku in (("id,sku,image_link", "s"), ("id,asin,image_link", ""), ("id,x,image_url", "")):
        feed.write_text(f"{header}\ni,s,u\n")
        assert opened(feed)[0].recognised.startswith("comma-separated text")
        assert opened(feed)[0].policy == ""
        assert asked(rows_of(feed)) == [[(sku, "MAIN", "u")]]


def test_columns_of_the_users_choice(feed: Path) -> None:
    """Columns that are named go before Google's."""
    feed.write_text("id\tmpn\timage link\tphoto\nA\tM\tu\tp\n")
    chosen = FeedSettings(feed_format="google-table", sku_column="mpn", url_columns=("photo",), keep=("id",))
    assert brief(rows_of(feed, settings=chosen)) == [[(2, "", "M", "MAIN", "p")]]


cells = st.text(st.sampled_from('ab/:;|"é \t\n'), max_size=8)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.just("x"), st.lists(cells, min_size=3, max_size=3)), min_size=1, max_size=4), st.booleans()
)
def test_tables_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    rows: list[tuple[str, list[str]]],
    packed: bool,  # noqa: FBT001  # hypothesis gives it by position
) -> None:
    """Rows with repeated columns read back as the same references."""
    path = tmp_path_factory.getbasetemp() / "google.tsv"
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(["id", "image link", *["additional image link"] * 2])
    writer.writerows([sku, *links] for sku, links in rows)
    content = text.getvalue().encode()
    path.write_bytes(gzip.compress(content) if packed else content)
    assert asked(rows_of(path)) == [wanted(*row) for row in rows]
