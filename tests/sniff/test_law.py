"""The law: from any prefix or set of ranges the right answer, or `Need`, or a word of doubt; never a wrong answer."""

from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from images import Entry, big_tiff, chunk, exif, in_chunks, loads, made, read_in_ranges, segment, tiff, with_segments

from auditor.demo.images import heic
from auditor.model import Body, Corrupt, Flaw, Format, ImageInfo, NotAnImage, Undetermined, Unmeasured
from auditor.sniff import Held, Need, sniff

WIDTH_HEIGHT = [Entry(256, 3, 1, 30), Entry(257, 4, 1, 20), Entry(259, 3, 1, 5), Entry(262, 3, 1, 2)]
PAGE = [Entry(254, 4, 1, 0), *WIDTH_HEIGHT]
THUMBNAIL = [Entry(254, 4, 1, 1), *WIDTH_HEIGHT]


LINELESS = made("JPEG", "L", (23, 19))


def late_heic() -> bytes:
    """A HEIC whose 'meta' stands behind its pictures' bytes."""
    data = heic()("")
    meta, mdat = data.index(b"meta") - 4, data.index(b"mdat") - 4
    return data[:meta] + data[mdat:] + data[meta:mdat]


def files() -> dict[str, bytes]:
    """Small files of every format, each with something particular."""
    size = (23, 19)
    at = LINELESS.index(b"\xff\xc0") + 5
    jpeg = made("JPEG", size=size)
    png = made("PNG", size=size)
    return {
        "jpeg": jpeg,
        "jpeg-progressive-exif": made("JPEG", size=size, progressive=True, exif=exif(6)),
        "jpeg-cmyk-comment": made("JPEG", "CMYK", size, comment=b"\xff\xd9" * 20),
        "jpeg-segments": with_segments(
            jpeg, segment(0xE2, b"ICC_PROFILE\0\1\2" + bytes(400)), segment(0xED, bytes(90))
        ),
        "jpeg-fill": with_segments(jpeg, b"\xff" * 9 + segment(0xFE, b"\xff\xc0\0\x11\x08"), b"junk"),
        "jpeg-lines": LINELESS[:at] + b"\0\0" + LINELESS[at + 2 : -2] + b"\xff\xdc\0\4\0\x13" + LINELESS[-2:],
        "png": png,
        "png-chunks": in_chunks(png, 40),
        "png-text": png[:33] + chunk(b"tEXt", b"acTL" * 30) + png[33:],
        "apng": made("PNG", "RGBA", size, frames=3),
        "gif": made("GIF", "P", size),
        "gif-looping": made("GIF", "P", size).replace(b",\0\0\0\0", b"!\xff\x0bNETSCAPE2.0\3\1\0\0\0,\0\0\0\0", 1),
        "gif-animated": made("GIF", "P", size, frames=3, comment=b"," * 300),
        "webp": made("WEBP", size=size),
        "webp-lossless": made("WEBP", size=size, lossless=True),
        "webp-exif": made("WEBP", size=size, exif=exif(3)),
        "webp-animated": made("WEBP", size=size, frames=3),
        "bmp": made("BMP", size=(9, 5)),
        "bmp-palette": made("BMP", "P", (9, 5)),
        "tiff": made("TIFF", size=(9, 5)),
        "tiff-lzw": made("TIFF", size=size, compression="tiff_lzw"),
        "tiff-pages": made("TIFF", "L", (9, 5), frames=3),
        "tiff-big": made("TIFF", size=(9, 5), big_tiff=True),
        "tiff-motorola": tiff(PAGE, order=">"),
        "tiff-late": tiff(PAGE, PAGE, at=900),
        "tiff-thumbnails": tiff(PAGE, THUMBNAIL, THUMBNAIL),
        "tiff-big-motorola": big_tiff([Entry(256, 16, 1, 77), Entry(257, 16, 1, 88)], order=">", at=333),
        "bmp-os2": b"BM" + pack("<IIIIIIHH", 99, 0, 34, 20, 9, 5, 1, 24) + bytes(144),
        "heic": heic()(""),
        "heic-meta-last": late_heic(),
        "avif": made("AVIF", size=size, speed=10),
        "avif-animated": made("AVIF", size=size, frames=2, speed=10),
        "ico": made("ICO", size=(16, 16)),
        "jpeg-2000": made("JPEG2000", size=size),
        "pdf": made("PDF", size=size)[:600],
        "html": b"<!-- " + b"x" * 500 + b" --><html><head><title>Not found</title></head><body>" + b"y" * 300,
        "svg": b'\xef\xbb\xbf<?xml version="1.0"?>\n<!-- icon --><!DOCTYPE svg [<!ENTITY a "b">]>\n<svg width="9"/>',
        "xml": b'<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>',
        "json": b'{"message": "not found"}',
    }


FILES = files()
WHOLE = {name: sniff(Held(data), len(data)) for name, data in FILES.items()}


def is_right(answer: Body | Need, truth: Body | Need) -> bool:
    """Whether the answer is the truth or less than that."""
    if isinstance(answer, Need | Undetermined):
        return True
    if isinstance(answer, ImageInfo) and isinstance(truth, ImageInfo):
        known = truth._replace(
            bits=answer.bits and truth.bits,
            pages=min(answer.pages, truth.pages) if min(answer.pages, truth.pages) > 1 else truth.pages,
            orientation=truth.orientation if answer.orientation != 1 else 1,
            frames=None if answer.frames is None else truth.frames,
        )
        return answer == known
    if isinstance(answer, NotAnImage) and isinstance(truth, NotAnImage):
        return answer.kind == truth.kind
    return answer == truth


