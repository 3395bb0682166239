"""Processing reports as text: a summary in the seller's language, then a table whose header is the same in all.

The table is there only if something is wrong. Its columns stand in any order.
"""

from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from auditor.aftermath.complaint import Complaint, message_of
from auditor.aftermath.error_table import Table, find_table
from auditor.aftermath.reports import LIMITS, ReportKind, several
from auditor.aftermath.summary_text import DELIMITERS, counts_in, line_below, summary_of
from auditor.errors import FeedError, Sentence
from auditor.feeds.encoding import Transcoder
from auditor.feeds.foreign import report
from auditor.feeds.head import Head, read_head
from auditor.feeds.lines import LineCutter
from auditor.feeds.records import Record, RecordReader, Shape, Unreadable, literal
from auditor.feeds.source import Source
from auditor.model import BadRowReason
from auditor.urls import INVISIBLE

_SUMMARY_LINES = 100  # in which the counts are looked for: summaries have a dozen


class TextReader:
    """Reads a text report, streamed."""

    def __init__(self, source: Source, head: Head, table: Table | None) -> None:
        self._source = source
        self._head = head
        self._table = table
        self.summary = summary_of(head.lines[: table.line - 1] if table else head.lines)
        self.recognised = Sentence("processing report as text, {encoding}", encoding=head.encoding.said)

    async def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints, one per row of the table."""
        table, found = self._table, 0
        if table is None:
            return
        async with aclosing(self._parts(table)) as parts:
            async for part in parts:
                complaints = self._complaints(part, table)
                found += len(complaints)
                yield complaints
        if not found:
            raise FeedError(
                "{name} has the header of a table of errors, and no error below it: fetch the whole report.",
                name=self._source.name,
            )

    async def _parts(self, table: Table) -> AsyncGenerator[Sequence[Record] | Unreadable, None]:
        """Yield the records of the table, some hundreds at a time, and what is none."""
        records = RecordReader(Shape(table.delimiter, table.width, ()), table.line + 1, LIMITS.record_limit)
        transcoder = Transcoder(self._head.encoding, self._source.name)
        cutter = LineCutter(LIMITS.record_limit, table.line)
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                for part in records.push(cutter.push(transcoder.push(block))):
                    yield part
        for lines in (cutter.push(transcoder.end()), cutter.end()):
            for part in records.push(lines):
                yield part
        for part in records.end():
            yield part

    def _complaints(self, part: Sequence[Record] | Unreadable, table: Table) -> list[Complaint]:
        if isinstance(part, Unreadable):
            cells = literal(part.text, table.delimiter)
            if part.reason is BadRowReason.QUOTE_NEVER_CLOSED and len(cells) >= table.width:  # a message may begin so
                return [table.complaint(cells)]
            return [Complaint(message=message_of(part.text))]  # it is told all the same
        rows = [cells for _, cells in part if any(cell.strip(INVISIBLE) for cell in cells)]
        if any(map(table.begins_another, rows)):
            raise several(self._source.name)
        return [table.complaint(cells) for cells in rows]


def _recognise(head: bytes) -> float | None:
    """Be sure of the table's header, and believe a summary of two counts or more."""
    if b"<ProcessingReport" in head or head.lstrip()[:1] in {b"{", b"<"} or head.startswith(b"PK"):
        return None
    lines = read_head(head, whole=True).lines
    if find_table(lines) is not None:
        return 1.0
    # The lines with counts begin with a delimiter; a list of products and their quantities has none there.
    counts = counts_in([line for line in lines[:_SUMMARY_LINES] if line[:1] in tuple(DELIMITERS)])
    filled = sum(1 for line in lines[:_SUMMARY_LINES] if line.strip())
    return 0.5 if report(head) or (len(counts) >= 2 and filled <= len(counts) + 4) else None


async def _reader(source: Source) -> TextReader:
    """Return a reader. Raises FeedError where there is more than a summary, and no table is found in it."""
    head = read_head(source.head, whole=source.whole)
    table = find_table(head.lines)
    if table is None:
        _see_whole(source)
    return TextReader(source, head, table)


def _see_whole(source: Source) -> None:
    """See that a report without a table is but a summary."""
    lines = read_head(source.head, whole=True).lines
    cut = find_table(lines)
    if cut is not None:
        raise FeedError(
            "{name} has a header in line {line} that doesn't end within its first {size:,} bytes, as no report has: "
            "fetch it again.",
            name=source.name,
            line=cut.line,
            size=len(source.head),
        )
    line = line_below(lines) or (None if source.whole else len(lines))
    if line is not None:
        raise FeedError(
            "{name} has something below its counts that is no table of errors (line {line}): fetch the whole report.",
            name=source.name,
            line=line,
        )


KIND = ReportKind("text", _recognise, _reader)
