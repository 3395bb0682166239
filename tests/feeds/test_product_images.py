"""Amazon's XML feed of product images: what it asks for, its quirks, and hostile ones."""

import gzip
import tracemalloc
from pathlib import Path
from xml.sax.saxutils import escape

import pytest
from feeds.reading import brief, opened, reasons, rows_of, urls
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.errors import FeedError
from auditor.model import BadRow, BadRowReason
from auditor.settings import MIB, FeedSettings
from auditor.urls import INVISIBLE

HEAD = '<?xml version="1.0"?><AmazonEnvelope><MessageType>ProductImage</MessageType>'
TAIL = "</AmazonEnvelope>"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed"


def message(sku: str, kind: str, link: str, number: str = "") -> str:
    """Return a message."""
    stated = f"<MessageID>{number}</MessageID>" if number else ""
    image = f"<SKU>{sku}</SKU><ImageType>{kind}</ImageType><ImageLocation>{link}</ImageLocation>"
    return f"<Message>{stated}<ProductImage>{image}</ProductImage></Message>"


def test_every_type_of_image(feed: Path) -> None:
    """Each type is its slot; one that isn't known keeps its name."""
    types = ["Main", "PT1", "PT8", "Swatch", "MainOfferImage", "OfferImage5", "Search"]
    feed.write_text(HEAD + "".join(message("S", kind, "u") for kind in types) + TAIL)
    rows = rows_of(feed)
    assert [ref.slot for row in rows if not isinstance(row, BadRow) for ref in row] == [
        *("MAIN", "PT01", "PT08", "SWCH", "OFFER", "OFFER5", "Search")
    ]
    assert len([row for row in rows_of(feed, settings=FeedSettings(slots=("SWCH",))) if row]) == 1


def test_numbers_prefixes_and_kept_elements(feed: Path) -> None:
    """Messages go by their number, or their place; prefixes don't count; elements are carried along."""
    body = message("S1", "Main", "u1", "17") + message("S2", "Main", "u2", "x") + message("S3", "Main", "u3")
    feed.write_text(HEAD + body + TAIL)
    assert [row[0][1] for row in rows_of(feed)] == [17, 2, 3]
    feed.write_text((HEAD + body + TAIL).replace("<", "<a:").replace("<a:/", "</a:").replace("<a:?", "<?"))
    assert urls(rows_of(feed, settings=FeedSettings(feed_format="product-images", block=7))) == ["u1", "u2", "u3"]
    feed.write_text(HEAD + body + TAIL)
    (kept, *_) = rows_of(feed, settings=FeedSettings(keep=("ImageType", "None")))
    assert kept[0][7] == ("Main", "")


def test_indents_and_elements_within_elements(feed: Path) -> None:
    """Line ends and indents are no text, what stands within a text's element spoils it, and CDATA is text."""
    link = "<ImageLocation>\n  http://h/1.jpg\n</ImageLocation>"
    sku = "<SKU>S<b>x</b>1</SKU><SKU><![CDATA[S<2]]></SKU>"
    feed.write_text(f"{HEAD}\n <Message>\n  <X>{sku}</X> x\n<ImageType> main </ImageType>{link}\n</Message>\n{TAIL}")
    for block in (1, 5, 10_000):
        found = brief(rows_of(feed, settings=FeedSettings(block=block)))
        assert found == [[(1, "", "S<2", "MAIN", "http://h/1.jpg")]]


@pytest.mark.parametrize("block", [1, 100, 100_000])
def test_long_messages_are_long_however_they_come(feed: Path, block: int) -> None:
    """The bound of a message is the same wherever the blocks are cut."""
    sizes = range(80, 140, 3)
    feed.write_text(HEAD + "".join(message("S", "Main", "x" * size) for size in sizes) + TAIL)
    rows = rows_of(feed, settings=FeedSettings(record_limit=220, block=block))
    bare = len(message("S", "Main", "")) - len("</Message>")
    assert [isinstance(row, BadRow) for row in rows] == [bare + size > 220 for size in sizes]


