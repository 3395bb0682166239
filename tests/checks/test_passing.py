"""What passes in whichever slot it is: only that needn't be asked for for a while."""

from dataclasses import replace

import pytest

from auditor.checks import Judge, Passing
from auditor.model import Answered, Color, Corrupt, Flaw, Format, ImageInfo, Kind, NotAnImage, Severity
from auditor.policies import load

POLICY = load("amazon-us-2022")
URL = "http://shop.example/a.jpg"
ODD = "http://shop.example/a.jpg?size=large"


def picture(width: int = 1600, height: int = 1200, color: Color = Color.RGB) -> Answered:
    """A JPEG that a host has."""
    return Answered(206, None, "image/jpeg", 90_000, body=ImageInfo(Format.JPEG, width, height, color=color))


@pytest.mark.parametrize("url", [URL, ODD])
@pytest.mark.parametrize(
    ("probe", "passes"),
    [
        (picture(), True),
        (picture(700, 500), True),  # a warning is no fault
        (picture(color=Color.CMYK), True),
        (picture(300, 200), False),
        (Answered(404), False),
        (Answered(304), False),
        (Answered(206, body=NotAnImage(Kind.HTML)), False),
        (Answered(206, body=Corrupt(Format.JPEG, Flaw.ENDS_EARLY)), False),
    ],
)
def test_what_has_a_failing_finding_does_not_pass(url: str, probe: Answered, passes: bool) -> None:  # noqa: FBT001  # drawn
    """Of the address as it is written nothing is said here: to ask again wouldn't change it."""
    assert Passing(Judge(POLICY))(url, probe) is passes


def test_policy_decides() -> None:
    """The same answer under other rules, those for swatches among them: it may be one."""
    for slug in ("image-without-zoom", "swatch-too-large"):
        strict = replace(POLICY, severity={slug: Severity.FAIL})
        assert Passing(Judge(POLICY))(URL, picture(700, 500))
        assert not Passing(Judge(strict))(URL, picture(700, 500))
    assert not Passing(Judge(replace(POLICY, severity={"swatch-too-large": Severity.FAIL})))(URL, picture())
