"""What does it cost to recognise an image, and to judge it? Beside Pillow and imagesize on the same bytes.

    python -m pip install '.[bench]' && taskset -c 0 python benchmarks/sniffing.py

For some typical JPEGs, of whose first 4 KiB everything can be told: `sniff`, the bytes taken in included; Pillow's
`Image.open`, which parses headers and decodes nothing; `imagesize.get`, which reads nothing but the size and therefore
does less. Then all checks of one image that nothing is wrong with: those of its cell and link, and those of the answer
and the picture. All in this process, on one core.

Each figure is the shortest of many runs of twenty calls, in microseconds: on a machine that is busy otherwise, the
shortest run is the one that was disturbed least. What a reader may conclude: the ratios, and whether the bars hold
(4 µs for sniffing, 6 µs for all checks, a fifth of Pillow). Exit code: 0, or 1 if one doesn't.
"""

import sys
from collections.abc import Callable
from io import BytesIO
from random import Random
from time import perf_counter
from typing import Any

from PIL import Image, ImageCms

from auditor import policies
from auditor.checks import Judge
from auditor.model import Answered, ImageInfo, ImageRef
from auditor.sniff import Held, sniff

try:
    import imagesize  # type: ignore[import-not-found, import-untyped, unused-ignore]  # it has no types; it may also not be there
except ImportError:
    imagesize = None

FIRST_RANGE = 4096  # bytes
SNIFFING, CHECKING, PILLOWS = 4.0, 6.0, 5.0  # the bars: µs, µs, times faster than Pillow
CALLS = 20
SECONDS = 1.5  # for each figure


def shortest(call: Callable[[], object]) -> float:
    """The time of one call in µs, in the least disturbed of many runs."""
    best, end = float("inf"), perf_counter() + SECONDS
    while perf_counter() < end:
        start = perf_counter()
        for _ in range(CALLS):
            call()
        best = min(best, perf_counter() - start)
    return best / CALLS * 1e6


def exif() -> bytes:
    """EXIF as a camera writes it, without a thumbnail."""
    block = Image.Exif()
    block[0x010F], block[0x0110], block[0x0112], block[0x0131] = "Maker", "Model 5", 6, "Firmware 1.0"
    block[0x0132] = "2024:01:01 10:00:00"
    return block.tobytes()


def jpegs() -> dict[str, bytes]:
    """Typical pictures of a shop by what is in their heads."""
    noise = Image.frombytes("RGB", (60, 45), Random(1).randbytes(8100)).resize((1600, 1200))  # noqa: S311  # not cryptography
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kinds: dict[str, dict[str, Any]] = {
        "JFIF": {},
        "JFIF, EXIF": {"exif": exif()},
        "JFIF, EXIF, ICC": {"exif": exif(), "icc_profile": profile},
        "JFIF, EXIF, progressive": {"exif": exif(), "progressive": True},
    }
    files = {}
    for name, options in kinds.items():
        file = BytesIO()
        noise.save(file, "JPEG", quality=85, **options)
        files[name] = file.getvalue()
    return files


def compare(content: bytes) -> tuple[float, float, float | None]:
    """The times of sniff, Pillow and imagesize."""
    head, total = content[:FIRST_RANGE], len(content)
    body = sniff(Held(head), total)
    with Image.open(BytesIO(content)) as image:
        assert isinstance(body, ImageInfo) and (body.width, body.height) == image.size  # noqa: S101, PT018  # else nothing is comparable
    peer = shortest(lambda: imagesize.get(BytesIO(content))) if imagesize else None
    return shortest(lambda: sniff(Held(head), total)), shortest(lambda: Image.open(BytesIO(content))), peer


def checks() -> tuple[float, float]:
    """The times of all checks before the request, and of all after it, for an image that passes."""
    judge = Judge(policies.load("amazon-us-2022"))
    ref = ImageRef("feed.tsv", 2, "B000000001", "SKU-1", "", "MAIN", "https://cdn.shop.example/images/000001.jpg")
    link = judge.link(ref).link
    body = sniff(Held(jpegs()["JFIF, EXIF"][:FIRST_RANGE]), None)
    assert link is not None  # noqa: S101  # the address is fine
    assert isinstance(body, ImageInfo)  # noqa: S101  # and so is the picture
    probe = Answered(206, content_type="image/jpeg", content_length=400_000, body=body)
    assert judge.answer(ref, link, probe) == ()  # noqa: S101
    return shortest(lambda: judge.link(ref)), shortest(lambda: judge.answer(ref, link, probe))


def main() -> int:
    """Measure, print, compare with the bars."""
    print(f"{'µs per image':28}{'sniff':>8}{'Pillow':>9}{'×':>6}{'imagesize':>11}{'×':>6}")
    slowest, least = 0.0, float("inf")
    for name, content in jpegs().items():
        own, pillow, peer = compare(content)
        beside = f"{peer:11.2f}{peer / own:6.1f}" if peer else "   (pip install imagesize)"
        print(f"{name:28}{own:8.2f}{pillow:9.2f}{pillow / own:6.1f}{beside}")
        slowest, least = max(slowest, own), min(least, pillow / own)
    before, after = checks()
    print(
        f"\nchecks of the link {before:.2f} µs, of answer and picture {after:.2f} µs, together {before + after:.2f} µs"
    )
    bars = {
        f"sniffing at most {SNIFFING} µs": slowest <= SNIFFING,
        f"all checks at most {CHECKING} µs": before + after <= CHECKING,
        f"at least {PILLOWS} × Pillow": least >= PILLOWS,
    }
    print("\n".join(f"{'held' if held else 'MISSED':8}{bar}" for bar, held in bars.items()))
    return 0 if all(bars.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
