"""The program of a decoding process: a line of JSON with path and format comes in, one with what is found goes out.

It stands alone, so that it starts fast and holds little: it imports Pillow, which nothing else of an audit does, and
nothing of auditor. The files are untrusted: memory is limited by the system, and processor time ends the process.
"""

import json
import re
import resource
import signal
import sys
import warnings
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from typing import Any

from PIL import Image, ImageChops

LEVELS = range(240, 256)  # of a border pixel's darkest channel, counted one by one; what is darker isn't white
RING = 100  # the border's width is one pixel in so many of the shorter side
PAGES = 100  # of a TIFF that are decoded, within the limit of pixels for all together

for _name in ("Jpeg", "Png", "Gif", "Tiff", "WebP", "Bmp", "Avif"):  # what policies may accept
    with suppress(ImportError):  # not every Pillow has all of them
        import_module(f"PIL.{_name}ImagePlugin")
# What Pillow says where it, not the file, is at fault; where memory is; and where the file ends too early.
_UNSUPPORTED = re.compile(
    r"not available|unsupported|not supported|not installed|cannot handle|unknown (?:compression|pixel mode)"
    r"|not implemented|conversion from",
    re.IGNORECASE,
)
_MEMORY = re.compile(r"out of memory|memory error|decompressed data too large|too much memory", re.IGNORECASE)
_ENDS_EARLY = re.compile(r"truncat|not enough|premature|end of file|\beof\b|unpack requires|ended", re.IGNORECASE)

Reply = dict[str, Any]


def main() -> None:
    """Decode one file after another, until there are no more."""
    pixels = int(sys.argv[3])
    serve(lambda question: decode(question[0], question[1], pixels))


def serve(answer: Callable[[Any], Reply]) -> None:
    """Answer one line after another, within the limits that the command line begins with."""
    memory, seconds = map(int, sys.argv[1:3])
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    warnings.simplefilter("ignore")
    for line in sys.stdin:
        # The system's own default for this signal is to end the process, in whatever loop of C it is.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        reply = answer(json.loads(line))
        signal.setitimer(signal.ITIMER_PROF, 0)
        sys.stdout.write(json.dumps(reply) + "\n")
        sys.stdout.flush()


def decode(path: str, name: str, pixels: int) -> Reply:
    """Decode a whole file of the format that Pillow calls so. The reply has a `fault`, or what its pixels show."""
    Image.MAX_IMAGE_PIXELS = pixels // 2  # Pillow raises at twice as many
    if name not in Image.OPEN:
        return {"fault": "unsupported"}
    with open(path, "rb") as file:  # noqa: PTH123  # one import less
        try:
            return _looked_at(name, file, pixels)
        except MemoryError:
            return {"fault": "memory"}
        except Image.DecompressionBombError:
            return {"fault": "pixels"}
        except Exception as error:  # noqa: BLE001  # whatever a decoder makes of hostile bytes is a fact about them
            return {"fault": fault(str(error))}


def fault(why: str) -> str:
    """What a complaint of Pillow's means: memory, unsupported, ends-early or bad-data."""
    if _MEMORY.search(why):
        return "memory"
    if _UNSUPPORTED.search(why):
        return "unsupported"
    return "ends-early" if _ENDS_EARLY.search(why) else "bad-data"


def _looked_at(name: str, file: Any, pixels: int) -> Reply:
    """What the pixels show of a file that can be decoded to its end; raises whatever Pillow does for one that can't."""
    file.seek(0)
    if name == "PNG":
        opened(name, file, pixels).verify()  # every chunk's checksum, which decoding leaves out
        file.seek(0)
    image = opened(name, file, pixels)
    image.load()
    facts = {"width": image.width, "height": image.height, **seen(image)}
    if name == "TIFF":
        _load_pages(image, pixels - image.width * image.height)
    return facts


def opened(name: str, file: Any, pixels: int) -> Image.Image:
    """Open by the format's own plugin, whose complaints `Image.open` would swallow."""
    image: Image.Image = Image.OPEN[name][0](file, "")
    if image.width * image.height > pixels:
        raise Image.DecompressionBombError
    return image


def _load_pages(image: Image.Image, pixels: int) -> None:
    for page in range(1, PAGES):
        try:
            image.seek(page)
        except EOFError:
            return
        pixels -= image.width * image.height
        if pixels < 0:
            return
        image.load()


# ── what pixels show ──────────────────────────────────────────────────────────────────────────────────────────────


def seen(image: Image.Image) -> Reply:
    """How far the pixels differ, and how white the border is.

    `spread` is the largest difference within any channel, of 255. `border` is the number of pixels in the outermost
    ring, and `white` how many of them have each of LEVELS as their darkest channel; transparent ones lie on white.
    """
    ring = max(1, min(image.size) // RING)
    counts = [0] * 256
    for box in _ring(image.width, image.height, ring):
        darkest = _darkest(image.crop(box))
        if darkest is None:
            return {"spread": _spread(image), "border": 0, "white": [0] * len(LEVELS)}
        counts = [count + more for count, more in zip(counts, darkest.histogram(), strict=True)]
    return {"spread": _spread(image), "border": sum(counts), "white": [counts[level] for level in LEVELS]}


def _ring(width: int, height: int, ring: int) -> list[tuple[int, int, int, int]]:
    """Top, bottom, and what is left of both sides; of an image too thin to have an inside, all."""
    if min(width, height) <= 2 * ring:
        return [(0, 0, width, height)]
    inner = height - ring
    return [(0, 0, width, ring), (0, inner, width, height), (0, ring, ring, inner), (width - ring, ring, width, inner)]


def _darkest(part: Image.Image) -> Image.Image | None:
    """Each pixel's darkest channel, from 0 to 255; None for colours that aren't understood here."""
    if part.mode.startswith("I;16"):
        part = part.convert("I")
        part = part.point(lambda value: value * (1 / 256)).convert("L")
    elif part.mode in ("I", "F", "LAB", "HSV"):
        return None
    if part.has_transparency_data:
        on_white = Image.new("RGBA", part.size, "white")
        on_white.alpha_composite(part.convert("RGBA"))
        part = on_white
    red, green, blue = part.convert("RGB").split()
    return ImageChops.darker(ImageChops.darker(red, green), blue)


def _spread(image: Image.Image) -> int:
    """The largest difference within any channel, of 255. What can't be seen through its transparency is no picture."""
    if image.mode == "P":
        image = image.convert("RGBA" if "transparency" in image.info else "RGB")
    extrema: Any = image.getextrema()
    bands = extrema if isinstance(extrema[0], tuple) else (extrema,)
    if image.mode in ("RGBA", "LA", "PA", "RGBa", "La") and bands[-1][1] == 0:
        return 0
    if image.mode == "F":
        return 0 if all(low == high for low, high in bands) else 255
    widest = int(max(high - low for low, high in bands))
    return min(255, -(-widest // 257)) if image.mode.startswith("I") else widest


if __name__ == "__main__":
    main()
