"""What holds of a product's image: Amazon's complaint and our own findings beside each other. Pure."""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import NamedTuple

from auditor.aftermath.codes import About, Meaning
from auditor.aftermath.complaint import Complaint, Grade
from auditor.checks import CODES
from auditor.model import Finding, ImageRef, Severity, Verdict


class Standing(StrEnum):
    """What holds: a closed list. The texts say of each what it means, and what to do."""

    FAULT_SEEN = "fault-seen"  # Amazon complained, and we see why
    FINE_NOW = "fine-now"  # it complained, and nothing is wrong with the address now
    UNREPORTED = "unreported"  # we see a fault that it hasn't reported
    NOT_THE_URL = "not-the-url"  # it complained of something that keeps the image away, but isn't its address
    SKIPPED = "skipped-identical"  # it skipped the update, for nothing in it was new
    UNCHECKED = "unchecked"  # it complained, and the image wasn't or couldn't be looked at from here
    ABSENT = "absent"  # the feed has no such product, or none with such an image
    UNPLACED = "unplaced"  # the complaint names no product
    NOT_IMAGES = "not-images"  # it isn't about images at all


class Seen(NamedTuple):
    """One of our findings, with its severity under the policy of the audit."""

    finding: Finding
    severity: Severity


class Looked(NamedTuple):
    """An image of the feed, and what the audit found; None where it didn't look."""

    ref: ImageRef
    found: tuple[Seen, ...] | None


class Ruling(NamedTuple):
    """What holds of one image, or of the product as a whole (None), in view of one complaint.

    Of several rows with one SKU, the rulings of a higher `rank` count, and lower ones are dropped.
    """

    image: Looked | None
    rank: int
    standing: Standing
    found: tuple[Finding, ...] = ()


WHOLE = 0  # nothing but the product is known to be meant
LIKELY = 1  # no image is named, and this one has a fault
NAMED = 2  # the complaint names this image
EXACT = 10  # beside those: the complaint names this very message of the feed
# What keeps an image away by whatever rules: those of a seller's own may call it a warning. The last is one by default,
# for products that have a picture already.
FAULTS = frozenset(slug for slug, code in CODES.items() if code.severity is Severity.FAIL) | {"main-image-missing"}
_LEFT_WARNINGS = frozenset({About.LINK, About.MISSING, About.CONTENT, About.ELSEWHERE})


def rule(meaning: Meaning, images: Sequence[Looked]) -> list[Ruling]:
    """Say what holds of a product's images, at least one, in view of a complaint about the product."""
    about, slots = meaning.about, meaning.slots
    if about is About.OTHER:
        return [Ruling(None, WHOLE, Standing.NOT_IMAGES)]
    if about is About.IDENTICAL:
        return [Ruling(None, WHOLE, Standing.SKIPPED)]
    named = [image for image in images if image.ref.slot in slots] if slots else list(images)
    if not named:
        return [Ruling(None, WHOLE, Standing.ABSENT)]
    reasons = [(image, _reasons(image, meaning)) for image in named]
    seen = [Ruling(image, NAMED if slots else LIKELY, Standing.FAULT_SEEN, why) for image, why in reasons if why]
    if seen:
        return seen
    standing = _without_fault(about, named)
    return [Ruling(image, NAMED, standing) for image in named] if slots else [Ruling(None, WHOLE, standing)]


def _without_fault(about: About, images: Sequence[Looked]) -> Standing:
    """Say what holds where none of these images has a fault that would explain the complaint."""
    if about in (About.CONTENT, About.ELSEWHERE):
        return Standing.NOT_THE_URL
    if any(map(_is_unchecked, images)):
        return Standing.UNCHECKED
    return Standing.FINE_NOW if any(image.ref.url for image in images) else Standing.ABSENT


def _reasons(image: Looked, meaning: Meaning) -> tuple[Finding, ...]:
    """Return what explains a complaint (what fails, and warnings that its code goes with), with all that fails."""
    found = image.found or ()
    by_itself = meaning.about in (About.LINK, About.MISSING)
    why = {
        seen.finding.code
        for seen in found
        if seen.finding.code in meaning.ours
        or (by_itself and (seen.severity is Severity.FAIL or seen.finding.code in FAULTS))
    }
    if not why:
        return ()
    return tuple(seen.finding for seen in found if seen.finding.code in why or seen.severity is Severity.FAIL)


def _is_unchecked(image: Looked) -> bool:
    if image.found is None:
        return True
    return any(
        seen.finding.code in CODES and CODES[seen.finding.code].kind is Verdict.UNCHECKED for seen in image.found
    )


def faults(images: Sequence[Looked]) -> Iterator[Ruling]:
    """Yield what we see that fails, whatever Amazon says."""
    for image in images:
        found = tuple(seen.finding for seen in image.found or () if seen.severity is Severity.FAIL)
        if found:
            yield Ruling(image, WHOLE, Standing.UNREPORTED, found)


def is_left(standing: Standing, complaint: Complaint | None, about: About | None) -> bool:
    """Say whether something is left to do: errors, faults of ours, and warnings about images.

    A skipped update alone isn't: each upload of rows that haven't changed has it.
    """
    if complaint is None:
        return standing is Standing.UNREPORTED
    if complaint.severity is Grade.WARNING:
        return about in _LEFT_WARNINGS
    return complaint.severity is Grade.ERROR
