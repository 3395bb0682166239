"""How much should the first request ask for? Requests and bytes per image, for first ranges of 1 to 64 KiB.

    python benchmarks/first_range.py                    the generated corpora
    python benchmarks/first_range.py ~/Pictures shop/   every image below these folders, too

Each image is read as the probe reads it: the first range, then what the sniffer needs, never less than a first range,
within the probe's caps. No request is made; what is counted is what a host that obeys Range would be asked and would
send (bodies, without headers).

Two corpora are generated, always the same. In `shop`, most pictures were exported for the web; in `camera`, most came
from a camera or an editor with everything that these write in front of the picture. Sizes of metadata are those of real
writers: EXIF of a few hundred bytes, or with a thumbnail of 3 to 25 KB; Photoshop's resources of 5 to 20 KB; XMP of 1
to 60 KB; ICC profiles of 0.5 KB (small sRGB and Display P3), 3.1 KB (HP's sRGB) and 557 KB (SWOP, for presses). Of
TIFFs, every third has its directory at its end. The line `size within` tells how far into a file its size stands, to be
compared with 285 camera-heavy public JPEGs, where it is within 4 KiB for 28 %, 16 KiB 64 %, 32 KiB 84 %, 64 KiB 95 %.

What a reader may conclude: the last column is the price of the step up to this first range: how many KiB more are read
for each request that is saved. A request costs a round trip and about 1 KiB of headers on both sides; at 20 images in
flight per 10 Mbit/s, one of 100 ms takes as long as 6 KiB. So steps that cost less than some 10 KiB for a request are
worth it anywhere, and those that cost several times as much only over a fast line to hosts that are far away.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from io import BytesIO
from pathlib import Path
from random import Random
from statistics import mean
from struct import pack
from typing import NamedTuple

from PIL import Image

from auditor.model import ImageInfo
from auditor.settings import ProbeSettings
from auditor.sniff import Held, Need, sniff

KIB = 1024
FIRST_RANGES = tuple(KIB << power for power in range(7))
PROBE = ProbeSettings()
PICTURES = 1000  # of each corpus

Part = Callable[[int, int], bytes]  # offset, length → the bytes there


class Cost(NamedTuple):
    """What one image cost, and whether that told its size."""

    requests: int
    bytes: int
    measured: bool


def cost(part: Part, total: int, first: int) -> Cost:
    """Read one image as `auditor.probe.look` does."""
    held, ask, received = Held(), Need(0, min(first, total)), 0
    for requests in range(1, PROBE.hops + 1):
        held.add(ask.offset, part(ask.offset, ask.length))
        received += ask.length
        body = sniff(held, total)
        if not isinstance(body, Need):
            return Cost(requests, received, isinstance(body, ImageInfo))
        length = min(max(body.length, first), PROBE.image_bytes - received, total - body.offset)
        if length <= 0:
            return Cost(requests, received, measured=False)
        ask = Need(body.offset, length)
    return Cost(PROBE.hops, received, measured=False)


# ── the generated corpora ───────────────────────────────────────────────────────────────────────────────────────


def segment(marker: int, begin: bytes, length: int) -> bytes:
    """A JPEG segment of that many bytes of payload."""
    return pack(">BBH", 0xFF, marker, length + 2) + begin.ljust(length, b"\x55")[:length]


def profile(length: int) -> bytes:
    """An ICC profile in as many segments as it takes."""
    parts = [min(65_519, length - start) for start in range(0, length, 65_519)]
    return b"".join(segment(0xE2, b"ICC_PROFILE\0", part + 14) for part in parts)


def metadata(random: Random, *, camera: bool) -> bytes:
    """What stands before a picture: how often and how large differs between a camera's and a shop's."""

    def often(for_camera: float, for_shop: float) -> bool:
        return random.random() < (for_camera if camera else for_shop)

    out = b""
    if often(0.8, 0.3):
        thumbnail = int(random.triangular(3000, 25_000, 7000)) if often(0.55, 0.15) else 0
        out += segment(0xE1, b"Exif\0\0", random.randint(200, 2500) + thumbnail)
    if often(0.3, 0.1):
        out += segment(0xED, b"Photoshop 3.0\0", random.randint(5000, 20_000) if often(0.6, 0.4) else 200)
    if often(0.4, 0.15):
        out += segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0", int(random.triangular(1000, 60_000, 3000)))
    if often(0.5, 0.3):
        out += profile(random.choices((560, 3144, 557_168), (50, 46, 4 if camera else 1))[0])
    return out


def jpegs(*, camera: bool) -> Iterator[bytes]:
    """The JPEGs of a corpus."""
    file, random = BytesIO(), Random(camera)  # noqa: S311  # not cryptography
    Image.frombytes("RGB", (80, 60), random.randbytes(14_400)).resize((1600, 1200)).save(file, "JPEG", quality=85)
    content = file.getvalue()
    for _ in range(PICTURES):
        yield content[:20] + metadata(random, camera=camera) + content[20:]


def tiffs() -> Iterator[bytes]:
    """TIFFs, every third with its directory behind the pixels."""
    file = BytesIO()
    Image.new("RGB", (900, 700)).save(file, "TIFF")
    content = file.getvalue()
    pixels = content[-900 * 700 * 3 :]
    directory = content[8 : len(content) - len(pixels)]
    for number in range(PICTURES // 20):
        yield content if number % 3 else b"II*\0" + pack("<I", 8 + len(pixels)) + pixels + directory


def generated() -> Iterator[tuple[str, Sequence[tuple[Part, int]]]]:
    """The corpora by name."""
    for name, files in (
        ("camera", jpegs(camera=True)),
        ("shop", jpegs(camera=False)),
        ("tiff", tiffs()),
    ):
        yield name, [(of_bytes(content), len(content)) for content in files]


# ── from files ──────────────────────────────────────────────────────────────────────────────────────────────────


def of_bytes(content: bytes) -> Part:
    """Read from memory."""
    return lambda offset, length: content[offset : offset + length]


def of_file(path: Path) -> Part:
    """Read from a file, no more of it than is asked for."""

    def part(offset: int, length: int) -> bytes:
        with path.open("rb") as file:
            file.seek(offset)
            return file.read(length)

    return part


def images_below(folder: Path) -> list[tuple[Part, int]]:
    """Every file below the folder whose size the sniffer can tell."""
    files = [(of_file(path), path.stat().st_size) for path in sorted(folder.rglob("*")) if path.is_file()]
    return [(part, total) for part, total in files if total and cost(part, total, 4 * KIB).measured]


# ── the tables ──────────────────────────────────────────────────────────────────────────────────────────────────


def table(name: str, images: Sequence[tuple[Part, int]]) -> Iterator[str]:
    """What each first range costs over these images."""
    yield f"{name}: {len(images):,} images"
    by_range = {first: [cost(part, total, first) for part, total in images] for first in FIRST_RANGES}
    shares = (f"{first // KIB} KiB {mean(c.requests == 1 for c in costs):.0%}" for first, costs in by_range.items())
    yield "size within: " + ", ".join(shares)
    yield " first range   requests   most   KiB/image   unknown   KiB more for each request less"
    before: tuple[float, float] | None = None
    for first, costs in by_range.items():
        requests, weight = mean(c.requests for c in costs), mean(c.bytes for c in costs) / KIB
        unknown = sum(not c.measured for c in costs)
        saved = before[0] - requests if before else 0
        step = f"{(weight - before[1]) / saved:12.0f}" if before and saved > 0.005 else f"{'-':>12}"
        most = max(c.requests for c in costs)
        mark = "  <- default" if first == PROBE.first_range else ""
        yield f"{first // KIB:8} KiB{requests:11.2f}{most:7}{weight:12.1f}{unknown:10}{step}{mark}"
        before = requests, weight
    yield ""


def main() -> int:
    """Print a table for each corpus."""
    parser = argparse.ArgumentParser(description="Requests and bytes per image for first ranges of 1 to 64 KiB.")
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER", help="also read the images below it")
    for folder in (arguments := parser.parse_args()).folders:
        if not folder.is_dir():
            parser.error(f"{folder} is no folder.")
    for name, images in generated():
        print("\n".join(table(name, images)))
    for folder in arguments.folders:
        images = images_below(folder)
        print("\n".join(table(str(folder), images)) if images else f"{folder}: no image below it.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
