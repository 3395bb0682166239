"""Policies: dated files of rules, read strictly."""

import pickle
from datetime import UTC, datetime
from pathlib import Path

import pytest

from auditor import policies
from auditor.errors import SettingsError
from auditor.model import Format, Severity

GOOD = """
title = "Mine"
date = "2026-01-31"
source = "a page"
formats = ["JPEG", "JPEG 2000", "JPEG"]
minimum_longest = 1
zoom_longest = 2
maximum_longest = 3
swatch_longest = 4
tracking_pixel = 5
maximum_bytes = 6
maximum_url = 7

[severity]
color-cmyk = "off"
"""


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """Give a policy file of the user's own."""
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    return path


def test_the_policies_on_offer_are_the_files() -> None:
    """Both of Amazon's policies and Google's are there, found without a list of names."""
    assert policies.names() == ("amazon-current", "amazon-us-2022", "google-merchant")


@pytest.mark.parametrize("name", policies.names())
def test_every_policy_loads_with_date_and_source(name: str) -> None:
    """A policy says how old it is and where it comes from."""
    policy = policies.load(name)
    assert policy.name == name
    assert policy.title
    assert policy.source
    assert policy.date >= "2022"


def test_the_rules_of_2022() -> None:
    """The default policy holds the numbers of Amazon's own pages of 2022."""
    policy = policies.load("amazon-us-2022")
    assert policy.formats == (Format.JPEG, Format.TIFF, Format.GIF)
    assert (policy.minimum_longest, policy.zoom_longest, policy.maximum_longest) == (500, 1000, 10_000)
    assert (policy.swatch_longest, policy.tracking_pixel) == (30, 2)
    assert (policy.maximum_bytes, policy.maximum_url) == (10_000_000, 2_000)
    assert not policy.severity


def test_the_current_rules_also_take_png() -> None:
    """The current policy differs by one format."""
    assert set(policies.load("amazon-current").formats) == {Format.JPEG, Format.TIFF, Format.GIF, Format.PNG}


@pytest.mark.parametrize("name", ["amazon-us", "Amazon-US-2022", "../policies/amazon-us-2022", "", "ebay"])
def test_an_unknown_policy_is_one_sentence(name: str) -> None:
    """A slip in a policy's name is answered with the name, what there is and, if there is one, the closest."""
    with pytest.raises(SettingsError) as caught:
        policies.load(name)
    told = str(caught.value)
    assert repr(name) in told
    assert "amazon-current, amazon-us-2022" in told
    assert ("did you mean amazon-us-2022?" in told) == (name not in ("", "ebay"))


def test_a_file_of_ones_own_loads_the_same_way(own: Path) -> None:
    """A user's policy is named after its file, can be sent to another process, and overrides severities."""
    policy = policies.load_file(own)
    assert policy.name == "mine"
    assert policy.date == "2026-01-31"
    assert policy.formats == (Format.JPEG, Format.JPEG_2000)
    assert policy.severity == {"color-cmyk": Severity.OFF}
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301  # our own record


def test_severity_may_be_left_out(own: Path) -> None:
    """A policy that overrides no severity needs no empty table."""
    own.write_text(GOOD.partition("[severity]")[0])
    assert policies.load_file(own).severity == {}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ("zoom_longest = 2", "", "lacks the key zoom_longest: it must be a whole number"),
        ("zoom_longest", "zoom_longst", "unknown key zoom_longst: did you mean zoom_longest?"),
        ("zoom_longest", "qqq", "unknown key qqq: it takes title, date"),
        ("zoom_longest = 2", 'zoom_longest = "2"', "wrong value for the key zoom_longest: it must be a whole number"),
        ("zoom_longest = 2", "zoom_longest = true", "zoom_longest: it must be a whole number of at least 1"),
        ("zoom_longest = 2", "zoom_longest = 0", "zoom_longest: it must be a whole number of at least 1"),
        ("zoom_longest = 2", "zoom_longest = 2.5", "zoom_longest: it must be a whole number"),
        ('"JPEG 2000"', '"jpg"', "formats: it must be a list of formats, of JPEG, TIFF, GIF"),
        ('"JPEG 2000"', '"jpg"', "not 'jpg'"),
        ('["JPEG", "JPEG 2000", "JPEG"]', "[]", "formats: it must be a list of formats"),
        ('["JPEG", "JPEG 2000", "JPEG"]', "[[1]]", "not [1]"),
        ('["JPEG", "JPEG 2000", "JPEG"]', '"JPEG"', "formats: it must be a list of formats"),
        ("[severity]", "white_level = 200\n[severity]", "white_level: it must be a whole number from 240 to 255"),
        ("[severity]", "white_level = true\n[severity]", "white_level: it must be a whole number from 240 to 255"),
        ("[severity]", "white_border = 101\n[severity]", "white_border: it must be a whole number from 0 to 100"),
        ('"off"', '"error"', "severity: it must be a table of codes, each of them fail, warn, off, not 'error'"),
        ('[severity]\ncolor-cmyk = "off"', "severity = 1", "severity: it must be a table of codes"),
        ('"2026-01-31"', '"January"', "date: it must be a year, month or day in quotes"),
        ('"Mine"', '" "', "title: it must be a text in quotes"),
        ('"Mine"', "Mine", "isn't a TOML file"),
    ],
)
def test_a_slip_in_a_file_names_file_key_and_what_is_allowed(own: Path, old: str, new: str, told: str) -> None:
    """Whatever is wrong in a policy file is said in one sentence that helps to put it right."""
    assert old in GOOD
    own.write_text(GOOD.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        policies.load_file(own)
    assert told in str(caught.value)
    assert str(own) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"\xff\xfe", b"title = \x00"])
