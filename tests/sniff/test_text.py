"""What isn't an image: pages, other text, and files of other kinds."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from images import read_in_ranges

from auditor.model import Body, Doubt, Format, Kind, NotAnImage, Unmeasured
from auditor.sniff import Held, Need, give_up, sniff

SVG = Unmeasured(Format.SVG)


def look(data: bytes) -> Body | Need:
    """What these bytes are by themselves."""
    return sniff(Held(data), len(data))


@pytest.mark.parametrize(
    ("data", "title", "opens"),
    [
        (b"<!DOCTYPE html><title>Not found</title>", "Not found", ""),
        (b"  \n<HTML><head><TITLE lang=en>\n Sign &amp; in\n</TITLE>", "Sign & in", ""),
        (b"<html><meta content='0; url=/login' http-equiv=Refresh>", "", "/login"),
        (b'<html><META HTTP-EQUIV="refresh" CONTENT="5;URL=https://a.b/c?d&amp;e">', "", "https://a.b/c?d&e"),
        (b"<script>window.location = 'https://a.b/'</script>", "", "https://a.b/"),
        (b'<script>location.replace("/x")</script>', "", "/x"),
        (b"<body onload=\"window.open('/pop.html')\">", "", "/pop.html"),
        (b"<!-- saved --><div>hello</div>", "", ""),
        (b"<!-- no root at all -->hello", "", ""),
        (b"<p>gone", "", ""),
        ("<html><title>Không tìm thấy</title>".encode(), "Không tìm thấy", ""),
        ("<html><meta charset=windows-1252><title>Über</title>".encode("cp1252"), "Über", ""),
        (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x"><html><title>t</title>', "t", ""),
        ("\ufeff<html><title>wide</title>".encode("utf-16-le"), "wide", ""),
        ("\ufeff<html><title>wide</title>".encode("utf-16-be"), "wide", ""),
        (b"\xef\xbb\xbf<html><title>marked</title>", "marked", ""),
        (b"<html><title>a\x1bb\x0c</title>", "ab", ""),
    ],
)
def test_pages(data: bytes, title: str, opens: str) -> None:
    """An HTML page is known by its first tag, with its title and where it leads."""
    body = look(data)
    assert isinstance(body, NotAnImage)
    assert body[:3] == (Kind.HTML, title, opens)


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?>\n<!-- drawn -->\n<svg:svg >",
        b"<!-- <html> --><svg\nwidth='1'>",
        b'<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "x.dtd" [ <!ENTITY ns "http://x/"> ]>\n<svg>',
        "\ufeff<?xml version='1.0' encoding='utf-16'?><svg>".encode("utf-16-le"),
        b"<!--" + b"x" * 9000 + b"--><svg>",
    ],
)
def test_svg(data: bytes) -> None:
    """SVG is XML whose root is svg, whatever stands before the root."""
    assert look(data) == SVG
    assert read_in_ranges(data, 64).answer == SVG


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", Kind.EMPTY),
        (b"<?xml version='1.0'?><Error><Code>AccessDenied</Code></Error>", Kind.XML),
        (b"<rss version='2.0'>", Kind.XML),
        (b"<?xml never ends", Kind.XML),
        (b'{"error": 404}', Kind.JSON),
        (b"\xef\xbb\xbf [ {} ]", Kind.JSON),
        (b"[]", Kind.JSON),
        (b"%PDF-1.7 and so on", Kind.PDF),
        (b"PK\3\4" + bytes(30), Kind.ZIP),
        (b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom", Kind.VIDEO),
        (b"\x1aE\xdf\xa3" + bytes(30), Kind.VIDEO),
        (b"RIFF\0\0\0\0AVI LIST", Kind.VIDEO),
        (b"404 page not found", Kind.TEXT),
        (b"BMW is a car", Kind.TEXT),
        (b"BM", Kind.TEXT),
        (b"< 3", Kind.TEXT),
        (b"GIF", Kind.TEXT),
        (b"{curly but no JSON", Kind.TEXT),
        (b"   \n", Kind.TEXT),
        (b"RIFF\0\0\0\0WAVEfmt ", Kind.UNKNOWN),
        (bytes(100), Kind.UNKNOWN),
        (b"\x1f\x8b\x08\0\0\0\0\0\0\0", Kind.UNKNOWN),
        (b"\x7fELF" + bytes(60), Kind.UNKNOWN),
    ],
)
def test_other_kinds(data: bytes, kind: Kind) -> None:
    """Each other kind of file is known by its first bytes."""
    assert look(data) == NotAnImage(kind)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"8BPS\0\1" + bytes(30), Format.PSD),
        (b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(9), Format.JPEG_2000),
        (b"\xffO\xffQ" + bytes(20), Format.JPEG_2000),
        (b"\0\0\0\x0cJXL \r\n\x87\n" + bytes(9), Format.JPEG_XL),
        (b"\xff\x0a" + bytes(30), Format.JPEG_XL),
        (b"\0\0\1\0\1\0\x10\x10" + bytes(30), Format.ICO),
    ],
)
def test_formats_known_by_name(data: bytes, name: Format) -> None:
    """Formats that nobody accepts are told by name only."""
    assert look(data) == Unmeasured(name)


def test_a_title_is_worth_only_the_first_4_kib() -> None:
    """A page without a title so far is read on up to 4 KiB and no further."""
    data = b"<html><head>" + b"<link>" * 4000 + b"<title>far</title>"
    reading = read_in_ranges(data, 64, 64)
    assert reading.answer == NotAnImage(Kind.HTML)
    assert reading.bytes <= 4096


def test_giving_up_on_a_page() -> None:
    """What isn't an image stays what it is where a cap comes first."""
    assert give_up(Held(b"<html><title>x"), Doubt.TOO_MANY_BYTES) == NotAnImage(Kind.HTML, "x")
    assert give_up(Held(), Doubt.TOO_MANY_BYTES) == NotAnImage(Kind.EMPTY)


@pytest.mark.parametrize(
    "piece",
    [
        "<meta ",
        "<title>",
        "<!--",
        "<?",
        "<!doctype [",
        "location=",
        "url=",
        "<a:",
        "[",
        "{",
        " ",
        "<meta http-equiv=refresh ",
    ],
)
def test_hostile_pages_are_linear(piece: str) -> None:
    """A page made of one repeated beginning takes no more than a moment."""
    for before in ("", "<html>", "<!--", "<meta http-equiv=refresh content='"):
        data = (before + piece * 4000).encode()
        start = time.process_time()
        look(data)
        assert time.process_time() - start < 5


@given(st.text(max_size=300), st.sampled_from(["utf-8", "utf-16", "utf-16-le", "utf-16-be"]))
def test_any_text(text: str, encoding: str) -> None:
    """Any text in any encoding is something, never an exception, and its title is one printable line."""
    body = look(("<html>" + text).encode(encoding, "replace"))
    assert body is not None
    if isinstance(body, NotAnImage):
        assert body.title.isprintable()
        assert body.opens.isprintable()
