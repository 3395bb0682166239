"""TIFF 6.0 and BigTIFF: the first directory, wherever it stands, and whether there is a second page."""

from auditor.model import Body, Color, Corrupt, Flaw, Format, ImageInfo
from auditor.sniff.directory import BadDirectoryError, Directory, Shape, shape
from auditor.sniff.held import Held, Lacking, so_far
from auditor.sniff.signature import Signature

_SUBFILE, _WIDTH, _HEIGHT, _BITS, _COMPRESSION, _PHOTOMETRIC = 254, 256, 257, 258, 259, 262
_STRIPS, _ORIENTATION, _SAMPLES, _ROWS, _STRIP_BYTES, _PLANAR = 273, 274, 277, 278, 279, 284
_TILES, _TILE_BYTES = 324, 325
_SHAPES = {
    b"II*\0": shape("<", big=False),
    b"MM\0*": shape(">", big=False),
    b"II+\0": shape("<", big=True),
    b"MM\0+": shape(">", big=True),
}
_COMPRESSIONS = {
    1: "none",
    2: "CCITT RLE",
    3: "CCITT G3",
    4: "CCITT G4",
    5: "LZW",
    6: "old JPEG",
    7: "JPEG",
    8: "Deflate",
    32766: "NeXT",
    32771: "CCITT RLE",
    32773: "PackBits",
    32809: "ThunderScan",
    32946: "Deflate",
    34661: "JBIG",
    34676: "SGI Log",
    34677: "SGI Log",
    34712: "JPEG 2000",
    34887: "LERC",
    34925: "LZMA",
    50000: "Zstandard",
    50001: "WebP",
    50002: "JPEG XL",
}
_COLORS = {
    0: Color.GRAY,
    1: Color.GRAY,
    2: Color.RGB,
    3: Color.PALETTE,
    4: Color.GRAY,
    5: Color.CMYK,
    6: Color.RGB,  # YCbCr
    8: Color.LAB,
    9: Color.LAB,
    10: Color.LAB,
}
# NewSubfileType bits of what isn't a page of its own: a smaller copy, a transparency mask.
_NO_PAGE = 0b101

_MOST_STRIPS = 100_000
_MOST_DIRECTORIES = 16


def read_tiff(held: Held, total: int | None) -> Body:
    """The facts of the first directory. SubIFDs aren't followed: they are other versions of the page with them."""
    head = held.prefix
    packing, at = _beginning(held)
    size = packing.pointer.size
    if at < 2 * size or (size == 8 and head[4:8].strip(b"\0") != b"\x08"):
        return Corrupt(Format.TIFF, Flaw.BAD_STRUCTURE if at else Flaw.NO_IMAGE)
    try:
        first = Directory(held, packing, at)
        width, height = first.number(_WIDTH), first.number(_HEIGHT)
    except BadDirectoryError:
        return Corrupt(Format.TIFF, Flaw.BAD_STRUCTURE)
    if width is None or height is None:
        return Corrupt(Format.TIFF, Flaw.NO_IMAGE)
    if width <= 0 or height <= 0:
        return Corrupt(Format.TIFF, Flaw.BAD_STRUCTURE if width * height else Flaw.ZERO_SIZE)
    if total is not None and _ends_early(first, total):
        return Corrupt(Format.TIFF, Flaw.ENDS_EARLY)
    image = _facts(first, width, height)
    with so_far(image):
        pages = _pages(held, total, packing, at)
    return image._replace(pages=pages) if pages else Corrupt(Format.TIFF, Flaw.LOOP)


def _beginning(held: Held) -> tuple[Shape, int]:
    """How the file packs its numbers, and where its first directory stands."""
    packing = _SHAPES[held.prefix[:4]]
    size = packing.pointer.size
    return packing, packing.pointer.unpack(held.read(size, size))[0]


