"""Checks of what the bytes are, against what the policy takes."""

from collections.abc import Mapping

from auditor.checks.check import codes, fail, warn
from auditor.checks.wording import quote
from auditor.model import Color, Corrupt, Flaw, Format, ImageInfo, ImageRef, Undetermined, Values, Verdict
from auditor.policies import Policy
from auditor.urls import repair

_F = Format
_CMYK = Color.CMYK  # looking a member up in its enum costs as much as the rest of a check
BY_SUFFIX: Mapping[str, Format] = {  # lower case, with their dot
    **dict.fromkeys((".jpg", ".jpeg", ".jpe", ".jfif", ".pjpeg", ".pjp"), _F.JPEG),
    **dict.fromkeys((".tif", ".tiff"), _F.TIFF),
    ".gif": _F.GIF,
    **dict.fromkeys((".png", ".apng"), _F.PNG),
    ".webp": _F.WEBP,
    **dict.fromkeys((".bmp", ".dib"), _F.BMP),
    **dict.fromkeys((".avif", ".avifs"), _F.AVIF),
    **dict.fromkeys((".heic", ".heif", ".heics", ".heifs", ".hif"), _F.HEIC),
    **dict.fromkeys((".svg", ".svgz"), _F.SVG),
    **dict.fromkeys((".psd", ".psb"), _F.PSD),
    **dict.fromkeys((".jp2", ".j2k", ".jpf", ".jpx", ".jpm"), _F.JPEG_2000),
    ".jxl": _F.JPEG_XL,
    **dict.fromkeys((".ico", ".cur"), _F.ICO),
}
SUFFIXES = frozenset(BY_SUFFIX)
# Besides the registered names there are those that servers have used for decades.
_SUBTYPES: Mapping[Format, tuple[str, ...]] = {
    _F.JPEG: ("jpeg", "jpg", "pjpeg", "jpe", "jfif", "x-jpeg", "x-jpg"),
    _F.TIFF: ("tiff", "tif", "x-tiff", "x-tif", "tiff-fx"),
    _F.GIF: ("gif", "x-gif"),
    _F.PNG: ("png", "x-png", "apng", "vnd.mozilla.apng"),
    _F.WEBP: ("webp", "x-webp"),
    _F.BMP: ("bmp", "x-bmp", "x-ms-bmp", "x-windows-bmp"),
    _F.AVIF: ("avif", "avif-sequence"),
    _F.HEIC: ("heic", "heif", "heic-sequence", "heif-sequence"),
    _F.SVG: ("svg+xml", "svg"),
    _F.PSD: ("vnd.adobe.photoshop", "psd", "x-psd", "photoshop", "x-photoshop"),
    _F.JPEG_2000: ("jp2", "jpx", "jpm", "j2k", "jpeg2000", "jpeg2000-image", "x-jp2", "x-jpeg2000-image"),
    _F.JPEG_XL: ("jxl", "x-jxl"),
    _F.ICO: ("x-icon", "vnd.microsoft.icon", "ico", "icon"),
}
BY_TYPE = {f"image/{name}": format_ for format_, names in _SUBTYPES.items() for name in names}


# ── any image ─────────────────────────────────────────────────────────────────────────────────────────────────────


def format_not_accepted(format_: Format, policy: Policy) -> Values | None:
    """Look for a format that the policy doesn't list."""
    return None if format_ in policy.formats else {"format": format_.value, "accepted": ", ".join(policy.formats)}


def content_type_mismatch(format_: Format, content_type: str) -> Values | None:
    """Look for a declared image/* type other than the bytes'. Any other type, such as octet-stream, declares none."""
    if BY_TYPE.get(content_type) is format_:  # nearly always
        return None
    declared = content_type.partition(";")[0].strip().lower()
    if not declared.startswith("image/") or declared in ("image/*", "image/") or BY_TYPE.get(declared) is format_:
        return None
    return {"declared": quote(declared), "format": format_.value}


