"""What pixels show, against the same written with numpy."""

from random import Random

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from auditor.pixels.worker import LEVELS, RING, seen


def reference(image: Image.Image) -> tuple[int, list[int]]:
    """Border pixels, and how many have each level as their darkest channel, by indexing all pixels at once."""
    pixels: NDArray[np.float64] = np.asarray(image.convert("RGBA"), dtype=np.float64)
    alpha = pixels[..., 3:] / 255
    darkest = np.rint(pixels[..., :3] * alpha + 255 * (1 - alpha)).min(axis=2)
    height, width = darkest.shape
    ring = max(1, min(width, height) // RING)
    border = np.ones((height, width), dtype=bool)
    border[ring : height - ring, ring : width - ring] = False
    if min(width, height) <= 2 * ring:
        border[:] = True
    return int(border.sum()), [int((darkest[border] == level).sum()) for level in LEVELS]


def scene(seed: int, mode: str) -> Image.Image:
    """A picture whose border is partly white, partly nearly so and partly covered."""
    rng = Random(seed)
    size = rng.choice([(1, 1), (2, 5), (3, 3), (40, 30), (99, 201), (350, 420), (1201, 640)])
    image = Image.new("RGB", size, (rng.randrange(238, 256),) * 3)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.randrange(12)):
        corners = sorted(rng.randrange(-20, size[0] + 20) for _ in "ab")
        heights = sorted(rng.randrange(-20, size[1] + 20) for _ in "ab")
        fill = tuple(rng.randrange(rng.choice([0, 235]), 256) for _ in "rgb")
        draw.rectangle((corners[0], heights[0], corners[1], heights[1]), fill=fill)
    return image.convert(mode)


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "1", "YCbCr"])
@pytest.mark.parametrize("seed", range(12))
def test_whiteness_of_the_border_agrees_with_numpy(seed: int, mode: str) -> None:
    """Whatever the size and the colours, the border's pixels are counted just as numpy counts them."""
    image = scene(seed, mode)
    facts = seen(image)
    assert (facts["border"], facts["white"]) == reference(image)


@pytest.mark.parametrize("seed", range(12))
def test_transparent_pixels_lie_on_white(seed: int) -> None:
    """Half-transparent pixels count as they look on white; rounding may move one by a level, and no further."""
    image = scene(seed, "RGB").convert("RGBA")
    image.putalpha(scene(seed + 100, "L").resize(image.size))
    facts = seen(image)
    border, white = reference(image)
    assert facts["border"] == border
    for level in range(len(LEVELS)):
        assert sum(facts["white"][level:]) <= sum(white[max(0, level - 1) :])
        assert sum(white[level:]) <= sum(facts["white"][max(0, level - 1) :]) + (border if not level else 0)


def test_sixteen_bits_count_as_eight() -> None:
    """A gray picture of 16 bits is as white as its upper eight bits."""
    pixels = np.full((50, 60), 65535, dtype=np.uint16)
    pixels[:, :20] = 251 * 256
    pixels[20, :] = 12_345
    facts = seen(Image.fromarray(pixels))
    assert facts["border"] == 2 * 60 + 2 * 48
    assert facts["white"][-1] + facts["white"][251 - 240] == facts["border"] - 2
    assert facts["spread"] == 207  # of 255, as 53,190 is of 65,535


@pytest.mark.parametrize("mode", ["I", "F", "LAB"])
def test_colours_that_are_not_understood_say_nothing_of_white(mode: str) -> None:
    """Where no one knows what white is, no border is counted; that there are two colours is seen all the same."""
    image = Image.new("LAB", (9, 9), (1, 2, 3)) if mode == "LAB" else Image.new(mode, (9, 9), 1)
    assert seen(image) == {"spread": 0, "border": 0, "white": [0] * 16}
    image.putpixel((4, 4), (100, 2, 3) if mode == "LAB" else 50_000)
    assert seen(image)["spread"] > 2


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "RGBA", "LA", "1", "I;16", "F"])
def test_one_colour_has_no_spread(mode: str) -> None:
    """A picture of one colour has none in any mode, and a single other pixel is seen."""
    image = Image.new(mode, (40, 30))
    assert seen(image)["spread"] == 0
    if mode == "P":
        image.putpalette([0, 0, 0, 0, 0, 0, 255, 255, 255])
        image.putpixel((20, 15), 1)
        assert seen(image)["spread"] == 0  # another index, the same colour
    others: dict[str, tuple[int, ...]] = {
        "CMYK": (0, 0, 0, 90),
        "RGB": (90, 0, 0),
        "RGBA": (9, 9, 9, 255),
        "LA": (9, 255),
    }
    image.putpixel((20, 15), others.get(mode, 2 if mode == "P" else 255))
    assert seen(image)["spread"] > 0 or mode == "I;16"


def test_what_is_wholly_transparent_is_blank() -> None:
    """Colours that nobody can see are none."""
    image = scene(5, "RGB").convert("RGBA")
    image.putalpha(0)
    assert seen(image)["spread"] == 0
