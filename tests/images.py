"""Makes image bytes with Pillow and by hand, and reads them in ranges as a probe would."""

import contextlib
import warnings
from io import BytesIO
from random import Random
from struct import pack, unpack
from typing import Any, NamedTuple
from zlib import crc32

from PIL import Image

from auditor.model import Body, ImageInfo
from auditor.sniff import Held, Need, sniff, sniff_end


def picture(mode: str = "RGB", size: tuple[int, int] = (31, 17), seed: int = 0) -> Image.Image:
    """A picture of that mode, the same for the same arguments, with enough in it to compress badly."""
    width, height = size
    noise = Image.frombytes("RGB", (8, 8), Random(seed).randbytes(192)).resize(size, Image.Resampling.BILINEAR)
    if mode == "I;16":
        return Image.frombytes("I;16", size, Random(seed).randbytes(2 * width * height))
    if mode in {"LA", "PA", "La"}:
        return noise.convert("L").convert("LA").convert(mode)
    if mode == "LAB":
        return Image.frombytes("LAB", size, noise.tobytes())
    if mode == "F":
        return noise.convert("L").convert("F")
    return noise.convert(mode)


def saved(image: Image.Image, name: str, **options: Any) -> bytes:
    """The image as a file of the format that Pillow calls `name`."""
    file = BytesIO()
    image.save(file, name, **options)
    return file.getvalue()


def made(name: str, mode: str = "RGB", size: tuple[int, int] = (31, 17), frames: int = 1, **options: Any) -> bytes:
    """A file of that format, of several frames or pages if asked."""
    first, *rest = (picture(mode, size, seed) for seed in range(frames))
    if rest:
        options |= {"save_all": True, "append_images": rest}
    return saved(first, name, **options)


def exif(orientation: int = 1, filler: int = 0) -> bytes:
    """An EXIF block with that orientation and so many bytes more, as a thumbnail or a maker's note would bring."""
    block = Image.Exif()
    block[0x0112] = orientation
    block[0x010F] = "Maker"
    block[0x0110] = "Model"
    if filler:
        block[0x010E] = "x" * filler
    return block.tobytes()


def segment(marker: int, payload: bytes) -> bytes:
    """One JPEG segment; the marker is the second byte, such as 0xE1 for APP1."""
    return pack(">BBH", 0xFF, marker, len(payload) + 2) + payload


def with_segments(jpeg: bytes, *segments: bytes) -> bytes:
    """The JPEG with more segments right behind its start."""
    return jpeg[:2] + b"".join(segments) + jpeg[2:]


def chunk(name: bytes, payload: bytes) -> bytes:
    """One PNG chunk."""
    return pack(">I", len(payload)) + name + payload + pack(">I", crc32(name + payload))


def in_chunks(png: bytes, length: int) -> bytes:
    """The PNG with its pixels in chunks of that many bytes, as other encoders write them."""
    out, pixels, at = png[:8], b"", 8
    while at < len(png):
        size, name = unpack(">I4s", png[at : at + 8])
        if name == b"IDAT":
            pixels += png[at + 8 : at + 8 + size]
        else:
            if name == b"IEND":
                parts = (pixels[start : start + length] for start in range(0, len(pixels), length))
                out += b"".join(chunk(b"IDAT", part) for part in parts)
            out += png[at : at + 12 + size]
        at += 12 + size
    return out


def box(name: bytes, payload: bytes) -> bytes:
    """One box of the ISO base media file format."""
    return pack(">I", len(payload) + 8) + name + payload


class Entry(NamedTuple):
    """One entry of a TIFF directory: tag, field type, count, and the value or its offset."""

    tag: int
    kind: int
    amount: int
    value: int


def tiff(*directories: list[Entry], order: str = "<", at: int = 8, following: int = 0, tail: bytes = b"") -> bytes:
    """A TIFF of those directories one after the other from `at`; the last one points to `following`."""
    mark = b"II*\0" if order == "<" else b"MM\0*"
    file = (mark + pack(order + "I", at)).ljust(at, b"\0")
    for place, entries in enumerate(directories):
        file += pack(order + "H", len(entries))
        for entry in entries:
            packed = pack(order + "HHI", entry.tag, entry.kind, entry.amount)
            value = pack(order + {1: "B3x", 3: "H2x"}.get(entry.kind, "I"), entry.value)
            file += packed + value
        last = place == len(directories) - 1
        file += pack(order + "I", following if last else len(file) + 4)
    return file + tail


def big_tiff(entries: list[Entry], order: str = "<", at: int = 16, following: int = 0) -> bytes:
    """A BigTIFF of one directory; values are LONG8 whatever the type says."""
    mark = b"II+\0" if order == "<" else b"MM\0+"
    file = (mark + pack(order + "HHQ", 8, 0, at)).ljust(at, b"\0") + pack(order + "Q", len(entries))
    for entry in entries:
        file += pack(order + "HHQQ", entry.tag, entry.kind, entry.amount, entry.value)
    return file + pack(order + "Q", following)


def loads(data: bytes) -> bool:
    """Whether Pillow opens the file and reads all its pixels."""
    with contextlib.suppress(OSError, SyntaxError, ValueError, EOFError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with Image.open(BytesIO(data)) as image:
            image.load()
            return True
    return False


class Reading(NamedTuple):
    """How a file was read: the answer, how many requests it took and how many bytes."""

    answer: Body
    requests: int
    bytes: int


class EndlessError(Exception):
    """More requests than any cap would allow."""


def read_in_ranges(
    data: bytes, first: int = 4096, least: int = 1, *, tell_total: bool = True, to_end: bool = False
) -> Reading:
    """Obey every `Need` as a probe does, reading at least `least` bytes each time, and check that each makes progress.

    With `to_end`, the end of what passes is looked at, too.

    Where the total isn't told, it is learned as from a server: by a range that comes back shorter than asked for.
    """
    held, total = Held(), len(data) if tell_total else None
    ask, requests, count = Need(0, first), 0, 0
    got = bytearray(len(data))
    while requests < 1000:
        requests += 1
        length = max(ask.length, least)
        part = data[ask.offset : ask.offset + length]
        held.add(ask.offset, part)
        count += len(part)
        got[ask.offset : ask.offset + len(part)] = b"\1" * len(part)
        if len(part) < length and total is None:
            total = len(data)
        answer = sniff(held, total)
        if to_end and total is not None and isinstance(answer, ImageInfo):
            answer = sniff_end(held, total, answer)
        if not isinstance(answer, Need):
            return Reading(answer, requests, count)
        check_progress(answer, got, total)
        ask = answer
    raise EndlessError


def check_progress(need: Need, got: bytearray, total: int | None) -> None:
    """Fail unless a `Need` names something that isn't held, within the resource."""
    assert need.offset >= 0
    assert need.length > 0
    assert total is None or need.offset + need.length <= total
    assert 0 in got[need.offset : need.offset + need.length] or need.offset + need.length > len(got), need
