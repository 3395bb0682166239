"""Checks of what further looks at an image have shown."""

from auditor.checks.check import codes, fail, warn
from auditor.model import (
    Answered,
    Excess,
    Excessive,
    Format,
    ImageInfo,
    Pixels,
    Undetermined,
    Unmeasured,
    Values,
    Verdict,
)
from auditor.policies import Policy

_ONE_COLOR = 2  # of 255: what rounding may make of one colour
_DARKEST = 240  # the first level that `Pixels.white` counts


def format_negotiated(first: Answered, second: Answered) -> Values | None:
    """Look for another format, or for an image at all, in the answer to a request that takes WebP and AVIF."""
    plain, asked = _format(first), _format(second)
    if asked is None or plain is asked:
        return None
    if plain is None:
        return {"case": "refused", "status": first.status, "second": asked.value}
    return {"first": plain.value, "second": asked.value}


def _format(answered: Answered) -> Format | None:
    """The format of the image in an answer; None where there is none."""
    if answered.status not in (200, 206):
        return None
    body = answered.body
    return body.format if isinstance(body, ImageInfo | Unmeasured | Undetermined) else None


def image_blank(pixels: Pixels, _: Policy) -> Values | None:
    """Look for a picture of one colour, and nothing in it."""
    return {"format": pixels.format.value} if pixels.spread <= _ONE_COLOR else None


def background_not_white(pixels: Pixels, policy: Policy) -> Values | None:
    """Look for a border of which too little is white; of a picture of one colour, that says nothing more."""
    if not pixels.border or pixels.spread <= _ONE_COLOR:
        return None
    white = sum(pixels.white[policy.white_level - _DARKEST :])
    share = 100 * white // pixels.border
    return {"share": share, "minimum": policy.white_border} if share < policy.white_border else None


def too_large_to_decode(image: Excessive, _: Policy) -> Values | None:
    """Look for an image that unpacks to more than anyone can be asked to hold or wait for."""
    if image.excess is Excess.BYTES:
        return None
    return {"case": "bomb", "format": image.format.value, "excess": image.excess.value}


def endless_file(image: Excessive, policy: Policy) -> Values | None:
    """Look for a download that was given up."""
    return {"case": "unread", "limit": policy.maximum_bytes} if image.excess is Excess.BYTES else None


def undecoded(body: Undetermined) -> Values:
    """Tell that nobody knows whether the image is whole."""
    return {"case": "undecoded", "format": body.format.value, "doubt": body.doubt.value}


SECOND = (warn("format-negotiated", Verdict.WRONG, format_negotiated),)

PIXELS = (warn("image-blank", Verdict.WRONG, image_blank),)
MAIN = (warn("background-not-white", Verdict.WRONG, background_not_white),)
EXCESSIVE = (
    fail("image-too-large", Verdict.WRONG, too_large_to_decode),
    warn("file-too-large", Verdict.WRONG, endless_file),
)
UNDECODED = (warn("image-undetermined", Verdict.UNCHECKED, undecoded),)

CODES = codes(SECOND, PIXELS, MAIN, EXCESSIVE, UNDECODED)
