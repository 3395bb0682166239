"""One address on its way, hop by hop: which answers are followed, and what speaks against an address."""

import pytest

from auditor import policies
from auditor.checks import Judge
from auditor.errors import Sentence
from auditor.model import (
    Answered,
    Cause,
    Color,
    Finding,
    Format,
    Further,
    ImageInfo,
    ImageRef,
    Kind,
    NotAnImage,
    Probe,
    Unreached,
)
from auditor.repair.errand import HOPS, Errand, Wish
from auditor.repair.key import Keys
from auditor.repair.outcome import Became, Outcome
from auditor.repair.remedy import Bounds
from auditor.repair.rules import Rules

JUDGE = Judge(policies.load("amazon-us-2022"))
RULES = Rules(JUDGE, Keys(""), Bounds(10_000_000, 2_000_000))
GOOD = Answered(206, None, "image/jpeg", 90_000, body=ImageInfo(Format.JPEG, 1200, 900, color=Color.RGB))
WEBP = GOOD._replace(content_type="image/webp", body=ImageInfo(Format.WEBP, 1200, 900), digest="ab")
START = "https://shop.example/a.jpg"


def redirect(location: str, status: int = 301) -> Answered:
    """A redirect to there."""
    return Answered(status, location)


def sent(
    *answers: Probe, known: Outcome | None = None, start: str = START, converts: bool = False
) -> tuple[Outcome, list[str]]:
    """Send an errand for an address, give it these answers, and return its end and what it asked for."""
    ref = ImageRef("feed.tsv", 2, "", "S1", "", "MAIN", start)
    errand = Errand(RULES, lambda _: known, Wish(b"key", ref, converts=converts))
    asked: list[str] = []
    waiting = list(errand.requests())
    for answer in answers:
        ((place, ask, _),) = waiting
        asked.append(f"whole {ask.url}" if isinstance(ask, Further) else ask)
        last = errand.answer(place, answer)
        waiting = list(errand.further())
        assert last == (not waiting)
    asked += [f"whole {ask.url}" if isinstance(ask, Further) else ask for _, ask, _ in waiting]
    return errand.report().outcome, asked


def test_the_last_address_of_a_chain_takes_the_place_of_the_first() -> None:
    """Relative and absolute ones are followed, each hop asked once, and a good image at the end is the new address."""
    outcome, asked = sent(redirect("/b.jpg"), redirect("https://cdn.example/c.jpg", 302), GOOD)
    assert (outcome.became, outcome.name) == (Became.REPLACED, "https://cdn.example/c.jpg")
    assert asked == [START, "https://shop.example/b.jpg", "https://cdn.example/c.jpg"]


def test_an_http_address_may_lead_to_https() -> None:
    """The commonest redirect of all."""
    outcome, _ = sent(redirect("https://shop.example/a.jpg"), GOOD, start="http://shop.example/a.jpg")
    assert outcome.name == START


def test_a_target_that_can_be_converted_is() -> None:
    """A WebP at the end of a redirect is asked for whole."""
    _, asked = sent(redirect("https://cdn.example/c.webp"), WEBP)
    assert asked[-1] == "whole https://cdn.example/c.webp"


def test_a_file_that_was_converted_before_is_not_asked_for_again() -> None:
    """What the first bytes have shown tells that it is the same."""
    before = Outcome(Became.CONVERTED, "x.jpg")
    outcome, asked = sent(redirect("https://cdn.example/c.webp"), WEBP, known=before)
    assert outcome == before
    assert len(asked) == 2


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ((redirect("http://shop.example/a.jpg"),), "from https to http"),
        ((redirect("HTTP://shop.example/a.jpg"),), "from https to http"),
        ((redirect(START),), "circle"),
        ((redirect("/b.jpg"), redirect("/a.jpg")), "circle"),
        (tuple(redirect(f"/{hop}.jpg") for hop in range(HOPS + 1)), "more than 10 times"),
        ((redirect("https://cdn.example/c.jpg?X-Amz-Signature=abc&X-Amz-Expires=60"),), "expires"),
        ((redirect("https://cdn.example/c.jpg?session_token=abc"),), "expires"),
        ((redirect("https://["),), "no web address"),
        ((redirect("file:///etc/passwd"),), "no web address"),
    ],
)
def test_some_redirects_are_not_followed_on(answers: tuple[Answered, ...], why: str) -> None:
    """Downgrades, circles, chains without end, and addresses that are dead tomorrow."""
    outcome, asked = sent(*answers)
    assert outcome.became is Became.LEFT
    assert isinstance(outcome.why, Sentence)
    assert why in str(outcome.why)
    assert len(asked) == len(answers)