def extension_mismatch(format_: Format, path: str) -> Values | None:
    """Look for an image's suffix other than the bytes'. No suffix, or one that isn't an image's, is no mismatch."""
    if BY_SUFFIX.get(path[-4:]) is format_:  # nearly always
        return None
    suffix = path[path.rfind(".") :].lower()
    named = BY_SUFFIX.get(suffix, format_)
    return None if named is format_ else {"suffix": suffix, "format": format_.value}


def file_too_large(length: int, policy: Policy) -> Values | None:
    """Look for a file of more bytes than the policy grants."""
    return {"size": length, "limit": policy.maximum_bytes} if length > policy.maximum_bytes else None


# ── a picture met before ──────────────────────────────────────────────────────────────────────────────────────────


def placeholder_known(content: str, known: frozenset[str]) -> Values | None:
    """Look for a content that the user has called a placeholder."""
    return {} if content in known else None


def placeholder_in_row(ref: ImageRef, other: ImageRef) -> Values | None:
    """Look for the content of another slot of the row, under an address of its own; one address has another code."""
    if other.slot == ref.slot or repair(other.url) == repair(ref.url):
        return None
    return {"case": "same-row", "slot": other.slot}


# ── an image of known size ────────────────────────────────────────────────────────────────────────────────────────


def tracking_pixel(image: ImageInfo, policy: Policy) -> Values | None:
    """Look for an image so small on both sides that it isn't meant to be seen."""
    limit = policy.tracking_pixel
    if image.width > limit or image.height > limit:
        return None
    return {"width": image.width, "height": image.height}


def image_too_small(image: ImageInfo, policy: Policy) -> Values | None:
    """Look for a longest side that is too short to be taken; a tracking pixel has a code of its own."""
    minimum = policy.minimum_longest
    if image.width >= minimum or image.height >= minimum or tracking_pixel(image, policy) is not None:
        return None
    return {"width": image.width, "height": image.height, "minimum": minimum}


def side_too_short(image: ImageInfo, policy: Policy) -> Values | None:
    """Look for a shortest side that is too short to be taken."""
    minimum = policy.minimum_shortest
    if (image.width >= minimum and image.height >= minimum) or tracking_pixel(image, policy) is not None:
        return None
    return {"width": image.width, "height": image.height, "minimum": minimum, "case": "side"}


def image_without_zoom(image: ImageInfo, policy: Policy) -> Values | None:
    """Look for a longest side that is long enough to be taken, and too short to be zoomed into."""
    minimum = policy.zoom_longest
    if image.width >= minimum or image.height >= minimum:
        return None
    if max(image.width, image.height) < policy.minimum_longest:
        return None
    return {"width": image.width, "height": image.height, "minimum": minimum}


def image_too_large(image: ImageInfo, policy: Policy) -> Values | None:
    """Look for a longest side that is too long to be taken."""
    maximum = policy.maximum_longest
    if image.width <= maximum and image.height <= maximum:
        return None
    return {"width": image.width, "height": image.height, "maximum": maximum}


def area_too_large(image: ImageInfo, policy: Policy) -> Values | None:
    """Look for more pixels in all than the policy grants."""
    maximum = policy.maximum_pixels
    if maximum is None or image.width * image.height <= maximum:
        return None
    return {"width": image.width, "height": image.height, "maximum": maximum, "case": "area"}


def swatch_too_large(image: ImageInfo, policy: Policy) -> Values | None:
    """Look for a swatch larger than the square it is shown in."""
    maximum = policy.swatch_longest
    if image.width <= maximum and image.height <= maximum:
        return None
    return {"width": image.width, "height": image.height, "maximum": maximum}


def color_cmyk(image: ImageInfo, _: Policy) -> Values | None:
    """Look for the colours of a printing press."""
    return {"format": image.format.value} if image.color is _CMYK else None


def gif_animated(image: ImageInfo, _: Policy) -> Values | None:
    """Look for a second frame of a GIF."""
    return {} if image.frames is not None and image.frames > 1 else None


