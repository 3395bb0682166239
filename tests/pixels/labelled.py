"""A labelled set: 200 good images of every kind that shops have, and 200 damaged in ways that are known."""

from collections.abc import Iterator
from io import BytesIO
from itertools import cycle, islice
from random import Random
from typing import Any, NamedTuple

from images import exif
from PIL import Image, ImageDraw

from auditor.model import Format

COUNT = 200


class Sample(NamedTuple):
    """One file, what it is, and what was done to it."""

    name: str
    format: Format
    data: bytes


class Kind(NamedTuple):
    """One way to save a picture."""

    format: Format
    mode: str
    options: dict[str, Any] = {}  # noqa: RUF012  # only ever read
    frames: int = 1


KINDS = (
    Kind(Format.JPEG, "RGB", {"quality": 50}),
    Kind(Format.JPEG, "RGB", {"quality": 95, "subsampling": 0}),
    Kind(Format.JPEG, "RGB", {"progressive": True}),
    Kind(Format.JPEG, "RGB", {"optimize": True, "exif": exif(6, 5000)}),
    Kind(Format.JPEG, "RGB", {"restart_marker_rows": 1}),
    Kind(Format.JPEG, "L"),
    Kind(Format.JPEG, "CMYK"),
    Kind(Format.PNG, "RGB"),
    Kind(Format.PNG, "RGBA"),
    Kind(Format.PNG, "P", {"transparency": 0}),
    Kind(Format.PNG, "L", {"compress_level": 0}),
    Kind(Format.PNG, "LA"),
    Kind(Format.PNG, "1"),
    Kind(Format.PNG, "I;16"),
    Kind(Format.GIF, "P"),
    Kind(Format.GIF, "P", {"transparency": 0}),
    Kind(Format.GIF, "P", {}, 3),
    Kind(Format.TIFF, "RGB"),
    Kind(Format.TIFF, "RGB", {"compression": "tiff_lzw"}),
    Kind(Format.TIFF, "RGB", {"compression": "tiff_adobe_deflate"}),
    Kind(Format.TIFF, "RGB", {"compression": "packbits"}),
    Kind(Format.TIFF, "RGB", {"compression": "jpeg"}),
    Kind(Format.TIFF, "CMYK"),
    Kind(Format.TIFF, "LAB"),
    Kind(Format.TIFF, "1", {"compression": "group4"}),
    Kind(Format.TIFF, "RGB", {}, 3),
    Kind(Format.TIFF, "RGB", {"big_tiff": True}),
    Kind(Format.WEBP, "RGB"),
    Kind(Format.WEBP, "RGBA", {"lossless": True}),
    Kind(Format.WEBP, "RGB", {}, 3),
    Kind(Format.BMP, "RGB"),
)


def photo(rng: Random, mode: str) -> Image.Image:
    """A product on a white or coloured ground, with some noise, of a size of its own."""
    width, height = rng.randrange(60, 260), rng.randrange(60, 260)
    image = Image.new("RGB", (width, height), rng.choice(["white", "white", "#eee", "#334455", "#fdfdfd"]))
    box = (width // 5, height // 5, width - width // 5, height - height // 6)
    ImageDraw.Draw(image).ellipse(box, fill=(rng.randrange(200), rng.randrange(200), rng.randrange(200)))
    noise = Image.frombytes("RGB", (16, 16), rng.randbytes(768)).resize((width // 3, height // 3))
    image.paste(noise, (width // 3, height // 3))
    if mode == "I;16":
        return Image.frombytes("I;16", (width, height), rng.randbytes(2 * width * height))
    if mode == "LAB":
        return Image.frombytes("LAB", (width, height), image.tobytes())
    if mode == "LA":
        return image.convert("L").convert("LA")
    return image.convert(mode)


def good() -> Iterator[Sample]:
    """Files that are as they should be."""
    rng = Random(1)
    for number, kind in enumerate(islice(cycle(KINDS), COUNT)):
        first, *rest = (photo(rng, kind.mode) for _ in range(kind.frames))
        more = {"save_all": True, "append_images": [other.resize(first.size) for other in rest]} if rest else {}
        file = BytesIO()
        first.save(file, kind.format.upper(), **kind.options, **more)
        yield Sample(f"{number}-{kind.format}-{kind.mode}", kind.format, file.getvalue())


def _cut(share: float) -> Any:
    return lambda data, _: data[: int(len(data) * share)]


def _overwritten(data: bytes, rng: Random) -> bytes:
    at = len(data) // 2
    return data[:at] + rng.randbytes(64) + data[at + 64 :]


def _zeroed(data: bytes, _: Random) -> bytes:
    return data[: len(data) // 2].ljust(len(data), b"\0")


def _flipped(data: bytes, rng: Random) -> bytes:
    at = rng.randrange(len(data) // 3, len(data) - 20)
    return data[:at] + bytes((data[at] ^ 0x55,)) + data[at + 1 :]


def _as_text(data: bytes, _: Random) -> bytes:
    return data.replace(b"\n", b"\r\n")  # a transfer by FTP in text mode


def _a_piece_lost(data: bytes, _: Random) -> bytes:
    return data[: len(data) // 3] + data[len(data) // 3 + 100 :]


def _a_block_twice(data: bytes, _: Random) -> bytes:
    middle = len(data) // 2
    return data[:middle] + data[middle - 200 : middle] + data[middle:]


DAMAGES = {
    "cut-to-30-percent": _cut(0.3),
    "cut-to-60-percent": _cut(0.6),
    "cut-to-95-percent": _cut(0.95),
    "last-bytes-lost": lambda data, _: data[:-12],
    "overwritten": _overwritten,
    "zeroed": _zeroed,
    "flipped": _flipped,
    "as-text": _as_text,
    "a-piece-lost": _a_piece_lost,
    "a-block-twice": _a_block_twice,
}


def damaged() -> Iterator[Sample]:
    """The same files, each damaged in one of the ways; every way meets every kind of file sooner or later."""
    rng = Random(2)
    ways = list(DAMAGES.items())
    for number, sample in enumerate(good()):
        way, damage = ways[(number + number // len(KINDS)) % len(ways)]
        yield Sample(f"{sample.name}-{way}", sample.format, damage(sample.data, rng))
