"""Colours as sRGB has them, whatever they were."""

from functools import lru_cache
from io import BytesIO
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageChops, ImageCms

from auditor.errors import SettingsError, reason
from auditor.repair.pictures.converted import Refusal, RefusedError, Step

# "ISO Coated v2 300% (basICColor)": offset print on coated paper after ISO 12647-2, characterised by FOGRA39. It is the
# commonest meaning of CMYK that doesn't say which, and free: its licence lies beside it.
DEFAULT_CMYK = Path(__file__).with_name("profiles") / "ISOcoated_v2_300_bas.icc"

# As Adobe's programs convert: in-gamut colours stay what they are, the paper's white becomes white and the deepest
# black black.
INTENT = ImageCms.Intent.RELATIVE_COLORIMETRIC
FLAGS = ImageCms.Flags.BLACKPOINTCOMPENSATION

SAME = 2  # levels of 255: the many profiles that mean sRGB differ by no more from it
_CLASSES = (b"scnr", b"mntr", b"prtr", b"spac")  # of profiles that say what a picture's colours are
_SPACES = {"RGB": b"RGB ", "L": b"GRAY", "CMYK": b"CMYK"}


class Matched(NamedTuple):
    """A picture in sRGB, and what was done for it."""

    image: Image.Image
    steps: tuple[Step, ...] = ()


def in_srgb(image: Image.Image, profile: bytes | None, cmyk_profile: Path | None) -> Matched:
    """Give a picture of mode RGB, L, CMYK or LAB as sRGB, by its profile if it has one that fits."""
    if image.mode == "LAB":
        return _by(_of_lab(), image)
    if image.mode == "L" and profile and profile[16:20] == b"RGB ":
        image = image.convert("RGB")  # some programs leave a coloured picture's profile in its grey version
    transform = _of_profile(profile, image.mode) if profile else None
    if transform is not None:
        return _by(transform, image)
    ignored = (Step.PROFILE_IGNORED,) if profile else ()
    if image.mode == "CMYK":
        assumed = _of_profile((cmyk_profile or DEFAULT_CMYK).read_bytes(), "CMYK")
        if assumed is None:
            raise RefusedError(Refusal.UNSUPPORTED)
        return Matched(_transformed(assumed, image), (Step.CMYK_ASSUMED, *ignored))
    return Matched(image if image.mode == "RGB" else image.convert("RGB"), ignored)


def need_cmyk(path: Path) -> None:
    """Raise `SettingsError` for a file that is no profile for CMYK."""
    try:
        profile = path.read_bytes()
    except OSError as error:
        raise SettingsError("The colour profile {path} can't be read: {why}.", path=path, why=reason(error)) from error
    if _of_profile(profile, "CMYK") is None:
        raise SettingsError("{path} is no ICC profile for CMYK; name one, such as ISOcoated_v2_300_bas.icc.", path=path)


def name_of_cmyk(cmyk_profile: Path | None) -> str:
    """What the profile calls itself that CMYK without its own is taken for."""
    profile = (cmyk_profile or DEFAULT_CMYK).read_bytes()
    return str(ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile)))).strip()


@lru_cache(maxsize=4)  # pictures of one shop mostly have the same one, and to take it in costs more than to use it
def _of_profile(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """The transform from a profile to sRGB; None where it isn't one for that mode."""
    if profile[16:20] != _SPACES[mode] or profile[12:16] not in _CLASSES:
        return None
    try:
        return _built(ImageCms.ImageCmsProfile(BytesIO(profile)), mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None


@lru_cache(maxsize=1)
def _of_lab() -> ImageCms.ImageCmsTransform:
    return _built(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")


def _built(source: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    return ImageCms.buildTransform(source, srgb, mode, "RGB", INTENT, FLAGS)


def _by(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Matched:
    if image.mode == "RGB" and _is_srgb(transform):
        return Matched(image)
    return Matched(_transformed(transform, image), (Step.COLORS_MATCHED,))


def _is_srgb(transform: ImageCms.ImageCmsTransform) -> bool:
    """Whether a profile means sRGB itself: whatever it is called, it leaves colours from all over where they are."""
    levels = bytes(range(0, 256, 51))
    grid = Image.frombytes("RGB", (36, 6), bytes(v for r in levels for g in levels for b in levels for v in (r, g, b)))
    moved: tuple[tuple[int, int], ...] = ImageChops.difference(grid, _transformed(transform, grid)).getextrema()  # type: ignore[assignment]  # of an RGB image
    return max(high for _, high in moved) <= SAME


def _transformed(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    assert converted is not None  # noqa: S101  # only in place there is none
    return converted
