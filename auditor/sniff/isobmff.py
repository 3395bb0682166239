"""AVIF and HEIC: the primary picture of an ISO base media file (ISO/IEC 23008-12, AV1 Image File Format)."""

from auditor.model import Body, Color, Corrupt, Doubt, Flaw, Format, ImageInfo, Kind, NotAnImage, Undetermined
from auditor.sniff.boxes import BadBoxError, Meta, find_box
from auditor.sniff.held import Held, Lacking, so_far
from auditor.sniff.signature import Signature

_AVIF = frozenset({b"avif", b"avis"})
_HEIC = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
_SEQUENCES = frozenset({b"avis", b"msf1", b"hevc", b"hevx", b"hevm", b"hevs"})
_LARGEST_BRANDS = 1024  # bytes
_LARGEST_META = 512 * 1024  # bytes; a phone's picture of many tiles takes a few thousand
_CODECS = {Format.AVIF: "AV1", Format.HEIC: "HEVC"}


def read_isobmff(held: Held, total: int | None) -> Body:
    """A still picture or a sequence of them if any brand says so, else a video."""
    size = int.from_bytes(held.prefix[:4], "big")
    try:
        brands = held.read(8, min(max(size, 16), _LARGEST_BRANDS) - 8)
    except Lacking as lacking:
        if not lacking.past(total):
            raise
        brands = held.prefix[8:12]  # the major brand is part of the signature
    listed = [brands[:4], *(brands[at : at + 4] for at in range(8, len(brands), 4))]
    name = next((_format(brand) for brand in listed if _format(brand)), None)
    if name is None:
        return NotAnImage(Kind.VIDEO)
    try:
        with so_far(Undetermined(name, Doubt.TOO_COMPLEX)):
            return _read(held, total, name, is_sequence=listed[0] in _SEQUENCES)
    except BadBoxError:
        return Corrupt(name, Flaw.BAD_STRUCTURE)
    except Lacking as lacking:
        if not lacking.past(total):
            raise
        return Corrupt(name, Flaw.ENDS_EARLY)


def _format(brand: bytes) -> Format | None:
    if brand in _AVIF:
        return Format.AVIF
    return Format.HEIC if brand in _HEIC else None


def _read(held: Held, total: int | None, name: Format, *, is_sequence: bool) -> Body:
    """The facts of the primary picture. 'meta' may stand before or after the pictures' bytes."""
    box = find_box(held, total, b"meta")
    if box is None or box.end is None or box.end - box.begin > _LARGEST_META:
        return Undetermined(name, Doubt.TOO_COMPLEX)
    meta = Meta(held.read(box.begin, box.end - box.begin))
    size = meta.find(b"ispe")
    if len(size) < 12:
        return Corrupt(name, Flaw.NO_IMAGE)
    width, height = int.from_bytes(size[4:8], "big"), int.from_bytes(size[8:12], "big")
    if not width or not height:
        return Corrupt(name, Flaw.ZERO_SIZE)
    if total is not None and meta.last_byte() > total:
        return Corrupt(name, Flaw.ENDS_EARLY)
    channels = meta.find(b"pixi")[4:]  # their number, then the bits of each
    color = {1: Color.GRAY, 3: Color.RGB}.get(channels[0], Color.UNKNOWN) if channels else Color.UNKNOWN
    bits = channels[1] if len(channels) > 1 else 0
    image = ImageInfo(name, width, height, None if is_sequence else 1, color, bits, _CODECS[name])
    if not is_sequence:
        return image
    with so_far(image):
        return image._replace(frames=_frames(held, total))


def _frames(held: Held, total: int | None) -> int | None:
    """1, or 2 for two or more, from the first track's table of sample sizes; None where that isn't found."""
    box = find_box(held, total, b"moov")
    if box is None or box.end is None or box.end - box.begin > _LARGEST_META:
        return None
    movie = held.read(box.begin, box.end - box.begin)
    at = movie.find(b"stsz")
    if not 0 <= at <= len(movie) - 16:
        return None
    return min(max(int.from_bytes(movie[at + 12 : at + 16], "big"), 1), 2)


SIGNATURES = (Signature(None, b"\0\0", read_isobmff, 4, b"ftyp"),)
