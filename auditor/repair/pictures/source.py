"""The picture in a stranger's file, decoded to its end or refused."""

from io import BytesIO
from typing import Any, NamedTuple

import PIL.Jpeg2KImagePlugin  # noqa: F401  # which registers it; the worker of checks has loaded the others
from PIL import ExifTags, Image

from auditor.model import Corrupt, Flaw, Format, ImageInfo, Unmeasured
from auditor.pixels.worker import opened
from auditor.repair.pictures.converted import Refusal, RefusedError
from auditor.repair.pictures.png_colors import profile_of
from auditor.repair.pictures.tail import ends_early
from auditor.sniff import Held, sniff, sniff_end

# By Pillow's own names. SVG has no pixels; a PSD needn't hold the picture that its layers make.
_PLUGINS = {
    Format.JPEG: "JPEG",
    Format.TIFF: "TIFF",
    Format.GIF: "GIF",
    Format.PNG: "PNG",
    Format.WEBP: "WEBP",
    Format.BMP: "BMP",
    Format.AVIF: "AVIF",
    Format.JPEG_2000: "JPEG2000",
    Format.HEIC: "HEIF",
}
# Where it was taken, with what and by whom: as Pillow calls it, and as TIFF numbers it.
_PRIVATE = frozenset({"comment", "exif", "photoshop", "xmp"})
_PHOTOMETRIC = 262  # of a TIFF, as are those that follow
_PRIVATE_TAGS = frozenset({270, 271, 272, 305, 306, 315, 316, 700, 33432, 33723, 34377, 34665, 34853})


class Source(NamedTuple):
    """A decoded picture with what its file says of it.

    `several` says that there are more frames or pages, `private` that the file tells more than a picture needs, and
    `counts_ink` that sixteen bits of gray are dark where they are high. `bits` are per channel, 0 when unknown.
    `turned` is the EXIF orientation that the file asks for, and `turn` what of it is still to be done.
    """

    image: Image.Image
    format: Format
    bits: int
    several: bool
    turned: int
    turn: int
    private: bool
    counts_ink: bool


def decode(data: bytes, pixels: int) -> Source:
    """Decode the first picture of a file. Raises `RefusedError`, and what Pillow does over bytes it can't decode."""
    info = _info(data)
    name = _PLUGINS.get(info.format, "")
    if name == "HEIF":
        _learn_heic()
    if name not in Image.OPEN:
        raise RefusedError(Refusal.UNSUPPORTED)
    if name == "PNG":
        opened(name, BytesIO(data), pixels).verify()  # every chunk's checksum, which decoding leaves out
    image = opened(name, BytesIO(data), pixels)
    turned, private, counts_ink = _orientation(image), _private(image), _counts_ink(image)
    image.load()
    if name == "JPEG" and ends_early(image, data, pixels):
        raise RefusedError(Refusal.ENDS_EARLY)
    bits, several = (info.bits, (info.frames or 1) > 1 or info.pages > 1) if isinstance(info, ImageInfo) else (0, False)
    # The file's own object holds more than pixels: its tags would be written again, its decoder keeps its canvases.
    plain = image._new(image.im)  # noqa: SLF001  # all else that leaves it behind copies every pixel
    profile = profile_of(data) if name == "PNG" else None
    if profile is not None:
        plain.info["icc_profile"] = profile
    return Source(plain, info.format, bits, several, turned, _orientation(image), private, counts_ink)


def _info(data: bytes) -> ImageInfo | Unmeasured:
    held = Held(data)
    body = sniff(held, len(data))
    if isinstance(body, ImageInfo):
        body = sniff_end(held, len(data), body)
    if isinstance(body, ImageInfo | Unmeasured):
        return body
    if not isinstance(body, Corrupt):
        raise RefusedError(Refusal.UNSUPPORTED)
    early = body.flaw in (Flaw.ENDS_EARLY, Flaw.NO_END_MARK)
    raise RefusedError(Refusal.ENDS_EARLY if early else Refusal.BAD_DATA)


def _learn_heic() -> None:
    try:
        from pillow_heif import register_heif_opener  # noqa: PLC0415  # an extra, of no use to who has no such picture
    except ImportError:
        raise RefusedError(Refusal.HEIC) from None
    register_heif_opener()


def _orientation(image: Image.Image) -> int:
    """EXIF's orientation from 1 to 8; 1, which is upright, for none and for nonsense."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  # what can't be read says nothing, whatever its reader makes of hostile bytes
        return 1
    return value if value in range(1, 9) else 1


def _counts_ink(image: Any) -> bool:
    """Whether white is zero in a TIFF of more than eight bits, which Pillow leaves to us."""
    return image.mode.startswith("I;16") and getattr(image, "tag_v2", {}).get(_PHOTOMETRIC) == 0


def _private(image: Any) -> bool:
    """Whether the file says more than a picture needs."""
    tags = _PRIVATE_TAGS.intersection(getattr(image, "tag_v2", ()))
    return bool(tags or _PRIVATE & image.info.keys() or getattr(image, "text", None))
