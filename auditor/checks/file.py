"""Checks of a file on this computer that isn't an image, or no whole one: in words that speak of no address."""

from auditor.checks.check import codes, fail
from auditor.checks.image import image_corrupt, image_truncated
from auditor.model import Corrupt, Kind, NotAnImage, Values, Verdict

_CASE = {"case": "file"}


def empty_file(body: NotAnImage) -> Values | None:
    """Look for a file without a single byte."""
    return _CASE if body.kind is Kind.EMPTY else None


def saved_page(body: NotAnImage) -> Values | None:
    """Look for a web page: what a browser saves where the picture needed a login, or had a page around it."""
    return _CASE if body.kind is Kind.HTML else None


def other_file(body: NotAnImage) -> Values | None:
    """Look for any other file that isn't an image."""
    return None if body.kind in (Kind.EMPTY, Kind.HTML) else {"kind": body.kind.value, **_CASE}


def file_cut_short(body: Corrupt) -> Values | None:
    """Look for a file that ends before the image does."""
    values = image_truncated(body)
    return None if values is None else {**values, **_CASE}


NOT_AN_IMAGE = (
    fail("empty-body", Verdict.WRONG, empty_file),
    fail("html-page", Verdict.WRONG, saved_page),
    fail("not-an-image", Verdict.WRONG, other_file),
)
DAMAGED = (
    fail("image-truncated", Verdict.BROKEN, file_cut_short),
    fail("image-corrupt", Verdict.BROKEN, image_corrupt),
)

CODES = codes(NOT_AN_IMAGE, DAMAGED)
