"""Text tables: what they ask for, and every quirk they are known to have."""

import gzip
from pathlib import Path

import pytest
from feeds.reading import DEFAULT, brief, main_ref, opened, reasons, rows_of, urls

from auditor.model import BadRow, BadRowReason
from auditor.settings import FeedSettings

HEADER = "asin\tsku\turl\n"


@pytest.fixture
def feed(tmp_path: Path) -> Path:
    """A path to write a feed to."""
    return tmp_path / "feed.tsv"


def test_a_row_asks_for_its_main_image(feed: Path) -> None:
    """A plain table gives one main image per row, with the row's physical line."""
    feed.write_text(HEADER + "A1\tS1\thttp://h/1.jpg\nA2\tS2\thttp://h/2.jpg\n")
    assert rows_of(feed) == [
        (main_ref(feed, 2, ("A1", "S1"), "http://h/1.jpg"),),
        (main_ref(feed, 3, ("A2", "S2"), "http://h/2.jpg"),),
    ]


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
def test_the_header_decides_the_delimiter(feed: Path, delimiter: str) -> None:
    """The delimiter is the one that makes column names of the header, whatever the suffix says."""
    feed.write_text(HEADER.replace("\t", delimiter) + delimiter.join(("A", "S", "http://h/1.jpg")) + "\n")
    assert brief(rows_of(feed)) == [[(2, "A", "S", "MAIN", "http://h/1.jpg")]]


def test_one_column_has_no_delimiter(feed: Path) -> None:
    """A table of links only keeps commas, semicolons and bars in its links."""
    feed.write_text("url\nhttp://h/a,b;c|d.jpg\n")
    assert urls(rows_of(feed)) == ["http://h/a,b;c|d.jpg"]


def test_all_slots_in_order(feed: Path) -> None:
    """Images come in slot order, whatever the order of the columns."""
    feed.write_text(
        "swatch_image_url,other_image_url2,item_sku,Main-Image-URL,other_image_url8,Other Image Url1,asin1\n"
        "s,p2,SKU,m,p8,p1,ASIN\n"
    )
    assert brief(rows_of(feed)) == [
        [
            (2, "ASIN", "SKU", slot, url)
            for slot, url in (("MAIN", "m"), ("PT01", "p1"), ("PT02", "p2"), ("PT08", "p8"), ("SWCH", "s"))
        ]
    ]


def test_the_more_precise_column_wins(feed: Path) -> None:
    """Of several columns for the main image, main_image_url wins over image_url over url; asin over asin1."""
    feed.write_text("url,image-url,main_image_url,asin1,asin\n1,2,3,x,y\n")
    assert brief(rows_of(feed)) == [[(2, "y", "", "MAIN", "3")]]


def test_columns_named_by_the_user(feed: Path) -> None:
    """Columns named by the user replace those recognised, the first link column being MAIN and further ones PT01…."""
    feed.write_text("asin,url,Ref No,Foto,Foto 2\nA,u,R,f1,f2\n")
    settings = FeedSettings(asin_column="ref no", sku_column="asin", url_columns=("Foto", "foto_2"))
    assert brief(rows_of(feed, settings=settings)) == [[(2, "R", "A", "MAIN", "f1"), (2, "R", "A", "PT01", "f2")]]


def test_a_missing_main_image_is_asked_for_with_an_empty_link(feed: Path) -> None:
    """A product whose MAIN cell is empty asks for it with an empty link, before its other images."""
    feed.write_text("sku,main_image_url,other_image_url1\nS1,,p\nS2, \u00a0\ufeff,\n,,p\n,,\n")
    assert brief(rows_of(feed)) == [
        [(2, "", "S1", "MAIN", ""), (2, "", "S1", "PT01", "p")],
        [(3, "", "S2", "MAIN", "")],
        [(4, "", "", "MAIN", ""), (4, "", "", "PT01", "p")],
        [],
    ]


def test_without_a_main_column_nothing_is_missing(feed: Path) -> None:
    """A feed of swatches only doesn't miss main images."""
    feed.write_text("sku,swatch_image_url\nS1,\nS2,s\n")
    assert brief(rows_of(feed)) == [[], [(3, "", "S2", "SWCH", "s")]]


@pytest.mark.parametrize(
    ("column", "word"),
    [
        ("update_delete", "Delete"),
        ("::record_action", "DELETE"),
        ("operation-type", "delete "),
        ("parent_child", "Parent"),
        ("parentage", "parent"),
    ],
)
def test_parents_and_deletions_need_no_image(feed: Path, column: str, word: str) -> None:
    """A parent or a deletion doesn't miss its main image; images that it has are audited, and so are other rows."""
    feed.write_text(f"sku,url,{column}\nS1,,{word}\nS2,u,{word}\nS3,,child\n")
    assert brief(rows_of(feed)) == [[], [(3, "", "S2", "MAIN", "u")], [(4, "", "S3", "MAIN", "")]]


