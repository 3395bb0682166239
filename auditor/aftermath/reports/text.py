"""Processing reports as text: a summary in the seller's language, then a table whose header is the same in all.

The table is there only if something is wrong. Its columns stand in any order.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from auditor.aftermath.complaint import Complaint, ReportSummary, grade_of, message_of, name_of, number_of
from auditor.aftermath.reports import LIMITS, ReportKind
from auditor.errors import Sentence
from auditor.feeds.encoding import Transcoder
from auditor.feeds.foreign import report
from auditor.feeds.head import Head, read_head
from auditor.feeds.lines import LineCutter
from auditor.feeds.records import RecordReader, Shape, Unreadable, literal
from auditor.feeds.source import Source
from auditor.urls import INVISIBLE

_LONGEST = 500  # letters of a line with a count: to try a pattern on a long one takes time that grows with its square
_LOOKED_AT = 100  # lines in which the header is looked for: summaries have a dozen
_DELIMITERS = "\t;,|"  # a tab in Amazon's own; others once a spreadsheet has saved it
_NAMES = {
    "original-record-number": "record",
    "record-number": "record",
    "sku": "sku",
    "seller-sku": "sku",
    "error-code": "code",
    "error-type": "severity",
    "error-message": "message",
    "attribute-name": "attribute",
    "attribute": "attribute",
    "asin": "asin",
}
_COUNT = re.compile(r"[\s\"]*([^\t;,|\d\"][^\t;|\"]*?)[\"]?[\t;,|]+[\s\"]*(\d[\d.,'\u00a0\u202f ]*)[\"\t;,|]*\s*")
_BATCH = re.compile(r"(?:batch|feed|submission)[ _-]?(?:submission[ _-]?)?id\D{0,10}(\d{4,20})", re.IGNORECASE)


class _Table(NamedTuple):
    """Where the table stands: its last header line from 1, its delimiter, and the column of each field."""

    line: int
    delimiter: str
    columns: dict[str, int]
    width: int


class TextReader:
    """Reads a text report, streamed."""

    def __init__(self, source: Source, head: Head) -> None:
        self._source = source
        self._head = head
        self._table = _find_table(head.lines)
        self.summary = _summary(head.lines[: self._table.line - 1 if self._table else len(head.lines)])
        self.recognised = Sentence("processing report as text, {encoding}", encoding=head.encoding.said)

    async def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints, one per row of the table."""
        table = self._table
        if table is None:
            return
        records = RecordReader(Shape(table.delimiter, table.width, ()), table.line + 1, LIMITS.record_limit)
        transcoder = Transcoder(self._head.encoding, self._source.name)
        cutter = LineCutter(LIMITS.record_limit, table.line)
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                for part in records.push(cutter.push(transcoder.push(block))):
                    yield _complaints(part, table.columns)
        for lines in (cutter.push(transcoder.end()), cutter.end()):
            for part in records.push(lines):
                yield _complaints(part, table.columns)
        for part in records.end():
            yield _complaints(part, table.columns)


def _complaints(part: Sequence[tuple[int, list[str]]] | Unreadable, columns: dict[str, int]) -> list[Complaint]:
    if isinstance(part, Unreadable):
        return [Complaint(message=message_of(part.text))]  # it is told all the same
    return [_complaint(cells, columns) for _, cells in part if any(cell.strip(INVISIBLE) for cell in cells)]


def _complaint(cells: list[str], columns: dict[str, int]) -> Complaint:
    def cell(field: str) -> str:
        at = columns.get(field, len(cells))
        return cells[at] if at < len(cells) else ""

    return Complaint(
        sku=name_of(cell("sku")),
        record=number_of(cell("record")),
        code=name_of(cell("code")),
        severity=grade_of(cell("severity")),
        message=message_of(cell("message")),
        attribute=name_of(cell("attribute")),
        asin=name_of(cell("asin")),
    )


def _find_table(lines: Sequence[str]) -> _Table | None:
    """Find the header: the one row that isn't said in the seller's language."""
    for number, line in enumerate(lines[:_LOOKED_AT], 1):
        for delimiter in _DELIMITERS:
            names = [re.sub(r"[\s_]+", "-", cell.strip(INVISIBLE).casefold()) for cell in literal(line, delimiter)]
            columns: dict[str, int] = {}
            for at, name in enumerate(names):
                if name in _NAMES:
                    columns.setdefault(_NAMES[name], at)
            if "code" in columns and columns.keys() & {"message", "record", "sku"}:
                return _Table(number, delimiter, columns, len(names))
    return None


def _counts(lines: Sequence[str]) -> Iterator[int | None]:
    """Yield the numbers of a summary in their order, which is the same in every language."""
    short = (line for line in lines if len(line) <= _LONGEST)
    yield from (number_of(found[2]) for line in short if (found := _COUNT.fullmatch(line)) is not None)


def _summary(lines: Sequence[str]) -> ReportSummary:
    batch = next((found[1] for line in lines if (found := _BATCH.search(line))), "")
    counts = [*_counts([line for line in lines if not _BATCH.search(line)]), None, None]
    return ReportSummary(batch, processed=counts[0], successful=counts[1])


def _recognise(head: bytes) -> float | None:
    """Be sure of the table's header, and believe a summary of two counts or more."""
    if b"<ProcessingReport" in head or head.lstrip()[:1] in {b"{", b"<"} or head.startswith(b"PK"):
        return None
    lines = read_head(head, whole=True).lines
    if _find_table(lines) is not None:
        return 1.0
    # The lines with counts begin with a delimiter; a list of products and their quantities has none there.
    counts = list(_counts([line for line in lines[:_LOOKED_AT] if line[:1] in tuple(_DELIMITERS)]))
    filled = sum(1 for line in lines[:_LOOKED_AT] if line.strip())
    return 0.5 if report(head) or (len(counts) >= 2 and filled <= len(counts) + 4) else None


async def _reader(source: Source) -> TextReader:
    return TextReader(source, read_head(source.head, whole=source.whole))


KIND = ReportKind("text", _recognise, _reader)
