"""GIF (87a and 89a): the logical screen, and blocks walked until a second picture is found or there can be none."""

import re
from struct import Struct

from auditor.model import Body, Color, Corrupt, Doubt, Flaw, Format, ImageInfo, Undetermined
from auditor.sniff.held import Held, Lacking
from auditor.sniff.signature import Signature

_SCREEN = Struct("<6xHHB2x")  # width, height, flags
_PICTURE = Struct("<xHHHHB")  # left, top, width, height, flags
_TABLE = 0x80  # a colour table follows
_EXTENSION, _PICTURE_START, _TRAILER = 0x21, 0x2C, 0x3B
_LOOP = re.compile(rb"!\xff\x0b(?:NETSCAPE2\.0|ANIMEXTS1\.0)\x03\x01")  # the extension that only animations need
_BLOCK = re.compile(rb"[!,;]")

# A picture's bytes come in blocks of at most 255, so nothing can be hopped over: read on in growing steps, up to a cap.
_STEP = 32 * 1024
_FARTHEST = 256 * 1024
_MOST_BLOCKS = 4096
# Of the last data block so many bytes may be missing (the end code, part of the last pixel's) that decoders don't miss.
_SPARED = 2


class _TooFar(Exception):  # noqa: N818  # not an error: the place where looking further stops being worth it
    """The cap came first."""


def read_gif(held: Held, total: int | None) -> Body:
    """The facts of the screen and the first picture."""
    screen_width, screen_height, flags = _SCREEN.unpack(held.read(0, 13))
    try:
        at = _next_picture(held, 13 + _table(flags))
    except _TooFar:
        return Undetermined(Format.GIF, Doubt.TOO_COMPLEX)
    if at is None:
        return Corrupt(Format.GIF, Flaw.NO_IMAGE)
    left, top, width, height, own_flags = _PICTURE.unpack(held.read(at, 10))
    # A picture larger than its screen enlarges it, in browsers and in Pillow.
    width, height = max(screen_width, left + width), max(screen_height, top + height)
    if not width or not height:
        return Corrupt(Format.GIF, Flaw.ZERO_SIZE)
    try:
        frames = _frames(held, total, at + 10 + _table(own_flags) + 1)
    except EOFError:
        return Corrupt(Format.GIF, Flaw.ENDS_EARLY)
    if frames is None and _LOOP.search(held.prefix[:at]):
        frames = 2  # the first picture is too long to look behind it, but the file says how often to show all of them
    return ImageInfo(Format.GIF, width, height, frames, Color.PALETTE, 8, "LZW")


def _frames(held: Held, total: int | None, pixels: int) -> int | None:
    """1, 2 for two or more, None where the cap came first; EOFError if the file ends within the first picture.

    `pixels` is where the first picture's data blocks begin. A missing trailer is no flaw: decoders don't wait for it.
    """
    after = pixels
    try:
        held.read(pixels, 1)
        after = _skip_blocks(held, pixels)
        return 1 if _next_picture(held, after) is None else 2
    except _TooFar:
        return None
    except Lacking as lacking:
        if total is None or not lacking.past(total):
            raise
        if after == pixels and (pixels >= total or lacking.offset > total + _SPARED):
            raise EOFError from None
        return 1


def _table(flags: int) -> int:
    """The length of the colour table in bytes."""
    return 3 << (flags & 7) + 1 if flags & _TABLE else 0


def _next_picture(held: Held, at: int) -> int | None:
    """Where the next picture begins at or after `at`; None where the trailer comes first. Skips extensions and junk."""
    for _ in range(_MOST_BLOCKS):
        kind = held.read(at, 1, _hint(at))[0]
        if kind == _PICTURE_START:
            return at
        if kind == _TRAILER:
            return None
        if kind == _EXTENSION:
            at = _skip_blocks(held, at + 2)
        else:
            junk = held.run(at, _STEP)
            found = _BLOCK.search(junk)
            at += found.start() if found else len(junk)
    raise _TooFar


def _skip_blocks(held: Held, at: int) -> int:
    """Where the data blocks that begin at `at` end: after the first of length 0."""
    while True:
        window = held.run(at, _STEP)
        if not window:
            raise Lacking(at, 1, _hint(at))
        place, end = 0, len(window)
        while place < end:
            size = window[place]
            if not size:
                return at + place + 1
            place += size + 1
        at += place
        if at > _FARTHEST:
            raise _TooFar


def _hint(at: int) -> int:
    """How many bytes to ask for at `at`: few near the beginning, then ever more, for few requests up to the cap."""
    return min(max(_STEP, at), _FARTHEST) if at >= 4096 else 4096


SIGNATURES = (
    Signature(Format.GIF, b"GIF87a", read_gif),
    Signature(Format.GIF, b"GIF89a", read_gif),
)
