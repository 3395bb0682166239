"""The progress line: where it stands, and in whose numbers."""

import io
import sys

import pytest

from auditor import texts
from auditor.checks import CODES
from auditor.model import Outcome
from auditor.reports.progress import Progress
from auditor.reports.row import Tally
from auditor.reports.totals import Totals


class Terminal(io.StringIO):
    """What stderr is for a person."""

    def isatty(self) -> bool:
        """Be one."""
        return True


@pytest.mark.parametrize(
    ("language", "done", "of", "failing"),
    [
        ("en", "1,500 rows [", "1,500/15,000 [", "1,500 failing"),
        ("vi", "1.500 dòng [", "1.500/15.000 [", "1.500 không đạt"),
    ],
)
def test_progress_writes_numbers_as_its_language_does(
    monkeypatch: pytest.MonkeyPatch, language: str, done: str, of: str, failing: str
) -> None:
    """Counts of rows and of failing ones, whether or not it is known how many there will be."""
    totals = Totals(CODES)
    for _ in range(1500):
        totals.add(Tally(Outcome.FAILING, 1))
    for share, counted in ((None, done), (0.1, of)):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        progress = Progress(texts.load(language), quiet=False)
        progress.read(1500, share)
        progress.done(1500, totals)
        progress.close()
        assert counted in terminal.getvalue()
        assert failing in terminal.getvalue()


def test_progress_of_reading_a_feed_to_choose_from(monkeypatch: pytest.MonkeyPatch) -> None:
    """While no row is chosen yet, the share of the feed that was read is shown."""
    for language, reading in (("en", "reading, 40%"), ("vi", "đang đọc, 40%")):
        terminal = Terminal()
        monkeypatch.setattr(sys, "stderr", terminal)
        progress = Progress(texts.load(language), quiet=False)
        progress.read(0, 0.4)
        progress.close()
        assert reading in terminal.getvalue()
