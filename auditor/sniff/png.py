"""PNG (W3C PNG, third edition), animated PNG included."""

import re
from struct import Struct

from auditor.model import Body, Color, Corrupt, Flaw, Format, ImageInfo
from auditor.sniff.held import Held, Lacking, so_far
from auditor.sniff.signature import Signature

# 11.2.1: colour type → colour, and the bit depths it may have.
_TYPES: dict[int, tuple[Color, tuple[int, ...]]] = {
    0: (Color.GRAY, (1, 2, 4, 8, 16)),
    2: (Color.RGB, (8, 16)),
    3: (Color.PALETTE, (1, 2, 4, 8)),
    4: (Color.GRAY, (8, 16)),
    6: (Color.RGB, (8, 16)),
}
_HEADER = Struct(">8xI4sIIBB")
_CHUNK = Struct(">I4s")
_FIRST_AFTER_HEADER = 33
_MOST_CHUNKS = 64  # before the first pixels; real files have under twenty
_MOST_PIXEL_CHUNKS = 10_000
# Of the last chunk of pixels so many bytes may be missing (its CRC, zlib's checksum and end of block) while every row
# can still be decoded, so that a decoder opens the file.
_SPARED = 16
# Encoders write chunks of 8 KiB, of 32 or 64 KiB, or a single one: of 8 KiB this holds one with its name, past those of
# 64 KiB one can hop, and a single one says by itself where it ends.
_TAIL = 16 * 1024
_LAST = re.compile(rb"IDAT|fdAT")


def read_png(held: Held, total: int | None) -> Body:
    """The facts of IHDR, and of acTL, which has to stand before the first pixels if there is one."""
    length, name, width, height, bits, kind = _HEADER.unpack(held.read(0, 26))
    color, depths = _TYPES.get(kind, (Color.UNKNOWN, ()))
    if length != 13 or name != b"IHDR" or bits not in depths:
        return Corrupt(Format.PNG, Flaw.BAD_STRUCTURE)
    if not width or not height:
        return Corrupt(Format.PNG, Flaw.ZERO_SIZE)
    if max(width, height) >> 31:
        return Corrupt(Format.PNG, Flaw.BAD_STRUCTURE)
    image = ImageInfo(Format.PNG, width, height, None, color, bits, "deflate")
    with so_far(image):
        frames, pixels = _up_to_pixels(held)
    if frames == 0:
        return Corrupt(Format.PNG, Flaw.NO_IMAGE)
    flaw = None if total is None else _missing(held, total, pixels)
    if flaw:
        return Corrupt(Format.PNG, flaw)
    return image._replace(frames=frames)


def _up_to_pixels(held: Held) -> tuple[int | None, int]:
    """The frames (2: two or more, 0: not even a picture, None: too far to look) and where the pixels begin."""
    at, played, owned = _FIRST_AFTER_HEADER, 0, False
    for _ in range(_MOST_CHUNKS):
        length, name = _CHUNK.unpack(held.read(at, 8))
        if name == b"IDAT":
            # Without an fcTL the still picture isn't one of the animation's frames but one more.
            frames = played + (not owned) if played else 1
            return min(frames, 2), at
        if name == b"IEND":
            return 0, at
        if name == b"acTL":
            played = int.from_bytes(held.read(at + 8, 4), "big")
        owned = owned or name == b"fcTL"
        at += 12 + length
    return None, at


def _missing(held: Held, total: int, at: int) -> Flaw | None:
    """What is missing at the end, as far as the chunks held from `at` on tell."""
    try:
        return _walk_to_end(held, total, at)
    except Lacking:
        return None


def _walk_to_end(held: Held, total: int, at: int) -> Flaw | None:
    """What is missing behind the chunk at `at`: part of the pixels, no more than IEND, or nothing."""
    for _ in range(_MOST_PIXEL_CHUNKS):
        if at + 8 > total:
            return Flaw.NO_END_MARK
        length, name = _CHUNK.unpack(held.read(at, 8))
        if name == b"IEND":
            return None
        at += 12 + length
        if at > total:
            return Flaw.ENDS_EARLY if name == b"IDAT" and at - _SPARED > total else Flaw.NO_END_MARK
    return None


def _end(held: Held, total: int) -> Flaw | None:
    """What is missing at the end, for certain: from the last chunks if their names are in the tail, else by hopping."""
    start = max(_FIRST_AFTER_HEADER, total - _TAIL)
    tail = held.read(start, total - start)
    if b"IEND" in tail:
        return None
    name = _LAST.search(tail, 4)
    at = start + name.start() - 4 if name else _up_to_pixels(held)[1]
    return _walk_to_end(held, total, at)


SIGNATURES = (Signature(Format.PNG, b"\x89PNG\r\n\x1a\n", read_png, end=_end),)
