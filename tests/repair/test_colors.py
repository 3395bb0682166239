"""Colours, against Little CMS's own calculator: what is shown is what the profile means."""

from collections.abc import Sequence
from itertools import product
from pathlib import Path
from struct import pack

import numpy as np
import pytest
from images import chunk, made, saved
from PIL import Image, ImageCms
from repair.files import EXACT, PHOTOGRAPHS, PLAIN, refusal, shown, steps
from repair.profiles import DISPLAY_P3, PROPHOTO, SRGB, TRANSICC, Floats, cmyk, distance, gray, reference, rgb

from auditor.repair.pictures.colors import DEFAULT_CMYK
from auditor.repair.pictures.converted import Refusal, Step
from auditor.settings import Recipe

CELL = 16  # pixels: a flat patch, of which JPEG keeps the middle as it is
# ΔE*ab of 1976. To round to 255 levels alone moves a dark colour by 0.77.
MOST_EXACT = 1.0
MOST = 2.0
MEAN = 0.6

needs_transicc = pytest.mark.skipif(TRANSICC is None, reason="the reference is missing: apt install liblcms2-utils")


def patches(mode: str, levels: int) -> tuple[Image.Image, Floats]:
    """Flat patches of evenly spaced colours, and those colours."""
    steps_ = np.linspace(0, 255, levels).round()
    colors = np.array(list(product(steps_, repeat=len(Image.new(mode, (1, 1)).getbands()))))
    image = Image.frombytes(mode, (len(colors), 1), colors.astype(np.uint8).tobytes())
    return image.resize((CELL * len(colors), CELL), Image.Resampling.NEAREST), colors


