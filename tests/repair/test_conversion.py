"""What becomes of every kind of picture, asked of the file that comes out."""

import os
import stat
import sys
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from images import exif, made, picture, saved
from PIL import Image, PngImagePlugin
from pillow_heif import register_heif_opener
from pixels.bombs import BOMBS, Bomb, gif
from pixels.labelled import DAMAGES, damaged, good
from repair.files import EXACT, PHOTOGRAPHS, PIXELS, PLAIN, noise_ratio, refusal, shown, steps, turned_over

from auditor import texts
from auditor.errors import PictureError, ReportError
from auditor.model import Excess, Format, ImageInfo
from auditor.repair.pictures.conversion import convert
from auditor.repair.pictures.converted import Converted, Refusal, Refused, Step
from auditor.settings import Recipe
from auditor.sniff import Held, sniff, sniff_end

# ── what every picture is afterwards ──────────────────────────────────────────────────────────────────────────────


def corners() -> Image.Image:
    """A picture that shows which way up it is: red, green, blue and yellow corners."""
    image = Image.new("RGB", (64, 32), "white")
    for box, color in (((0, 0), "red"), ((48, 0), "lime"), ((0, 24), "blue"), ((48, 24), "yellow")):
        image.paste(color, (*box, box[0] + 16, box[1] + 8))
    return image


KINDS = {
    "png": lambda: saved(corners(), "PNG"),
    "png-palette": lambda: saved(corners().quantize(16), "PNG"),
    "webp": lambda: saved(corners(), "WEBP", lossless=True),
    "avif": lambda: saved(corners(), "AVIF", quality=95),
    "bmp": lambda: saved(corners(), "BMP"),
    "gif": lambda: saved(corners(), "GIF"),
    "jpeg": lambda: saved(corners(), "JPEG", quality=95),
    "jpeg-progressive": lambda: saved(corners(), "JPEG", quality=95, progressive=True),
    "jp2": lambda: saved(corners(), "JPEG2000"),
    "tiff-lzw": lambda: saved(corners(), "TIFF", compression="tiff_lzw"),
    "tiff-jpeg": lambda: saved(corners(), "TIFF", compression="jpeg", quality=95),
    "tiff-ycbcr": lambda: saved(corners().convert("YCbCr"), "TIFF"),
}


