"""TIFF files written by hand, so that layout, compression and pages are as a scene needs them (TIFF 6.0)."""

import struct
import zlib
from collections.abc import Callable
from functools import cache

WIDTH = 1000
HEIGHT = 40
NONE = 1
DEFLATE = 8

_SHORT = 3
_LONG = 4
_BITS = b"\x08\0\x08\0\x08\0\0\0"  # three channels of eight bits, padded


def tiff(
    *, pages: int = 1, compression: int = NONE, big: bool = False, directory_last: bool = False
) -> Callable[[str], bytes]:
    """A little-endian RGB TIFF of 1000x40. All pages show the same strip. `big` writes 64-bit offsets."""
    kept = cache(lambda: _written(pages, compression, big, directory_last))
    return lambda _: kept()


def _written(pages: int, compression: int, big: bool, directory_last: bool) -> bytes:  # noqa: FBT001  # only called above
    strip = _strip(compression)
    head = 16 if big else 8
    span = len(_directory(compression, big, (0, 0), 0, 0))
    first = head + len(strip) if directory_last else head
    at = head if directory_last else head + pages * span
    starts = [first + page * span for page in range(pages)]
    directories = b"".join(
        _directory(compression, big, (at, len(strip)), start, following)
        for start, following in zip(starts, [*starts[1:], 0], strict=True)
    )
    opening = b"II+\0\x08\0\0\0" + struct.pack("<Q", first) if big else b"II*\0" + struct.pack("<I", first)
    return opening + (strip + directories if directory_last else directories + strip)


def _strip(compression: int) -> bytes:
    row = (
        b"\xff\xff\xff" * 200 + b"".join(bytes((200, shade % 256, 60)) for shade in range(600)) + b"\xff\xff\xff" * 200
    )
    white = b"\xff\xff\xff" * WIDTH
    strip = 2 * white + (HEIGHT - 4) * row + 2 * white  # a product on white, as a main image should be
    packed = zlib.compress(strip) if compression == DEFLATE else strip
    return packed + bytes(len(packed) % 2)


def _directory(compression: int, big: bool, strip: tuple[int, int], start: int, following: int) -> bytes:  # noqa: FBT001  # likewise
    """One directory that begins at `start`; the bits of the channels stand behind it, where they don't fit in."""
    count, entry, link = ("<Q", "<HHQQ", "<Q") if big else ("<H", "<HHII", "<I")
    length = struct.calcsize(count) + 8 * struct.calcsize(entry) + struct.calcsize(link)
    bits = int.from_bytes(_BITS, "little") if big else start + length
    entries = (
        (256, _SHORT, 1, WIDTH),
        (257, _SHORT, 1, HEIGHT),
        (258, _SHORT, 3, bits),
        (259, _SHORT, 1, compression),
        (262, _SHORT, 1, 2),  # RGB
        (273, _LONG, 1, strip[0]),
        (277, _SHORT, 1, 3),
        (279, _LONG, 1, strip[1]),
    )
    body = b"".join(struct.pack(entry, *values) for values in entries)
    return struct.pack(count, len(entries)) + body + struct.pack(link, following) + _BITS
