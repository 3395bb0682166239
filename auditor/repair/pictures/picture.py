"""A picture as it will be shown: its first frame, in sRGB, on white, upright and not too large."""

from typing import Any, NamedTuple

from PIL import Image

from auditor.model import Format
from auditor.repair.pictures.colors import in_srgb
from auditor.repair.pictures.converted import Before, Refusal, RefusedError, Step
from auditor.repair.pictures.source import Source
from auditor.settings import Recipe

_TURNS = {  # by EXIF's orientation, as it has to be undone
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_PLAIN = {"1": "L", "L": "L", "RGB": "RGB", "RGBX": "RGB", "YCbCr": "RGB", "P": "RGB", "CMYK": "CMYK", "LAB": "LAB"}


class Picture(NamedTuple):
    """An RGB image without anything beside its pixels, what was done to it, and what it was before."""

    image: Image.Image
    steps: frozenset[Step]
    before: Before


def develop(source: Source, recipe: Recipe) -> Picture:
    """Make of a decoded source what is to be shown. Raises `RefusedError` for colours that aren't understood."""
    steps = {step for step, done in _of_the_file(source, recipe).items() if done}
    profile, turn = source.image.info.get("icc_profile"), source.turn
    format_, several = source.format, source.several
    image, alpha = _parted(source)
    del source  # and with it its pixels, which take as much memory as those that come of them
    if several and alpha is None and _is_blank(image):
        raise RefusedError(Refusal.BLANK)
    image, matched = in_srgb(image, profile, recipe.cmyk_profile)
    steps.update(matched)
    if alpha is not None:
        image = _on_white(image, alpha)
        steps.add(Step.FLATTENED)
    if turn in _TURNS:
        image = image.transpose(_TURNS[turn])
    before = Before(format_, *image.size)
    if max(image.size) > recipe.longest:
        image = scaled(image, recipe.longest / max(image.size))
        steps.add(Step.SCALED_DOWN)
    return Picture(image, frozenset(steps), before)


def scaled(image: Image.Image, factor: float) -> Image.Image:
    """Give an image scaled down, with a filter that keeps it sharp without making rings or steps."""
    width, height = (max(1, int(side * factor + 1e-6)) for side in image.size)
    return image.resize((width, height), Image.Resampling.LANCZOS)


def _of_the_file(source: Source, recipe: Recipe) -> dict[Step, bool]:
    """What happens to a file by being written anew."""
    anew = source.format.upper() == recipe.format
    return {
        Step.FIRST_PAGE: source.several and source.format is Format.TIFF,
        Step.FIRST_FRAME: source.several and source.format is not Format.TIFF,
        Step.DEPTH_REDUCED: source.bits > 8,
        Step.TURNED: source.turned > 1,
        Step.FORMAT_CHANGED: not anew,
        Step.ENCODED_ANEW: anew,
        Step.METADATA_DROPPED: source.private,
    }


def _parted(source: Source) -> tuple[Image.Image, Image.Image | None]:
    """The colours, as RGB, L, CMYK or LAB; and apart from them what is transparent, None where nothing is."""
    image = source.image
    if image.mode.startswith("I;16"):
        light = _of_eight_bits(image, source.bits)
        return light.point(lambda level: 255 - level) if source.counts_ink else light, None
    if not image.has_transparency_data:
        if image.mode not in _PLAIN:
            raise RefusedError(Refusal.UNSUPPORTED)
        return _as(_PLAIN[image.mode], image), None
    gray = image.mode in ("1", "L", "LA", "La")
    image = image.convert("LA" if gray else "RGBA")
    alpha = image.getchannel("A")
    low, high = alpha.getextrema()
    if high == 0:
        raise RefusedError(Refusal.BLANK if source.several else Refusal.INVISIBLE)
    return image.convert("L" if gray else "RGB"), None if low == 255 else alpha


def _of_eight_bits(image: Image.Image, bits: int) -> Image.Image:
    """Sixteen bits of gray as eight; some cameras use twelve of them."""
    scale = 255 / (2 ** (bits if bits in range(9, 17) else 16) - 1)
    return image.convert("I").point(lambda level: level * scale + 0.5).convert("L")


def _as(mode: str, image: Image.Image) -> Image.Image:
    """The image in a mode; if it is already, no copy of it."""
    return image if image.mode == mode else image.convert(mode)


def _is_blank(image: Image.Image) -> bool:
    """Whether it has one colour only."""
    extrema: Any = image.getextrema()
    return all(low == high for low, high in (extrema if isinstance(extrema[0], tuple) else (extrema,)))


def _on_white(image: Image.Image, alpha: Image.Image) -> Image.Image:
    canvas = Image.new("RGB", image.size, "white")
    canvas.paste(image, mask=alpha)
    return canvas
