"""Damaged files: nothing raises, nothing runs on, and Pillow is contradicted in nothing that it can read.

Ten minutes for each family, in all about an hour:

    python -m pytest tests/fuzz -m long

One family, another length or another beginning: `-k tiff`, `FUZZ_SECONDS=3600`, `FUZZ_SEED=7`.
"""

import os
import time
import warnings
from io import BytesIO
from random import Random
from struct import pack

import pytest
from images import Entry, big_tiff, exif, in_chunks, made, read_in_ranges, segment, tiff, with_segments
from PIL import Image

from auditor.model import Corrupt, Flaw, Format, ImageInfo
from auditor.sniff import Held, sniff

SIZE = (23, 19)
FAMILIES = {
    "jpeg": [
        made("JPEG", size=SIZE, exif=exif(6)),
        made("JPEG", "CMYK", SIZE, progressive=True),
        made("JPEG", "L", SIZE).replace(b"\xff\xc0\0\x0b\x08\0\x13", b"\xff\xc0\0\x0b\x08\0\0"),
        with_segments(made("JPEG", "L", SIZE), b"\xff" * 5 + segment(0xE2, bytes(300)), segment(0xFE, b"\xff\xd9" * 9)),
    ],
    "tiff": [
        made("TIFF", size=(9, 5)),
        made("TIFF", "L", SIZE, frames=3, compression="tiff_lzw"),
        made("TIFF", "1", SIZE, big_tiff=True),
        tiff([Entry(256, 3, 1, 30), Entry(257, 4, 1, 20)], [Entry(254, 4, 1, 1)], order=">", at=40),
        big_tiff([Entry(256, 16, 1, 77), Entry(257, 16, 1, 88)], order=">"),
    ],
    "gif": [
        made("GIF", "P", SIZE),
        made("GIF", "P", SIZE, frames=3, comment=b"," * 300),
        made("GIF", "1", (200, 99)),
        made("GIF", "P", (150, 120)),
    ],
    "png": [
        made("PNG", size=SIZE),
        made("PNG", "P", SIZE, icc_profile=bytes(99)),
        made("PNG", "RGBA", SIZE, frames=3),
        in_chunks(made("PNG", size=SIZE), 50),
    ],
    "webp": [
        made("WEBP", size=SIZE),
        made("WEBP", size=SIZE, lossless=True, exif=exif(3)),
        made("WEBP", size=SIZE, frames=3),
    ],
    "bmp": [made("BMP", size=(9, 5)), made("BMP", "P", (9, 5)), made("BMP", "1", SIZE)],
    "avif": [made("AVIF", size=SIZE, speed=10), made("AVIF", size=SIZE, frames=2, speed=10)],
    "text": [
        b'<!DOCTYPE html><html><meta http-equiv="refresh" content="0; url=/x"><title>a&amp;b</title>',
        b'<head><script>window.open("/y");location.href = "/z"</script>',
        b'\xef\xbb\xbf<?xml version="1.0"?><!-- c --><!DOCTYPE svg [<!ENTITY a "b">]><svg width="9"/>',
        '\ufeff<html><title>x</title><script>location="y"'.encode("utf-16"),
    ],
}
PIECES = (b"", b"\0", b"\0" * 8, b"\xff", b"\xff" * 8, b"\x7f\xff\xff\xff", b"\0\0\0\1", b"\1\0\0\0", b"<", b"\xff\xd8")


def damaged(data: bytes, random: Random) -> bytes:
    """The file with a few bytes overwritten, inserted, taken out or repeated, mostly near its beginning."""
    for _ in range(random.choice((1, 1, 2, 5))):
        at = random.randrange(len(data) + 1) if random.random() < 0.4 else random.randrange(min(len(data), 100) + 1)
        piece = random.choice((random.choice(PIECES), random.randbytes(random.choice((1, 2, 4))), data[at // 2 : at]))
        gone = random.choice((len(piece), len(piece), 0, 1, 40))
        data = data[:at] + piece[:600] + data[at + gone :]
    return data


def what_pillow_reads(data: bytes) -> tuple[str, int, int] | None:
    """Format and size of a file whose pixels Pillow reads to the last; None for any other."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(BytesIO(data)) as image:
                image.load()
                return str(image.format), *image.size
    except Exception:  # noqa: BLE001  # damaged files make Pillow raise whatever it likes; it is the oracle, not the subject
        return None


def check(data: bytes) -> None:
    """Fail if reading this file raises, runs on, or contradicts Pillow."""
    start = time.process_time()
    answer = sniff(Held(data), len(data))
    read_in_ranges(data, 16, 16, to_end=True)
    read_in_ranges(data, 256, 64, tell_total=False)
    assert time.process_time() - start < 5
    oracle = what_pillow_reads(data)
    # Pillow may read by luck what promises more than it holds; a size it must not read otherwise. (Of an AVIF sequence
    # it reads the tracks, which after damage say other than the primary picture.)
    if oracle and isinstance(answer, ImageInfo) and (answer.format != Format.AVIF or answer.frames == 1):
        assert (answer.format.upper(), answer.width, answer.height) == oracle, data


@pytest.mark.parametrize("family", FAMILIES)
def test_damaged_files(family: str) -> None:
    """Several hundred damaged files of each family, always the same."""
    run(family, Random(family), count=250)


@pytest.mark.long
@pytest.mark.parametrize("family", FAMILIES)
def test_damaged_files_for_long(family: str) -> None:
    """As many damaged files as ten minutes hold: `python -m pytest tests/fuzz -m long`."""
    seed = os.environ.get("FUZZ_SEED", str(time.time_ns()))
    run(family, Random(f"{family} {seed}"), seconds=float(os.environ.get("FUZZ_SECONDS", "600")))


# What fuzzing found, so that it stays mended.
FOUND = {
    # A width of absurdly many values, and a second width that says otherwise: readers differ in which of them counts.
    "tiff-two-widths": b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\x03\0\0\0\0\0\0\0"
    + pack("<HHQQ", 256, 4, 0x97BF5D76_00000001, 23)
    + pack("<HHQQ", 256, 4, 1, 23)
    + pack("<HHQQ", 257, 4, 1, 19)
    + bytes(999),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_stays_mended(name: str) -> None:
    """The files that once were read wrong."""
    check(FOUND[name])
    assert sniff(Held(FOUND[name]), len(FOUND[name])) == Corrupt(Format.TIFF, Flaw.BAD_STRUCTURE)


def run(family: str, random: Random, count: int = 0, seconds: float = 0) -> None:
    """Damage files of the family until so many are checked, or so much time is over."""
    end = time.monotonic() + seconds
    done = 0
    while done < count or time.monotonic() < end:
        check(damaged(random.choice(FAMILIES[family]), random))
        done += 1
