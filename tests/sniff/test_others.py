"""GIF, PNG, WebP, BMP, AVIF and HEIC where Pillow can't be asked: made by hand, and hostile."""

import time
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from images import box, chunk, made, read_in_ranges

from auditor.model import Body, Color, Corrupt, Doubt, Flaw, Format, ImageInfo, Undetermined
from auditor.sniff import Held, Need, sniff

IHDR = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", pack(">IIBBBBB", 30, 20, 8, 2, 0, 0, 0))
END = chunk(b"IEND", b"")
SCREEN = b"GIF89a" + pack("<HHBBB", 30, 20, 0, 0, 0)
GIF_PICTURE = b"," + pack("<HHHHB", 0, 0, 30, 20, 0) + b"\x08"
MAGICS = (
    *(b"\xff\xd8\xff", b"II*\0", b"MM\0*", b"II+\0\x08\0\0\0", b"MM\0+\0\x08\0\0", b"GIF89a", IHDR, SCREEN),
    *(b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"RIFF\xff\xff\0\0WEBPVP8X", b"BM", b"BM" + bytes(12) + b"\x28\0\0\0"),
    *(b"\0\0\0\x14ftypavif", b"\0\0\0\x10ftypheic\0\0\0\0", b"<svg", b"<html>", b"\xff\xfe", b"\0\0\1\0", b""),
)


def look(data: bytes) -> Body | Need:
    """What these bytes are by themselves."""
    return sniff(Held(data), len(data))


def heic(properties: bytes, associations: bytes, *, before: bytes = b"", brand: bytes = b"heic") -> bytes:
    """A HEIC file of one picture with those properties and their numbers."""
    table = pack(">IIHB", 0, 1, 7, len(associations)) + associations
    inner = box(b"pitm", pack(">IH", 0, 7)) + box(b"iprp", box(b"ipco", properties) + box(b"ipma", table))
    return box(b"ftyp", brand + bytes(4) + b"mif1heic") + before + box(b"meta", bytes(4) + inner)


ISPE = box(b"ispe", pack(">III", 0, 30, 20))
OTHER = box(b"ispe", pack(">III", 0, 320, 240))
PIXI = box(b"pixi", pack(">I", 0) + b"\3\x0a\x0a\x0a")


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"heix", b"miaf"])
def test_heic(brand: bytes) -> None:
    """The size of a HEIC is that of its primary picture, wherever 'meta' stands."""
    for before in (b"", box(b"mdat", bytes(100_000))):
        data = heic(OTHER + PIXI + ISPE, b"\x82\x83", before=before, brand=brand)
        truth = ImageInfo(Format.HEIC, 30, 20, 1, Color.RGB, 10, "HEVC")
        assert look(data) == truth
        assert read_in_ranges(data, 64).answer == truth


@pytest.mark.parametrize(
    ("data", "answer"),
    [
        (heic(ISPE, b"\2"), Corrupt(Format.HEIC, Flaw.NO_IMAGE)),
        (heic(box(b"ispe", bytes(12)), b"\1"), Corrupt(Format.HEIC, Flaw.ZERO_SIZE)),
        (heic(b"\0\0\0\3ispe", b"\1"), Corrupt(Format.HEIC, Flaw.BAD_STRUCTURE)),
        (heic(b"\0\0\1\0ispe", b"\1"), Corrupt(Format.HEIC, Flaw.BAD_STRUCTURE)),
        (heic(ISPE, b"\1", before=b"\0\0\0\2free"), Corrupt(Format.HEIC, Flaw.BAD_STRUCTURE)),
        (heic(ISPE, b"\1", before=b"\0\0\0\1free" + bytes(8)), Corrupt(Format.HEIC, Flaw.BAD_STRUCTURE)),
        (heic(ISPE, b"\1", before=box(b"free", b"") * 1000), Undetermined(Format.HEIC, Doubt.TOO_COMPLEX)),
        (heic(ISPE, b"\1")[:-9], Corrupt(Format.HEIC, Flaw.ENDS_EARLY)),
    ],
)
def test_hostile_boxes(data: bytes, answer: Body) -> None:
    """Boxes of no length or too much of it, and too many of them, end in a word, not in a loop."""
    assert look(data) == answer


def test_gif_picture_larger_than_its_screen() -> None:
    """A picture larger than its screen enlarges it; a screen without size takes the picture's."""
    picture = b"," + pack("<HHHHB", 5, 5, 300, 200, 0) + b"\x08\1\0\0;"
    body = look(b"GIF87a" + bytes(7) + picture)
    assert isinstance(body, ImageInfo)
    assert (body.width, body.height) == (305, 205)
    assert look(b"GIF87a" + bytes(7) + b"," + bytes(9) + b"\x08\1\0\0;") == Corrupt(Format.GIF, Flaw.ZERO_SIZE)


def test_gif_without_a_picture() -> None:
    """A GIF that ends without a picture isn't one."""
    assert look(SCREEN + b"!\xfe\3abc\0;") == Corrupt(Format.GIF, Flaw.NO_IMAGE)


