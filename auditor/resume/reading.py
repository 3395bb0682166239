"""The rows of a run as they are read, with a digest, by which another run sees that it passes over the same ones."""

from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from hashlib import blake2b
from itertools import chain
from operator import itemgetter
from typing import Any

from auditor.errors import FeedError
from auditor.feeds import Batch, Feeds, Sampling, open_feeds, read_opened
from auditor.model import BadRow, ProductRow
from auditor.reports import Mark
from auditor.settings import Settings
from auditor.state import Slots

_SAID: Callable[[Any], Iterable[str]] = itemgetter(slice(2, 7))  # of an image: the product, the slot and the address


class Reading:
    """All feeds of a run, opened: `rows` reads them, behind those that `pass_over` has left out.

    `sampling` tells of the sample, where one was asked for. `slots` are marked as their images pass by, those of rows
    that are left out too.
    """

    def __init__(self, settings: Settings, feeds: Feeds) -> None:
        self.slots: Slots | None = None
        self._settings = settings
        self._begin(feeds)

    @classmethod
    async def open(cls, settings: Settings) -> "Reading":
        """Open the feeds. Raises `FeedError` as `open_feeds` does."""
        return cls(settings, await open_feeds(settings.feeds, settings.feed))

    def _begin(self, feeds: Feeds) -> None:
        self.feeds = feeds
        batches = read_opened(feeds, self._settings.feed)
        sample = self._settings.feed.sample
        self.sampling = Sampling(sample) if sample else None
        self._batches = self.sampling.choose(batches) if self.sampling else batches
        self._digest = blake2b(digest_size=16)
        self._count = 0
        self._marks = deque([Mark(0, self._digest.hexdigest())])
        if self.slots is not None:
            self.slots.forget()
        self._left: Batch | None = None  # of the batch in which the rows end that were passed over

    async def restart(self) -> None:
        """Begin again at the first row. Raises `FeedError` as `open_feeds` does."""
        await self._batches.aclose()
        self._begin(await open_feeds(self._settings.feeds, self._settings.feed))

    async def pass_over(self, rows: int, mark: Mark) -> bool:
        """Leave out so many rows; say whether they are those of the mark. If not, `restart` must follow."""
        same = mark == self._marks[0]
        try:
            while self._count < rows:
                batch = await anext(self._batches, None)
                if batch is None:
                    return False
                before = self._count
                self._note(batch.rows)
                same = same or mark == self._marks[-1]
                self._left = Batch(batch.rows[rows - before :], batch.share)
        except FeedError:
            return False
        return same

    async def rows(self) -> AsyncGenerator[Batch, None]:
        """Yield the rows in feed order. Raises `FeedError` where the feeds can't be read on."""
        async with aclosing(self._batches):
            if self._left:
                yield self._left
            async for batch in self._batches:
                self._note(batch.rows)
                yield batch

    def mark(self, rows: int) -> Mark:
        """The last mark at or before so many rows; asked for rising numbers."""
        while len(self._marks) > 1 and self._marks[1].rows <= rows:
            self._marks.popleft()
        return self._marks[0]

    async def aclose(self) -> None:
        """Let go of the feeds, of those too that weren't read: a pipe is open before it is."""
        await self._batches.aclose()
        for feed in self.feeds:
            await feed.aclose()

    def _note(self, rows: Sequence[ProductRow]) -> None:
        """Take rows into the digest. A batch is the same each time: the same blocks of the same file."""
        self._count += len(rows)
        self._digest.update(_told(rows))
        if self.slots:
            _mark(self.slots, rows)
        if rows:
            self._marks.append(Mark(self._count, self._digest.hexdigest()))


def _mark(slots: Slots, rows: Sequence[ProductRow]) -> None:
    for row in rows:
        if not isinstance(row, BadRow):
            for ref in row:
                slots.see(ref)


def _told(rows: Sequence[ProductRow]) -> bytes:
    """What rows say: of each image its product, slot and address, of an unreadable row its text."""
    told: Iterable[Iterable[str]] = map(_SAID, chain.from_iterable(rows))  # of most batches it is all
    if BadRow in map(type, rows):
        told = (cells for row in rows for cells in ([[row.text]] if isinstance(row, BadRow) else map(_SAID, row)))
    return "\0".join(chain.from_iterable(told)).encode("utf-8", "surrogatepass")
