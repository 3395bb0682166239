"""Pillow is the oracle: whole files made in many ways, and what it says of each."""

from io import BytesIO
from itertools import product
from typing import Any

import pytest
from images import exif, made, read_in_ranges
from PIL import Image

from auditor.model import Color, Format, ImageInfo
from auditor.sniff import Held, sniff

MODES = {
    "1": Color.GRAY,
    "L": Color.GRAY,
    "LA": Color.GRAY,
    "I": Color.GRAY,
    "I;16": Color.GRAY,
    "I;16B": Color.GRAY,
    "F": Color.GRAY,
    "P": Color.PALETTE,
    "PA": Color.PALETTE,
    "RGB": Color.RGB,
    "RGBA": Color.RGB,
    "RGBX": Color.RGB,
    "CMYK": Color.CMYK,
    "LAB": Color.LAB,
}
TIFF_SCHEMES = {
    "raw": "none",
    "tiff_lzw": "LZW",
    "tiff_adobe_deflate": "Deflate",
    "tiff_deflate": "Deflate",
    "packbits": "PackBits",
    "jpeg": "JPEG",
    "group3": "CCITT G3",
    "group4": "CCITT G4",
    "tiff_ccitt": "CCITT RLE",
    "lzma": "LZMA",
    "zstd": "Zstandard",
}
SIZES = ((31, 17), (1, 1), (640, 3))
PROFILE = bytes(range(256)) * 8

Case = tuple[str, str, dict[str, Any]]


def jpegs() -> list[Case]:
    """Every mode by metadata by layout by size."""
    metadata: list[dict[str, Any]] = [
        {},
        {"exif": exif(6)},
        {"exif": exif(3, filler=40_000)},
        {"icc_profile": PROFILE},
        {"icc_profile": PROFILE * 512},
        {"comment": b"c" * 5000},
        {"xmp": b"<x/>" * 2000, "exif": exif(8), "icc_profile": PROFILE},
        {"restart_marker_rows": 1},
    ]
    layouts: list[dict[str, Any]] = [{}, {"progressive": True}, {"optimize": True, "subsampling": 0}]
    return [
        ("JPEG", mode, {**meta, **layout, "size": size})
        for mode, meta, layout, size in product(("L", "RGB", "CMYK"), metadata, layouts, SIZES[:2])
    ]


def tiffs() -> list[Case]:
    """Every mode with the schemes that can hold it by layouts."""
    schemes = {
        "1": ("raw", "tiff_lzw", "group3", "group4", "packbits", "tiff_ccitt"),
        "L": ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd"),
        "LA": ("raw", "tiff_lzw"),
        "P": ("raw", "tiff_lzw", "packbits"),
        "RGB": ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg", "lzma", "zstd"),
        "RGBA": ("raw", "tiff_lzw", "tiff_adobe_deflate"),
        "CMYK": ("raw", "tiff_lzw", "packbits"),
        "LAB": ("raw", "tiff_lzw"),
        "I;16": ("raw", "tiff_lzw"),
        "I": ("raw",),
        "F": ("raw", "tiff_lzw"),
    }
    layouts: list[dict[str, Any]] = [
        {},
        {"big_tiff": True},
        {"frames": 2},
        {"frames": 5, "icc_profile": PROFILE},
        {"size": (640, 300)},
    ]
    return [
        ("TIFF", mode, {"compression": scheme if scheme != "raw" else None, **layout})
        for mode, names in schemes.items()
        for scheme, layout in product(names, layouts)
    ]


def pngs() -> list[Case]:
    """Every mode by metadata, animated too, by size."""
    metadata: list[dict[str, Any]] = [
        {},
        {"icc_profile": PROFILE},
        {"exif": exif(6, filler=9000)},
        {"frames": 3},
        {"frames": 2, "icc_profile": PROFILE, "default_image": True},
    ]
    modes = ("1", "L", "LA", "P", "RGB", "RGBA", "I;16")
    return [("PNG", mode, {**meta, "size": size}) for mode, meta, size in product(modes, metadata, SIZES)]


def gifs() -> list[Case]:
    """Every mode by layout, animated too."""
    layouts: list[dict[str, Any]] = [
        {},
        {"interlace": 1},
        {"comment": b"c" * 3000},
        {"frames": 2, "loop": 0},
        {"frames": 9, "disposal": 2, "comment": b"c"},
        {"size": (300, 200)},
    ]
    return [("GIF", mode, layout) for mode, layout in product(("1", "L", "P", "RGB"), layouts)]


