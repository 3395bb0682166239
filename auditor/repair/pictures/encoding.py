"""A picture as the bytes of a file, no more of them than a recipe allows."""

from io import BytesIO
from math import sqrt
from typing import NamedTuple

from PIL import Image

from auditor.model import Format
from auditor.repair.pictures.converted import Refusal, RefusedError, Step
from auditor.repair.pictures.picture import scaled
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
    data, quality = _within(image, recipe)
    if quality < recipe.quality:
        steps.add(Step.QUALITY_LOWERED)
    while len(data) > recipe.length:
        if max(image.size) <= LEAST_LONGEST:
            raise RefusedError(Refusal.TOO_MANY_BYTES)
        image = scaled(image, MARGIN * sqrt(recipe.length / len(data)))
        data = _bytes(image, recipe, quality)
        steps.add(Step.SCALED_DOWN)
    return Encoded(data, Format(recipe.format), *image.size, frozenset(steps))


def _within(image: Image.Image, recipe: Recipe) -> tuple[bytes, int]:
    """Encode with the best quality that keeps to the limit, or with the least one; and say which."""
    data, quality = _bytes(image, recipe, recipe.quality), recipe.quality
    if len(data) <= recipe.length or recipe.format != "JPEG":
        return data, quality
    lower = range(recipe.quality - QUALITY_STEP, recipe.least_quality - 1, -QUALITY_STEP)
    first, end = 0, len(lower)  # by halves: to encode a large picture takes seconds each time
    while first < end:
        middle = (first + end) // 2
        encoded = _bytes(image, recipe, lower[middle])
        fits = len(encoded) <= recipe.length
        if fits or len(data) > recipe.length:
            data, quality = encoded, lower[middle]
        first, end = (first, middle) if fits else (middle + 1, end)
    return data, quality


def _bytes(image: Image.Image, recipe: Recipe, quality: int) -> bytes:
    image.info.clear()  # Pillow would write some of it into the file
    file = BytesIO()
    if recipe.format == "TIFF":
        image.save(file, "TIFF")
    else:
        image.save(file, "JPEG", quality=quality, subsampling=recipe.subsampling)
    return file.getvalue()
