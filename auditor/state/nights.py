"""The earlier nights of a run's feed: what they say of tonight's findings, and how tonight becomes one of them."""

import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from auditor.errors import Sentence, SettingsError
from auditor.model import Changes, Comparison, ImageRef, Recurrence
from auditor.reports.lines import Remember
from auditor.reports.night import read_night
from auditor.settings import Settings
from auditor.state.database import open_database
from auditor.state.ledger import Before, Ended, Found, Ledger, Night
from auditor.state.slots import Slots

# A day, and perhaps a time, as exports have them in their names.
_DATE = re.compile(r"(?<!\d)20\d\d([-_.]?)[01]\d\1[0-3]\d(?:[-_.T ]?\d{2}[-_.:h]?\d{2}(?:[-_.:m]?\d{2}s?)?)?(?!\d)")
ANY = "*"  # stands for it


class Nights:
    """The nights of one feed in a state file. `now` is set before anything is asked. Every method raises `StateError`.

    `slots` are those with findings that lasted, to be marked as the feed is read.
    """

    def __init__(self, path: Path, feed: str, now: float = 0.0) -> None:
        self.now = now
        self.feed = feed
        self._database = open_database(path)
        try:
            self._database.execute("PRAGMA synchronous = FULL")  # a night that was entered outlasts a power cut
            self._ledger = Ledger(path, self._database, feed)
        except BaseException:
            self._database.close()
            raise
        self._slots: Slots | None = None

    @property
    def slots(self) -> Slots:
        """The slots to be marked."""
        if self._slots is None:
            self._slots = self._ledger.slots()
        return self._slots

    def recurrence(self, ref: ImageRef, code: str) -> Recurrence:
        """What a report says of a finding of tonight."""
        return self._ledger.recurrence(ref, code, self.now)

    def obstacle(self, now: float) -> Sentence | None:
        """Why a run of that 'now' can't be gone on with, if so: what it wrote was compared with another night."""
        if self._ledger.completed_since(now):
            return Sentence("another run of this feed was completed since")
        return None

    def enter(self, night: Night, lines: Path, unsure: Collection[str] = ()) -> Comparison:
        """Make tonight's run one of the nights, from the findings in a file. Doing it again changes nothing.

        Whether findings with one of the `unsure` codes were fixed is known only if the night before judged alike.
        """
        unsure = () if self._is_alike(night.rules) else unsure
        changes = partial(self._ledger.complete, night, _found(lines), self.slots, unsure)
        return self._compared(night.rules, changes, entered=True)

    def compare(self, rules: str, lines: Path) -> Comparison:
        """Compare a run over a part of the feed, which becomes none of them."""
        return self._compared(rules, lambda: self._ledger.compare(_found(lines)), entered=False)

    def ended(self) -> Iterator[Ended]:
        """What tonight found no more."""
        return self._ledger.ended(self.now)

    @property
    def before(self) -> Before | None:
        """The completed run before."""
        return self._ledger.before(self.now)

    def _compared(self, rules: str, changes: Callable[[], Changes], *, entered: bool) -> Comparison:
        before = self.before
        return Comparison(self.feed, before and before.started, changes(), self._is_alike(rules), entered)

    def _is_alike(self, rules: str) -> bool:
        before = self.before
        return before is None or before.rules == rules

    def close(self) -> None:
        """Let go of the file."""
        self._database.close()


def _found(lines: Path) -> Iterator[Found]:
    return map(Found._make, read_night(lines))


@contextmanager
def open_nights(settings: Settings, now: float = 0.0) -> Iterator[Nights | None]:
    """Open the nights of a run's feed; None without a state file. Raises `StateError`, and `SettingsError` as below."""
    if settings.state is None:
        yield None
        return
    nights = Nights(settings.state, feed_name(settings), now)
    try:
        yield nights
    finally:
        nights.close()


def recurrence(nights: Nights | None) -> Remember | None:
    """What reports ask of every finding; None without memory."""
    return nights.recurrence if nights else None


def feed_name(settings: Settings) -> str:
    """What a feed is called from night to night: as the user says, else by its file without folder and date.

    Raises `SettingsError` where several files, or standard input, have no such name.
    """
    if settings.feed_name:
        return settings.feed_name
    if len(settings.feeds) != 1 or settings.feeds[0] == "-":
        raise SettingsError(
            "--state compares a feed with what it was the last time: give it a name with --feed-name, since {feeds} "
            "gives it none.",
            feeds=Sentence("standard input") if "-" in settings.feeds else Sentence("a list of several"),
        )
    path = Path(settings.feeds[0])
    return _DATE.sub(ANY, path.name or path.resolve().name or str(path))
