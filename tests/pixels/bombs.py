"""Small files that unpack to enormous ones, each in its own way."""

import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple

from images import Entry, made, tiff
from PIL import Image

from auditor.model import Excess, Format

MIB = 1024 * 1024


class Bomb(NamedTuple):
    """One bomb, and what of it is too much."""

    name: str
    format: Format
    make: Callable[[], bytes]
    excess: Excess


def _chunk(name: bytes, payload: bytes) -> bytes:
    return struct.pack(">I", len(payload)) + name + payload + struct.pack(">I", zlib.crc32(name + payload))


def png(width: int, height: int, *, bits: int = 8, color: int = 2, before: bytes = b"") -> bytes:
    """A PNG that claims this size; its pixels are zeros, as many as come of a megabyte."""
    header = struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0)
    pixels = zlib.compress(bytes(MIB))
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + before + _chunk(b"IDAT", pixels) + _chunk(b"IEND", b"")


def packed_text(name: bytes, keyword: bytes) -> bytes:
    """A chunk of text or profile of 64 MiB, packed to 64 KiB."""
    return _chunk(name, keyword + b"\0\0" + zlib.compress(bytes(64 * MIB), 9))


def gif(width: int, height: int, frame: tuple[int, int]) -> bytes:
    """A GIF whose screen has one size and its only frame another."""
    screen = b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    return screen + b"," + struct.pack("<HHHHB", 0, 0, *frame, 0) + b"\x02\x02\x4c\x01\0;"


def huge_tiff(width: int, height: int, bits: int = 8) -> bytes:
    """A deflated TIFF that claims this size in one strip."""
    strip = zlib.compress(bytes(MIB), 9)
    entries = [
        Entry(256, 4, 1, width),
        Entry(257, 4, 1, height),
        Entry(258, 3, 1, bits),
        Entry(259, 3, 1, 8),
        Entry(262, 3, 1, 1),
        Entry(273, 4, 1, 8 + 2 + 9 * 12 + 4),
        Entry(277, 3, 1, 1),
        Entry(278, 4, 1, height),
        Entry(279, 4, 1, len(strip)),
    ]
    return tiff(entries, tail=strip)


def huge_webp(width: int, height: int) -> bytes:
    """The header of a lossless WebP of this size, and a few pixels."""
    data = bytearray(made("WEBP", size=(64, 64), lossless=True))
    data[21:25] = struct.pack("<I", (width - 1) | (height - 1) << 14)
    return bytes(data)


def animated_webp(width: int, height: int) -> bytes:
    """A canvas of this size behind frames of a few pixels."""
    data = bytearray(made("WEBP", size=(64, 64), frames=3))
    at = data.index(b"VP8X") + 12
    data[at : at + 6] = struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    return bytes(data)


def huge_jpeg(width: int, height: int) -> bytes:
    """A JPEG whose header claims this size."""
    data = made("JPEG", size=(64, 64))
    frame = data.index(b"\xff\xc0")
    return data[: frame + 5] + struct.pack(">HH", height, width) + data[frame + 9 :]


def busy_jpeg() -> bytes:
    """A progressive JPEG that goes over all its pixels again and again: one of its scans comes ten thousand times."""
    file = BytesIO()
    Image.new("L", (6000, 6000)).save(file, "JPEG", progressive=True)
    data = file.getvalue()
    scans = [at for at in range(len(data) - 1) if data[at : at + 2] == b"\xff\xda"]
    last = data[scans[-1] : -2]
    return data[:-2] + 10_000 * last + data[-2:]


BOMBS = (
    Bomb("png-of-too-many-pixels", Format.PNG, lambda: png(60_000, 60_000, bits=1, color=0), Excess.PIXELS),
    Bomb("png-of-too-much-memory", Format.PNG, lambda: png(9_900, 9_900, bits=16, color=6), Excess.MEMORY),
    Bomb("png-text", Format.PNG, lambda: png(9, 9, before=packed_text(b"zTXt", b"Comment")), Excess.MEMORY),
    Bomb("png-profile", Format.PNG, lambda: png(9, 9, before=packed_text(b"iCCP", b"sRGB")), Excess.MEMORY),
    Bomb("gif-frame-beyond-its-screen", Format.GIF, lambda: gif(9, 9, (65_535, 65_535)), Excess.PIXELS),
    Bomb("gif-of-too-many-pixels", Format.GIF, lambda: gif(65_535, 65_535, (9, 9)), Excess.PIXELS),
    Bomb("tiff-of-too-many-pixels", Format.TIFF, lambda: huge_tiff(200_000, 200_000), Excess.PIXELS),
    Bomb("tiff-of-too-much-memory", Format.TIFF, lambda: huge_tiff(9_900, 9_900, 32), Excess.MEMORY),
    Bomb("webp-of-too-many-pixels", Format.WEBP, lambda: huge_webp(16_383, 16_383), Excess.PIXELS),
    Bomb("webp-of-too-much-memory", Format.WEBP, lambda: animated_webp(9_900, 9_900), Excess.MEMORY),
    Bomb("jpeg-of-too-many-pixels", Format.JPEG, lambda: huge_jpeg(65_000, 65_000), Excess.PIXELS),
    Bomb("jpeg-of-too-many-scans", Format.JPEG, busy_jpeg, Excess.TIME),
)
