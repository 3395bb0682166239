"""What further looks at an image have shown, judged."""

from dataclasses import replace

import pytest
from checks.scenes import DEEP, JUDGE, POLICY, answered, deep, ref

from auditor.checks import Judge
from auditor.model import Body, Cause, Excess, Excessive, Format, Pixels, Severity, Unreached


@pytest.mark.parametrize(("what", "code"), DEEP, ids=lambda part: part if isinstance(part, str) else "")
def test_these_pixels_give_exactly_this_code(what: Body | None, code: str) -> None:
    """Each code is found on its side of every limit, and nothing else with it."""
    assert [finding.code for finding in deep(what)] == code.split()


def test_only_a_main_image_needs_a_white_background() -> None:
    """Further images and swatches may have any."""
    gray = Pixels(Format.JPEG, 9, 9, 255, 100, (0,) * 16)
    assert [finding.code for finding in deep(gray)] == ["background-not-white"]
    assert deep(gray, "PT01") == deep(gray, "SWCH") == ()
    assert [finding.code for finding in deep(gray._replace(spread=0), "PT01")] == ["image-blank"]


def test_the_figure_stands_in_the_finding() -> None:
    """The seller learns how much of the border is white, and how much should be; a part of a percent doesn't count."""
    nearly = Pixels(Format.JPEG, 9, 9, 255, 1000, (0,) * 15 + (799,))
    (finding,) = deep(nearly)
    assert finding.values == {"share": 79, "minimum": 80}


def test_the_thresholds_are_the_policys() -> None:
    """A policy says what white is, and how much of it there must be; the same facts are judged anew."""
    nearly = Pixels(Format.JPEG, 9, 9, 255, 100, (50, *(0,) * 14, 50))
    assert deep(nearly)
    assert not deep(nearly, judge=Judge(replace(POLICY, white_level=240)))
    assert not deep(nearly, judge=Judge(replace(POLICY, white_border=50)))
    assert deep(nearly, judge=Judge(replace(POLICY, white_border=51)))
    strict = Judge(replace(POLICY, severity={"background-not-white": Severity.OFF}))
    assert not deep(nearly, judge=strict)


def test_a_whole_image_that_cannot_be_had_is_told_as_ever() -> None:
    """What a server refuses or breaks off when the whole is asked for counts as at the first look."""
    link = JUDGE.link(ref()).link
    assert link is not None
    for probe, code in (
        (Unreached(Cause.CONNECTION_LOST), "connection-lost"),
        (Unreached(Cause.TIMEOUT), "timeout"),
        (answered(None, 403), "access-denied"),
        (answered(None, 503), "server-error"),
    ):
        assert [finding.code for finding in JUDGE.deep(ref(), link, probe)] == [code]


@pytest.mark.parametrize("excess", [Excess.PIXELS, Excess.MEMORY, Excess.TIME])
def test_a_bomb_is_too_large(excess: Excess) -> None:
    """What a bomb has too much of chooses its words."""
    (finding,) = deep(Excessive(Format.PNG, excess))
    assert finding.values == {"case": "bomb", "format": "PNG", "excess": excess}