def test_an_id_is_an_asin_where_its_type_says_so(feed: Path) -> None:
    """external_product_id counts as the ASIN of rows whose type is ASIN, and where no column of ASINs has one."""
    feed.write_text(
        "asin,external_product_id,external_product_id_type,url\n"
        ",B1, asin\u00a0,u1\n,012345678905,UPC,u2\nA3,B3,ASIN,u3\n,B4,,\n,,ASIN,\n",
        encoding="utf-8",
    )
    assert brief(rows_of(feed)) == [
        [(2, "B1", "", "MAIN", "u1")],
        [(3, "", "", "MAIN", "u2")],
        [(4, "A3", "", "MAIN", "u3")],
        [(5, "", "", "MAIN", "")],
        [],
    ]
    chosen = FeedSettings(asin_column="external_product_id")
    assert brief(rows_of(feed, settings=chosen))[1:2] == [[(3, "012345678905", "", "MAIN", "u2")]]


def test_an_id_without_its_type_is_no_asin(feed: Path) -> None:
    """external_product_id alone may be anything, and is left out."""
    feed.write_text("external_product_id,url\nB000000001,u\n")
    assert brief(rows_of(feed)) == [[(2, "", "", "MAIN", "u")]]


def test_slots_are_chosen(feed: Path) -> None:
    """With slots chosen, other images are left out, and rows without any are rows to skip."""
    feed.write_text("sku,url,other_image_url1\nS1,m,p\nS2,m,\nS3,,p\n")
    parts = FeedSettings(slots=("PT01",))
    assert brief(rows_of(feed, settings=parts)) == [[(2, "", "S1", "PT01", "p")], [], [(4, "", "S3", "PT01", "p")]]
    mains = FeedSettings(slots=("MAIN",))
    assert urls(rows_of(feed, settings=mains)) == ["m", "m", ""]


def test_ids_are_stripped_and_links_are_not(feed: Path) -> None:
    """Spaces, NBSP and BOM around ids are dropped; a link is kept as it is, for the link checks to repair."""
    feed.write_text(HEADER + "\ufeffA\u00a0\t  S \t http://h/1.jpg\u00a0\n", encoding="utf-8")
    assert brief(rows_of(feed)) == [[(2, "A", "S", "MAIN", " http://h/1.jpg\u00a0")]]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_line_ends_and_blank_lines(feed: Path, line_end: str) -> None:
    """Any line end will do; blank lines are no rows but count as physical lines, also before the header."""
    lines = ("", "sku,url", "", "S1,u1", "", "", 'S2,"u', '2"', "S3,u3")
    feed.write_bytes(line_end.join(lines).encode())
    assert brief(rows_of(feed)) == [
        [(4, "", "S1", "MAIN", "u1")],
        [(7, "", "S2", "MAIN", f"u{line_end}2")],
        [(9, "", "S3", "MAIN", "u3")],
    ]


def test_mixed_line_ends(feed: Path) -> None:
    """Line ends may change from line to line."""
    feed.write_bytes(b"sku,url\r\nS1,u1\rS2,u2\nS3,u3\r\r\nS4,u4")
    assert brief(rows_of(feed)) == [
        [(line, "", f"S{number}", "MAIN", f"u{number}")] for number, line in ((1, 2), (2, 3), (3, 4), (4, 6))
    ]


def test_ragged_rows(feed: Path) -> None:
    """Missing cells at the end are empty; cells beyond the header's are ignored."""
    feed.write_text("url\tsku\tasin\nu1\nu2\tS2\nu3\tS3\tA3\t\textra\n")
    assert brief(rows_of(feed)) == [
        [(2, "", "", "MAIN", "u1")],
        [(3, "", "S2", "MAIN", "u2")],
        [(4, "A3", "S3", "MAIN", "u3")],
    ]


def test_too_many_cells(feed: Path) -> None:
    """A row with more cells than the limit is bad, and the next is read."""
    feed.write_text("sku,url\n" + "S1,u1" + "," * 10 + "\nS2,u2\n")
    rows = rows_of(feed, settings=FeedSettings(column_limit=8))
    assert reasons(rows) == [(2, BadRowReason.TOO_MANY_CELLS)]
    assert urls(rows) == ["u2"]


@pytest.mark.parametrize("block", [16, DEFAULT.block])
def test_too_long(feed: Path, block: int) -> None:
    """A line longer than the limit is bad, shows its beginning only, and the next is read."""
    feed.write_text("sku,url\nS1,u1\nS2," + "x" * 2000 + "\r\nS3,u3\n")
    rows = rows_of(feed, settings=FeedSettings(record_limit=300, block=block))
    assert rows[1] == BadRow(str(feed), 3, BadRowReason.TOO_LONG, "S2," + "x" * 197)
    assert urls(rows) == ["u1", "u3"]


def test_nul_bytes(feed: Path) -> None:
    """A NUL makes its row bad, and no other."""
    feed.write_bytes(b"sku,url\n" + b"S,u\n" * 10 + b"S\0,u\nS,u\n")
    rows = rows_of(feed)
    assert reasons(rows) == [(12, BadRowReason.NUL_BYTE)]
    assert urls(rows) == ["u"] * 11