def _facts(first: Directory, width: int, height: int) -> ImageInfo:
    """The record of the first page. What isn't held of its longer values isn't worth a request."""
    bits = (first.held_numbers(_BITS) or (0 if first.has(_BITS) else 1,))[0]
    scheme = (first.held_numbers(_COMPRESSION) or (1,))[0]
    photometric = (first.held_numbers(_PHOTOMETRIC) or (-1,))[0]
    orientation = (first.held_numbers(_ORIENTATION) or (1,))[0]
    return ImageInfo(
        Format.TIFF,
        width=width,
        height=height,
        color=_COLORS.get(photometric, Color.UNKNOWN),
        bits=max(bits, 0),
        compression=_COMPRESSIONS.get(scheme, f"scheme {scheme}"),
        orientation=orientation if 1 <= orientation <= 8 else 1,
    )


def _pages(held: Held, total: int | None, packing: Shape, at: int) -> int:
    """The number of pages, 0 for a directory that leads back to itself.

    The second page may cost requests, for two are as bad as twenty; those after it are counted if they are held.
    """
    seen: set[int] = set()
    pages = 0
    for _ in range(_MOST_DIRECTORIES):
        if at in seen:
            return pages if pages > 1 else 0
        seen.add(at)
        try:
            directory = Directory(held, packing, at)
            # The first directory is the page that was measured, whatever it says of itself.
            pages += not pages or not (directory.held_numbers(_SUBFILE) or (0,))[0] & _NO_PAGE
            at = directory.next(total)
        except BadDirectoryError:
            return pages
        except Lacking as lacking:
            # A page that isn't there is no page, and the first is whole: decoders show it.
            if pages > 1 or lacking.past(total):
                return pages
            raise
        if not at:
            break
    return pages


def _end(held: Held, total: int) -> Flaw | None:
    """Whether a strip or tile reaches past the end of the file, by their whole table, wherever that stands."""
    first = Directory(held, *_beginning(held))
    return Flaw.ENDS_EARLY if _ends_early(first, total, patient=True) else None


def _ends_early(first: Directory, total: int, *, patient: bool = False) -> bool:
    """Whether a strip or tile, or their table, reaches past the end of the file.

    What isn't held of their table isn't worth a request, unless `patient`.

    Uncompressed strips are measured by their rows, as decoders do: byte counts that are too large are common in them.
    """
    tiled = first.has(_TILES)
    scheme = first.held_numbers(_COMPRESSION) or (1,)
    try:
        starts = first.numbers(_TILES if tiled else _STRIPS, _MOST_STRIPS)
        lengths = first.numbers(_TILE_BYTES if tiled else _STRIP_BYTES, _MOST_STRIPS)
    except Lacking as lacking:
        if patient and not lacking.past(total):
            raise
        return lacking.past(total) and scheme not in {(1,), (6,)}
    if len(starts) != len(lengths) or scheme == (6,):
        return False
    late = [place for place, start in enumerate(starts) if lengths[place] and start + lengths[place] > total]
    if not late or tiled or scheme != (1,):
        return bool(late)
    return any(starts[place] + min(lengths[place], _strip_bytes(first, place)) > total for place in late)


def _strip_bytes(first: Directory, place: int) -> int:
    """The bytes of the strip at `place` if it isn't compressed, 0 where that can't be told."""
    facts = (_WIDTH, _HEIGHT, _BITS, _SAMPLES, _ROWS, _PLANAR)
    width, height, bits, samples, rows, planar = ((first.held_numbers(tag) or (0,))[0] for tag in facts)
    rows = min(rows or height, height)
    if not rows or rows < 0:
        return 0
    samples = 1 if planar == 2 else samples or 1
    strips = -(-height // rows)
    last = place % strips == strips - 1
    return (width * (bits or 1) * samples + 7) // 8 * (height - (strips - 1) * rows if last else rows)


SIGNATURES = tuple(Signature(Format.TIFF, magic, read_tiff, end=_end) for magic in _SHAPES)
