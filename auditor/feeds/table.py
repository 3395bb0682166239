"""The rows of a text table, once its format has told where they stand and what its columns mean."""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple, TypeAlias

from auditor.errors import FeedError, Sentence
from auditor.feeds.columns import Columns, complaint
from auditor.feeds.encoding import Encoding, Transcoder
from auditor.feeds.head import Head
from auditor.feeds.lines import LineCutter
from auditor.feeds.records import BATCH, Quoting, Record, RecordReader, Shape, Unreadable
from auditor.feeds.rows import RowBuilder
from auditor.feeds.source import Digest, Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings

Parts: TypeAlias = Iterator[list[Record] | Unreadable]

DELIMITERS = {
    "\t": Sentence("tab-separated text"),
    ",": Sentence("comma-separated text"),
    ";": Sentence("semicolon-separated text"),
    "|": Sentence("bar-separated text"),
}


class Layout(NamedTuple):
    """Where the rows of a table stand and what they hold.

    `skip` counts the physical lines up to the end of the header; `examples` the rows below it that are no products;
    `marketplace` is that of all rows; `rows` makes products of them.
    """

    delimiter: str
    columns: Columns
    skip: int
    examples: int = 0
    marketplace: str = ""
    quoting: Quoting = Quoting()
    rows: type[RowBuilder] = RowBuilder


class TableText:
    """The records of a text table, streamed; `limit` is the most characters of one."""

    def __init__(self, source: Source, encoding: Encoding, layout: Layout, limit: int) -> None:
        images = tuple(column.at for column in layout.columns.images)
        shape = Shape(layout.delimiter, len(layout.columns.header), images, layout.quoting)
        self.records = RecordReader(shape, layout.skip + 1, limit)
        self._source = source
        self._transcoder = Transcoder(encoding, source.name)
        self._cutter = LineCutter(limit, layout.skip, layout.quoting.marks)

    async def portions(self, digest: Digest | None = None) -> AsyncGenerator[Parts, None]:
        """Yield what block after block completes; each is to be used up before the next. Raises FeedError.

        `digest` is given all bytes as they are stored.
        """
        async with aclosing(self._source.blocks(digest)) as blocks:
            async for block in blocks:
                yield self.records.push(self._cutter.push(self._transcoder.push(block)))
        last = self._cutter.push(self._transcoder.end())
        yield self.records.push(last)
        yield self.records.push(self._cutter.end())
        yield self.records.end()


class TableReader:
    """Reads one text table, streamed. `recognised` says what it was taken for.

    `layout`, `encoding` and `limit`, the most characters of a record, are what it reads by. Raises FeedError at once
    for what the head tells to be wrong: columns that are missing, no rows.
    """

    def __init__(
        self, source: Source, head: Head, layout: Layout, recognised: Sequence[Sentence], settings: FeedSettings
    ) -> None:
        why_not = complaint(layout.columns, settings)
        if why_not:
            raise FeedError("{name} {why}", name=source.name, why=why_not)
        self.recognised = recognised
        self.slots = layout.columns.slots
        self.ignored = layout.columns.ignored
        self._source = source
        self.encoding = head.encoding
        self.layout = layout
        self.limit = settings.record_limit
        self._settings = settings
        if source.whole and not any(head.lines[layout.skip + layout.examples :]):
            raise self._without_rows()

    def _without_rows(self) -> FeedError:
        skipped = Sentence("after the {rows:,} rows that its settings skip", rows=self.layout.examples)
        return FeedError(
            "{name} has a header row and no products {where}; export the feed again.",
            name=self._source.name,
            where=skipped if self.layout.examples else Sentence("below it"),
        )

    def rows(self) -> RowBuilder:
        """Return what makes product rows of the records, from the first one on."""
        layout = self.layout
        return layout.rows(self._source.path, layout.columns, self._settings, layout.marketplace)

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows. Raises FeedError if the feed can't be read on, or has none."""
        text = TableText(self._source, self.encoding, self.layout, self.limit)
        products = Products(self.rows(), text.records, self.layout.examples)
        async with aclosing(text.portions()) as portions:
            async for parts in portions:
                for rows in products.build(parts):
                    yield rows
        if not products.any:
            raise self._without_rows()


class Products:
    """Turns what was read into rows, but for the first `examples` of them. `any` tells whether there were more."""

    def __init__(self, rows: RowBuilder, records: RecordReader, examples: int) -> None:
        self.any = False
        self._rows = rows
        self._records = records
        self._examples = examples

    def build(self, parts: Parts) -> Iterator[list[ProductRow]]:
        """Yield rows; what comes in small pieces (many bad rows) is put together."""
        rows: list[ProductRow] = []
        for part in self.without_examples(parts) if self._examples else parts:
            if isinstance(part, Unreadable):
                more: list[ProductRow] = [self._rows.bad(part)]
            else:
                more = self._rows.build(part, odd=self._records.odd)
            if len(rows) + len(more) > BATCH:
                self.any = True
                yield rows
                rows = []
            rows += more
        if rows:
            self.any = True
            yield rows

    def without_examples(self, parts: Parts) -> Parts:
        """Yield the records without the examples, of which these may be more."""
        for part in parts:
            count = 1 if isinstance(part, Unreadable) else len(part)
            if count <= self._examples:
                self._examples -= count
                continue
            left, self._examples = self._examples, 0
            yield part if isinstance(part, Unreadable) else part[left:]
