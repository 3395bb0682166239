"""A feed beside its audit: every image that the feed asks for, with what is to be done about it, in feed order."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from auditor.errors import SettingsError
from auditor.feeds import open_feeds, read_opened
from auditor.model import BadRow, ImageRef, ProductRow
from auditor.repair.audited import AuditFile, Line
from auditor.repair.remedy import Action, Remedy, remedy_of
from auditor.repair.rules import Rules
from auditor.settings import FeedSettings
from auditor.urls import redact


class Planned(NamedTuple):
    """One image that a feed asks for (or a row that can't be read), and what is to be done about it.

    `key` stands for its repair; it is empty where there is none.
    """

    ref: ImageRef | BadRow
    remedy: Remedy
    key: bytes = b""


class Surveyed(NamedTuple):
    """Some images, and the share of the feed that was read by then, from 0 to 1."""

    images: list[Planned]
    share: float | None


class Survey:
    """Reads a feed and its audit side by side, as often as is needed. `named` is what the audit calls the feed.

    `nothing` and `unaudited` count what the last reading has left out: images with nothing to do, and images that the
    audit hasn't looked at, as with --limit or --sample.
    """

    def __init__(self, feed: str, settings: FeedSettings, audit: AuditFile, named: str, rules: Rules) -> None:
        self.nothing = 0
        self.unaudited = 0
        self._feed = feed
        self._settings = settings
        self._audit = audit
        self._named = named
        self._keys = rules.keys
        self._bounds = rules.bounds

    async def images(self) -> AsyncGenerator[Surveyed, None]:
        """Yield the images with something to be done, in feed order.

        Raises `FeedError` for a feed that can't be read, `SettingsError` for an audit that isn't its own.
        """
        self.nothing = self.unaudited = 0
        feeds = await open_feeds([self._feed], self._settings)
        lines = _Lines(self._audit, self._named, self._settings.slots)
        async with aclosing(read_opened(feeds, self._settings)) as batches, aclosing(lines):
            async for batch in batches:
                found: list[Planned] = []
                for row in batch.rows:
                    if row:
                        found += self._row(row, await lines.of(_number(row)))
                yield Surveyed(found, batch.share)
            if await lines.more():
                raise self._other()

    def _row(self, row: ProductRow, lines: Sequence[Line]) -> Iterator[Planned]:
        if isinstance(row, BadRow):
            if lines and lines[0].slot:
                raise self._other()
            beside: list[tuple[ImageRef | BadRow, Line | None]] = [(row, next(iter(lines), None))]
        else:
            beside = list(self._beside(row, lines))
        for ref, line in beside:
            if line is None:
                self.unaudited += 1
                continue
            remedy = remedy_of(line.findings, self._bounds.exceeded_by(line.facts or {}))
            if remedy.action is Action.NOTHING:
                self.nothing += 1
            else:
                yield Planned(ref, remedy, self._key(ref, remedy.action, line))

    def _beside(self, row: Sequence[ImageRef], lines: Sequence[Line]) -> Iterator[tuple[ImageRef, Line | None]]:
        """Put each image beside its audit, by slot; a row may ask for the same slot in several marketplaces."""
        left = list(lines)
        for ref in row:
            place = (ref.marketplace, ref.slot)
            line = next((line for line in left if (line.marketplace, line.slot) == place), None)
            if line is not None:
                left.remove(line)
                if line.url != redact(ref.url):
                    raise self._other()
            yield ref, line
        if left:
            raise self._other()

    def _key(self, ref: ImageRef | BadRow, action: Action, line: Line) -> bytes:
        if isinstance(ref, BadRow) or action is Action.CANNOT:
            return b""
        if action is Action.CONVERT:
            return self._keys.of_file(ref.url, ref.slot, line.facts or {})
        return self._keys.of_way(ref.url, ref.slot)

    def _other(self) -> SettingsError:
        return SettingsError(
            "The audit {audit} isn't one of {feed} as it is now: make it anew with auditor check {feed} --jsonl "
            "{audit}.",
            audit=self._audit.path,
            feed=self._feed,
        )


class _Lines:
    """The lines of an audit about one feed and the slots that are read of it, asked for by rising rows."""

    def __init__(self, audit: AuditFile, feed: str, slots: Sequence[str]) -> None:
        self._blocks = audit.lines()
        self._feed = feed
        self._slots = frozenset(slots)
        self._block: list[Line] = []
        self._place = 0

    async def of(self, row: int) -> list[Line]:
        """The lines of a row; none if the audit hasn't looked at it, or if those before it aren't asked for."""
        found: list[Line] = []
        while (line := await self._next()) is not None and line.row == row:
            found.append(line)
            self._place += 1
        return found

    async def more(self) -> bool:
        """Whether there are lines that belong to no row asked for."""
        return await self._next() is not None

    async def _next(self) -> Line | None:
        while True:
            while self._place < len(self._block):
                line = self._block[self._place]
                if line.feed == self._feed and not (self._slots and line.slot and line.slot not in self._slots):
                    return line
                self._place += 1
            block = await anext(self._blocks, None)
            if block is None:
                return None
            self._block, self._place = block, 0

    async def aclose(self) -> None:
        await self._blocks.aclose()


def _number(row: ProductRow) -> int:
    return row.row if isinstance(row, BadRow) else row[0].row
