"""What holds of a product's images, in view of one complaint."""

import pytest

from auditor import texts
from auditor.aftermath.codes import About, Meaning
from auditor.aftermath.complaint import Complaint, Grade
from auditor.aftermath.standing import Looked, Seen, Standing, faults, is_left, rule
from auditor.checks import CODES
from auditor.model import Finding, ImageRef, Severity


def image(slot: str = "MAIN", *codes: str, url: str = "u", looked: bool = True) -> Looked:
    """An image with findings of these codes, each with its default severity."""
    found = tuple(Seen(Finding(code, {}), CODES[code].severity) for code in codes)
    return Looked(ImageRef("f", 2, "", "S", "", slot, url), found if looked else None)


def held(meaning: Meaning, *images: Looked) -> list[tuple[str, str, str]]:
    """Return of each ruling the slot, what holds, and our codes."""
    return [
        (one.image.ref.slot if one.image else "", one.standing.value, " ".join(finding.code for finding in one.found))
        for one in rule(meaning, images)
    ]


LINK, MAIN = Meaning(About.LINK), Meaning(About.LINK, ("MAIN",))


def test_a_fault_that_we_see_explains_a_complaint() -> None:
    """Of the image it names, else of each image of the product that fails."""
    images = (image("MAIN"), image("PT01", "not-found"), image("PT02", "redirect", "url-signed"))
    assert held(LINK, *images) == [("PT01", "fault-seen", "not-found"), ("PT02", "fault-seen", "redirect")]
    assert held(LINK._replace(slots=("PT02",)), *images) == [("PT02", "fault-seen", "redirect")]
    assert held(MAIN, *images) == [("MAIN", "fine-now", "")]


def test_nothing_wrong_now_means_to_upload_again() -> None:
    """A warning that the complaint can't come from changes nothing."""
    assert held(LINK, image(), image("PT01", "image-without-zoom")) == [("", "fine-now", "")]


def test_a_warning_that_its_code_goes_with_explains_a_complaint() -> None:
    """As the file of codes says; whatever else fails is told with it."""
    content = Meaning(About.CONTENT, ("MAIN",), frozenset({"background-not-white"}))
    assert held(content, image("MAIN", "background-not-white")) == [("MAIN", "fault-seen", "background-not-white")]
    assert held(content, image("MAIN", "redirect")) == [("MAIN", "not-the-url", "")]
    assert held(content, image("MAIN", "redirect", "background-not-white")) == [
        ("MAIN", "fault-seen", "redirect background-not-white")
    ]


def test_a_missing_image_explains_a_complaint_about_it() -> None:
    """The main image that the row doesn't name is seen, though it only warns."""
    missing = image("MAIN", "main-image-missing", url="")
    assert held(Meaning(About.MISSING, ("MAIN",)), missing) == [("MAIN", "fault-seen", "main-image-missing")]
    assert held(MAIN, image("MAIN", url="")) == [("MAIN", "absent", "")]


def test_a_fault_explains_a_complaint_by_any_rules() -> None:
    """Rules of one's own may call it a warning: it is what Amazon complains of all the same."""
    mild = Looked(image().ref, (Seen(Finding("not-found", {}), Severity.WARN),))
    assert held(LINK, mild) == [("MAIN", "fault-seen", "not-found")]
    assert not list(faults((mild,)))


def test_what_is_not_about_the_address() -> None:
    """Other errors of the product, a skipped update, and what isn't about images."""
    images = (image(), image("PT01", "not-found"))
    assert held(Meaning(About.ELSEWHERE), *images) == [("", "not-the-url", "")]
    assert held(Meaning(About.IDENTICAL), *images) == [("", "skipped-identical", "")]
    assert held(Meaning(About.OTHER), *images) == [("", "not-images", "")]


def test_an_image_that_was_not_looked_at() -> None:
    """No claim is made of one that the audit left out or couldn't check, nor of one that the feed lacks."""
    assert held(LINK, image(looked=False)) == [("", "unchecked", "")]
    assert held(MAIN, image("MAIN", "url-not-checkable")) == [("MAIN", "unchecked", "")]
    assert held(LINK, image(), image("PT01", "url-not-checkable")) == [("", "unchecked", "")]
    assert held(LINK._replace(slots=("SWCH",)), image()) == [("", "absent", "")]


def test_faults_are_seen_whatever_amazon_says() -> None:
    """Those that fail, not those that warn."""
    found = list(faults((image("MAIN", "url-signed"), image("PT01", "redirect"), image("PT02", looked=False))))
    assert [(one.image.ref.slot if one.image else "", one.standing) for one in found] == [("PT01", "unreported")]


def test_what_is_left_to_do() -> None:
    """Errors, faults of ours, and warnings about images; not what was skipped, and nothing that only informs."""
    error, warning, info = (Complaint(severity=grade) for grade in Grade)
    assert is_left(Standing.UNREPORTED, None, None)
    assert all(is_left(standing, error, about) for standing in Standing for about in About)
    assert not any(is_left(standing, info, about) for standing in Standing for about in About)
    left = {about for about in About if is_left(Standing.FINE_NOW, warning, about)}
    assert left == set(About) - {About.IDENTICAL, About.OTHER}


@pytest.mark.parametrize("language", texts.names())
def test_every_standing_has_its_texts(language: str) -> None:
    """A meaning each, and a next step where our own findings have none."""
    known = texts.load(language).summary
    own = {Standing.FAULT_SEEN, Standing.UNREPORTED}
    assert {key for key in known if key.startswith("standing-")} == {f"standing-{one}" for one in Standing}
    assert all((f"step-{one}" in known) is (one not in own) for one in Standing)
