"""The pictures of the demo, good and faulty. Each is made once, when first asked for.

Every maker takes the path asked for, which only `good` makes use of.
"""

import struct
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

from PIL import Image, ImageDraw

from auditor.demo.tiffs import DEFLATE, tiff

LATE = 60_000  # bytes per segment of metadata; two of them push the size 120 KB into the file


def _once(make: Callable[[], bytes]) -> Callable[[str], bytes]:
    """Make it when first asked for: importing the tables should cost nothing."""
    kept = cache(make)
    return lambda _: kept()


def jpeg(side: int = 1000, mode: str = "RGB", *, ground: str = "white", **options: Any) -> Callable[[str], bytes]:
    """A square JPEG with a product on white, or on another ground."""
    return _once(lambda: _saved(_product(side, mode, ground=ground), "JPEG", quality=50, **options))


_plain = jpeg()


def good(path: str) -> bytes:
    """A product picture that differs from every other one, by a comment: a shop has no two products' pictures alike."""
    content = _plain(path)
    comment = path.encode()
    return content[:20] + b"\xff\xfe" + struct.pack(">H", 2 + len(comment)) + comment + content[20:]


def other(format_: str, mode: str = "P", side: int = 1000) -> Callable[[str], bytes]:
    """The same in another format that Pillow writes."""
    return _once(lambda: _saved(_product(side, mode), format_))


def animated_gif() -> Callable[[str], bytes]:
    """Two frames that take turns for ever."""
    return _once(
        lambda: _saved(
            _product(1000, "P"), "GIF", save_all=True, append_images=[_product(1000, "P", 200)], duration=500, loop=0
        )
    )


def tracking_pixel() -> Callable[[str], bytes]:
    """One pixel, as mail and web pages use it to count readers."""
    return _once(lambda: _saved(Image.new("P", (1, 1)), "GIF"))


def late_jpeg() -> Callable[[str], bytes]:
    """A JPEG as photo editors write it: the size stands behind 120 KB of metadata."""
    segment = b"\xff\xe1" + struct.pack(">H", 2 + LATE) + b"http://ns.adobe.com/xap/1.0/\0".ljust(LATE)
    return _once(lambda: _plain("")[:20] + 2 * segment + _plain("")[20:])


def scribbled_tiff() -> Callable[[str], bytes]:
    """A deflated TIFF whose directory is in order, and whose strip was written over in the middle."""

    def scribbled() -> bytes:
        content = tiff(compression=DEFLATE, directory_last=True)("")
        return content[:40] + b"\xff" * 40 + content[80:]

    return _once(scribbled)


def blank() -> Callable[[str], bytes]:
    """A JPEG of one colour."""
    return _once(lambda: _saved(Image.new("RGB", (1000, 1000), "white"), "JPEG"))


def no_image() -> Callable[[str], bytes]:
    """What a shop shows where a picture is still to come."""
    return _once(lambda: _saved(_product(1000, "RGB", 200), "JPEG", quality=50))


def resized_jpeg(width: int, height: int) -> Callable[[str], bytes]:
    """A JPEG whose header claims this size, without any pixels being spent on it."""

    def patched() -> bytes:
        content = _plain("")
        frame = content.index(b"\xff\xc0")
        return content[: frame + 5] + struct.pack(">HH", height, width) + content[frame + 9 :]

    return _once(patched)


def cut(make: Callable[[str], bytes], length: int) -> Callable[[str], bytes]:
    """The first bytes of that picture, or with a negative length all but the last: an upload that stopped."""
    return _once(lambda: make("")[:length])


def looping_gif() -> Callable[[str], bytes]:
    """A GIF of one picture that says to repeat it for ever, as some editors write every GIF."""
    still = other("GIF")

    def written() -> bytes:
        content = still("")
        at = content.index(b",\0\0\0\0")
        return content[:at] + b"!\xff\x0bNETSCAPE2.0\x03\x01\0\0\0" + content[at:]

    return _once(written)


def motion_photo() -> Callable[[str], bytes]:
    """A JPEG with a video behind it, as phones write them."""
    return _once(lambda: _plain("") + _box(b"ftyp", b"mp42" + bytes(4)) + _box(b"mdat", bytes(200_000)))


def broken_jpeg() -> Callable[[str], bytes]:
    """A JPEG whose second segment has an impossible length, as after a transfer in text mode."""
    return _once(lambda: _plain("")[:20] + b"\xff\xdb\0\0" + _plain("")[24:])


def webp() -> Callable[[str], bytes]:
    """A WebP of 1000x1000 pixels of one colour (RFC 9649 section 3), and filler: not every Pillow can write WebP."""
    # Width and height less one in 14 bits each, then no transform and no cache; five codes of one symbol each follow.
    chunk = bytes.fromhex("2f e7c3f900 284f69abd5ff00").ljust(100, b"\0")
    return _once(lambda: b"RIFF" + struct.pack("<I", 12 + len(chunk)) + b"WEBPVP8L" + struct.pack("<I", 100) + chunk)


def avif() -> Callable[[str], bytes]:
    """The headers of an AVIF of 1000x1000 and no pixels: not every Pillow can write AVIF."""
    return _once(lambda: _still(b"avif", b"av01", b"av1C\x81\x05\x0c\0"))


def heic() -> Callable[[str], bytes]:
    """The same as a phone's HEIC, which Pillow doesn't write at all."""
    return _once(lambda: _still(b"heic", b"hvc1", b"hvcC" + bytes(23)))


def svg() -> Callable[[str], bytes]:
    """A drawing as text."""
    return _once(
        lambda: (
            b'<?xml version="1.0"?>\n<svg xmlns="http://www.w3.org/2000/svg" width="1000" height="1000">'
            b'<circle cx="500" cy="500" r="350"/></svg>\n'
        )
    )


@cache
def _product(side: int, mode: str, shade: int = 90, ground: str = "white") -> Image.Image:
    image = Image.new("RGB", (side, side), ground)
    ImageDraw.Draw(image).ellipse((side // 6, side // 6, side - side // 6, side - side // 6), fill=(180, shade, 60))
    return image.convert(mode)


def _saved(image: Image.Image, format_: str, **options: Any) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format_, **options)
    return buffer.getvalue()


def _box(name: bytes, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return struct.pack(">I", 8 + len(content)) + name + content


def _still(brand: bytes, coding: bytes, setup: bytes) -> bytes:
    """One coded picture in the boxes of ISO/IEC 23008-12, 1000x1000."""
    size = _box(b"ispe", bytes(4), struct.pack(">II", 1000, 1000))
    properties = _box(b"ipco", size, _box(setup[:4], setup[4:]))
    links = _box(b"ipma", bytes(4), struct.pack(">IHBBB", 1, 1, 2, 1, 0x82))
    described = _box(b"infe", b"\2\0\0\0\0\1\0\0", coding, b"\0")
    meta = _box(
        b"meta",
        bytes(4),
        _box(b"hdlr", bytes(8), b"pict", bytes(13)),
        _box(b"pitm", bytes(4), b"\0\1"),
        _box(b"iinf", bytes(4), b"\0\1", described),
        _box(b"iprp", properties, links),
    )
    return _box(b"ftyp", brand, bytes(4), brand, b"mif1miaf") + meta + _box(b"mdat", bytes(64))
