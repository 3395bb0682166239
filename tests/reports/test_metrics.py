"""The figures for Prometheus."""

from auditor.reports.metrics import Run, metrics

FACTS = {
    "rows": {"read": 5, "passing": 3, "failing": 2},
    "images": 7,
    "findings": {"by_code": {"redirect": 2}, "by_kind": {"wrong": 2}, "by_severity": {"fail": 2}},
    "requests": 9,
    "bytes": 4096,
    "changes": {"since": "2026-11-22T01:00:00+00:00", "new": 1, "still": 1, "fixed": 4, "gone": 0},
}


def test_every_figure_has_its_meaning_and_the_name_of_the_feed() -> None:
    """The file is what the exporter's parser expects: help, type, then samples with labels."""
    text = metrics(Run("feed.txt", 1_800_000_000.25, 12.5, 1), FACTS)
    lines = text.splitlines()
    for line in (
        "# TYPE auditor_product_rows gauge",
        'auditor_product_rows{feed="feed.txt",outcome="failing"} 2',
        'auditor_findings{feed="feed.txt",code="redirect"} 2',
        'auditor_changes{feed="feed.txt",change="fixed"} 4',
        'auditor_exit_code{feed="feed.txt"} 1',
        'auditor_ended_timestamp_seconds{feed="feed.txt"} 1800000000.250',
    ):
        assert line in lines
    names = {line.split("{")[0] for line in lines if not line.startswith("#")}
    assert names == {line.split()[2] for line in lines if line.startswith("# HELP")}
    assert text.endswith("\n")


def test_part_of_a_feed_tells_no_figure_that_is_not_known() -> None:
    """Nobody knows what was fixed where only a part of a feed was looked at."""
    text = metrics(Run("feed.txt", 0, 0, 1), {**FACTS, "changes": {"since": None, "new": 1, "still": 1}})
    assert 'auditor_changes{feed="feed.txt",change="still"} 1' in text.splitlines()
    assert 'change="fixed"' not in text


def test_names_of_feeds_are_made_safe() -> None:
    """Quotes, backslashes and line ends in a name can't break out of the label."""
    text = metrics(Run('a"b\\c\nd', 0, 0, 2), {})
    assert 'auditor_exit_code{feed="a\\"b\\\\c\\nd"} 2' in text.splitlines()


def test_run_that_did_not_begin_has_an_exit_code_only() -> None:
    """Of it nothing else is known, and old figures don't stand in for it."""
    assert "auditor_product_rows" not in metrics(Run("f", 0, 0, 2), {})
