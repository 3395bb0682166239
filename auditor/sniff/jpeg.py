"""JPEG (ITU-T T.81): hop from segment to segment until the frame header, without reading what lies between."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from struct import Struct
from struct import error as StructError  # noqa: N812  # it is a class
from typing import Any

from auditor.model import Body, Color, Corrupt, Doubt, Flaw, Format, ImageInfo, Undetermined
from auditor.sniff.held import LEAST_ASKED, Held, Lacking
from auditor.sniff.signature import Signature

_JPEG, _UNKNOWN = Format.JPEG, Color.UNKNOWN  # looking up an enum's member takes Python 3.11 a tenth of a microsecond

# Table B.1: frame headers by how they are compressed; and SOF55 of ITU-T T.87.
_FRAMES = {
    0xFFC0: "baseline",
    0xFFC1: "extended",
    0xFFC2: "progressive",
    0xFFC3: "lossless",
    0xFFC5: "hierarchical",
    0xFFC6: "hierarchical",
    0xFFC7: "hierarchical",
    0xFFC9: "arithmetic",
    0xFFCA: "arithmetic",
    0xFFCB: "arithmetic",
    0xFFCD: "arithmetic",
    0xFFCE: "arithmetic",
    0xFFCF: "arithmetic",
    0xFFF7: "JPEG-LS",
}
_COLORS = {1: Color.GRAY, 3: Color.RGB, 4: Color.CMYK}
_image: Callable[[tuple[Any, ...]], ImageInfo] = partial(tuple.__new__, ImageInfo)  # a third of the class's own time
_APP1, _EOI, _SOS, _DNL = 0xFFE1, 0xFFD9, 0xFFDA, 0xFFDC
# Everything else with a length that is simply skipped: DHT, JPG, DAC, DQT, DNL, DRI, DHP, EXP, APPn, JPGn, COM.
_SKIPPED = frozenset({0xFFC4, 0xFFC8, 0xFFCC, *range(0xFFDB, 0xFFF7), *range(0xFFF8, 0xFFFF)}) - {_APP1}
_HEADED = _SKIPPED | {_APP1, _SOS}

_HEADER = Struct(">HH")  # marker, length
_FRAME = Struct(">HHBHHB")  # marker, length, precision, lines, samples per line, components
_header_at, _frame_at = _HEADER.unpack_from, _FRAME.unpack_from
_MARKER = re.compile(rb"\xff[^\x00\x01\xd0-\xd8\xff]")  # one that has a length or ends the image

_SEGMENTS = range(20_000)  # real files have under a hundred; a hostile one could have a million empty ones
_SHORT = 4096  # bytes; what is read at least where reading on is cheaper than hopping
_LONG = 4 * _SHORT  # a segment worth a hop
_MOST_HOPS = 10
_MIB = 1024 * 1024
_FARTHER = 256 * 1024  # bytes of a scan read at a time
_WINDOW = 4096  # bytes of junk looked through at a time
_TAIL, _LONG_TAIL = 4096, 64 * 1024  # bytes; the long one is read only where the short one holds no end
_ENOUGH_PAIRS = 4  # of FF 00 and the like, among none that a scan can't hold, and it isn't by chance
_PAIR = re.compile(rb"\xff([^\xff])", re.DOTALL)
# What may follow an FF between the beginning of a scan and the end of the image: nothing, restarts, tables, scans, DNL.
_IN_SCAN = frozenset({0x00, *range(0xD0, 0xD8), 0xC4, 0xDA, 0xDB, 0xDC, 0xDD})
# Mark and TIFF header of an EXIF block → how the entry for the orientation begins, and which of two bytes is low.
_ORIENTATIONS = {
    b"Exif\0\0MM\0*\0\0\0\x08": (b"\x01\x12\0\3\0\0\0\1", 1),
    b"Exif\0\0II*\0\x08\0\0\0": (b"\x12\1\3\0\1\0\0\0", 0),
}


def read_jpeg(held: Held, total: int | None) -> Body:
    """The facts of the first frame header."""
    head = held.prefix
    at, length, far, orientation = 2, 0, 0, 1
    for _ in _SEGMENTS:
        try:
            marker, length = _header_at(head, at)
        except StructError:
            far += length > _LONG
            marker, length = _HEADER.unpack(held.read(at, 4, _hint(held, at, length, far)))
        if marker in _SKIPPED and length > 1:  # nearly always
            at += 2 + length
        elif marker in _FRAMES:
            return _read_frame(held, head, at, orientation, total)
        elif marker == _APP1 and length > 1:
            orientation = _orientation(head, at + 4, at + 2 + length) or orientation
            at += 2 + length
        elif marker == _EOI:
            return Corrupt(_JPEG, Flaw.NO_IMAGE)
        elif marker in _HEADED:  # a scan without a frame, or a length that doesn't count itself
            return Corrupt(_JPEG, Flaw.BAD_STRUCTURE)
        else:
            at = _next_marker(held, at)
    return Undetermined(_JPEG, Doubt.TOO_COMPLEX)


def _read_frame(held: Held, head: bytes, at: int, orientation: int, total: int | None) -> Body:
    """The facts of a frame header (B.2.2), which stands at `at`; `head` is the prefix of what is held."""
    try:
        marker, length, bits, height, width, components = _frame_at(head, at)
    except StructError:
        marker, length, bits, height, width, components = _FRAME.unpack(held.read(at, 10))
    if not components or length != 8 + 3 * components:
        return Corrupt(_JPEG, Flaw.BAD_STRUCTURE)
    if len(head) == total and head.find(b"\xff\xd9", at) < 0:
        # Within a scan FF is always followed by 00 or a restart number, so an EOI is found if there is any. Whether all
        # pixels are there without it, only a decoder could tell.
        return Corrupt(_JPEG, Flaw.NO_END_MARK)
    if not (width and height):
        height = width and _number_of_lines(held, at + 2 + length)
        if not height:
            return Corrupt(_JPEG, Flaw.ZERO_SIZE)
    color = _COLORS.get(components, _UNKNOWN)
    return _image((_JPEG, width, height, 1, color, bits, _FRAMES[marker], 1, orientation))


def _number_of_lines(held: Held, at: int) -> int:
    """The height from the DNL segment (B.2.5), which has to stand right behind the first scan; 0 if it doesn't.

    `at` is where the frame header ends. A scan can't be hopped over: it is read, as far as the caller's caps allow.
    """
    scanned = False
    for place, marker in _segments(held, at, _FARTHER):
        if marker == _DNL:
            return int.from_bytes(held.read(place + 4, 2), "big")
        if scanned or marker == _EOI:
            break
        scanned = marker == _SOS
    return 0


def _segments(held: Held, at: int, hint: int = _WINDOW) -> Iterator[tuple[int, int]]:
    """Where each segment from `at` on begins, and its marker."""
    for _ in _SEGMENTS:
        at = _next_marker(held, at, hint)
        yield at, int.from_bytes(held.read(at, 2), "big")
        at += 2 + int.from_bytes(held.read(at + 2, 2), "big")


def _next_marker(held: Held, at: int, hint: int = _WINDOW) -> int:
    """Where the next marker is at or after `at`, past fill bytes, restart markers and junk, as libjpeg skips them."""
    while True:
        window = held.run(at, _WINDOW)
        found = _MARKER.search(window)
        if found:
            return at + found.start()
        if len(window) < _WINDOW:
            raise Lacking(at + len(window), 1, hint)
        at += _WINDOW - 1


def _hint(held: Held, at: int, passed: int, far: int) -> int:
    """How many bytes to ask for at the header of a segment at `at`.

    `passed` is the length of the segment before it. Long segments are hopped over, `far` of them so far; through short
    ones it is cheaper to read on, ever more at a time. After as many hops as a probe makes, a large profile is worth
    one long read.
    """
    if far > _MOST_HOPS:
        return _MIB
    if passed > _LONG:
        return LEAST_ASKED
    if at <= len(held.prefix) + _LONG:
        return min(max(_SHORT, at), _MIB)
    readings_on = min(max(0, held.islands - far), 8)
    return min(_SHORT << readings_on, _MIB)


def _orientation(head: bytes, start: int, end: int) -> int:
    """The orientation (EXIF 2.32, tag 274, 1 to 8) that an APP1 segment tells, 0 for none.

    Only as far as it is held, and only in the one form in which everybody writes it: a SHORT in a directory right
    behind the TIFF header. Searching for that takes a tenth of the time of walking the directory.
    """
    found = _ORIENTATIONS.get(head[start : start + 14])
    if found is None:
        return 0
    entry, low = found
    at = head.find(entry, start + 16, end)
    past = at - start - 16
    if at < 0 or past % 12 or at + 10 > len(head) or past >= 12 * head[start + 14 + low]:
        return 0
    value = head[at + 8 + low]
    return value if value <= 8 else 0


def _end(held: Held, total: int) -> Flaw | None:
    """Whether the file ends within a scan: no EOI near the end, and nothing there but what a scan holds.

    Cameras and phones append pictures and videos, and hosts padding: that tells nothing of the picture. Where several
    pictures are announced (CIPA DC-007), the one that is cut may be another than the first.
    """
    frame = next((at for at, marker in _segments(held, 2) if marker in _FRAMES), 0)
    for length in (_TAIL, _LONG_TAIL):
        start = max(frame, total - length)
        tail = held.read(start, total - start)
        if b"\xff\xd9" in tail:
            return None
    if held.mentions(b"MPF\0"):
        return None
    pairs = _PAIR.findall(tail, tail.find(b"\xff\xda") if start == frame else 0)
    within = len(pairs) >= _ENOUGH_PAIRS and all(pair[0] in _IN_SCAN for pair in pairs)
    return Flaw.NO_END_MARK if within else None


SIGNATURES = (Signature(_JPEG, b"\xff\xd8\xff", read_jpeg, end=_end),)
