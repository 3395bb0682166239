"""Points in time: read in any zone, shown in two, right on the days on which clocks are changed."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.aftermath.moments import local, read_moment, utc
from auditor.errors import SettingsError

ZONES = ("America/Los_Angeles", "Europe/Berlin", "Asia/Ho_Chi_Minh", "Australia/Lord_Howe", "Asia/Kathmandu")
NOON = datetime(2026, 11, 24, 12, 30, tzinfo=UTC).timestamp()


@pytest.fixture
def _in_california(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let this computer stand there."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/Los_Angeles")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-24 12:30Z",
        "2026-11-24T12:30:00 UTC",
        "2026-11-24 19:30 +07:00",
        " 2026-11-24T19:30+0700 ",
        "2026-11-24 04:30 America/Los_Angeles",
        "2026-11-24 19:30 Asia/Ho_Chi_Minh",
    ],
)
def test_zone_may_be_written_in_several_ways(text: str) -> None:
    """All of them are the same moment."""
    assert read_moment(text) == NOON


@pytest.mark.usefixtures("_in_california")
@pytest.mark.parametrize("text", ["0001-01-01 00:00Z", "0001-01-01 00:00", "1994-12-31 23:59 +07:00"])
def test_time_before_there_was_amazon_is_refused(text: str) -> None:
    """The earliest of them can't even be shown in this zone."""
    with pytest.raises(SettingsError, match="a year before 1995"):
        read_moment(text)


@pytest.mark.usefixtures("_in_california")
def test_without_a_zone_the_computers_own_counts() -> None:
    """And it is shown with its difference to UTC."""
    assert read_moment("2026-11-24 04:30") == NOON
    assert (local(NOON), utc(NOON)) == ("2026-11-24 04:30 -08:00", "2026-11-24 12:30 UTC")


@pytest.mark.usefixtures("_in_california")
def test_a_day_of_25_hours_has_24_hours_until_the_clock_shows_an_hour_less() -> None:
    """From the eve of the change, 24 hours later the clock shows eleven where it showed noon."""
    sent = read_moment("2026-10-31 12:00")
    assert local(sent + 24 * 3600) == "2026-11-01 11:00 -08:00"
    assert local(read_moment("2026-03-07 12:00") + 24 * 3600) == "2026-03-08 13:00 -07:00"


@pytest.mark.usefixtures("_in_california")
@pytest.mark.parametrize("zone", ["", " America/Los_Angeles"])
def test_time_that_came_twice_or_never_is_refused(zone: str) -> None:
    """What is meant can't be known; the sentence says how to write it."""
    with pytest.raises(SettingsError, match=r"came twice, .* write -0700 or -0800 behind it"):
        read_moment("2026-11-01 01:30" + zone)
    with pytest.raises(SettingsError, match="didn't come about"):
        read_moment("2026-03-08 02:30" + zone)
    assert read_moment("2026-11-01 01:30 -0800") - read_moment("2026-11-01 01:30 -0700") == 3600


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-11-24", "24.11.2026 12:30", "2026-13-01 12:00", "2026-11-24 25:00Z"]
)
def test_other_text_is_no_time(text: str) -> None:
    """One sentence, with an example."""
    with pytest.raises(SettingsError, match="is no date and time: write it as 2026-11-24 09:30"):
        read_moment(text)


@pytest.mark.parametrize("name", ["Mars/Base", "Europe/../Berlin", "America/" + "x" * 300])
def test_zone_that_is_not_known_is_told(name: str) -> None:
    """Whatever its name would mean as a path."""
    with pytest.raises(SettingsError, match=r"isn't known here|is no date and time"):
        read_moment(f"2026-11-24 12:30 {name}")


@given(st.integers(800_000_000, 2**32), st.sampled_from(ZONES))
def test_what_a_clock_shows_leads_back_to_the_moment(moment: int, zone: str) -> None:
    """In every zone, but for the hour that comes twice, which is told."""
    shown = datetime.fromtimestamp(moment, ZoneInfo(zone))
    try:
        assert read_moment(f"{shown:%Y-%m-%d %H:%M:%S} {zone}") == moment
    except SettingsError as error:
        other = shown.replace(fold=1 - shown.fold)
        assert "came twice" in str(error)  # noqa: PT017  # hypothesis tries both ways
        assert shown.utcoffset() != other.utcoffset()