def tiff_compressed(image: ImageInfo, _: Policy) -> Values | None:
    """Look for a compressed TIFF."""
    if image.compression in ("", "none"):
        return None
    number = image.compression.removeprefix("scheme ")  # one that has no name here
    values: Values = {"compression": quote(number)}
    return values if number == image.compression else {**values, "case": "numbered"}


def tiff_several_pages(image: ImageInfo, _: Policy) -> Values | None:
    """Look for a second page or layer of a TIFF."""
    return {"pages": image.pages} if image.pages > 1 else None


# ── an image that can't be read ───────────────────────────────────────────────────────────────────────────────────


def image_truncated(body: Corrupt) -> Values | None:
    """Look for a file that ends before the image does."""
    if body.flaw is Flaw.NO_END_MARK:
        return {"format": body.format.value, "case": body.flaw.value}
    return {"format": body.format.value} if body.flaw is Flaw.ENDS_EARLY else None


def image_corrupt(body: Corrupt) -> Values | None:
    """Look for any other damage."""
    missing = body.flaw in (Flaw.ENDS_EARLY, Flaw.NO_END_MARK)
    return None if missing else {"format": body.format.value, "flaw": body.flaw.value}


def image_undetermined(body: Undetermined) -> Values:
    """Tell that a cap came before the size was known."""
    return {"format": body.format.value, "doubt": body.doubt.value}


def image_unsurvived(_: ImageRef) -> Values:
    """Tell that our own process has ended over the row, and ended again when it had nothing else to do."""
    return {"case": "unsurvived"}


ACCEPTED = (fail("format-not-accepted", Verdict.WRONG, format_not_accepted),)
DECLARED = (warn("content-type-mismatch", Verdict.WRONG, content_type_mismatch),)
NAMED = (warn("extension-mismatch", Verdict.WRONG, extension_mismatch),)
WEIGHT = (warn("file-too-large", Verdict.WRONG, file_too_large),)
KNOWN = (warn("placeholder-suspected", Verdict.WRONG, placeholder_known),)
IN_ROW = (warn("placeholder-suspected", Verdict.WRONG, placeholder_in_row),)
PICTURE = (
    fail("tracking-pixel", Verdict.WRONG, tracking_pixel),
    fail("image-too-large", Verdict.WRONG, image_too_large),
    warn("color-cmyk", Verdict.WRONG, color_cmyk),
)
PRODUCT = (
    fail("image-too-small", Verdict.WRONG, image_too_small),
    warn("image-without-zoom", Verdict.WRONG, image_without_zoom),
)
AREA = (fail("image-too-large", Verdict.WRONG, area_too_large),)  # where a policy has such a limit
SIDES = (fail("image-too-small", Verdict.WRONG, side_too_short),)  # likewise
SWATCH = (warn("swatch-too-large", Verdict.WRONG, swatch_too_large),)
BY_FORMAT = {
    _F.GIF: (fail("gif-animated", Verdict.WRONG, gif_animated),),
    _F.TIFF: (
        warn("tiff-compressed", Verdict.WRONG, tiff_compressed),
        warn("tiff-several-pages", Verdict.WRONG, tiff_several_pages),
    ),
}
DAMAGED = (
    fail("image-truncated", Verdict.BROKEN, image_truncated),
    fail("image-corrupt", Verdict.BROKEN, image_corrupt),
)
UNSURE = (warn("image-undetermined", Verdict.UNCHECKED, image_undetermined),)
UNSURVIVED = (warn("image-undetermined", Verdict.UNCHECKED, image_unsurvived),)

CODES = codes(
    ACCEPTED,
    DECLARED,
    NAMED,
    WEIGHT,
    KNOWN,
    IN_ROW,
    PICTURE,
    PRODUCT,
    AREA,
    SIDES,
    SWATCH,
    *BY_FORMAT.values(),
    DAMAGED,
    UNSURE,
)
