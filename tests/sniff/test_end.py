"""The ends of images that are larger than what is read of them: `sniff_end`."""

import time
from collections.abc import Callable
from functools import cache
from random import Random

import pytest
from images import in_chunks, made, picture, read_in_ranges, saved, segment, with_segments
from PIL import Image

from auditor.model import Body, Corrupt, Flaw, Format, ImageInfo
from auditor.sniff import Held, sniff, sniff_end

SIDES = (420, 300)
FLAT = Image.new("RGB", (3000, 3000), "white")


@cache
def noise(mode: str = "RGB") -> Image.Image:
    """A picture that compresses badly, so that its file is long."""
    return Image.frombytes("RGB", SIDES, Random(5).randbytes(3 * SIDES[0] * SIDES[1])).convert(mode)


LONG: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: saved(noise(), "JPEG", quality=90),
    "jpeg-progressive": lambda: saved(noise(), "JPEG", quality=90, progressive=True),
    "jpeg-cmyk": lambda: saved(noise("CMYK"), "JPEG", quality=80),
    "jpeg-restarts": lambda: saved(noise(), "JPEG", quality=90, restart_marker_rows=1),
    "jpeg-flat": lambda: saved(FLAT, "JPEG"),
    "png": lambda: saved(noise(), "PNG"),  # chunks of 64 KiB
    "png-small-chunks": lambda: in_chunks(saved(noise(), "PNG"), 8192),
    "png-one-chunk": lambda: in_chunks(saved(noise(), "PNG"), 1 << 30),
    "apng": lambda: saved(noise(), "PNG", save_all=True, append_images=[noise().rotate(180)]),
    "gif": lambda: saved(noise("P"), "GIF"),
    "gif-animated": lambda: saved(noise("P"), "GIF", save_all=True, append_images=[noise("P").rotate(180)]),
    "tiff": lambda: saved(noise(), "TIFF"),
    "tiff-lzw": lambda: saved(noise(), "TIFF", compression="tiff_lzw"),
    "webp": lambda: saved(noise(), "WEBP"),
    "bmp": lambda: saved(noise(), "BMP"),
    "avif": lambda: saved(noise(), "AVIF", speed=10),
}


@cache
def long(name: str) -> bytes:
    """One of the files above."""
    return LONG[name]()


def read(data: bytes) -> Body:
    """What a file is, its end included, read as a probe reads it."""
    return read_in_ranges(data, 4096, 4096, to_end=True).answer


@pytest.mark.parametrize("name", LONG)
def test_whole_images_pass_for_one_more_range(name: str) -> None:
    """An image that is all there is what it is without looking at its end, which costs one range and few bytes."""
    data = long(name)
    without, with_end = (read_in_ranges(data, 4096, 4096, to_end=to_end) for to_end in (False, True))
    assert isinstance(without.answer, ImageInfo)
    assert with_end.answer == without.answer
    assert with_end.requests <= without.requests + 1
    assert with_end.bytes <= without.bytes + 16 * 1024


@pytest.mark.parametrize("name", [name for name in LONG if name not in {"gif-animated", "jpeg-flat"}])
def test_cut_images_are_noticed(name: str) -> None:
    """An image of which at least some hundred bytes are missing at the end is truncated."""
    data, random = long(name), Random(name)
    for length in (len(data) - 300, *(random.randrange(5000, len(data) - 300) for _ in range(12))):
        body = read(data[:length])
        assert isinstance(body, Corrupt), length
        assert body.flaw in {Flaw.ENDS_EARLY, Flaw.NO_END_MARK}


APPENDED = {
    "zeros": bytes(150_000),
    "erased flash": b"\xff" * 150_000,
    "a video": b"\0\0\0\x18ftypmp42" + Random(1).randbytes(150_000),
    "a video without that mark": Random(3).randbytes(150_000).replace(b"\xff\xd9", b"\xff\xe0"),
    "text": b"<!-- a comment -->\n" * 9000,
    "a little": b"\0\0\r\n",
    "a record": Random(2).randbytes(5000),
    "blocks": (b"\xff" + bytes(255)) * 40 + b"\0" * 300,
}


