"""A picture as the bytes of a file, no more of them than a recipe allows."""

from collections.abc import Iterator
from io import BytesIO
from math import sqrt
from typing import NamedTuple

from PIL import Image

from auditor.model import Format
from auditor.repair.pictures.converted import Refusal, Step
from auditor.repair.pictures.picture import scaled
from auditor.repair.pictures.source import RefusedError
from auditor.settings import Recipe

QUALITY_STEP = 5
LEAST_LONGEST = 1000  # pixels: a smaller picture can't be zoomed into
MARGIN = 0.95  # of the length aimed at, for a smaller picture has more detail in each pixel
SUFFIXES = {"JPEG": "jpg", "TIFF": "tif"}


class Encoded(NamedTuple):
    """The bytes of a file, the size of its picture in pixels, and what was done to keep within the limit."""

    data: bytes
    format: Format
    width: int
    height: int
    steps: frozenset[Step]


def encode(image: Image.Image, recipe: Recipe) -> Encoded:
    """Encode an RGB image. Of a file that gets too long first the quality is lowered, then it is scaled down.

    Raises `RefusedError` where even that doesn't help. Nothing goes into the file but pixels: no profile, since without
    one colours are sRGB's everywhere, and no metadata.
    """
    steps = set()
    for quality in _qualities(recipe):
        data = _bytes(image, recipe, quality)
        if quality < recipe.quality:
            steps.add(Step.QUALITY_LOWERED)
        if len(data) <= recipe.length:
            break
    while len(data) > recipe.length:
        if max(image.size) <= LEAST_LONGEST:
            raise RefusedError(Refusal.TOO_MANY_BYTES)
        image = scaled(image, MARGIN * sqrt(recipe.length / len(data)))
        data = _bytes(image, recipe, quality)
        steps.add(Step.SCALED_DOWN)
    return Encoded(data, Format(recipe.format), *image.size, frozenset(steps))


def _qualities(recipe: Recipe) -> Iterator[int]:
    yield recipe.quality
    if recipe.format == "JPEG":
        yield from range(recipe.quality - QUALITY_STEP, recipe.least_quality - 1, -QUALITY_STEP)


def _bytes(image: Image.Image, recipe: Recipe, quality: int) -> bytes:
    image.info.clear()  # Pillow would write some of it into the file
    file = BytesIO()
    if recipe.format == "TIFF":
        image.save(file, "TIFF")
    else:
        image.save(file, "JPEG", quality=quality, subsampling=recipe.subsampling)
    return file.getvalue()
