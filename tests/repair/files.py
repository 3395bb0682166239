"""Converts files as a test has them, in its own process."""

import importlib.util
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from PIL import Image

from auditor.repair.pictures.conversion import convert
from auditor.repair.pictures.converted import Conversion, Converted, Refusal, Refused, Step
from auditor.settings import Recipe

PIXELS = 10_000_000
PLAIN = Recipe()
EXACT = Recipe(format="TIFF")  # nothing is lost in it, so that colours can be looked at

# Photographs that come within a package, some of them with colour profiles of their own.
PHOTOGRAPHS = Path(next(iter(importlib.util.find_spec("skimage").submodule_search_locations))) / "data"  # type: ignore[union-attr, arg-type]  # it is installed, and a package

Shades = npt.NDArray[np.uint8]


class Shown(NamedTuple):
    """What was converted, its file, and its pixels as they are in there."""

    told: Converted
    path: Path
    image: Image.Image

    def at(self, x: int, y: int) -> tuple[int, ...]:
        """The colour of a pixel."""
        color = self.image.getpixel((x, y))
        assert isinstance(color, tuple)
        return color

    @property
    def shades(self) -> Shades:
        """All colours, by row, column and channel."""
        return np.asarray(self.image)


def turned_over(data: bytes, folder: Path, recipe: Recipe = PLAIN, label: str = "") -> Conversion:
    """Convert the bytes of a file."""
    source = folder / "source"
    source.write_bytes(data)
    out = folder / "out"
    out.mkdir(exist_ok=True)
    return convert(source, out, recipe, label=label, pixels=PIXELS)


def shown(data: bytes, folder: Path, recipe: Recipe = PLAIN) -> Shown:
    """Convert the bytes of a file, and open what became of it."""
    told = turned_over(data, folder, recipe)
    assert isinstance(told, Converted), told
    path = folder / "out" / told.name
    assert not list(path.parent.glob(".*"))  # nothing half written is left
    content = path.read_bytes()
    assert len(content) == told.length
    image = Image.open(BytesIO(content))
    assert (image.format, image.mode, image.size) == (recipe.format, "RGB", (told.width, told.height))
    image.load()
    return Shown(told, path, image)


def steps(data: bytes, folder: Path, recipe: Recipe = PLAIN) -> set[Step]:
    """What is done to the bytes of a file."""
    return set(shown(data, folder, recipe).told.steps)


def refusal(data: bytes, folder: Path, recipe: Recipe = PLAIN) -> Refusal:
    """Why the bytes of a file aren't converted; nothing is written then."""
    before = set(folder.glob("out/*"))
    told = turned_over(data, folder, recipe)
    assert isinstance(told, Refused), told
    assert set((folder / "out").iterdir()) == before
    return told.why


def noise_ratio(one: Shades, other: Shades) -> float:
    """PSNR in decibels: how far the largest shade stands above the mean difference."""
    error = float(np.mean((one.astype(float) - other.astype(float)) ** 2))
    return 10 * float(np.log10(255**2 / error))