def webps() -> list[Case]:
    """Lossy and lossless, with metadata, animated."""
    layouts: list[dict[str, Any]] = [
        {},
        {"lossless": True},
        {"exif": exif(6)},
        {"icc_profile": PROFILE, "xmp": b"<x/>"},
        {"frames": 2},
        {"frames": 4, "icc_profile": PROFILE, "lossless": True},
    ]
    sizes = ((31, 17), (1, 1), (300, 200))
    return [("WEBP", mode, {**layout, "size": size}) for mode, layout, size in product(("RGB", "RGBA"), layouts, sizes)]


def bmps() -> list[Case]:
    """Every mode by size."""
    return [("BMP", mode, {"size": size}) for mode, size in product(("1", "L", "P", "RGB", "RGBA"), SIZES)]


def avifs() -> list[Case]:
    """With metadata, animated."""
    layouts: list[dict[str, Any]] = [
        {"size": (31, 17)},
        {"size": (64, 64), "exif": exif(6), "icc_profile": PROFILE},
        {"size": (64, 64), "subsampling": "4:4:4", "xmp": b"<x/>" * 3000},
        {"size": (33, 33), "frames": 3},
    ]
    return [("AVIF", mode, {**layout, "speed": 10}) for mode, layout in product(("RGB", "RGBA"), layouts)]


CASES = [*jpegs(), *tiffs(), *pngs(), *gifs(), *webps(), *bmps(), *avifs()]


def expected(data: bytes) -> ImageInfo:
    """What Pillow says of a file, in our words."""
    with Image.open(BytesIO(data)) as image:
        name = Format("WebP" if image.format == "WEBP" else str(image.format))
        count = getattr(image, "n_frames", 1)
        scheme = str(image.info.get("compression", "raw"))
        paletted = name == Format.GIF or (name == Format.BMP and image.mode in {"1", "L", "P"})
        return ImageInfo(
            name,
            *image.size,
            frames=min(count, 2) if name != Format.TIFF else 1,
            color=Color.PALETTE if paletted else MODES[image.mode],
            compression=TIFF_SCHEMES[scheme] if name == Format.TIFF else "",
            pages=count if name == Format.TIFF else 1,
            orientation=image.getexif().get(0x0112, 1) if name == Format.JPEG else 1,
        )


def without_particulars(info: ImageInfo) -> ImageInfo:
    """Without what Pillow has no word for."""
    return info._replace(bits=0, compression=info.compression if info.format == Format.TIFF else "")


def test_there_are_enough_cases() -> None:
    """The combinations are as many as the bar asks for."""
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case[0]}-{case[1]}-{'-'.join(case[2])}")
def test_agrees_with_pillow(case: Case) -> None:
    """Format, size, frames, colour, pages and compression agree with Pillow's, read whole and in ranges."""
    name, mode, options = case
    data = made(name, mode, **options)
    truth = expected(data)
    whole = sniff(Held(data), len(data))
    assert isinstance(whole, ImageInfo)
    assert without_particulars(whole) == truth
    ranged = read_in_ranges(data)
    assert isinstance(ranged.answer, ImageInfo)
    assert ranged.requests <= 12
    assert agrees(ranged.answer, whole)


def agrees(part: ImageInfo, whole: ImageInfo) -> bool:
    """Whether nothing in `part` contradicts `whole`; it may know less of what isn't worth a request."""
    return (
        part._replace(
            bits=part.bits or whole.bits,
            pages=whole.pages if 2 <= part.pages <= whole.pages else part.pages,
            orientation=whole.orientation if part.orientation == 1 else part.orientation,
        )
        == whole
    )


@pytest.mark.parametrize(("mode", "bits"), [("1", 1), ("L", 8), ("RGB", 8), ("I;16", 16), ("I", 32), ("CMYK", 8)])
def test_tiff_bits(mode: str, bits: int) -> None:
    """The bits of a channel are read from wherever a TIFF keeps them."""
    data = made("TIFF", mode)
    body = sniff(Held(data), len(data))
    assert isinstance(body, ImageInfo)
    assert body.bits == bits


@pytest.mark.parametrize(("mode", "bits"), [("1", 1), ("L", 8), ("RGB", 8), ("I;16", 16)])
def test_png_bits(mode: str, bits: int) -> None:
    """The bits of a channel are IHDR's."""
    data = made("PNG", mode)
    body = sniff(Held(data), len(data))
    assert isinstance(body, ImageInfo)
    assert body.bits == bits