def is_right_of_cut(answer: Body | Need, truth: Body | Need, length: int) -> bool:
    """Whether the answer is right about a file that was cut off at `length`: its later frames are really gone."""
    if isinstance(truth, NotAnImage | Unmeasured):
        return not isinstance(answer, ImageInfo | Corrupt | Need)
    assert isinstance(truth, ImageInfo)
    if isinstance(answer, Corrupt):
        return answer.format == truth.format and answer.flaw in {Flaw.ENDS_EARLY, Flaw.NO_END_MARK}
    if isinstance(answer, ImageInfo):
        return is_right(answer._replace(frames=None, pages=truth.pages), truth)
    return isinstance(answer, Undetermined) or (isinstance(answer, NotAnImage) and length < 16)


@pytest.mark.parametrize("name", FILES)
def test_whole_files_are_known(name: str) -> None:
    """Each of the files is recognised, so that the tests below compare with something."""
    assert not isinstance(WHOLE[name], Need | Corrupt | Undetermined), WHOLE[name]


@pytest.mark.parametrize("name", FILES)
def test_any_prefix(name: str) -> None:
    """From each prefix of a longer file the answer is right, or names bytes beyond that prefix."""
    data, truth = FILES[name], WHOLE[name]
    for length in range(len(data) + 1):
        for total in (len(data), None):
            answer = sniff(Held(data[:length]), total)
            assert is_right(answer, truth), (length, total, answer)
            if isinstance(answer, Need):
                assert answer.offset >= length
                assert answer.length > 0
                assert total is None or answer.offset + answer.length <= total


@pytest.mark.parametrize("name", FILES)
def test_cut_anywhere(name: str) -> None:
    """Of a file cut off anywhere the answer is right or 'ends early', and no more is asked for."""
    data, truth = FILES[name], WHOLE[name]
    for length in range(1, len(data)):
        answer = sniff(Held(data[:length]), length)
        assert is_right_of_cut(answer, truth, length), (length, answer)


END_MARKS = {Format.JPEG: b"\xff\xd9", Format.PNG: b"IEND", Format.GIF: b"\0;"}


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("more", [b"\0", b"\0" * 9000, b"\xff" * 700, b"<!-- cached -->", bytes(range(256)) * 9])
def test_what_is_appended_is_no_fault(name: str, more: bytes) -> None:
    """Bytes behind the end of an image, as cameras, hosts and padding bring them, change nothing."""
    if isinstance(WHOLE[name], ImageInfo):
        data = FILES[name] + more
        assert sniff(Held(data), len(data)) == WHOLE[name]


# Some TIFFs are directories made by hand, without pixels, and HEIC isn't one of its formats: Pillow can't tell anything
# of them.
WITH_PIXELS = [
    name
    for name, truth in WHOLE.items()
    if isinstance(truth, ImageInfo) and (not name.startswith(("tiff", "heic")) or loads(FILES[name]))
]


@pytest.mark.parametrize("name", WITH_PIXELS)
def test_what_pillow_loads_is_not_called_cut(name: str) -> None:
    """No file that Pillow reads to its last pixel is said to end early; most cuts that matter are noticed.

    A missing mark at the end is another thing: a standard requires it, and Pillow forgives some.
    """
    data = FILES[name]
    lengths = {*range(16, len(data), 5), *range(max(16, len(data) - 30), len(data))}
    noticed = 0
    for length in sorted(lengths):
        answer = sniff(Held(data[:length]), length)
        noticed += isinstance(answer, Corrupt)
        if isinstance(answer, Corrupt) and answer.flaw is Flaw.ENDS_EARLY:
            assert not loads(data[:length]), length
        if isinstance(answer, Corrupt) and answer.flaw is Flaw.NO_END_MARK:
            assert not data[:length].endswith(END_MARKS[answer.format])
    truth = WHOLE[name]
    assert isinstance(truth, ImageInfo)
    assert noticed > len(lengths) / 2 or truth.frames == 2 or truth.pages > 1


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize(("first", "least"), [(1, 1), (16, 1), (64, 64), (4096, 4096)])
@pytest.mark.parametrize("tell_total", [True, False])
def test_reading_in_ranges(name: str, first: int, least: int, tell_total: bool) -> None:  # noqa: FBT001  # a parameter of the test
    """Obeying each `Need` leads to the answer that the whole file gives, in few requests."""
    reading = read_in_ranges(FILES[name], first, least, tell_total=tell_total)
    assert is_right(reading.answer, WHOLE[name])
    assert not isinstance(reading.answer, Undetermined)
    assert reading.requests <= 14


@pytest.mark.parametrize("name", FILES)
@pytest.mark.parametrize("first", [1, 64, 4096])
def test_reading_to_the_end(name: str, first: int) -> None:
    """Looking at the end of what is whole changes nothing, and each `Need` makes progress there, too."""
    reading = read_in_ranges(FILES[name], first, first, to_end=True)
    assert is_right(reading.answer, WHOLE[name])
    assert not isinstance(reading.answer, Corrupt)


@given(st.sampled_from(sorted(FILES)), st.lists(st.tuples(st.integers(0, 2000), st.integers(1, 600)), max_size=6))
def test_any_ranges(name: str, ranges: list[tuple[int, int]]) -> None:
    """From any set of ranges the answer is right, or names at least one byte that isn't among them."""
    data = FILES[name]
    held, got = Held(), bytearray(len(data))
    for offset, length in ranges:
        part = data[offset : offset + length]
        held.add(offset, part)
        got[offset : offset + len(part)] = b"\1" * len(part)
    answer = sniff(held, len(data))
    assert is_right(answer, WHOLE[name])
    if isinstance(answer, Need):
        assert 0 in got[answer.offset : answer.offset + answer.length]
