"""Measures what it costs that pictures are converted by processes that can be trusted with strangers' files.

The same pictures are converted by `auditor.repair` and by a bare loop over Pillow in as many processes of a pool, which
does the same steps: decode, to sRGB by the profile, on white, upright, scaled down, encoded with the same quality,
written. What the bare loop leaves out is all that makes auditor's safe to run: limits, checksums, names by content, and
files that appear whole. Both take turns, and the middle of their ratios is printed: above 0.9 is what we hold to.

    python benchmarks/convert.py [IMAGES] [ROUNDS]

Needs the test extra, whose photographs it makes its pictures of. Memory is bounded by processes x (base + bytes per
pixel x pixels); the peak of the processes is printed beside that bound.
"""

import asyncio
import importlib.util
import os
import statistics
import sys
import time
from functools import cache
from io import BytesIO
from multiprocessing import Pool
from multiprocessing.pool import Pool as Processes
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageCms, ImageOps

from auditor.repair.pictures.colors import DEFAULT_CMYK
from auditor.repair.pictures.converted import Converted
from auditor.repair.pictures.converter import Converter, open_converter
from auditor.settings import MIB, ConversionSettings, Recipe

PROCESSES = 2
SIDE = 1600  # pixels: what shops show
LONGEST = 1500  # pixels: so that every picture has to be scaled down as well
NAMES = ("astronaut.png", "coffee.png", "chelsea.png", "motorcycle_left.png", "rocket.jpg")
RECIPE = Recipe(longest=LONGEST)


def pictures(folder: Path, count: int) -> list[Path]:
    """Write pictures that need converting, of five kinds in turn."""
    found = importlib.util.find_spec("skimage")
    if found is None or found.submodule_search_locations is None:
        sys.exit("This benchmark needs photographs: pip install '.[test]'")
    paths = []
    for number in range(count):
        name = NAMES[number % len(NAMES)]
        with Image.open(Path(found.submodule_search_locations[0]) / "data" / name) as photo:
            profile = photo.info.get("icc_profile")
            image = photo.convert("RGB").resize((SIDE + number, SIDE))
            image.info.clear()
        paths.append(folder / f"{number}")
        _save(image, paths[-1], number % len(NAMES), profile)
    return paths


def _save(image: Image.Image, path: Path, kind: int, profile: bytes | None) -> None:
    if kind == 0:
        image.save(path, "PNG", compress_level=3)
    elif kind == 1:
        image.putalpha(Image.radial_gradient("L").resize(image.size))
        image.save(path, "PNG", compress_level=3)
    elif kind == 2:
        image.save(path, "WEBP", quality=90, method=0)
    elif kind == 3:
        image.convert("CMYK").save(path, "JPEG", quality=90)
    else:
        image.save(path, "JPEG", quality=95, icc_profile=profile)


@cache
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    srgb = ImageCms.createProfile("sRGB")
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    return ImageCms.buildTransform(BytesIO(profile), srgb, mode, "RGB", intent, flags)


def plainly(task: tuple[Path, Path]) -> None:
    """Convert one picture, as one would in a script of ten lines."""
    source, target = task
    with Image.open(source) as opened:
        image: Image.Image = opened
        profile = image.info.get("icc_profile")
        ImageOps.exif_transpose(image, in_place=True)
        if image.mode == "CMYK":
            profile = profile or DEFAULT_CMYK.read_bytes()
        if profile and image.mode in ("CMYK", "RGB"):
            converted = ImageCms.applyTransform(image, _transform(profile, image.mode))
            assert converted is not None  # noqa: S101  # only in place there is none
            image = converted
        if image.mode == "RGBA":
            canvas = Image.new("RGB", image.size, "white")
            canvas.paste(image, mask=image.getchannel("A"))
            image = canvas
        if image.mode != "RGB":
            image = image.convert("RGB")
        image.thumbnail((LONGEST, LONGEST), Image.Resampling.LANCZOS, reducing_gap=None)
        image.save(target, "JPEG", quality=RECIPE.quality, subsampling=RECIPE.subsampling)


def by_pool(pool: Processes, sources: list[Path], folder: Path) -> float:
    """Seconds that the bare loop takes."""
    start = time.perf_counter()
    for _ in pool.imap_unordered(plainly, [(source, folder / f"{source.name}.jpg") for source in sources]):
        pass
    return time.perf_counter() - start


async def by_auditor(converter: Converter, sources: list[Path], folder: Path) -> float:
    """Seconds that auditor's processes take."""
    start = time.perf_counter()
    told = await asyncio.gather(*(converter.convert(source, folder) for source in sources))
    seconds = time.perf_counter() - start
    assert all(isinstance(conversion, Converted) for conversion in told)  # noqa: S101
    return seconds


async def main(count: int, rounds: int) -> None:
    """Print a line for each round, and the middle of their ratios."""
    settings = ConversionSettings(recipe=RECIPE, pixels=4_000_000, processes=PROCESSES)
    with TemporaryDirectory() as name, Pool(PROCESSES, initializer=os.setsid) as pool:  # sessions share a busy machine
        sources_in = Path(name) / "sources"
        sources_in.mkdir()
        sources = pictures(sources_in, count)
        ratios = []
        async with open_converter(settings) as converter:
            await asyncio.gather(*(converter.convert(source, Path(name), "first") for source in sources[:5]))
            by_pool(pool, sources[:5], Path(name))
            for number in range(rounds):
                folders = [Path(name) / f"{number}-{who}" for who in ("auditor", "pool")]
                for folder in folders:
                    folder.mkdir()
                ours, theirs = await by_auditor(converter, sources, folders[0]), by_pool(pool, sources, folders[1])
                ratios.append(theirs / ours)
                print(
                    f"auditor {count / ours:6.1f} images/s   bare loop {count / theirs:6.1f}   ratio {ratios[-1]:.3f}"
                )
            peaks = [_peak(process.pid) for process in converter._processes._idle]  # noqa: SLF001  # to measure them
    print(f"ratio {statistics.median(ratios):.3f} of {rounds} rounds of {count} images in {PROCESSES} processes")
    print(f"peak  {sum(peaks) / MIB:.0f} MiB of addresses, bound {PROCESSES * settings.memory / MIB:.0f} MiB")


def _peak(pid: int) -> int:
    return 1024 * int(Path(f"/proc/{pid}/status").read_text().split("VmPeak:")[1].split()[0])


if __name__ == "__main__":
    asyncio.run(main(*(int(given) for given in (sys.argv[1:] + ["20", "5"][len(sys.argv) - 1 :]))))
