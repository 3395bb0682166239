"""The demo's pictures are what their scenes say, whole or in parts."""

import asyncio
import struct
from io import BytesIO

import aiohttp
import pytest
from demo.visits import Reply, ask, get
from PIL import Image

from auditor.demo import serve
from auditor.demo.scenes import faulty, good


@pytest.mark.parametrize("name", [plant.name for plant in good.PLANTS])
def test_good_pictures_decode(name: str) -> None:
    """A picture that must pass is whole and has the size that it must have."""
    reply = ask(name, times=2)[-1]
    assert reply.status == 200
    with Image.open(BytesIO(reply.body)) as image:
        image.load()
        assert max(image.size) == (30 if name == "swatch" else 1000)


def test_ranges() -> None:
    """Ranges give their part and the total; beyond the end there is 416; the parts are those of the whole."""
    [whole] = ask("late-size")
    length = len(whole.body)
    for header, start, stop in (
        ("bytes=0-4095", 0, 4096),
        ("bytes=100000-104095", 100_000, 104_096),
        (f"bytes={length - 10}-{length + 10}", length - 10, length),
        ("bytes=-16", length - 16, length),
        ("bytes=8-", 8, length),
    ):
        [part] = ask("late-size", Range=header)
        assert (part.status, part.body) == (206, whole.body[start:stop])
        assert part.headers["Content-Range"] == f"bytes {start}-{stop - 1}/{length}"
    [beyond] = ask("late-size", Range=f"bytes={length}-{length + 9}")
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{length}")


@pytest.mark.parametrize("name", ["ignores-range", "ignores-range-late", "chunked", "no-type"])
def test_ranges_ignored(name: str) -> None:
    """A host that ignores ranges sends everything."""
    [reply] = ask(name, Range="bytes=0-9")
    assert reply.status == 200
    assert len(reply.body) > 10_000


def test_headers_of_odd_hosts() -> None:
    """No content type, no length, and a length that is only promised, are as their scenes say."""
    assert "Content-Type" not in ask("no-type")[0].headers
    assert "Content-Length" not in ask("chunked")[0].headers
    [part] = ask("heavy", Range="bytes=11534330-11534335")
    assert (part.body, part.headers["Content-Range"]) == (bytes(6), "bytes 11534330-11534335/11534336")
    assert ask("refuses-range", Range="bytes=0-9")[0].status == 416


def test_good_pictures_differ() -> None:
    """Two products have two pictures: nothing there looks like a placeholder shared by many."""

    async def asking() -> tuple[Reply, Reply]:
        async with serve() as host, aiohttp.ClientSession() as session:
            return await get(session, f"{host.base}/good/1.jpg"), await get(session, f"{host.base}/good/2.jpg")

    one, two = asyncio.run(asking())
    assert one.body[:4096] != two.body[:4096]


@pytest.mark.parametrize(
    ("name", "format_", "size"),
    [
        ("png", "PNG", (1000, 1000)),
        ("bmp", "BMP", (1000, 1000)),
        ("renamed-gif", "GIF", (1000, 1000)),
        ("wrong-type", "JPEG", (1000, 1000)),
        ("small", "JPEG", (300, 300)),
        ("no-zoom", "JPEG", (800, 800)),
        ("pixel", "GIF", (1, 1)),
        ("large-swatch", "JPEG", (300, 300)),
        ("tiff-packed", "TIFF", (1000, 40)),
        ("tiff-pages", "TIFF", (1000, 40)),
        ("animated", "GIF", (1000, 1000)),
        ("cmyk", "JPEG", (1000, 1000)),
    ],
)
def test_faulty_pictures(name: str, format_: str, size: tuple[int, int]) -> None:
    """A faulty picture that can be opened has the format and the size that its scene is about."""
    [reply] = ask(name)
    with Image.open(BytesIO(reply.body)) as image:
        assert (image.format, image.size) == (format_, size)
        assert (getattr(image, "n_frames", 1) > 1) == (name in ("tiff-pages", "animated"))
        assert (image.mode == "CMYK") == (name == "cmyk")
        assert (image.info.get("compression") == "tiff_adobe_deflate") == (name == "tiff-packed")


def test_claims_without_pixels() -> None:
    """Pictures that only claim something claim it where readers look."""
    frame = b"\xff\xc0\x00\x11\x08"
    assert frame + struct.pack(">HH", 9_000, 12_000) in ask("huge")[0].body
    assert frame + bytes(4) in ask("no-size")[0].body
    assert frame not in ask("cut")[0].body
    assert ask("broken")[0].body[20:24] == b"\xff\xdb\0\0"
    assert ask("renamed-webp")[0].body[8:12] == b"WEBP"
    for name in ("avif", "heic"):
        assert ask(name)[0].body[4:12] == b"ftyp" + name.encode()


def test_formats_are_declared_as_they_are() -> None:
    """Each picture in a format that isn't accepted is declared as that format, unless the scene is about that."""
    formats = {plant.name: plant for plant in faulty.PLANTS if plant.code == "format-not-accepted"}
    types = {name: ask(name)[0].headers["Content-Type"] for name in formats}
    lying = {name for name, plant in formats.items() if "content-type-mismatch" in plant.also}
    assert {name for name, declared in types.items() if declared == "image/jpeg"} == lying