def test_what_is_no_message_of_images_is_a_bad_row(feed: Path) -> None:
    """A message of another kind, or one that is too long, spoils its row only."""
    other = "<Message><MessageID>4</MessageID><Price><SKU>S</SKU></Price></Message>"
    long = message("S", "Main", "x" * 2000, "5")
    feed.write_text(HEAD + other + long + message("S", "Main", "u") + TAIL)
    rows = rows_of(feed, settings=FeedSettings(record_limit=500))
    assert reasons(rows) == [(4, BadRowReason.WRONG_SHAPE), (5, BadRowReason.TOO_LONG)]
    assert urls(rows) == ["u"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252"])
def test_encodings(feed: Path, encoding: str) -> None:
    """The encoding that the document states, or its mark, is obeyed, within gzip too."""
    head = HEAD.replace("?>", f' encoding="{encoding.removesuffix("-sig")}"?>')
    feed.write_bytes(gzip.compress((head + message("Größe", "Main", "u") + TAIL).encode(encoding)))
    known = {"utf-8": "UTF-8", "utf-8-sig": "UTF-8 with BOM", "utf-16": "UTF-16 LE"}
    said = known.get(encoding, f"encoding {encoding}")
    assert opened(feed)[0].recognised == f"XML feed of product images, gzip, {said}"
    assert brief(rows_of(feed)) == [[(1, "", "Größe", "MAIN", "u")]]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (HEAD + TAIL, "has no messages; export the feed again"),
        (HEAD + message("S", "Main", "u"), "is damaged: its XML can't be read at line 1"),
        (HEAD + "<Message>&nbsp;</Message>" + TAIL, "is damaged: its XML can't be read"),
        ('<!DOCTYPE a [<!ENTITY b "c">]>' + HEAD + TAIL, "declares a document type"),
        (HEAD + "<a>" * 1000, "has elements within each other without end"),
        (HEAD + "<Message " + "a" * 6 * MIB, "has a tag or comment of megabytes"),
    ],
)
def test_damaged_and_hostile_feeds(feed: Path, content: str, said: str) -> None:
    """Entities, depth, endless tags and damage stop the run in one sentence."""
    feed.write_text(content)
    with pytest.raises(FeedError, match=said):
        rows_of(feed)


def test_a_billion_laughs(feed: Path) -> None:
    """Entities that multiply are refused before they do."""
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    feed.write_text(f'<!DOCTYPE x [<!ENTITY l0 "lol">{entities}]><AmazonEnvelope>ProductImage &l9;</AmazonEnvelope>')
    with pytest.raises(FeedError, match="declares a document type"):
        rows_of(feed)


def test_a_text_without_end_is_not_held(feed: Path) -> None:
    """A text of 32 MiB makes its message a bad row, in bounded memory."""
    with feed.open("w") as file:
        file.write(HEAD + "<Message><ProductImage><SKU>")
        for _ in range(32):
            file.write("x" * MIB)
        file.write("</SKU></ProductImage></Message>" + message("S", "Main", "u") + TAIL)
    tracemalloc.start()
    rows = rows_of(feed)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert reasons(rows) == [(1, BadRowReason.TOO_LONG)]
    assert urls(rows) == ["u"]
    assert peak < 20 * MIB


texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"], exclude_characters="\ufffe\uffff"), max_size=6
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(texts, texts), min_size=1, max_size=4), st.integers(1, 64))
def test_product_images_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, str]], block: int
) -> None:
    """Any texts read back as the same references, with blocks so small that every cut is met."""
    path = tmp_path_factory.getbasetemp() / "images.xml"
    body = "".join(message(escape(sku), "Main", escape(link)) for sku, link in rows)
    path.write_text(HEAD + body + TAIL, encoding="utf-8")
    assert brief(rows_of(path, settings=FeedSettings(block=block))) == [
        [(number, "", sku.strip(INVISIBLE), "MAIN", link if link.strip(INVISIBLE) else "")]
        for number, (sku, link) in enumerate(rows, 1)
    ]