@pytest.mark.parametrize(
    ("after", "answer"),
    [
        (END, Corrupt(Format.PNG, Flaw.NO_IMAGE)),
        (chunk(b"IDAT", bytes(90))[:40], Corrupt(Format.PNG, Flaw.ENDS_EARLY)),
        (chunk(b"IDAT", bytes(90)), Corrupt(Format.PNG, Flaw.NO_END_MARK)),
        (chunk(b"IDAT", bytes(90)) + chunk(b"tEXt", bytes(90))[:40], Corrupt(Format.PNG, Flaw.NO_END_MARK)),
        (chunk(b"tEXt", b"") * 100 + END, ImageInfo(Format.PNG, 30, 20, None, Color.RGB, 8, "deflate")),
        (b"\xff\xff\xff\xffzzzz", Corrupt(Format.PNG, Flaw.ENDS_EARLY)),
        (
            chunk(b"acTL", pack(">II", 7, 0)) + chunk(b"fcTL", bytes(26)) + chunk(b"IDAT", b"") + END,
            ImageInfo(Format.PNG, 30, 20, 2, Color.RGB, 8, "deflate"),
        ),
    ],
)
def test_png_chunks(after: bytes, answer: Body) -> None:
    """What follows the header tells of frames and of files cut off."""
    assert look(IHDR + after) == answer


@pytest.mark.parametrize(
    ("header", "flaw"),
    [
        (pack(">IIBBBBB", 0, 20, 8, 2, 0, 0, 0), Flaw.ZERO_SIZE),
        (pack(">IIBBBBB", 30, 20, 7, 2, 0, 0, 0), Flaw.BAD_STRUCTURE),
        (pack(">IIBBBBB", 30, 20, 8, 5, 0, 0, 0), Flaw.BAD_STRUCTURE),
        (pack(">IIBBBBB", 1 << 31, 20, 8, 2, 0, 0, 0), Flaw.BAD_STRUCTURE),
    ],
)
def test_png_headers(header: bytes, flaw: Flaw) -> None:
    """A header that breaks the standard is corrupt."""
    assert look(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header)) == Corrupt(Format.PNG, flaw)


@pytest.mark.parametrize(
    ("data", "size"),
    [
        (b"BM" + pack("<IIIIHHHH", 99, 0, 26, 12, 30, 20, 1, 24) + bytes(1900), (30, 20)),
        *(
            (b"BM" + pack("<IIIIIIHH", 99, 0, 26, size, 30, 20, 1, 24) + bytes(1990), (30, 20))
            for size in (16, 20, 40, 48, 52, 56, 64, 108, 124)
        ),
        (b"BM" + pack("<IIIIiiHHI", 99, 0, 54, 40, 30, -20, 1, 24, 0) + bytes(1900), (30, 20)),
        (b"BM" + pack("<IIIIiiHHI", 99, 0, 138, 124, 3, 2, 1, 32, 3) + bytes(1900), (3, 2)),
    ],
)
def test_bmp_headers(data: bytes, size: tuple[int, int]) -> None:
    """Each kind of header is read; a negative height means stored from the top down."""
    body = look(data)
    assert isinstance(body, ImageInfo)
    assert (body.width, body.height) == size


def test_webp_cut_by_its_own_length() -> None:
    """A WebP says how long it is, so one that is cut off is known by its first bytes."""
    data = made("WEBP", size=(300, 200))
    assert sniff(Held(data[:64]), len(data) // 2) == Corrupt(Format.WEBP, Flaw.ENDS_EARLY)


@given(st.sampled_from(MAGICS), st.binary(max_size=400), st.sampled_from([0, 1, 1 << 20, 1 << 62, None]))
def test_arbitrary_bytes(magic: bytes, rest: bytes, more: int | None) -> None:
    """Any bytes behind any signature get an answer at once, or a `Need` of something that isn't held."""
    data = magic + rest
    total = None if more is None else len(data) + more
    answer = sniff(Held(data), total)
    if isinstance(answer, Need):
        assert answer.offset >= len(data)
        assert answer.length > 0
        assert total is None or answer.offset + answer.length <= total
    if total is None or total < 1 << 20:
        read_in_ranges(data, 16, 16, tell_total=total is not None)


@pytest.mark.parametrize(
    "data",
    [
        SCREEN + b"!\xfe\1a\0" * 400_000,
        SCREEN + b"\0" * 2_000_000,
        SCREEN + GIF_PICTURE + b"\1a" * 1_000_000,
        IHDR + chunk(b"tEXt", b"") * 150_000,
        IHDR + chunk(b"IDAT", b"") * 150_000,
        b"RIFF\xff\xff\xff\x7fWEBPVP8X\x0a\0\0\0\2" + bytes(9) + b"ANIM\0\0\0\0" * 200_000,
        heic(ISPE, b"\1", before=box(b"free", b"") * 200_000),
        heic(ISPE * 30_000, b"\1"),
        b"II*\0\x08\0\0\0\xff\x0f" + b"\x11\1\4\0\xff\xff\xff\x7f\0\0\0\0" * 100_000,
    ],
    ids=range(9),
)
def test_hostile_files_take_a_moment(data: bytes) -> None:
    """Megabytes of the smallest possible parts take no more than a moment."""
    start = time.process_time()
    look(data)
    assert time.process_time() - start < 5
