"""What a feed is called from night to night."""

import pytest

from auditor.errors import SettingsError
from auditor.settings import Settings
from auditor.state import feed_name


@pytest.mark.parametrize(
    ("feed", "name"),
    [
        ("exports/feed.txt", "feed.txt"),
        ("feed-2026-11-23.txt", "feed-*.txt"),
        ("20261123_feed.csv", "*_feed.csv"),
        ("feed_2026.11.23T0230.xlsx", "feed_*.xlsx"),
        ("feed-20261123-023000.txt", "feed-*.txt"),
        ("All Listings 11-23-2026.txt", "All Listings 11-23-2026.txt"),  # which of the three is the day isn't sure
        ("1202611231.txt", "1202611231.txt"),  # a number that has one inside
        ("feeds/", "feeds"),
        ("feeds/*.txt", "*.txt"),
    ],
)
def test_feed_goes_by_its_file_without_the_date(feed: str, name: str) -> None:
    """An export that has a new date each night is the same feed."""
    assert feed_name(Settings(feeds=(feed,))) == name


@pytest.mark.parametrize("feeds", [("a.txt", "b.txt"), ("-",)])
def test_feeds_without_a_name_need_one(feeds: tuple[str, ...]) -> None:
    """A list that grows, or standard input, would be another feed each night, or always the same."""
    with pytest.raises(SettingsError, match="give it a name with --feed-name"):
        feed_name(Settings(feeds=feeds))
    assert feed_name(Settings(feeds=feeds, feed_name="catalogue")) == "catalogue"