@pytest.mark.parametrize("name", LONG)
@pytest.mark.parametrize("more", APPENDED)
def test_what_is_appended_is_no_fault(name: str, more: str) -> None:
    """Cameras, phones and hosts append to files: nothing is said to be missing from an image that is all there."""
    body = read(long(name) + APPENDED[more])
    assert isinstance(body, ImageInfo)
    assert body[:3] == read(long(name))[:3]


def test_a_thumbnail_s_end_isn_t_the_picture_s() -> None:
    """The end of the thumbnail within the metadata doesn't stand for that of the picture."""
    data = with_segments(long("jpeg"), segment(0xE1, b"Exif\0\0" + bytes(20_000) + made("JPEG", size=(160, 120))))
    assert isinstance(read(data), ImageInfo)
    for length in (40_000, 60_000, 70_000, 85_000):
        assert isinstance(read(data[:length]), Corrupt), length


def test_a_second_picture_that_is_cut_doesn_t_count() -> None:
    """Where a camera announces several pictures, what breaks off may be the last of them: the first is whole."""
    first, second = long("jpeg"), long("jpeg-progressive")
    announced = with_segments(first, segment(0xE2, b"MPF\0" + bytes(90)))
    assert isinstance(read(announced + second[:-9000]), ImageInfo)
    assert isinstance(read(first + second), ImageInfo)


def test_a_flat_scan_tells_nothing() -> None:
    """A scan that is cut in the middle of nothing but white looks like padding: that isn't called truncated."""
    cut = long("jpeg-flat")[:-2000]
    assert len(cut) > 70_000
    assert isinstance(read(cut), ImageInfo)


def test_tables_of_strips_are_read_wherever_they_stand() -> None:
    """The strips of a TIFF are compared with its length even where their table is far from its directory."""
    data = saved(picture(size=(900, 700)), "TIFF", compression="tiff_lzw")
    assert isinstance(read(data), ImageInfo)
    at = data.rindex(int.to_bytes(8, 4, "little"), 0, len(data))
    far = data[:at] + int.to_bytes(1 << 30, 4, "little") + data[at + 4 :]
    assert read(far) == Corrupt(Format.TIFF, Flaw.ENDS_EARLY)


def test_png_chunks_are_hopped_over() -> None:
    """Where no chunk's name stands near the end of a PNG, one is found by hopping, within the usual number of hops."""
    data = in_chunks(saved(noise(), "PNG"), 65_536)
    reading = read_in_ranges(data[:310_000], 4096, 4096, to_end=True)
    assert isinstance(reading.answer, Corrupt)
    assert 3 <= reading.requests <= 12


def test_other_images_have_no_end_to_look_at() -> None:
    """Formats whose first bytes promise their length need no second look."""
    data = made("WEBP", size=(300, 200))
    body = sniff(Held(data[:64]), len(data))
    assert isinstance(body, ImageInfo)
    assert sniff_end(Held(data[:64]), len(data), body) == body


@pytest.mark.parametrize(
    ("head", "rest"),
    [
        (made("JPEG"), b"\xff" * 3_000_000),
        (made("JPEG")[:-2], b"\xff\0" * 1_500_000),
        (made("JPEG")[:-2], b"\xff\xda" * 1_500_000),
        (made("JPEG")[:2], b"\xff\xfe\0\2" * 15_000 + made("JPEG")[2:-2] + b"\xff\0" * 60_000),
        (made("PNG")[:-12], b"\0\0\0\0IDAT\0\0\0\0" * 100_000),
        (made("PNG")[:-12], b"IDAT" * 300_000),
        (made("GIF", "P")[:-2], b"\xff" * 3_000_000),
        (made("GIF", "P")[:-2], (b"\xff" + bytes(255)) * 5000),
    ],
    ids=range(8),
)
def test_hostile_ends_take_a_moment(head: bytes, rest: bytes) -> None:
    """Ends made to be walked for ever take no more than a moment."""
    start = time.process_time()
    read(head + rest)
    assert time.process_time() - start < 5
