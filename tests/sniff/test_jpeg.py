"""JPEG: hopping by segments, and what its headers say."""

import time
from io import BytesIO

import pytest
from images import exif, made, picture, read_in_ranges, saved, segment, with_segments
from PIL import Image

from auditor.model import Body, Color, Corrupt, Doubt, Flaw, Format, ImageInfo, Undetermined
from auditor.sniff import Held, Need, give_up, sniff

LARGEST = bytes(65_533)
SOF = b"\xff\xc0\0\x11\x08\0\x14\0\x1e\3\1\x11\0\2\x11\0\3\x11\0"


def look(data: bytes, total: int | None = None) -> Body | Need:
    """What these bytes are, by themselves or as the beginning of something longer."""
    return sniff(Held(data), total or len(data))


def test_frame_header_at_600_kb() -> None:
    """A frame header behind 600 KB of profiles takes at most twelve requests and 64 KiB, read 4 KiB at a time."""
    data = with_segments(made("JPEG"), *[segment(0xE2, LARGEST)] * 9, segment(0xE1, bytes(20_000)))
    reading = read_in_ranges(data, 4096, 4096)
    assert isinstance(reading.answer, ImageInfo)
    assert reading.requests <= 12
    assert reading.bytes <= 64 * 1024


@pytest.mark.parametrize("count", [1, 3, 10, 20, 60, 200])
@pytest.mark.parametrize("length", [10, 500, 4000, 9000, 16_000])
def test_many_short_segments(count: int, length: int) -> None:
    """Short segments don't cost a request each, however many there are."""
    data = with_segments(made("JPEG"), *[segment(0xED, bytes(length))] * count)
    reading = read_in_ranges(data, 4096, 4096)
    assert isinstance(reading.answer, ImageInfo)
    assert reading.requests <= 12


def test_the_farthest_seen() -> None:
    """A frame header at 1.68 MB, the farthest seen in public pictures, is still found in twelve requests."""
    data = with_segments(made("JPEG"), *[segment(0xE2, LARGEST)] * 25)
    reading = read_in_ranges(data, 4096, 4096)
    assert isinstance(reading.answer, ImageInfo)
    assert reading.requests <= 12
    assert reading.bytes < 2 * 1024 * 1024


@pytest.mark.parametrize(
    ("marker", "word"),
    [
        *((0xC0, "baseline"), (0xC1, "extended"), (0xC2, "progressive"), (0xC3, "lossless"), (0xC6, "hierarchical")),
        *((0xC9, "arithmetic"), (0xCA, "arithmetic"), (0xCB, "arithmetic"), (0xF7, "JPEG-LS")),
    ],
)
def test_compressions(marker: int, word: str) -> None:
    """The kind of frame header tells how the picture is compressed."""
    body = look(b"\xff\xd8\xff" + bytes([marker]) + SOF[2:] + b"\xff\xd9")
    assert body == ImageInfo(Format.JPEG, 30, 20, 1, Color.RGB, 8, word)


def test_fill_bytes_and_junk() -> None:
    """Fill bytes, restart markers and junk before a marker are skipped, as libjpeg does."""
    for between in (b"\xff" * 10_000, b"junk" * 3000, b"\xff\xd0\xff\xd7", b"\xff\0" * 5000):
        data = b"\xff\xd8\xff\xfe\0\2" + between + SOF + b"\xff\xd9"
        assert isinstance(look(data), ImageInfo)
        assert isinstance(read_in_ranges(data, 16, 16).answer, ImageInfo)


FLAT = SOF[:5] + b"\0\0" + SOF[7:]
LINES = b"\xff\xdc\0\4\0\x37"


