"""GIF (87a and 89a): the logical screen, and blocks walked until a second picture is found or there can be none."""

import re
from struct import Struct

from auditor.model import Body, Color, Corrupt, Doubt, Flaw, Format, ImageInfo, Undetermined
from auditor.sniff.held import Held, Lacking, so_far
from auditor.sniff.signature import Signature

_SCREEN = Struct("<6xHHB2x")  # width, height, flags
_PICTURE = Struct("<xHHHHB")  # left, top, width, height, flags
_TABLE = 0x80  # a colour table follows
_EXTENSION, _PICTURE_START, _TRAILER = 0x21, 0x2C, 0x3B
_BLOCK = re.compile(rb"[!,;]")

# A picture's bytes come in blocks of at most 255, so hopping over them would take a request for each: read on in ever
# longer steps, as far as the caller's caps allow. An extension that says how often to repeat spares nobody that: still
# GIFs carry one, too.
_STEP = 32 * 1024
_LONGEST_STEP = 512 * 1024
_MOST_BLOCKS = 4096
# Of the last data block so many bytes may be missing (the end code, part of the last pixel's) that decoders don't miss.
_SPARED = 2
# A missing trailer is a fault by the standard ("required"), though some old writers left it out and viewers forgive it:
# what was lost with it, such as a second picture, nobody can tell.
_TAIL = 4096  # bytes
_USUAL_BLOCKS = (255, 254)  # of encoders: as long as they can be
_ENOUGH_BLOCKS = 8  # lengths in their places, and it isn't by chance


class _TooFar(Exception):  # noqa: N818  # not an error: the place where looking further stops being worth it
    """The cap came first."""


def read_gif(held: Held, total: int | None) -> Body:
    """The facts of the screen and the first picture, and whether there is a second one."""
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
    image = ImageInfo(Format.GIF, width, height, None, Color.PALETTE, 8, "LZW")
    with so_far(image):
        return _look_behind(held, total, at + 10 + _table(own_flags) + 1, image)


def _look_behind(held: Held, total: int | None, pixels: int, image: ImageInfo) -> Body:
    """The image with its frames; or what it lacks at its end. `pixels` is where the first picture's data begin."""
    try:
        behind = _skip_blocks(held, pixels)
    except Lacking as lacking:
        if total is None or not pixels < total < lacking.offset + lacking.length <= total + 1 + _SPARED:
            raise
        return Corrupt(Format.GIF, Flaw.NO_END_MARK)
    try:
        return image._replace(frames=_frames(held, behind, is_whole=len(held.prefix) == total))
    except _TooFar:
        return image
    except Lacking as lacking:
        if not lacking.past(total):
            raise
        return Corrupt(Format.GIF, Flaw.NO_END_MARK)


def _frames(held: Held, at: int, *, is_whole: bool) -> int:
    """1, or 2 for two or more; the first picture ends at `at`.

    The second picture is enough; where everything is held, blocks are walked on to the trailer to see that it is there.
    """
    picture = _next_picture(held, at)
    if picture is None:
        return 1
    while is_whole and picture is not None:
        flags = held.read(picture, 10)[9]
        picture = _next_picture(held, _skip_blocks(held, picture + 10 + _table(flags) + 1))
    return 2


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


def _hint(at: int) -> int:
    """How many bytes to ask for at `at`: few near the beginning, then ever more, for few requests up to the cap."""
    return min(max(_STEP, at), _LONGEST_STEP) if at >= 4096 else 4096


def _end(held: Held, total: int) -> Flaw | None:
    """Whether the file ends within a picture: without a trailer, and with lengths of full blocks up to its end.

    A trailer that is just not the last byte is no flaw: some hosts and cameras append to files.
    """
    start = max(0, total - _TAIL)
    tail = held.read(start, total - start)
    if tail.rstrip(b"\0").endswith(b";"):
        return None
    return Flaw.ENDS_EARLY if any(_is_cut(tail, size) for size in _USUAL_BLOCKS) else None


def _is_cut(tail: bytes, size: int) -> bool:
    """Whether blocks of that many bytes follow each other up to the end of `tail`."""
    step, length = size + 1, bytes((size,))
    if tail.count(length) > len(tail) // 2:
        return False  # padding
    columns = (tail[begin::step] for begin in range(step))
    return any(len(column) >= _ENOUGH_BLOCKS and column == length * len(column) for column in columns)


SIGNATURES = (
    Signature(Format.GIF, b"GIF87a", read_gif, end=_end),
    Signature(Format.GIF, b"GIF89a", read_gif, end=_end),
)
