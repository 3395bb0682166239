"""Checks of what further looks at an image have shown."""

from auditor.checks.check import codes, warn
from auditor.model import Answered, Format, ImageInfo, Undetermined, Unmeasured, Values, Verdict


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


SECOND = (warn("format-negotiated", Verdict.WRONG, format_negotiated),)

CODES = codes(SECOND)