@pytest.mark.parametrize("recipe", [PLAIN, EXACT], ids=["jpeg", "tiff"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_file_becomes_what_is_accepted(kind: str, recipe: Recipe, tmp_path: Path) -> None:
    """A JPEG in three full colours, or a TIFF of one page without compression, that shows the same picture."""
    outcome = shown(KINDS[kind](), tmp_path, recipe)
    body = sniff(Held(outcome.path.read_bytes()), outcome.told.length)
    assert isinstance(body, ImageInfo)
    assert sniff_end(Held(outcome.path.read_bytes()), outcome.told.length, body) == body
    assert (body.format, body.width, body.height, body.frames, body.pages) == (outcome.told.format, 64, 32, 1, 1)
    assert body.compression == ("baseline" if recipe is PLAIN else "none")
    wanted = {(4, 3): (255, 0, 0), (60, 3): (0, 255, 0), (4, 28): (0, 0, 255), (60, 28): (255, 255, 0)}
    for place, color in wanted.items():
        assert max(abs(a - b) for a, b in zip(outcome.at(*place), color, strict=True)) < 12
    anew = body.format == kind.split("-", maxsplit=1)[0].upper()
    assert (Step.ENCODED_ANEW in outcome.told.steps, Step.FORMAT_CHANGED in outcome.told.steps) == (anew, not anew)


def test_jpeg_keeps_all_colours(tmp_path: Path) -> None:
    """Colours are stored for each pixel, as the recipe says, and not for four of them."""
    outcome = shown(made("PNG"), tmp_path)
    assert [component[1:3] for component in outcome.image.layer] == [(1, 1), (1, 1), (1, 1)]  # type: ignore[attr-defined]  # of a JPEG
    coarse = shown(made("PNG"), tmp_path, replace(PLAIN, subsampling="4:2:0"))
    assert coarse.image.layer[0][1:3] == (2, 2)  # type: ignore[attr-defined]  # likewise


def photographs() -> list[str]:
    """Real photographs as PNG."""
    return ["astronaut.png", "coffee.png", "chelsea.png", "motorcycle_left.png", "ihc.png"]


@pytest.mark.parametrize("name", photographs())
def test_a_photograph_loses_nothing_that_shows(name: str, tmp_path: Path) -> None:
    """From PNG to JPEG, at least 40 dB of signal to noise are kept."""
    with Image.open(PHOTOGRAPHS / name) as original:
        before = np.asarray(original.convert("RGB"))
    assert noise_ratio(shown((PHOTOGRAPHS / name).read_bytes(), tmp_path).shades, before) >= 40


def test_a_cut_out_photograph_loses_nothing_that_shows(tmp_path: Path) -> None:
    """Nor does one with soft edges on a transparent ground, against what a browser shows on white."""
    with Image.open(PHOTOGRAPHS / "coffee.png") as original:
        image = original.convert("RGB")
    alpha = Image.radial_gradient("L").resize(image.size).point(lambda level: max(0, 255 - 2 * level))
    image.putalpha(alpha)
    share = np.asarray(alpha)[..., None] / 255
    on_white = (np.asarray(image)[..., :3] * share + 255 * (1 - share)).round().astype(np.uint8)
    outcome = shown(saved(image, "PNG"), tmp_path)
    assert Step.FLATTENED in outcome.told.steps
    assert noise_ratio(outcome.shades, on_white) >= 40


# ── transparency ──────────────────────────────────────────────────────────────────────────────────────────────────


def see_through() -> dict[str, bytes]:
    """Files of which the left half is fully transparent, by every way to say so."""
    left = (0, 0, 8, 16)
    rgba = Image.new("RGBA", (16, 16), (200, 40, 40, 255))
    rgba.paste((0, 255, 0, 0), left)
    la = rgba.convert("LA")
    palette = Image.new("P", (16, 16), 1)
    palette.putpalette([0, 255, 0, 200, 40, 40])
    palette.paste(0, left)
    key = Image.new("RGB", (16, 16), (200, 40, 40))
    key.paste((0, 255, 0), left)
    gray_key = Image.new("L", (16, 16), 90)
    gray_key.paste(7, left)
    return {
        "rgba": saved(rgba, "PNG"),
        "rgba-webp": saved(rgba, "WEBP", lossless=True),
        "rgba-tiff": saved(rgba, "TIFF"),
        "gray": saved(la, "PNG"),
        "palette": saved(palette, "PNG", transparency=0),
        "palette-of-alphas": saved(palette, "PNG", transparency=b"\0\xff"),
        "gif": saved(palette, "GIF", transparency=0),
        "key": saved(key, "PNG", transparency=(0, 255, 0)),
        "gray-key": saved(gray_key, "PNG", transparency=7),
    }


@pytest.mark.parametrize("name", see_through())
def test_what_is_transparent_becomes_white(name: str, tmp_path: Path) -> None:
    """However a file says so; what lay hidden there doesn't come to light."""
    outcome = shown(see_through()[name], tmp_path, EXACT)
    assert outcome.at(3, 8) == (255, 255, 255)
    assert outcome.at(12, 8) != (255, 255, 255)
    assert Step.FLATTENED in outcome.told.steps


def test_half_transparent_is_half_white(tmp_path: Path) -> None:
    """Shadows of products are such."""
    assert shown(saved(Image.new("RGBA", (8, 8), (0, 0, 0, 51)), "PNG"), tmp_path, EXACT).at(3, 3) == (204, 204, 204)


def test_an_alpha_channel_that_hides_nothing_changes_nothing(tmp_path: Path) -> None:
    """Nor is anything said of it."""
    opaque = picture().convert("RGBA")
    outcome = shown(saved(opaque, "PNG"), tmp_path, EXACT)
    assert Step.FLATTENED not in outcome.told.steps
    assert np.array_equal(outcome.shades, np.asarray(picture()))


def test_a_picture_of_nothing_is_refused(tmp_path: Path) -> None:
    """On white, a fully transparent picture would be a white one, which is worse than none."""
    assert refusal(saved(Image.new("RGBA", (600, 600)), "PNG"), tmp_path) is Refusal.INVISIBLE


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG"])
@pytest.mark.parametrize("color", [(0, 0, 0, 0), (255, 255, 255, 255)], ids=["transparent", "white"])
def test_an_animation_that_begins_with_nothing_is_refused(
    name: str, color: tuple[int, int, int, int], tmp_path: Path
) -> None:
    """One that fades in would become a blank picture, which passes all checks and shows no product."""
    first, second = Image.new("RGBA", (32, 16), color), corners().convert("RGBA").resize((32, 16))
    assert refusal(saved(first, name, save_all=True, append_images=[second]), tmp_path) is Refusal.BLANK
    if color[-1]:
        assert isinstance(turned_over(saved(first, name), tmp_path), Converted)  # a swatch may be of one colour


# ── frames, pages, bits ───────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["GIF", "WEBP", "PNG", "AVIF", "TIFF"])
def test_the_first_of_several_is_kept(name: str, tmp_path: Path) -> None:
    """Of an animation the first frame, of a TIFF the first page."""
    first, *rest = (Image.new("RGB", (32, 16), color) for color in ("red", "lime", "blue"))
    first.paste("white", (24, 0, 32, 16))
    outcome = shown(saved(first, name, save_all=True, append_images=rest), tmp_path, EXACT)
    assert max(abs(a - b) for a, b in zip(outcome.at(9, 9), (255, 0, 0), strict=True)) < 8
    assert (Step.FIRST_PAGE if name == "TIFF" else Step.FIRST_FRAME) in outcome.told.steps
    assert not steps(saved(first, name), tmp_path) & {Step.FIRST_PAGE, Step.FIRST_FRAME}


def levels_of_gray(bits: int) -> np.ndarray:
    """All shades from black to white, evenly."""
    return np.linspace(0, 2**bits - 1, 256).round().astype("<u2").reshape(1, 256)


@pytest.mark.parametrize("name", ["PNG", "TIFF"])
def test_sixteen_bits_of_gray_become_eight(name: str, tmp_path: Path) -> None:
    """Black stays black, white white, and all between them where they were."""
    outcome = shown(saved(Image.fromarray(levels_of_gray(16)), name), tmp_path, EXACT)
    assert Step.DEPTH_REDUCED in outcome.told.steps
    assert np.abs(outcome.shades[0, :, 0].astype(int) - np.arange(256)).max() == 0


def test_white_may_be_zero_in_a_tiff(tmp_path: Path) -> None:
    """A scan that counts ink instead of light is no negative."""
    for bits, mode in ((8, "L"), (16, "I;16")):
        image = Image.fromarray(levels_of_gray(bits).astype("u1" if bits == 8 else "<u2"))
        assert image.mode == mode
        content = saved(image, "TIFF", tiffinfo={262: 0})
        with Image.open(BytesIO(content)) as file:
            assert file.tag_v2[262] == 0  # type: ignore[attr-defined]  # of a TIFF
            raw = content[file.tag_v2[273][0] :][: 256 * bits // 8]  # type: ignore[attr-defined]  # likewise
        first = int.from_bytes(raw[: bits // 8], "little")
        assert shown(content, tmp_path, EXACT).at(0, 0) == ((255,) * 3 if first == 0 else (0,) * 3)


def test_sixteen_bits_of_colour_become_eight(tmp_path: Path) -> None:
    """It is said that they do."""
    assert Step.DEPTH_REDUCED in steps((PHOTOGRAPHS / "chessboard_RGB.png").read_bytes(), tmp_path)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "RGB", "RGBA", "CMYK", "I;16"])
def test_every_mode_is_three_colours_afterwards(mode: str, tmp_path: Path) -> None:
    """What was nearly as Pillow itself shows it plainly."""
    name = "TIFF" if mode == "CMYK" else "PNG"
    content = made(name, mode)
    outcome = shown(content, tmp_path, EXACT)
    if mode in ("CMYK", "I;16"):
        return  # see test_colors.py and above
    assert np.array_equal(outcome.shades, np.asarray(Image.open(BytesIO(content)).convert("RGB")))


# ── upright, within limits, without private words ─────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "AVIF"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_picture_is_turned_as_the_camera_noted(name: str, orientation: int, tmp_path: Path) -> None:
    """Red is up on the left as it was seen, whichever way the camera was held."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }
    stored = corners().transpose(undo[orientation]) if orientation > 1 else corners()
    options = {"tiffinfo": {274: orientation}} if name == "TIFF" else {"exif": exif(orientation)}
    outcome = shown(saved(stored, name, **options), tmp_path)
    assert outcome.image.size == (64, 32)
    red, green, blue = outcome.at(4, 3)
    assert red > 200
    assert max(green, blue) < 60
    assert outcome.at(60, 3)[1] > 200
    assert (Step.TURNED in outcome.told.steps) == (orientation > 1)
    assert not outcome.image.getexif().get(274, 0) > 1


def test_what_is_too_long_is_scaled_down(tmp_path: Path) -> None:
    """The longest side is as long as allowed, the other in proportion and never nothing."""
    recipe = replace(EXACT, longest=100)
    for size, expected in (
        ((400, 300), (100, 75)),
        ((30, 301), (9, 100)),
        ((1001, 2), (100, 1)),
        ((100, 90), (100, 90)),
    ):
        outcome = shown(saved(Image.new("RGB", size), "PNG"), tmp_path, recipe)
        assert outcome.image.size == expected
        assert (Step.SCALED_DOWN in outcome.told.steps) == (size != expected)


def test_scaling_makes_no_steps_and_no_rings_where_nothing_is(tmp_path: Path) -> None:
    """Fine lines become an even gray, as an eye from afar sees them."""
    lines = Image.fromarray(np.tile(np.array([[0], [255]], dtype=np.uint8), (600, 900)))
    shades = shown(saved(lines, "PNG"), tmp_path, replace(EXACT, longest=300)).shades[5:-5, 5:-5]
    assert np.ptp(shades.astype(int)) <= 4
    assert abs(float(shades.mean()) - 127.5) < 3


def noise(side: int) -> bytes:
    """A picture that can't be compressed."""
    return saved(Image.fromarray(np.random.default_rng(1).integers(0, 256, (side, side, 3), dtype=np.uint8)), "PNG")


def test_a_file_that_gets_too_large_is_compressed_more_and_then_scaled_down(tmp_path: Path) -> None:
    """It keeps to the limit, in whatever way costs the eye least."""
    content = noise(1020)
    free = shown(content, tmp_path).told.length
    tight = shown(content, tmp_path, replace(PLAIN, length=free * 3 // 4)).told
    assert tight.length <= free * 3 // 4
    assert (tight.width, Step.QUALITY_LOWERED in tight.steps, Step.SCALED_DOWN in tight.steps) == (1020, True, False)
    tighter = shown(content, tmp_path, replace(PLAIN, length=free // 3)).told
    assert tighter.length <= free // 3
    assert {Step.QUALITY_LOWERED, Step.SCALED_DOWN} <= set(tighter.steps)
    assert 700 <= tighter.width < 1020
    exact = shown(content, tmp_path, replace(EXACT, length=2_800_000)).told
    assert 2_000_000 < exact.length <= 2_800_000


def test_no_more_quality_is_lost_than_has_to_be(tmp_path: Path) -> None:
    """The best that keeps to the limit is taken, wherever the limit lies."""
    image = picture(size=(400, 300))
    ladder = [len(saved(image, "JPEG", quality=quality, subsampling="4:4:4")) for quality in (95, 90, 85, 80, 75)]
    assert ladder == sorted(set(ladder), reverse=True)
    for best in ladder:
        for room in (0, 1):
            assert shown(saved(image, "PNG"), tmp_path, replace(PLAIN, length=best + room)).told.length == best
    assert Step.SCALED_DOWN not in steps(saved(image, "PNG"), tmp_path, replace(PLAIN, length=ladder[-1]))


def test_a_file_that_can_not_get_small_enough_is_refused(tmp_path: Path) -> None:
    """Rather than shown as a stamp."""
    assert refusal(noise(300), tmp_path, replace(PLAIN, length=2000)) is Refusal.TOO_MANY_BYTES


SECRET = b"52 deg 31 min N, Erika Mustermann"


def private() -> dict[str, bytes]:
    """Files that say where a picture was taken and by whom, each where its format has room for it."""
    block = Image.Exif()
    block[0x8298] = SECRET.decode()
    block.get_ifd(0x8825)[29] = SECRET.decode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Author", SECRET.decode())
    xmp = b"<x:xmpmeta xmlns:x='adobe:ns:meta/'>" + SECRET + b"</x:xmpmeta>"
    return {
        "jpeg-exif": made("JPEG", exif=block.tobytes()),
        "jpeg-comment": made("JPEG", comment=SECRET),
        "jpeg-xmp": made("JPEG", xmp=xmp),
        "png-exif": made("PNG", exif=block.tobytes()),
        "png-text": made("PNG", pnginfo=text),
        "webp-exif": made("WEBP", exif=block.tobytes()),
        "webp-xmp": made("WEBP", xmp=xmp),
        "tiff-artist": made("TIFF", tiffinfo={315: SECRET.decode()}),
        "gif-comment": made("GIF", comment=SECRET),
    }


@pytest.mark.parametrize("recipe", [PLAIN, EXACT], ids=["jpeg", "tiff"])
@pytest.mark.parametrize("name", private())
def test_private_words_are_left_out(name: str, recipe: Recipe, tmp_path: Path) -> None:
    """Nothing of what the file says about place and author is in the new one, and it is said to be left out."""
    content = private()[name]
    assert SECRET in content
    outcome = shown(content, tmp_path, recipe)
    written = outcome.path.read_bytes()
    assert not any(word in written for word in (SECRET, b"Exif", b"xmp", b"Mustermann", b"CREATOR"))
    assert Step.METADATA_DROPPED in outcome.told.steps


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP"])
def test_a_file_that_says_nothing_private_is_not_said_to(name: str, tmp_path: Path) -> None:
    """Resolution, gamma and the like are no secrets."""
    assert Step.METADATA_DROPPED not in steps(made(name), tmp_path)


# ── files that are no good ────────────────────────────────────────────────────────────────────────────────────────


def cut(share: float) -> Callable[[bytes], bytes]:
    """Lose the end of a file."""
    return lambda content: content[: int(len(content) * share)]


@pytest.mark.parametrize("share", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "TIFF", "GIF", "BMP", "AVIF"])
def test_half_a_file_is_never_shown(name: str, share: float, tmp_path: Path) -> None:
    """A truncated file is refused, since half of its picture would be gray."""
    assert refusal(cut(share)(made(name, size=(300, 200))), tmp_path) in (Refusal.ENDS_EARLY, Refusal.BAD_DATA)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.9])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"optimize": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
def test_an_end_mark_hides_no_missing_end(mode: str, options: dict[str, Any], share: float, tmp_path: Path) -> None:
    """A JPEG of which the end is missing but for its mark would be gray from there on, too."""
    content = made("JPEG", mode, size=(300, 200), **options)
    assert isinstance(turned_over(content, tmp_path), Converted)
    assert refusal(cut(share)(content[:-2]) + content[-2:], tmp_path) is Refusal.ENDS_EARLY


@pytest.mark.parametrize("size", [(300, 200), (17, 9), (1, 1), (128, 400)])
@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"optimize": True}, {"progressive": True}])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_a_gray_ground_is_no_missing_end(
    mode: str, options: dict[str, Any], size: tuple[int, int], tmp_path: Path
) -> None:
    """A product on the very gray that decoders fill up with is shown as it is."""
    image = Image.new(mode, size, "#808080")
    image.paste(picture(mode, (size[0] // 2 + 1, size[1] // 2 + 1)), (0, 0))
    for shown_ in (image, Image.new(mode, size, "#808080")):
        assert isinstance(turned_over(saved(shown_, "JPEG", **options), tmp_path), Converted)


def test_no_good_file_is_refused(tmp_path: Path) -> None:
    """Two hundred files of every kind that shops have are all converted."""
    for sample in good():
        assert isinstance(turned_over(sample.data, tmp_path), Converted), sample.name


def test_damaged_files_are_refused_or_shown_as_far_as_pillow_can_tell(tmp_path: Path) -> None:
    """Of two hundred files damaged in ten ways, none stops anything; those that were cut are refused."""
    assert len(DAMAGES) == 10
    for sample in damaged():
        told = turned_over(sample.data, tmp_path)
        if "-cut-to-" in sample.name and "GIF" not in sample.name and "TIFF" not in sample.name:
            assert isinstance(told, Refused), sample.name


@pytest.mark.parametrize(
    "content", [b"", b"<html>", b"%PDF-1.7", b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"8BPS"]
)
def test_what_is_no_picture_of_pixels_is_refused(content: bytes, tmp_path: Path) -> None:
    """A page, a document, a drawing by formulas: none of them can be converted."""
    assert refusal(content, tmp_path) is Refusal.UNSUPPORTED


SMALL = [bomb for bomb in BOMBS if bomb.excess is Excess.PIXELS]


@pytest.mark.parametrize("bomb", SMALL, ids=lambda bomb: bomb.name)
def test_a_bomb_is_refused_before_it_is_decoded(bomb: Bomb, tmp_path: Path) -> None:
    """What its header claims is enough."""
    assert refusal(bomb.make(), tmp_path) is Refusal.PIXELS


def test_the_cap_is_exact(tmp_path: Path) -> None:
    """A picture of as many pixels as allowed is converted, and one of a row more isn't."""
    source = tmp_path / "source"
    for height, kind in ((20, Converted), (21, Refused)):
        source.write_bytes(made("PNG", size=(50, height)))
        assert isinstance(convert(source, tmp_path, PLAIN, pixels=1000), kind)
    source.write_bytes(gif(9, 9, (50, 21)))
    assert isinstance(convert(source, tmp_path, PLAIN, pixels=1000), Refused)


def heic() -> bytes:
    """A picture as an iPhone takes it, held sideways."""
    register_heif_opener()
    return saved(corners(), "HEIF", quality=95, exif=exif(1))


def test_what_iphones_take_is_converted(tmp_path: Path) -> None:
    """HEIC becomes a JPEG as anything else does."""
    outcome = shown(heic(), tmp_path)
    assert outcome.image.size == (64, 32)
    assert outcome.at(4, 3)[0] > 200
    assert Step.FORMAT_CHANGED in outcome.told.steps


def test_without_its_decoder_heic_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What to install is said."""
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    assert refusal(heic(), tmp_path) is Refusal.HEIC
    assert "auditor[heic]" in texts.load("en").refusals[Refusal.HEIC]


# ── where it is written ───────────────────────────────────────────────────────────────────────────────────────────


def test_the_name_is_stable_and_new(tmp_path: Path) -> None:
    """The same file under the same recipe has the same name; another file or recipe another one."""
    names = [
        shown(content, tmp_path, recipe).told.name
        for content in (made("PNG"), made("PNG", "L"))
        for recipe in (PLAIN, EXACT, replace(PLAIN, quality=90), replace(PLAIN, longest=20))
    ]
    assert len(set(names)) == len(names)
    assert shown(made("PNG"), tmp_path).told.name == names[0]


@pytest.mark.parametrize(
    ("label", "begins"),
    [
        ("SKU 12/34", "sku-12-34-"),
        ("Áo thun đỏ.PNG", "ao-thun-o-png-"),
        ("../../etc/passwd", "etc-passwd-"),
        ("x" * 300, "x" * 40 + "-"),
        ("日本", ""),
        ("a\0b\n", "a-b-"),
    ],
)
def test_the_readable_part_of_a_name_is_safe_everywhere(label: str, begins: str, tmp_path: Path) -> None:
    """Letters, digits and hyphens, and nothing that leads elsewhere."""
    told = turned_over(made("PNG"), tmp_path, label=label)
    assert isinstance(told, Converted)
    assert told.name.startswith(begins)
    digest, suffix = told.name.removeprefix(begins).split(".")
    assert suffix == "jpg"
    assert len(digest) == 20
    assert int(digest, 16)


def test_the_same_bytes_come_out_again(tmp_path: Path) -> None:
    """Whenever and wherever it is done."""
    folders = [tmp_path / "one", tmp_path / "other"]
    for folder in folders:
        folder.mkdir()
    for recipe in (PLAIN, EXACT):
        first, second = (shown(made("PNG", "RGBA"), folder, recipe) for folder in folders)
        assert first.path.read_bytes() == second.path.read_bytes()


@pytest.mark.parametrize("whole", [0.0, 0.5, 0.99])
def test_what_was_damaged_since_is_made_anew(tmp_path: Path, whole: float) -> None:
    """However much of it is left: its name says what it should hold."""
    first = shown(made("PNG"), tmp_path)
    good = first.path.read_bytes()
    bad = good[: int(len(good) * whole)].ljust(len(good), b"\0") if whole else b""
    first.path.write_bytes(bad)
    with first.path.open("rb") as damaged_:
        assert turned_over(made("PNG"), tmp_path) == first.told
        assert damaged_.read() == bad  # whoever reads it meanwhile gets the old file or the new one, and never a part
    assert first.path.read_bytes() == good


def test_a_file_has_the_rights_that_the_users_files_have(tmp_path: Path) -> None:
    """A web server may read it, where the user's mask lets it."""
    mask = os.umask(0o022)
    try:
        assert stat.S_IMODE(shown(made("PNG"), tmp_path).path.stat().st_mode) == 0o644
    finally:
        os.umask(mask)


def test_a_folder_that_can_not_be_written_is_one_sentence(tmp_path: Path) -> None:
    """It stops the run, and leaves nothing behind."""
    source = tmp_path / "source"
    source.write_bytes(made("PNG"))
    with pytest.raises(ReportError, match="can't be written"):
        convert(source, tmp_path / "gone", PLAIN, pixels=PIXELS)
    with pytest.raises(PictureError, match="can't be read"):
        convert(tmp_path / "gone", tmp_path, PLAIN, pixels=PIXELS)
    blocked = tmp_path / "blocked"
    blocked.mkdir()
    told = convert(source, tmp_path, PLAIN, pixels=PIXELS)
    assert isinstance(told, Converted)
    (blocked / told.name).mkdir()
    with pytest.raises(ReportError, match=r"can't be written.*make room"):
        convert(source, blocked, PLAIN, pixels=PIXELS)
    assert [path.name for path in blocked.iterdir()] == [told.name]


def test_formats_are_named_as_everywhere(tmp_path: Path) -> None:
    """A conversion tells its format by the name that findings use."""
    assert shown(made("PNG"), tmp_path).told.format is Format.JPEG
    assert shown(made("PNG"), tmp_path, EXACT).told.format is Format.TIFF
