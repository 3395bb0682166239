"""The work on a case: what is known is read, products are sorted, and the folder is written."""

import sqlite3
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import TypeAlias

from auditor.aftermath.case import Case, Records, Standing, sort_products
from auditor.aftermath.channel import CASE, OWN, see_channel
from auditor.aftermath.folder import ATTACHMENT, TO_DO, attached, check_folder, to_do, write_folder
from auditor.aftermath.letter import Claims, write_letters
from auditor.aftermath.looks import Audited, read_audit
from auditor.aftermath.missing import Missing
from auditor.aftermath.missing_file import read_missing
from auditor.aftermath.wanted import Gathering
from auditor.feeds import read_feeds
from auditor.feeds.opened import STDIN
from auditor.model import ProductRow
from auditor.settings import Settings
from auditor.state import Sent, Uploads, clean_batches, feed_name, last_run, open_database, unclean_batches
from auditor.texts import Texts

AuditNow: TypeAlias = Callable[[Sequence[ProductRow]], Awaitable[Audited]]


class Casework:
    """Sorts the products of the settings' feed that show no picture, and writes what comes of it.

    `method` is how products are managed, `batch` the user's word for the Batch ID. `audit_now` audits rows.
    """

    def __init__(self, settings: Settings, method: str, batch: str, words: Texts, audit_now: AuditNow) -> None:
        self._settings = settings
        self._words = words
        self._audit_now = audit_now
        self._claims = Claims(method, "", None, None, {}, batch.strip(), ATTACHMENT)
        self._cases: list[Case] = []
        self._notes: list[str] = []
        self._files: list[Path] = []
        self._inputs: list[str] = list(settings.feeds)
        self._unclean: frozenset[str] = frozenset()
        self._unknown = 0

    async def read(self, missing_path: str, audit: str | None, state: Path | None) -> Missing:
        """Read the list, the audit, the feed and the records, and sort. Raises `AuditorError`."""
        settings = self._settings
        self._inputs += [path for path in (missing_path, audit) if path is not None]
        with ExitStack() as opened:
            uploads = None
            if state is not None:
                database = opened.enter_context(closing(open_database(state, create=False)))
                uploads = Uploads(state, database)
                self._claims = self._claims._replace(
                    checked=_last_check(state, database, settings), clean=clean_batches(state, database)
                )
                self._unclean = unclean_batches(state, database)
            missing = await read_missing(missing_path, settings)
            self._unknown = missing.unknown
            gathering = Gathering(missing)
            await gathering.read(read_feeds(settings.feeds, settings.feed))
            if audit is not None:
                audited = await read_audit(audit, gathering.found, settings.feed)
                see_channel(audited.policy, audited.channel, CASE)
            else:
                audited = await self._audit_now([row for wanted in gathering.found.values() for row in wanted.rows])
                self._claims = self._claims._replace(audited=settings.clock())
            find = None if uploads is None else partial(self._find, uploads)
            records = Records(audited, find, settings.clock() - settings.aftermath.wait)
            self._cases = list(sort_products(missing, gathering.found, records))
        self._claims = self._claims._replace(policy=audited.policy)
        self._note(gathering.unreadable, state)
        return missing

    def _find(self, uploads: Uploads, sku: str, asin: str) -> Sent | None:
        """Find what was sent of a product. An upload without a Batch ID takes the user's word for it."""
        sent = uploads.find(sku, asin)
        if sent is None:
            return None
        first = sent.first
        named = first._replace(batch=first.batch or self._claims.batch)
        return sent._replace(first=named, last=named if sent.last == first else sent.last)

    def _note(self, unreadable: int, state: Path | None) -> None:
        """Note what the user should know of what is sorted."""
        if unreadable:
            self._notes.append(self._words.phrase("case-unreadable", count=unreadable))
        if state is None and self._standing(Standing.ASK):
            self._notes.append(self._words.phrase("case-unrecorded"))

        batches = {case.sent.first.batch for case in self._standing(Standing.ASK) if case.sent}
        for batch in sorted(batches & self._unclean):
            self._notes.append(self._words.phrase("case-unclean", batch=batch))

    def _standing(self, standing: Standing) -> list[Case]:
        return [case for case in self._cases if case.standing is standing]

    async def write(self, folder: Path) -> None:
        """Write the folder. Raises ReportError where that can't be done, SettingsError where it would cost an input."""
        check_folder(folder, self._inputs)
        ready = self._standing(Standing.ASK)
        others = [case for case in self._cases if case.standing is not Standing.ASK]
        length = self._settings.aftermath.case_length
        letters = write_letters(ready, self._claims, self._words, length)
        files = {f"case-{number}.txt": text.encode(errors="replace") for number, text in enumerate(letters, 1)}
        if ready:
            files[ATTACHMENT] = attached(ready)
        if others:
            files[TO_DO] = to_do(others, self._words, self._settings.aftermath.wait)
        await write_folder(folder, files)
        self._files = [folder / name for name in files]

    def told(self) -> Iterator[str]:
        """Yield what is said of it: how many products stand where, and what was written."""
        counts = Counter(case.standing for case in self._cases)
        if not self._cases:
            unknown = self._unknown
            yield self._words.phrase("case-unknown", count=unknown) if unknown else self._words.phrase("case-none")
        for standing in Standing:
            if count := counts[standing]:
                yield f"{self._words.number(count):>9}  {self._words.phrase(f'case-{standing}')}"
        yield from self._notes
        if self._files:
            yield self._words.phrase("case-files", files=", ".join(_shortened(self._files)))


def _last_check(state: Path, database: sqlite3.Connection, settings: Settings) -> float | None:
    """When the feed was last checked as a whole by Amazon's rules; one from a pipe is known by a name alone."""
    unknown = STDIN in settings.feeds and not settings.feed_name
    return None if unknown else last_run(state, database, feed_name(settings), OWN)


def _shortened(files: Sequence[Path]) -> Iterator[str]:
    """Name files, of more than two texts the first and the last."""
    letters = [str(path) for path in files if path.suffix == ".txt"]
    yield from [f"{letters[0]} … {letters[-1]}"] if len(letters) > 2 else letters
    yield from (str(path) for path in files if path.suffix != ".txt")