def test_a_file_that_is_no_text_is_refused(own: Path, content: bytes) -> None:
    """A binary file isn't mistaken for a policy."""
    own.write_bytes(content)
    with pytest.raises(SettingsError, match="isn't a TOML file"):
        policies.load_file(own)


def test_a_file_that_is_missing_is_one_sentence(tmp_path: Path) -> None:
    """A path without a file is said with the system's reason."""
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        policies.load_file(tmp_path / "none.toml")


def test_how_white_is_white_may_be_left_out(own: Path) -> None:
    """Policies saved before there were such keys still load, with what the program's own have."""
    ours, theirs = policies.load("amazon-us-2022"), policies.load_file(own)
    assert (theirs.white_level, theirs.white_border) == (ours.white_level, ours.white_border)


def test_the_rules_of_google() -> None:
    """Google's policy holds the numbers of its help page, names it, and changes on one day."""
    policy = policies.load("google-merchant")
    formats = {Format.JPEG, Format.PNG, Format.WEBP, Format.GIF, Format.BMP, Format.TIFF}
    assert (policy.channel, set(policy.formats)) == ("Google", formats)
    assert (policy.minimum_shortest, policy.maximum_pixels) == (100, 64_000_000)
    assert (policy.maximum_bytes, policy.maximum_url) == (16_000_000, 2_000)
    assert policy.changes == (policies.Change("2027-01-31", {"minimum_shortest": 500}),)


DATED = (
    GOOD
    + """
[[from]]
date = "2027-03-01"
minimum_shortest = 30
[from.severity]
image-blank = "off"

[[from]]
date = "2027-02-01"
minimum_shortest = 20
maximum_pixels = 99
"""
)


@pytest.mark.parametrize(
    ("now", "shortest", "pixels", "to_come"),
    [
        ("2027-01-31T23:59:59", 1, None, ["2027-02-01", "2027-03-01"]),
        ("2027-02-01T00:00:00", 20, 99, ["2027-03-01"]),
        ("2027-02-28T23:59:59", 20, 99, ["2027-03-01"]),
        ("2027-03-01T00:00:00", 30, 99, []),
    ],
)
def test_rules_change_on_their_day(own: Path, now: str, shortest: int, pixels: int | None, to_come: list[str]) -> None:
    """A dated rule holds from midnight UTC on, in whichever order the days stand; others stay as they were."""
    own.write_text(DATED)
    policy = policies.load_file(own).at(datetime.fromisoformat(now).replace(tzinfo=UTC))
    assert (policy.minimum_shortest, policy.maximum_pixels, policy.minimum_longest) == (shortest, pixels, 1)
    assert [change.date for change in policy.changes] == to_come
    off = {"color-cmyk": Severity.OFF} | ({} if to_come else {"image-blank": Severity.OFF})
    assert policy.severity == off


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('date = "2027-03-01"', "", "from: it must be a list of tables, each with a date such as"),
        ('date = "2027-03-01"', 'date = "2027-02-30"', "from: it must be a list of tables"),
        ('date = "2027-03-01"', 'date = "2027"', "from: it must be a list of tables"),
        ('date = "2027-03-01"', "date = 2027-03-01", "from: it must be a list of tables"),
        ("minimum_shortest = 30", "minimum_shortest = 0", "minimum_shortest takes a whole number of at least 1"),
        ("minimum_shortest = 30", "minimum_shortst = 30", "minimum_shortst isn't one that can"),
        ("minimum_shortest = 30", 'title = "Yours"', "title isn't one that can"),
        ("minimum_shortest = 20\nmaximum_pixels = 99", "", "from: it must be a list of tables"),
        ('title = "Mine"', 'title = "Mine"\nchannel = "{x}"', "channel: it must be a name in quotes, without braces"),
        ('title = "Mine"', 'title = "Mine"\nmaximum_pixels = 0', "maximum_pixels: it must be a whole number"),
    ],
)
def test_a_slip_in_a_dated_rule_is_told(own: Path, old: str, new: str, told: str) -> None:
    """A dated rule is read as strictly as any other."""
    assert old in DATED
    own.write_text(DATED.replace(old, new))
    with pytest.raises(SettingsError) as caught:
        policies.load_file(own)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
