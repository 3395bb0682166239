"""BMP: the header of OS/2 (12 bytes) and those of Windows and OS/2 2 (16 bytes and more)."""

from struct import unpack

from auditor.model import Body, Color, Corrupt, Flaw, Format, ImageInfo
from auditor.sniff.held import Held
from auditor.sniff.signature import Signature

_WINDOWS = frozenset({40, 52, 56, 108, 124})
_OS2 = frozenset(range(16, 65, 4)) - _WINDOWS  # its second version may leave out any of the last fields
_HEADER_SIZES = _WINDOWS | _OS2 | {12}
_COMPRESSIONS = {0: "none", 1: "RLE8", 2: "RLE4", 3: "none", 4: "JPEG", 5: "PNG", 6: "none"}
_OS2_COMPRESSIONS = {0: "none", 1: "RLE8", 2: "RLE4", 3: "Huffman 1D", 4: "RLE24"}
# Bits of a pixel → bits of a channel; up to 8 they number a palette's colours.
_DEPTHS = {1: 1, 2: 2, 4: 4, 8: 8, 16: 5, 24: 8, 32: 8}


def read_bmp(held: Held, total: int | None) -> Body | None:
    """The facts of a bitmap; None for what begins with 'BM' by chance, such as text."""
    if not _is_bitmap(held.prefix, total):
        return None
    pixels, header_size = unpack("<10xII", held.read(0, 18))
    if header_size == 12:
        width, height, depth = unpack("<HH2xH", held.read(18, 8))
        compression: str | None = "none"
    else:
        width, height, depth = unpack("<ii2xH", held.read(18, 12))
        scheme = int.from_bytes(held.read(30, 4), "little") if header_size >= 20 else 0
        compression = (_OS2_COMPRESSIONS if header_size in _OS2 else _COMPRESSIONS).get(scheme)
    if width < 0 or depth not in _DEPTHS or compression is None:
        return Corrupt(Format.BMP, Flaw.BAD_STRUCTURE)
    if not width or not height:
        return Corrupt(Format.BMP, Flaw.ZERO_SIZE)
    height = abs(height)  # negative: stored from the top down
    row = (width * depth + 7) // 8
    end = pixels + (row + 3 & ~3) * (height - 1) + row
    if total is not None and end > total and compression == "none":
        return Corrupt(Format.BMP, Flaw.ENDS_EARLY)
    color = Color.PALETTE if depth <= 8 else Color.RGB
    return ImageInfo(Format.BMP, width, height, 1, color, _DEPTHS[depth], compression)


def _is_bitmap(head: bytes, total: int | None) -> bool:
    """Two letters say little: the size of the header must be one of the known; what is shorter must not be text."""
    if len(head) >= 18:
        return int.from_bytes(head[14:18], "little") in _HEADER_SIZES
    return total is None or len(head) < total or b"\0" in head


SIGNATURES = (Signature(Format.BMP, b"BM", read_bmp),)
