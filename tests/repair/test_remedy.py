"""What is to be done about an image follows from its findings alone."""

from typing import Any

import pytest

from auditor import texts
from auditor.checks import CODES
from auditor.model import Finding, Severity
from auditor.repair.pictures.converted import Refusal
from auditor.repair.remedy import CLOSED, REMEDIES, Action, Bounds, Judged, remedy_of

FAIL, WARN = Severity.FAIL, Severity.WARN


def judged(*codes: tuple[str, Severity], **values: str | int) -> list[Judged]:
    """Findings with these codes and severities, all with the same values."""
    return [Judged(Finding(code, values), severity) for code, severity in codes]


@pytest.mark.parametrize(
    ("codes", "action", "failing"),
    [
        ((), Action.NOTHING, False),
        ((("format-not-accepted", FAIL),), Action.CONVERT, True),
        ((("gif-animated", FAIL),), Action.CONVERT, True),
        ((("color-cmyk", WARN),), Action.CONVERT, False),
        ((("tiff-compressed", WARN), ("tiff-several-pages", WARN)), Action.CONVERT, False),
        ((("image-without-zoom", WARN),), Action.NOTHING, False),
        ((("extension-mismatch", WARN),), Action.NOTHING, False),
        ((("redirect", FAIL),), Action.REPLACE, True),
        ((("redirect", WARN),), Action.NOTHING, False),  # a policy that has nothing against it
        ((("not-found", FAIL),), Action.CANNOT, True),
        ((("html-page", FAIL),), Action.CANNOT, True),
        ((("format-not-accepted", FAIL), ("image-too-small", FAIL)), Action.CANNOT, True),
        ((("product-id-missing", FAIL),), Action.CANNOT, True),
    ],
)
def test_the_worst_finding_decides(codes: tuple[tuple[str, Severity], ...], *, action: Action, failing: bool) -> None:
    """A fault that nothing helps against outweighs those that can be mended; a warning never fails."""
    found = remedy_of(judged(*codes))
    assert (found.action, found.failing) == (action, failing)


@pytest.mark.parametrize("format_", sorted(CLOSED))
def test_what_no_decoder_opens_is_said_beforehand(format_: str) -> None:
    """A drawing or a file of layers is no image to convert, and the plan says what to do instead."""
    found = remedy_of(judged(("format-not-accepted", FAIL), format=format_, accepted="JPEG"))
    assert found.action is Action.CANNOT
    assert found.says is not None


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("image-too-large", {"case": "bomb", "excess": "time"}),
        ("image-too-large", {"case": "bomb", "excess": "memory"}),
        ("file-too-large", {"case": "unread"}),
        ("redirect", {"case": "nowhere"}),
    ],
)
def test_some_cases_of_a_code_are_beyond_repair(code: str, values: dict[str, str]) -> None:
    """What a decoder can't be asked for, what is too long to download, and a redirect to nowhere."""
    assert remedy_of(judged((code, FAIL), **values)).action is Action.CANNOT


@pytest.mark.parametrize(
    ("facts", "refusal"),
    [
        ({"content_length": 1000, "body": {"width": 20, "height": 50}}, None),
        ({"content_length": 1001, "body": None}, Refusal.LENGTH),
        ({"content_length": None, "body": {"width": 21, "height": 50}}, Refusal.PIXELS),
        ({"body": {"format": "HEIC"}}, None),
        ({"content_length": "many", "body": {"width": "wide", "height": None}}, None),
        ({}, None),
    ],
)
def test_what_is_too_much_to_convert_follows_from_the_facts(facts: dict[str, Any], refusal: Refusal | None) -> None:
    """A repair takes on more pixels than a check decodes, up to bounds of its own, in bytes and in pixels."""
    found = remedy_of(
        judged(("image-too-large", FAIL), case="bomb", excess="pixels"), Bounds(1000, 1000).exceeded_by(facts)
    )
    assert (found.action is Action.CANNOT, found.refusal) == (refusal is not None, refusal)


def test_a_plan_says_what_to_install_for_heic() -> None:
    """Without the package that opens it nothing is promised; with it, it is converted."""
    wrong = judged(("format-not-accepted", FAIL), format="HEIC", accepted="JPEG")
    facts = {"body": {"format": "HEIC", "width": 20, "height": 50}}
    found = remedy_of(wrong, Bounds(1000, 1000, heic=False).exceeded_by(facts))
    assert (found.action, found.refusal) == (Action.CANNOT, Refusal.HEIC)
    assert remedy_of(wrong, Bounds(1000, 1000, heic=True).exceeded_by(facts)).action is Action.CONVERT


@pytest.mark.parametrize("language", texts.names())
def test_each_remedy_is_said_in_every_language(language: str) -> None:
    """What will be done is a sentence of its own for each code, and no remedy is for a code that doesn't exist."""
    words = texts.load(language)
    assert set(REMEDIES) <= set(CODES)
    said = {words.said(says) for code in REMEDIES if (says := remedy_of(judged((code, FAIL))).says)}
    assert len(said) == len(REMEDIES)
    if language != "en":
        assert not any(word in text for text in said for word in (" the ", " is "))
