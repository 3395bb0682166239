"""Encodings are decided on evidence and said, and no byte that can't be read spoils more than its row."""

import asyncio
import codecs
import gzip
from contextlib import aclosing
from pathlib import Path

import pytest
from feeds.reading import DEFAULT, brief, opened, reasons, rows_of, urls

from auditor.errors import FeedError
from auditor.feeds import read_feeds
from auditor.feeds.encoding import find_encoding
from auditor.model import BadRow, BadRowReason
from auditor.settings import FeedSettings

HEADER = "title\tsku\turl\n"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed.txt"


@pytest.mark.parametrize(
    ("codec", "mark", "text", "said"),
    [
        ("utf-8", b"", "Tea", "UTF-8"),
        ("utf-8", b"", "Größe, 日本, 😀", "UTF-8"),
        ("utf-8", codecs.BOM_UTF8, "Größe", "UTF-8 with BOM"),
        ("utf-16-le", codecs.BOM_UTF16_LE, "Größe, 日本, 😀, ਊഊ\u2028", "UTF-16 LE"),
        ("utf-16-be", codecs.BOM_UTF16_BE, "Größe, 日本, 😀, ਊഊ\u2028", "UTF-16 BE"),
        ("cp1252", b"", "Größe für Grün \u2013 “5 €”", "Windows-1252"),
        ("latin-1", b"", "Größe für Grün", "Windows-1252"),
        ("cp932", b"", "日本語の表示、ソ能ポ\uff5cｶﾅ①髙", "Shift_JIS (cp932)"),
        ("shift_jis", b"", "カタカナの商品", "Shift_JIS (cp932)"),
    ],
)
def test_each_encoding_is_recognised_and_read(feed: Path, codec: str, mark: bytes, text: str, said: str) -> None:
    """Rows are the same in every encoding, wherever blocks are cut, and the encoding is said."""
    feed.write_bytes(mark + (HEADER + f"{text}\tS1\tu1\n{text}\t{text}\tu2\n").encode(codec))
    for settings in (DEFAULT, FeedSettings(block=3)):
        (found,) = opened(feed, settings=settings)
        assert found.recognised == f"tab-separated text, {said}, 2 columns used: sku, url (MAIN)"
        assert brief(rows_of(feed, settings=settings)) == [
            [(2, "", "S1", "MAIN", "u1")],
            [(3, "", text.strip("\u2028"), "MAIN", "u2")],
        ]


@pytest.mark.parametrize(
    "text", ["élève", "écran", "don\u2019t stop", "Brand® ½ ÄÖ", "“Quoted”", "Größe", "été 5° ©", "™"]
)
def test_western_words_are_not_taken_for_japanese(text: str) -> None:
    """Words whose bytes happen to be valid cp932 stay Windows-1252."""
    assert str(find_encoding(f"{HEADER}{text}\n".encode("cp1252"), whole=True).said) == "Windows-1252"


@pytest.mark.parametrize(
    "text",
    [
        "商品名",
        "サイズ",
        "これは Tシャツ です",
        "東京 No.1 ｶﾒﾗ",
        "→○×№㈱ブランド",
        "ブランド 色 赤 白 黒 青 緑 茶 灰 紺",
    ],
)
def test_japanese_words_are_known(text: str) -> None:
    """Kana and kanji in a row are Japanese, with Latin words and signs between them."""
    assert find_encoding(f"{HEADER}{text}\n".encode("cp932"), whole=True).codec == "cp932"


def test_a_language_decides_where_bytes_do_not() -> None:
    """Bytes that aren't UTF-8 are Japanese where the feed says that its content is, however few or broken they are."""
    lone = "色 S\n".encode("cp932")
    assert find_encoding(lone, whole=True).codec == "cp1252"
    assert find_encoding(lone, whole=True, language="ja_JP").codec == "cp932"
    assert find_encoding(b"\x81 S\n", whole=True, language="ja_JP").codec == "cp932"
    assert find_encoding("色".encode(), whole=True, language="ja_JP").codec == "utf-8"


@pytest.mark.parametrize("text", ["é", "日", "😀"])
def test_a_head_cut_within_a_character(text: str) -> None:
    """A head that ends within a character is still UTF-8; a whole feed that does is not."""
    for cut in range(1, len(text.encode())):
        assert str(find_encoding(b"sku,url\n" + text.encode()[:cut]).said) == "UTF-8"
        assert str(find_encoding(b"sku,url\n" + text.encode()[:cut], whole=True).said) == "Windows-1252"


def test_a_head_cut_within_a_japanese_character(feed: Path) -> None:
    """A head that ends within a character of cp932 is still that, wherever the cut falls."""
    text = "商品の名前" * 20_000
    for shift in range(3):
        feed.write_bytes((f"title\tsku\turl\n{text[:300]}\t日\t" + "u" * shift + f"\n{text}\tS\tu\n").encode("cp932"))
        assert ", Shift_JIS (cp932), " in opened(feed, settings=FeedSettings(block=65_536))[0].recognised


