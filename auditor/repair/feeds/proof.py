"""The corrected feed, read again before it is published: row for row it asks for the images of the feed it is of.

What surrounds a link decides how it is read: quotes are judged by the rows they stand in. A row of which all is as it
was, but for a new address, may come to be read otherwise, or the rows around it. Nobody would look for that.
"""

from collections import deque
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from auditor.errors import AuditorError, FeedError, Sentence
from auditor.feeds.feed import Feed
from auditor.feeds.formats import reader_for
from auditor.feeds.source import Source
from auditor.model import BadRow, ImageRef, ProductRow
from auditor.repair.feeds.change import Changes
from auditor.repair.feeds.new_links import NewLink
from auditor.repair.feeds.output import Output
from auditor.settings import FeedSettings


class Proof(NamedTuple):
    """What a corrected feed is held against: the feed it is of, how that is read, and the changes that were made."""

    feed: Feed
    reading: FeedSettings
    changes: Changes
    output: Output

    async def of(self, written: Path) -> None:
        """See that a file asks for the same images as the feed, but for the new links.

        Raises AuditorError where a row doesn't, and FeedError where the feed itself can't be read on.
        """
        if not self.changes.made and (self.output.only_changed or not self.output.as_text):
            return  # no byte is new
        asks = _Asks(self.changes.links.all(), self.output)
        rows: deque[ProductRow] = deque()
        async with aclosing(self._written(written)) as portions, aclosing(self.feed.reader.read()) as own:
            async for some in own:
                while len(rows) < len(some) and (more := await anext(portions, None)) is not None:
                    rows += more
                self._hold(asks.take(some, rows))
            while not rows and (more := await anext(portions, None)) is not None:
                rows += more
        self._hold(asks.rest(rows))

    async def _written(self, path: Path) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the rows of the file."""
        # The text of a workbook has no sheets and another format.
        reading = replace(self.reading, sheet=None, feed_format=None) if self.output.as_text else self.reading
        source = Source(str(path), reading.block)
        source.name = str(self.output.path)
        try:
            await source.look()
            _, reader = await reader_for(source, reading)
            async with aclosing(reader.read()) as portions:
                async for rows in portions:
                    yield rows
        except FeedError as error:
            raise AuditorError(
                "The corrected feed {name} isn't written, for it couldn't be read again: {why}",
                name=self.output.path,
                why=error.sentence,
            ) from error
        finally:
            await source.aclose()

    def _hold(self, row: int | None) -> None:
        if row is not None:
            raise AuditorError(
                "The corrected feed {name} isn't written, for row {row} would be read otherwise in it than in {feed}: "
                "{advice}",
                name=self.output.path,
                row=row,
                feed=self.feed.name,
                advice=self._advice,
            )

    @property
    def _advice(self) -> Sentence:
        if self.output.only_changed:  # rows that go with those before them don't stand alone
            return Sentence("leave --only-changed out.")
        if self.output.as_text:
            return Sentence("leave --as-text out.")
        return Sentence(
            "look at the quotes and the links there and above, put them right, check {feed} again, then repair it.",
            feed=self.feed.name,
        )


class _Asks:
    """Compares rows with those of a corrected feed, one after the other."""

    def __init__(self, made: Iterator[NewLink], output: Output) -> None:
        self._made = made
        self._ahead: deque[NewLink] = deque()  # the links that were changed next, as far as they were looked at
        self._some = output.only_changed
        self._exact = not (output.as_text or self._some)
        # Of a workbook's text the lines count otherwise, and its ids may be dates or switches, which it shows; so may
        # what stands where a link should be.
        self._text = output.as_text
        first = "marketplace" if output.as_text else "asin" if self._some else "row"
        self._same = slice(ImageRef._fields.index(first), ImageRef._fields.index("url"))
        self._row = 1  # the last that was compared

    def take(self, rows: list[ProductRow], written: deque[ProductRow]) -> int | None:
        """Take rows, and as many of those written as belong to them; return the number of one that is otherwise."""
        for row in rows:
            if not row and not self._exact:
                continue
            self._row = _number(row) or self._row
            while written and not written[0] and not self._exact:
                written.popleft()
            if self._some and not self._changes(self._row):
                continue
            if written and self._is(row, written[0]):
                written.popleft()
            elif not self._some:  # else the next one may have the same number
                return self._row
        return None

    def rest(self, written: deque[ProductRow]) -> int | None:
        """Return the number of a row that is left where none should be."""
        made = self._next(0)
        if made is not None:
            return made.row
        return self._row if any(row or self._exact for row in written) else None

    def _changes(self, number: int) -> bool:
        made = self._next(0)
        return made is not None and made.row == number

    def _next(self, at: int) -> NewLink | None:
        while len(self._ahead) <= at and (made := next(self._made, None)) is not None:
            self._ahead.append(made)
        return self._ahead[at] if at < len(self._ahead) else None

    def _is(self, row: ProductRow, written: ProductRow) -> bool:
        if isinstance(row, BadRow) or isinstance(written, BadRow):
            return isinstance(row, BadRow) and isinstance(written, BadRow) and row[1:] == written[1:]
        news: list[NewLink] = []
        twins: list[tuple[str, str]] = []  # of other images of the row by now, as Shopify's variants may be
        others = deque(written)
        for ref in row:
            if not others or ref[self._same] != others[0][self._same]:
                twins.append((ref.slot, ref.marketplace))
            elif (url := others.popleft().url) != ref.url and not (self._text and "://" not in url + ref.url):
                news.append(NewLink(ref.row, ref.slot, ref.marketplace, url))
        return not others and self._were_made(news, twins, {ref.url for ref in written})

    def _were_made(self, news: list[NewLink], twins: list[tuple[str, str]], links: set[str]) -> bool:
        """Say whether the links that were changed next are these, and go behind them if so."""
        count = 0
        while (made := self._next(count)) is not None:
            if made in news:
                news.remove(made)
            elif (made.slot, made.marketplace) in twins and made.new in links:
                twins.remove((made.slot, made.marketplace))
            else:
                break
            count += 1
        if news or twins:
            return False
        for _ in range(count):
            self._ahead.popleft()
        return True


def _number(row: ProductRow) -> int | None:
    if isinstance(row, BadRow):
        return row.row
    return row[0].row if row else None