def test_a_lone_quote_spoils_one_row(feed: Path) -> None:
    """A quote that is never closed makes its line bad; all rows after it are read."""
    feed.write_text(HEADER + 'A1\t"5 inch\tu1\n' + "".join(f"A{n}\tS\tu{n}\n" for n in range(2, 50)))
    rows = rows_of(feed)
    assert reasons(rows) == [(2, BadRowReason.QUOTE_NEVER_CLOSED)]
    assert urls(rows) == [f"u{n}" for n in range(2, 50)]


def test_a_lone_quote_is_given_up_at_the_limit(feed: Path) -> None:
    """A quote that isn't closed within the limit of a record is given up there, whatever follows."""
    feed.write_text(HEADER + 'A1\t"5 inch\tu1\n' + "A\tS\tu\n" * 500 + 'A\t"S"\tu\n')
    rows = rows_of(feed, settings=FeedSettings(record_limit=200))
    assert reasons(rows) == [(2, BadRowReason.QUOTE_NEVER_CLOSED)]
    assert urls(rows) == ["u"] * 501


@pytest.mark.parametrize("second", ['A2\t"6 inch\thttp://2', 'A2\t6"\thttp://2', 'A2\t"6 inch\t', 'A2\t6"\t'])
def test_stray_quotes_that_pair_up_lose_no_row(feed: Path, second: str) -> None:
    """Two rows with one stray quote each stay two rows, though strict reading makes one of them, of the right width."""
    feed.write_text(HEADER + f'A1\t"5 inch\thttp://1\n{second}\nA3\tS3\thttp://3\n' + 'A4\t"S4"\thttp://4\n')
    rows = rows_of(feed)
    assert brief(rows)[0] == [(2, "A1", '"5 inch', "MAIN", "http://1")]
    last = [[(4, "A3", "S3", "MAIN", "http://3")], [(5, "A4", "S4", "MAIN", "http://4")]]
    assert brief(rows)[-2:] == last
    assert isinstance(rows[1], tuple)
    assert rows[1][0][1:3] == (3, "A2")
    assert len(rows) == 4


def test_a_stray_quote_that_pairs_into_another_width(feed: Path) -> None:
    """A first line that has the header's width by itself is a row, if the record it begins has another."""
    feed.write_text(HEADER + 'A1\t"5 inch\tu1\nA2\tS2\t"u2"\n')
    assert brief(rows_of(feed)) == [[(2, "A1", '"5 inch', "MAIN", "u1")], [(3, "A2", "S2", "MAIN", "u2")]]


def test_text_over_several_lines_is_one_record(feed: Path) -> None:
    """A quoted cell with line ends, delimiters and links in it stays one cell."""
    feed.write_text('sku,url,description\nS1,http://1,"One, two\nhttp://x, three\n""four"""\nS2,http://2,"a\nb"\n')
    assert brief(rows_of(feed)) == [[(2, "", "S1", "MAIN", "http://1")], [(5, "", "S2", "MAIN", "http://2")]]


def test_a_column_name_over_several_lines(feed: Path) -> None:
    """A header may have line ends in its names; rows count from the physical line they stand on."""
    feed.write_text('sku,"image\nurl"\nS1,u1\n')
    assert brief(rows_of(feed)) == [[(3, "", "S1", "MAIN", "u1")]]


def test_a_column_name_with_a_delimiter(feed: Path) -> None:
    """Delimiters within a quoted column name make no columns."""
    feed.write_text('"Title, long",url,sku\n"a, b",u1,S1\n')
    assert brief(rows_of(feed)) == [[(2, "", "S1", "MAIN", "u1")]]


def test_a_quote_in_the_header_hides_no_column(feed: Path) -> None:
    """A stray quote in a column name doesn't swallow the names after it."""
    feed.write_text('sku\t"size\turl\nS1\t5\tu1\n')
    assert brief(rows_of(feed)) == [[(2, "", "S1", "MAIN", "u1")]]


def test_what_was_recognised_is_said(tmp_path: Path) -> None:
    """Delimiter, packing, encoding and columns in use are told, with the feed's identity."""
    plain = tmp_path / "a.txt"
    plain.write_bytes(b"\xef\xbb\xbfASIN;Seller-SKU;image_url;colour\nA;S;u;red\n")
    packed = tmp_path / "b.txt"
    packed.write_bytes(gzip.compress(b"url\nu\n"))
    first, second = opened(plain, packed)
    assert first.recognised == (
        "semicolon-separated text, UTF-8 with BOM, 3 columns used: ASIN, Seller-SKU, image_url (MAIN)"
    )
    assert second.recognised == "tab-separated text, gzip, UTF-8, 1 column used: url (MAIN)"
    assert (first.path, first.size, len(first.digest)) == (str(plain), plain.stat().st_size, 64)
