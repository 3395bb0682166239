"""What becomes of a picture that is converted."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from auditor.model import Format


class Step(StrEnum):
    """What was done to a picture. The texts have a wording for each."""

    FIRST_FRAME = "first-frame"  # of an animation
    FIRST_PAGE = "first-page"  # of a TIFF with several
    COLORS_MATCHED = "colors-matched"  # to sRGB, by the profile or what else the file says
    CMYK_ASSUMED = "cmyk-assumed"  # to sRGB, from the default profile for CMYK without one
    PROFILE_IGNORED = "profile-ignored"  # it is damaged, or none for colours of this kind
    DEPTH_REDUCED = "depth-reduced"  # to eight bits a channel
    FLATTENED = "flattened"  # what is transparent lies on white
    TURNED = "turned"  # as its EXIF orientation says
    SCALED_DOWN = "scaled-down"
    FORMAT_CHANGED = "format-changed"
    ENCODED_ANEW = "encoded-anew"  # in the format that it had
    QUALITY_LOWERED = "quality-lowered"  # below the recipe's, to keep to its limit of bytes
    METADATA_DROPPED = "metadata-dropped"  # where it was taken, with what, by whom


class Refusal(StrEnum):
    """Why a picture isn't converted. The texts have a wording for each."""

    UNSUPPORTED = "unsupported"  # a kind of file or of colours that the decoder doesn't know
    HEIC = "heic"  # its decoder isn't installed
    ENDS_EARLY = "ends-early"
    BAD_DATA = "bad-data"
    INVISIBLE = "invisible"  # it is transparent all over
    LENGTH = "length"  # more bytes than are downloaded
    BLANK = "blank"  # the first frame or page of several has nothing in it
    PIXELS = "pixels"
    MEMORY = "memory"
    TIME = "time"
    TOO_MANY_BYTES = "too-many-bytes"  # whatever is tried, more than the recipe allows
    CRASHED = "crashed"  # the decoder broke down over it, twice


class Before(NamedTuple):
    """What a picture was; `width` and `height` are pixels, once it is upright."""

    format: Format
    width: int
    height: int


class Converted(NamedTuple):
    """A picture that lies in the folder now: under `name`, which is new for new content and stable for the same.

    `width` and `height` are pixels, `length` bytes. `steps` say what was done, in the order in which they are declared,
    to what it was `before`. `profile` names the one that CMYK without its own was taken for.
    """

    name: str
    format: Format
    width: int
    height: int
    length: int
    steps: tuple[Step, ...]
    before: Before
    profile: str = ""


class Refused(NamedTuple):
    """A picture that wasn't converted; nothing was written."""

    why: Refusal


Conversion: TypeAlias = Converted | Refused


class RefusedError(Exception):
    """A picture can't be converted."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(why)
        self.why = why


def conversion_of(told: Sequence[Any]) -> Converted:
    """Read again what was written as JSON. Raises `ValueError` or `TypeError` for what isn't so written."""
    name, format_, width, height, length, steps, (old_format, *old_size), profile = told
    before = Before(Format(old_format), *old_size)
    return Converted(name, Format(format_), width, height, length, tuple(map(Step, steps)), before, profile)