@pytest.mark.parametrize("pixels", [b"pixels", b"\xff\0\xff\xd0" * 1000, bytes(700_000)], ids=len)
def test_number_of_lines(pixels: bytes) -> None:
    """A height of 0 is taken from the DNL segment behind the first scan, which is read for it, and from no other."""
    comment = segment(0xFE, b"\xff\xdc\0\4\0\x63")
    data = b"\xff\xd8" + FLAT + comment + b"\xff\xda\0\2" + pixels + LINES + b"\xff\xd9"
    reading = read_in_ranges(data, 4096, 4096)
    assert isinstance(reading.answer, ImageInfo)
    assert reading.answer.height == 0x37
    assert reading.requests <= 12


@pytest.mark.parametrize("after", [b"", b"\xff\xda\0\2pixels", b"\xff\xda\0\2pixels\xff\xda\0\2more" + LINES])
def test_no_number_of_lines(after: bytes) -> None:
    """A height of 0 that nothing mends is no height."""
    assert look(b"\xff\xd8" + FLAT + after + b"\xff\xd9") == Corrupt(Format.JPEG, Flaw.ZERO_SIZE)


@pytest.mark.parametrize("transform", [0, 1, 2])
def test_four_components_are_a_press_s(transform: int) -> None:
    """CMYK and YCCK, which Adobe's marker tells apart, are both colours of a printing press, as Pillow says."""
    data = made("JPEG", "CMYK")
    at = data.index(b"Adobe")
    data = data[: at + 11] + bytes([transform]) + data[at + 12 :]
    body = look(data)
    assert isinstance(body, ImageInfo)
    assert body.color is Color.CMYK
    with Image.open(BytesIO(data)) as image:
        assert image.mode == "CMYK"


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation(orientation: int) -> None:
    """EXIF's orientation is read where it is held, in either byte order."""
    little = made("JPEG", exif=exif(orientation))
    block = (
        b"Exif\0\0MM\0*\0\0\0\x08\0\2\1\x0f\0\2\0\0\0\1\0\0\0\0\1\x12\0\3\0\0\0\1\0" + bytes([orientation]) + bytes(6)
    )
    for data in (little, with_segments(made("JPEG"), segment(0xE1, block))):
        body = look(data)
        assert isinstance(body, ImageInfo)
        assert body.orientation == orientation


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"\xff\xd8\xff\xe0\0\1" + bytes(20), Flaw.BAD_STRUCTURE),
        (b"\xff\xd8\xff\xda\0\x0c" + bytes(20), Flaw.BAD_STRUCTURE),
        (b"\xff\xd8\xff\xd9" + bytes(20), Flaw.NO_IMAGE),
        (b"\xff\xd8\xff\xc0\0\x0b\x08\0\1\0\0\1" + bytes(9) + b"\xff\xd9", Flaw.ZERO_SIZE),
        (b"\xff\xd8\xff\xc0\0\x08\x08\0\1\0\1\0" + bytes(9), Flaw.BAD_STRUCTURE),
        (b"\xff\xd8\xff\xe0\xff\xff" + bytes(20), Flaw.ENDS_EARLY),
        (b"\xff\xd8" + SOF + b"no end of image", Flaw.NO_END_MARK),
    ],
)
def test_corrupt(data: bytes, flaw: Flaw) -> None:
    """What can't be a picture is said to be corrupt, and why."""
    assert look(data) == Corrupt(Format.JPEG, flaw)


def test_hostile_headers_are_linear() -> None:
    """Megabytes of empty segments, fill bytes or restart markers take no more than a moment."""
    for filler in (b"\xff\xe0\0\2", b"\xff", b"\xff\xd0", b"\xff\xe0\0\2\0", b"\xff\0"):
        data = b"\xff\xd8\xff\xe0\0\2" + filler * (2_000_000 // len(filler))
        start = time.process_time()
        assert not isinstance(look(data), ImageInfo)
        assert time.process_time() - start < 5


def test_giving_up_names_the_format() -> None:
    """Where a cap comes first, the format at least is told."""
    data = with_segments(saved(picture(), "JPEG"), segment(0xE2, LARGEST))
    assert give_up(Held(data[:4096]), Doubt.TOO_MANY_HOPS) == Undetermined(Format.JPEG, Doubt.TOO_MANY_HOPS)