def test_strays_in_utf_8_stay_strays(feed: Path) -> None:
    """A feed in UTF-8 with a few other bytes is read as UTF-8; they matter in cells that are used, and there only."""
    feed.write_bytes(
        "Café\tS1\tu1\nThé\tSé\tu2\n".encode().join((HEADER.encode(), b"T\xe9\tS3\tu3\nTea\tS\xe94\tu4\n"))
    )
    assert ", UTF-8 with other bytes in it, " in opened(feed)[0].recognised
    rows = rows_of(feed)
    assert rows[3] == BadRow(str(feed), 5, BadRowReason.UNDECODABLE, "Tea S\ufffd4 u4")
    assert brief(rows)[1:3] == [[(3, "", "Sé", "MAIN", "u2")], [(4, "", "S3", "MAIN", "u3")]]


def test_bytes_that_windows_1252_lacks(feed: Path) -> None:
    """The five bytes without a meaning in Windows-1252 make their row bad where a used cell holds one."""
    feed.write_bytes(f"{HEADER}Grün\tS1\tu1\n".encode("cp1252") + b"\x81\tS2\tu2\nT\tS\x8d\tu3\n\xdcb\tS4\tu4\n")
    rows = rows_of(feed)
    assert rows[2] == BadRow(str(feed), 4, BadRowReason.UNDECODABLE, "T S\ufffd\ufffd\ufffd u3")
    assert urls(rows) == ["u1", "u2", "u4"]


def test_bytes_that_cp932_lacks(feed: Path) -> None:
    """A character of cp932 that is broken, at a line's end too, makes its own row bad and swallows no line end."""
    many = "商品の名前\tS\tu\n" * 10_000  # beyond the head, which must decode as a whole
    feed.write_bytes((HEADER + many).encode("cp932") + b"T\tS\x81\tu1\nT\tS2\tu\x82\nT\tS3\tu3\n\x81")
    rows = rows_of(feed, settings=FeedSettings(block=1000))[10_000:]
    undecodable = BadRowReason.UNDECODABLE
    assert reasons(rows) == [(10_002, undecodable), (10_003, undecodable)]
    assert brief(rows)[2:] == [[(10_004, "", "S3", "MAIN", "u3")], []]


def test_half_a_pair_in_utf_16_spoils_one_row(feed: Path) -> None:
    """A lone surrogate is no text: it makes its row bad where a used cell holds it."""
    text = f"{HEADER}\ud83d\tS1\tu1\nT\tS\ude00\tu2\nT\tS3\tu3\n"
    feed.write_bytes(codecs.BOM_UTF16_LE + text.encode("utf-16-le", errors="surrogatepass"))
    rows = rows_of(feed, settings=FeedSettings(block=5))
    assert reasons(rows) == [(3, BadRowReason.UNDECODABLE)]
    assert urls(rows) == ["u1", "u3"]


@pytest.mark.parametrize("last", [b"u", "😀".encode("utf-16-le")[:2], "😀".encode("utf-16-le")[:3]])
@pytest.mark.parametrize("packed", [False, True])
def test_utf_16_cut_in_half(feed: Path, last: bytes, packed: bool) -> None:  # noqa: FBT001 # pytest gives it by name
    """UTF-16 that ends within a character is an error at that point, after the rows before it."""
    whole = codecs.BOM_UTF16_LE + (HEADER + "T\tS1\tu1\nT\tS2\tu2\nT\tS3\tu").encode("utf-16-le") + last
    feed.write_bytes(gzip.compress(whole) if packed else whole)
    links: list[str] = []

    async def read() -> None:
        async with aclosing(read_feeds([str(feed)], DEFAULT)) as batches:
            async for batch in batches:
                links.extend(urls(batch.rows))

    with pytest.raises(FeedError, match=r"ends early: its UTF-16 text stops within a character; fetch it again\.$"):
        asyncio.run(read())
    assert links == ["u1", "u2"]


def test_excel_unicode_text(feed: Path) -> None:
    """What Excel calls Unicode Text, with quoted cells and line ends in them, counts physical lines."""
    text = 'sku\tdescription\turl\r\nS1\t"12"" screen,\r\nblack"\tu1\r\n\r\nS2\tTea\tu2\r\n'
    feed.write_bytes(text.encode("utf-16"))
    assert brief(rows_of(feed)) == [[(2, "", "S1", "MAIN", "u1")], [(5, "", "S2", "MAIN", "u2")]]


def test_a_column_with_an_accent_is_named_by_the_user(feed: Path) -> None:
    """A user names a column as it reads, in whatever encoding the feed has it."""
    for codec in ("utf-8", "cp1252", "utf-16"):
        feed.write_bytes("Article\tImage à montrer, été\nS1\tu1\n".encode(codec))
        settings = FeedSettings(sku_column="article", url_columns=("image à montrer, été",))
        assert brief(rows_of(feed, settings=settings)) == [[(2, "", "S1", "MAIN", "u1")]]
