"""TIFF: directories anywhere, values of any type, pages and loops."""

import pytest
from images import Entry, big_tiff, loads, made, read_in_ranges, tiff

from auditor.model import Body, Corrupt, Flaw, Format, ImageInfo
from auditor.sniff import Held, Need, sniff

SIZE = [Entry(256, 3, 1, 30), Entry(257, 3, 1, 20)]
PAGE = [Entry(254, 4, 1, 0), *SIZE]
SMALLER = [Entry(254, 4, 1, 1), *SIZE]
MASK = [Entry(254, 4, 1, 4), *SIZE]


def look(data: bytes) -> Body | Need:
    """What these bytes are by themselves."""
    return sniff(Held(data), len(data))


def test_directory_at_the_end_of_20_mb() -> None:
    """A directory in the last 4 KiB of 20 MB takes two requests and under 40 KiB."""
    data = tiff([*SIZE, Entry(258, 3, 1, 8), Entry(262, 3, 1, 2)], at=20_000_000, tail=bytes(2000))
    for told in (True, False):
        reading = read_in_ranges(data, 4096, 4096, tell_total=told)
        assert isinstance(reading.answer, ImageInfo)
        assert (reading.answer.width, reading.answer.height) == (30, 20)
        assert reading.requests == 2
        assert reading.bytes < 40 * 1024


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [1, 3, 4, 6, 8, 9, 13])
def test_sizes_of_any_integer_type(order: str, kind: int) -> None:
    """Width and height may be of any type of whole numbers."""
    shift = {6: 24, 8: 16}.get(kind, 0) if order == ">" else 0
    body = look(tiff([Entry(256, kind, 1, 30 << shift), Entry(257, kind, 1, 20 << shift)], order=order))
    assert isinstance(body, ImageInfo)
    assert (body.width, body.height) == (30, 20)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("kind", [16, 17, 18])
def test_big_tiff(order: str, kind: int) -> None:
    """BigTIFF has wider numbers and is read the same."""
    body = look(big_tiff([Entry(256, kind, 1, 30), Entry(257, kind, 1, 20)], order=order, at=99))
    assert isinstance(body, ImageInfo)
    assert (body.width, body.height) == (30, 20)


@pytest.mark.parametrize(
    ("directories", "pages"),
    [
        ([PAGE], 1),
        ([PAGE, PAGE], 2),
        ([PAGE] * 9, 9),
        ([PAGE] * 40, 16),
        ([PAGE, SMALLER, MASK], 1),
        ([PAGE, SMALLER, PAGE], 2),
        ([SMALLER, PAGE], 2),
    ],
)
def test_pages(directories: list[list[Entry]], pages: int) -> None:
    """Pages are counted up to a cap; smaller copies and masks are none."""
    body = look(tiff(*directories))
    assert isinstance(body, ImageInfo)
    assert body.pages == pages


def test_directories_within_a_page_are_no_pages() -> None:
    """SubIFDs belong to the page that names them."""
    body = look(tiff([*PAGE, Entry(330, 4, 1, 8)]))
    assert isinstance(body, ImageInfo)
    assert body.pages == 1


def test_far_pages_cost_one_request() -> None:
    """Two pages are as bad as twenty: the third isn't worth a request."""
    reading = read_in_ranges(made("TIFF", size=(100, 100), frames=5), 4096, 4096)
    assert isinstance(reading.answer, ImageInfo)
    assert reading.answer.pages == 2
    assert reading.requests == 2


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (tiff(PAGE, following=8), Flaw.LOOP),
        (tiff(PAGE, SMALLER, following=8), Flaw.LOOP),
        (tiff([]), Flaw.BAD_STRUCTURE),
        (tiff([Entry(259, 3, 1, 1)]), Flaw.NO_IMAGE),
        (tiff([Entry(256, 5, 1, 1), Entry(257, 2, 1, 1)]), Flaw.NO_IMAGE),
        (tiff([Entry(256, 3, 1, 0), Entry(257, 3, 1, 1)]), Flaw.ZERO_SIZE),
        (tiff([Entry(256, 9, 1, 1 << 31), Entry(257, 3, 1, 1)]), Flaw.BAD_STRUCTURE),
        (tiff([Entry(256, 4, 1 << 31, 1 << 30), Entry(257, 3, 1, 1)]), Flaw.BAD_STRUCTURE),
        (tiff([*SIZE, Entry(256, 3, 1, 31)]), Flaw.BAD_STRUCTURE),
        (b"II*\0\0\0\0\0" + bytes(20), Flaw.NO_IMAGE),
        (b"II*\0\3\0\0\0" + bytes(20), Flaw.BAD_STRUCTURE),
        (b"II*\0\x08\0\0\0\xff\xff" + bytes(20), Flaw.BAD_STRUCTURE),
        (b"II*\0\x08\0\0\0\xff\x0f" + bytes(20), Flaw.ENDS_EARLY),
        (b"MM\0+\0\x08\0\0" + b"\xff" * 20, Flaw.ENDS_EARLY),
        (tiff([*SIZE, Entry(273, 4, 1, 99), Entry(279, 4, 1, 999), Entry(259, 3, 1, 5)]), Flaw.ENDS_EARLY),
        (tiff([*SIZE, Entry(324, 4, 1, 99), Entry(325, 4, 1, 999)]), Flaw.ENDS_EARLY),
    ],
)
def test_corrupt(data: bytes, flaw: Flaw) -> None:
    """What can't be a picture is said to be corrupt, and why."""
    assert look(data) == Corrupt(Format.TIFF, flaw)


def test_a_loop_behind_the_second_page_ends_the_count() -> None:
    """What is known of the first two pages isn't lost to a loop behind them."""
    body = look(tiff(PAGE, PAGE, PAGE, following=8))
    assert isinstance(body, ImageInfo)
    assert body.pages == 3


def test_too_large_byte_counts_are_forgiven() -> None:
    """Byte counts that are too large are common in uncompressed files; decoders count rows."""
    strip = [
        Entry(258, 3, 1, 8),
        Entry(273, 4, 1, 110),
        Entry(277, 3, 1, 1),
        Entry(278, 3, 1, 20),
        Entry(279, 4, 1, 99_999),
    ]
    assert isinstance(look(tiff([*SIZE, *strip], tail=bytes(700))), ImageInfo)
    assert look(tiff([*SIZE, *strip], tail=bytes(500))) == Corrupt(Format.TIFF, Flaw.ENDS_EARLY)


@pytest.mark.parametrize("missing", [1, 10, 60])
def test_cut_table_of_strips(missing: int) -> None:
    """A file that ends within the table that says where its compressed strips are is truncated: nobody can load it."""
    data = made("TIFF", size=(300, 300), compression="tiff_lzw")[:-missing]
    assert look(data) == Corrupt(Format.TIFF, Flaw.ENDS_EARLY)
    assert not loads(data)