@pytest.mark.parametrize(
    ("location", "code"),
    [
        ("https://127.0.0.1/a.jpg", "url-private-address"),
        ("https://169.254.169.254/latest/meta-data/", "url-private-address"),
        ("https://[::1]/a.jpg", "url-private-address"),
        ("https://user:password@cdn.example/a.jpg", "url-credentials"),
        ("https://cdn.example/a b.jpg", "url-unsafe-characters"),
        ("ftp://cdn.example/a.jpg", "url-scheme"),
        ("s3://bucket/a.jpg", "url-not-checkable"),
    ],
)
def test_a_target_is_guarded_like_any_address(location: str, code: str) -> None:
    """Nothing inside, nothing with a password, nothing that no feed may hold: it isn't even asked for."""
    outcome, asked = sent(redirect(location))
    assert isinstance(outcome.why, Finding)
    assert outcome.why.code == code
    assert not outcome.now  # the feed's own address has another fault
    assert asked == [START]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Answered(404), "not-found"),
        (Answered(200, body=NotAnImage(Kind.HTML)), "html-page"),
        (Unreached(Cause.TIMEOUT), "timeout"),
        (GOOD._replace(body=ImageInfo(Format.JPEG, 300, 300)), "image-too-small"),
        (WEBP._replace(body=ImageInfo(Format.WEBP, 300, 300)), "image-too-small"),
    ],
)
def test_a_target_is_judged_like_any_image(answer: Probe, code: str) -> None:
    """What isn't there, isn't an image, or can't be mended, changes nothing."""
    outcome, _ = sent(redirect("https://cdn.example/c.jpg"), answer)
    assert (outcome.became, outcome.lasting) == (Became.LEFT, False)
    assert isinstance(outcome.why, Finding)
    assert outcome.why.code == code


def test_a_target_with_a_drawback_is_good_enough() -> None:
    """A direct address in colours of print appears, so its picture isn't encoded anew."""
    cmyk = GOOD._replace(body=ImageInfo(Format.JPEG, 1200, 900, color=Color.CMYK))
    outcome, _ = sent(redirect("https://cdn.example/c.jpg"), cmyk)
    assert outcome.became is Became.REPLACED


def test_what_passes_by_now_is_left_in_peace() -> None:
    """An address that redirected during the audit and doesn't any more needs no other."""
    outcome, _ = sent(GOOD)
    assert outcome.became is Became.SOUND


CMYK = GOOD._replace(body=ImageInfo(Format.JPEG, 1200, 900, color=Color.CMYK))


@pytest.mark.parametrize(
    ("answer", "became", "whole"),
    [
        (GOOD, Became.SOUND, False),
        (CMYK, Became.LEFT, True),
        (WEBP, Became.LEFT, True),
        (Answered(404), Became.LEFT, False),
    ],
)
def test_what_is_to_be_converted_is_looked_at_first(answer: Probe, became: Became, *, whole: bool) -> None:
    """Only what still has the fault, be it a mere drawback, is asked for whole."""
    outcome, asked = sent(answer, converts=True)
    assert outcome.became is became
    assert asked == [START, f"whole {START}"][: 1 + whole]


def test_what_is_gone_between_two_requests_is_left() -> None:
    """Whatever a policy says of that answer, nothing was converted, and the reason is that answer's."""
    outcome, _ = sent(WEBP, Answered(200, body=NotAnImage(Kind.HTML)), converts=True)
    assert (outcome.became, outcome.now) == (Became.LEFT, True)
    assert isinstance(outcome.why, Finding)
    assert outcome.why.code == "html-page"