def middles(shades: Floats) -> Floats:
    """The colour in the middle of each patch."""
    found: Floats = shades[CELL // 2, CELL // 2 :: CELL].astype(float)
    return found


SAMPLES = {
    "display-p3": ("RGB", 7, rgb(DISPLAY_P3, 2.2)),
    "prophoto": ("RGB", 7, rgb(PROPHOTO, 1.8)),
    "gray": ("L", 64, gray(1.8)),
    "cmyk-of-its-own": ("CMYK", 5, cmyk()),
    "cmyk-of-fogra39": ("CMYK", 5, DEFAULT_CMYK.read_bytes()),
}


@needs_transicc
@pytest.mark.parametrize("recipe", [EXACT, PLAIN], ids=["tiff", "jpeg"])
@pytest.mark.parametrize("name", SAMPLES)
def test_an_embedded_profile_is_followed(name: str, recipe: Recipe, tmp_path: Path) -> None:
    """Colours all over the profile's range become what the reference says, but for what rounding and JPEG take."""
    mode, levels, profile = SAMPLES[name]
    image, colors = patches(mode, levels)
    (tmp_path / "profile.icc").write_bytes(profile)
    expected = reference(colors / 2.55 if mode == "CMYK" else colors, tmp_path / "profile.icc")
    outcome = shown(saved(image, "TIFF", icc_profile=profile), tmp_path, recipe)
    off = distance(middles(np.asarray(outcome.image)), expected)
    assert Step.COLORS_MATCHED in outcome.told.steps
    assert off.max() <= (MOST_EXACT if recipe is EXACT else MOST)
    assert off.mean() <= MEAN
    assert distance(middles(np.asarray(image.convert("RGB"))), expected).max() > 5  # what ignoring it would give


@needs_transicc
@pytest.mark.parametrize("name", ["own.icc", ""])
def test_cmyk_without_a_profile_is_taken_for_the_default_one(name: str, tmp_path: Path) -> None:
    """It is said which: the one that comes with auditor, or the one that the user has named."""
    image, colors = patches("CMYK", 5)
    path = tmp_path / name if name else DEFAULT_CMYK
    if name:
        path.write_bytes(cmyk())
    recipe = Recipe(format="TIFF", cmyk_profile=path if name else None)
    outcome = shown(saved(image, "TIFF"), tmp_path, recipe)
    assert Step.CMYK_ASSUMED in outcome.told.steps
    assert outcome.told.profile == ("made by hand" if name else "ISO Coated v2 300% (basICColor)")
    assert distance(middles(np.asarray(outcome.image)), reference(colors / 2.55, path)).max() <= MOST_EXACT


@needs_transicc
@pytest.mark.parametrize(("name", "mode"), [("rocket.jpg", "RGB"), ("color.png", "RGB"), ("page.png", "L")])
def test_real_files_with_real_profiles(name: str, mode: str, tmp_path: Path) -> None:
    """Adobe RGB from a camera, a screen's own profile, and a press's gray are followed in real pictures, too."""
    content = (PHOTOGRAPHS / name).read_bytes()
    with Image.open(PHOTOGRAPHS / name) as image:
        assert image.mode == mode
        (tmp_path / "profile.icc").write_bytes(image.info["icc_profile"])
        pixels = np.asarray(image)[::23, ::29].reshape(-1, len(image.getbands())).astype(float)
    outcome = shown(content, tmp_path, EXACT)
    assert Step.COLORS_MATCHED in outcome.told.steps
    found = outcome.shades[::23, ::29].reshape(-1, 3).astype(float)
    assert distance(found, reference(pixels, tmp_path / "profile.icc")).max() <= MOST_EXACT


def test_a_cmyk_jpeg_as_photoshop_writes_it(tmp_path: Path) -> None:
    """Its inks are stored inverted: paper stays white and ink dark."""
    image = Image.new("CMYK", (64, 32), (0, 0, 0, 0))
    image.paste((0, 255, 255, 0), (32, 0, 64, 32))
    outcome = shown(saved(image, "JPEG", quality=100), tmp_path)
    assert outcome.at(8, 16) == (255, 255, 255)
    red, green, blue = outcome.at(56, 16)
    assert red > 200
    assert max(green, blue) < 60


def test_paper_and_screen_white_stay_white(tmp_path: Path) -> None:
    """White is white by any profile, since a product's background has to be."""
    for mode, profile in (("CMYK", cmyk()), ("CMYK", None), ("RGB", rgb(PROPHOTO, 1.8)), ("L", gray(1.8))):
        white = Image.new(mode, (8, 8), 0 if mode == "CMYK" else "white")
        assert shown(saved(white, "TIFF", icc_profile=profile), tmp_path, EXACT).at(3, 3) == (255, 255, 255)


def srgb_files() -> list[bytes]:
    """The same pixels, without a profile and with such as mean sRGB."""
    image = Image.open(PHOTOGRAPHS / "coffee.png")
    with Image.open(PHOTOGRAPHS / "astronaut.png") as other:
        profiles = [None, other.info["icc_profile"], ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()]
    return [saved(image, "PNG", icc_profile=profile) for profile in profiles]


def test_srgb_by_any_name_is_left_as_it_is(tmp_path: Path) -> None:
    """A profile that means sRGB costs no pixel its value."""
    pictures = [shown(content, tmp_path, EXACT) for content in srgb_files()]
    assert all(np.array_equal(picture.shades, pictures[0].shades) for picture in pictures)
    assert not any(Step.COLORS_MATCHED in picture.told.steps for picture in pictures)


@pytest.mark.parametrize(
    "profile", [b"nonsense", cmyk(), gray(1.8), rgb(DISPLAY_P3, 2.2)[:200], b"\0" * 128, rgb(DISPLAY_P3, 2.2)[:131]]
)
def test_a_profile_that_makes_no_sense_is_ignored_and_said_to_be(profile: bytes, tmp_path: Path) -> None:
    """A damaged profile, or one for other colours, spoils no picture."""
    plain = shown(made("PNG"), tmp_path, EXACT)
    odd = shown(made("PNG", icc_profile=profile), tmp_path, EXACT)
    assert Step.PROFILE_IGNORED in odd.told.steps
    assert np.array_equal(plain.shades, odd.shades)


def with_chunks(png: bytes, *chunks: bytes) -> bytes:
    """A PNG with more chunks before its pixels."""
    return png[:33] + b"".join(chunks) + png[33:]


def gamma(value: float) -> bytes:
    """A gAMA chunk."""
    return chunk(b"gAMA", pack(">I", round(value * 100_000)))


def primaries(*points: float) -> bytes:
    """A cHRM chunk."""
    return chunk(b"cHRM", pack(">8I", *(round(point * 100_000) for point in points)))


SRGB_POINTS = primaries(0.3127, 0.329, 0.64, 0.33, 0.30, 0.60, 0.15, 0.06)
P3_POINTS = primaries(0.3127, 0.329, 0.68, 0.32, 0.265, 0.69, 0.15, 0.06)


@needs_transicc
@pytest.mark.parametrize(
    ("chunks", "profile"),
    [
        ((gamma(1 / 1.8), SRGB_POINTS), rgb(SRGB, 1.8)),
        ((gamma(1.0),), rgb(SRGB, 1.0)),
        ((gamma(1 / 2.6), P3_POINTS), rgb(DISPLAY_P3, 2.6)),
        ((chunk(b"cICP", bytes((12, 4, 0, 1))), gamma(1.0)), rgb(DISPLAY_P3, 2.2)),
    ],
    ids=["gamma-1.8", "linear", "p3-chrm", "p3-cicp"],
)
def test_what_a_png_says_without_a_profile_is_followed(chunks: Sequence[bytes], profile: bytes, tmp_path: Path) -> None:
    """Its gamma, primaries or code points give what the reference makes of a profile of the same meaning."""
    image, colors = patches("RGB", 7)
    (tmp_path / "profile.icc").write_bytes(profile)
    outcome = shown(with_chunks(saved(image, "PNG"), *chunks), tmp_path, EXACT)
    assert Step.COLORS_MATCHED in outcome.told.steps
    off = distance(middles(np.asarray(outcome.image)), reference(colors, tmp_path / "profile.icc"))
    assert (off.max() <= MOST, off.mean() <= MEAN) == (True, True), (off.max(), off.mean())


@pytest.mark.parametrize(
    "chunks",
    [
        (gamma(0.45455),),
        (gamma(0.45455), SRGB_POINTS),
        (chunk(b"cICP", bytes((1, 13, 0, 1))),),
        (chunk(b"sRGB", b"\0"), gamma(1.0)),
        (gamma(0.0),),
        (gamma(40_000),),
        (primaries(*[0.0] * 8),),
        (primaries(*[0.3] * 8),),
        (chunk(b"cICP", b"\1"),),
    ],
)
def test_a_png_that_says_srgb_or_nonsense_is_left_as_it_is(chunks: Sequence[bytes], tmp_path: Path) -> None:
    """Most programs write what sRGB has, and some write what means nothing."""
    plain = saved(Image.open(PHOTOGRAPHS / "coffee.png").resize((60, 40)), "PNG")
    said = shown(with_chunks(plain, *chunks), tmp_path, EXACT)
    assert np.array_equal(said.shades, shown(plain, tmp_path, EXACT).shades)
    assert Step.COLORS_MATCHED not in said.told.steps


@pytest.mark.parametrize("points", [(9, 16, 0, 1), (9, 18, 0, 1), (9, 14, 9, 0), (77, 13, 0, 1)])
def test_light_that_no_screen_of_a_shop_has_is_refused(points: tuple[int, ...], tmp_path: Path) -> None:
    """High dynamic range and code points without a meaning would come out far too dark, or anyhow."""
    assert refusal(with_chunks(made("PNG"), chunk(b"cICP", bytes(points))), tmp_path) is Refusal.UNSUPPORTED


def test_gray_with_the_profile_of_a_coloured_picture(tmp_path: Path) -> None:
    """Some programs leave it there: its gray is as light as the profile says, and gray."""
    image = Image.new("L", (8, 8), 100)
    red, green, blue = shown(saved(image, "PNG", icc_profile=rgb(PROPHOTO, 1.8)), tmp_path, EXACT).at(3, 3)
    assert red == green == blue > 105


def test_colours_of_lab(tmp_path: Path) -> None:
    """Lab needs no profile: it says itself what its colours are."""
    red = bytes((136, 80, 67)) * 64  # L 53, a 80, b 67, as TIFF has them: of 255, and signed
    content = saved(Image.frombytes("LAB", (8, 8), red), "TIFF")
    assert red in content
    outcome = shown(content, tmp_path, EXACT)
    assert Step.COLORS_MATCHED in outcome.told.steps
    assert np.abs(outcome.shades.astype(int) - (255, 0, 0)).max() <= 12


def test_colours_that_mean_nothing_are_refused(tmp_path: Path) -> None:
    """Measurements as floating numbers have no white and no black."""
    assert refusal(made("TIFF", "F"), tmp_path) is Refusal.UNSUPPORTED


def test_no_profile_is_kept(tmp_path: Path) -> None:
    """What has none is sRGB everywhere."""
    for recipe in (PLAIN, EXACT):
        outcome = shown(made("PNG", icc_profile=rgb(DISPLAY_P3, 2.2)), tmp_path, recipe)
        assert "icc_profile" not in outcome.image.info
    assert Step.COLORS_MATCHED in steps(made("JPEG", icc_profile=rgb(DISPLAY_P3, 2.2)), tmp_path)
