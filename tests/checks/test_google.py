"""Google's rules: sizes, what changes on a day, and the words for it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from checks.scenes import answered, image, ref

from auditor import policies, texts
from auditor.checks import Judge
from auditor.model import Finding, Format, Severity

GOOGLE = policies.load("google-merchant")
BEFORE = datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC).timestamp()
AFTER = datetime(2027, 1, 31, tzinfo=UTC).timestamp()


def judged(
    size: tuple[int, int], now: float, policy: policies.Policy = GOOGLE, format_: Format = Format.JPEG
) -> Sequence[Finding]:
    """Judge an image of that size in an answer."""
    judge = Judge(policy, now=now)
    this = ref("https://h.example/a")
    link = judge.link(this).link
    assert link is not None
    return judge.answer(this, link, answered(image(format_, *size)))


def codes(findings: Sequence[Finding]) -> list[str]:
    """List the codes of findings."""
    return [finding.code for finding in findings]


@pytest.mark.parametrize(
    ("size", "before", "after"),
    [
        ((500, 500), "", ""),
        ((499, 9_000), "fails-later", "image-too-small"),
        ((9_000, 100), "fails-later", "image-too-small"),
        ((9_000, 99), "image-too-small", "image-too-small"),
        ((8_000, 8_000), "", ""),
        ((8_001, 8_000), "image-too-large", "image-too-large"),
        ((2, 2), "tracking-pixel", "tracking-pixel"),
    ],
)
def test_sizes_on_both_sides_of_the_day(size: tuple[int, int], before: str, after: str) -> None:
    """Up to its last second the old rule holds, with a warning of the new one; from midnight UTC on the new one."""
    assert " ".join(codes(judged(size, BEFORE))) == before
    assert " ".join(codes(judged(size, AFTER))) == after


def test_a_file_on_this_computer_is_warned_of_too() -> None:
    """Before it is even published."""
    found = Judge(GOOGLE, now=BEFORE).file("a.jpg", "MAIN", 1, image(Format.JPEG, 400, 400))
    assert codes(found) == ["fails-later"]


@pytest.mark.parametrize("format_", [Format.WEBP, Format.BMP, Format.PNG])
def test_formats_that_amazon_refuses(format_: Format) -> None:
    """Google takes them."""
    assert codes(judged((900, 900), AFTER, format_=format_)) == []


def test_what_amazon_alone_advises_against_is_no_matter() -> None:
    """Question marks in addresses are none of Google's rules."""
    found = Judge(GOOGLE).link(ref("https://h.example/a$b.jpg?x=1"))
    assert found.findings == ()


def test_any_rule_can_change_and_is_warned_of_once() -> None:
    """A format no longer taken from a day on, and later a severity that is off: the first day is told."""
    days = (
        policies.Change("2027-01-31", {"formats": (Format.PNG,)}),
        policies.Change("2027-02-28", {"formats": (Format.GIF,), "severity": {"fails-later": Severity.OFF}}),
    )
    (finding,) = judged((900, 900), BEFORE, replace(GOOGLE, changes=days))
    assert (finding.code, finding.values["code"], finding.values["date"]) == (
        *("fails-later", "format-not-accepted"),
        "2027-01-31",
    )
    assert "From 2027-01-31 on this image fails: format-not-accepted." in texts.load("en").of(finding).symptom
    off = {"format-not-accepted": Severity.OFF}
    assert judged((900, 900), BEFORE, replace(GOOGLE, changes=days, severity=off)) == ()


@pytest.mark.parametrize("language", texts.names())
def test_texts_name_who_shows_the_images(language: str) -> None:
    """Under Google's rules no text speaks of Amazon, nor says of Google what is known of Amazon only."""
    amazon = texts.load(language)
    google = amazon.under("Google")
    for code in Judge(GOOGLE).codes.values():
        for case, parts in google.wordings(code.slug).items():
            assert "Amazon" not in " ".join(parts.values()), (code.slug, case)
    assert "Amazon" not in " ".join(google.summary[name] for name in ("headline", "no-promise", "kind-blocked"))
    redirect = Finding("redirect", {"status": 301, "target": "https://h.example/b.jpg"})
    assert google.of(redirect).reason != amazon.of(redirect).reason.replace("Amazon", "Google")
    assert "Google" in google.of(Finding("html-page", {"title": ""})).reason
    assert amazon.under("Amazon") is amazon
    assert "eBay" in amazon.under("eBay").of(redirect).reason
