"""What is to be done about an image, by what its audit found: rules as one table. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, NamedTuple

from auditor.errors import Sentence
from auditor.model import Excess, Finding, Format, Severity
from auditor.repair.pictures.converted import Refusal


class Action(StrEnum):
    """What is to be done about an image."""

    CONVERT = "convert"
    REPLACE = "replace"  # its address by the one that it redirects to
    CANNOT = "cannot"
    NOTHING = "nothing"


class Judged(NamedTuple):
    """A finding of an audit, with the severity that it had under the audit's policy."""

    finding: Finding
    severity: Severity


class Remedy(NamedTuple):
    """What is to be done about an image, the finding that asks for it, and whether that keeps the image away.

    Where nothing is to be done there is no finding. `refusal` is why what could be converted otherwise isn't.
    """

    action: Action
    finding: Finding | None = None
    failing: bool = False
    refusal: Refusal | None = None

    @property
    def says(self) -> Sentence | None:
        """What is said beside the finding's own words: what will be done, or why nothing can be."""
        if self.finding is None:
            return None
        return (_DONE if self.action in (Action.CONVERT, Action.REPLACE) else _NOT_DONE).get(self.finding.code)


# What helps, by the code. What isn't here, nothing helps that could be done from here.
REMEDIES: Mapping[str, Action] = {
    "format-not-accepted": Action.CONVERT,
    "gif-animated": Action.CONVERT,
    "image-too-large": Action.CONVERT,
    "file-too-large": Action.CONVERT,
    "color-cmyk": Action.CONVERT,
    "tiff-several-pages": Action.CONVERT,
    "tiff-compressed": Action.CONVERT,
    "redirect": Action.REPLACE,
}
# Pictures by name only, or drawings without pixels: no decoder of ours opens them.
CLOSED = frozenset({Format.SVG, Format.PSD, Format.JPEG_XL, Format.ICO})
# Of codes that have a remedy, the cases that have none: too much to open or to download, and no target. Only of pixels
# a repair takes on more than a check.
_BEYOND = frozenset({"bomb", "unread", "nowhere"})

_DONE: Mapping[str, Sentence] = {
    "format-not-accepted": Sentence("It is converted to a format that is accepted."),
    "gif-animated": Sentence("Its first frame becomes a picture of its own."),
    "image-too-large": Sentence("It is reduced to the size that is accepted."),
    "file-too-large": Sentence("It is saved anew in fewer bytes."),
    "color-cmyk": Sentence("Its colours are converted to sRGB."),
    "tiff-several-pages": Sentence("Its first page becomes a picture of its own."),
    "tiff-compressed": Sentence("It is saved anew, as every program opens it."),
    "redirect": Sentence("Its address is replaced by the last one that it leads to, if a good image is there."),
}
_NOT_DONE: Mapping[str, Sentence] = {
    "image-too-small": Sentence("Enlarging shows no more of the product: it needs a larger original."),
    "tracking-pixel": Sentence("There is no picture in it that could be repaired."),
    "format-not-accepted": Sentence("Files of this kind can't be opened here: export it as a JPEG where it was made."),
}


class Bounds(NamedTuple):
    """The largest picture that is converted, in bytes of its file and in pixels; and whether HEIC can be opened."""

    bytes: int
    pixels: int
    heic: bool = True

    def exceeded_by(self, facts: Mapping[str, Any]) -> Refusal | None:
        """Say why an image can't be converted, by what an audit has written: its `content_length` and its `body`."""
        length, body = facts.get("content_length"), facts.get("body")
        if isinstance(length, int) and length > self.bytes:
            return Refusal.LENGTH
        if isinstance(body, Mapping) and body.get("format") == Format.HEIC and not self.heic:
            return Refusal.HEIC
        width, height = (body.get("width"), body.get("height")) if isinstance(body, Mapping) else (None, None)
        if isinstance(width, int) and isinstance(height, int) and width * height > self.pixels:
            return Refusal.PIXELS
        return None


def remedy_of(findings: Sequence[Judged], refusal: Refusal | None = None) -> Remedy:
    """Say what is to be done about an image. A single failing finding that nothing helps against decides.

    `refusal` is why it can't be converted, if that is known.
    """
    hopeless = [one.finding for one in findings if one.severity is Severity.FAIL and not _helps(one.finding)]
    if hopeless:
        return Remedy(Action.CANNOT, hopeless[0], failing=True)
    failing = any(one.severity is Severity.FAIL for one in findings)
    for action in (Action.REPLACE, Action.CONVERT):
        for finding, severity in findings:
            # A redirect that isn't held against an image is left alone; a drawback in the file is mended.
            counts = severity is Severity.FAIL or (severity is Severity.WARN and action is Action.CONVERT)
            if counts and _helps(finding) is action:
                if action is Action.CONVERT and refusal is not None:
                    return Remedy(Action.CANNOT, finding, failing, refusal)
                return Remedy(action, finding, failing)
    return Remedy(Action.NOTHING)


def _helps(finding: Finding) -> Action | None:
    values = finding.values
    beyond = values.get("case") in _BEYOND and values.get("excess") != Excess.PIXELS
    if beyond or (finding.code == "format-not-accepted" and values.get("format") in CLOSED):
        return None
    return REMEDIES.get(finding.code)
