"""Processing reports as a workbook: the template that was uploaded, with a summary sheet and errors in cell comments.

The sheets are found by content: those with products by their attribute names, the summary by its heading and counts. A
template has comments of its own, as help, above the products: those make no report.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from auditor.aftermath.complaint import Complaint, ReportSummary, message_of, name_of
from auditor.aftermath.messages import code_in, messages_in
from auditor.aftermath.reports import LIMITS, ReportKind
from auditor.aftermath.summary_sheet import find_summary
from auditor.errors import FeedError, Sentence
from auditor.feeds.cells import shown
from auditor.feeds.comments import Comment
from auditor.feeds.formats.workbook import Look, looks
from auditor.feeds.sheet import SheetRow
from auditor.feeds.source import Source
from auditor.feeds.workbook import Workbook

_TOLD = 10  # names of sheets


class WorkbookReader:
    """Reads a workbook's comments, sheet by sheet, and joins them to the SKUs of their rows."""

    def __init__(self, source: Source, found: Sequence[Look], summary: ReportSummary) -> None:
        self._source = source
        self._looks = found
        self.summary = summary
        names = ", ".join(shown(look.sheet.name) for look in found[:_TOLD])
        self.recognised = Sentence("processing report as workbook, sheet “{sheet}”", sheet=names)

    async def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints, one per message of a comment, in the order of the sheets."""
        book = await Workbook.open(self._source, LIMITS)
        try:
            for look in self._looks:
                waiting = await _by_row(book, look)
                if not waiting:
                    continue
                async with aclosing(_rows(book, look)) as portions:
                    async for rows in portions:
                        yield [
                            one for row, cells in rows for one in _complaints(look, row, cells, waiting.pop(row, ()))
                        ]
                for row, comments in sorted(waiting.items()):  # of rows without any value
                    yield list(_complaints(look, row, [], comments))
        finally:
            book.close()


def _counts(comment: Comment, look: Look) -> bool:
    """Say whether a comment may be a complaint: it says something of a product, or of who knows what."""
    return (comment.row >= look.first or comment.row == 0) and bool(comment.text.strip())


async def _by_row(book: Workbook, look: Look) -> dict[int, list[Comment]]:
    """Sort the comments of a sheet by their rows."""
    found: dict[int, list[Comment]] = {}
    async with aclosing(book.comments(look.sheet)) as portions:
        async for comments in portions:
            for comment in comments:
                if _counts(comment, look):
                    found.setdefault(comment.row, []).append(comment)
    return found


async def _has_complaints(book: Workbook, look: Look) -> bool:
    async with aclosing(book.comments(look.sheet)) as portions:
        async for comments in portions:
            if any(_counts(comment, look) for comment in comments):
                return True
    return False


async def _rows(book: Workbook, look: Look) -> AsyncGenerator[list[SheetRow], None]:
    """Yield a sheet's rows, of which only the SKUs are read."""
    sku = look.names.columns.sku
    strings = await book.strings()
    try:
        reader = book.reader(strings)
        reader.width, reader.wanted = sku + 1, frozenset({sku})
        async with aclosing(book.rows(look.sheet, reader)) as portions:
            async for rows, _ in portions:
                yield rows
    finally:
        strings.close()


def _complaints(look: Look, row: int, cells: Sequence[str], comments: Sequence[Comment]) -> Iterator[Complaint]:
    columns = look.names.columns
    sku = name_of(cells[columns.sku]) if 0 <= columns.sku < len(cells) else ""
    for comment in comments:
        attribute = columns.header[comment.column] if 0 <= comment.column < len(columns.header) else ""
        for message in messages_in(comment.text):
            code, grade = code_in(message)
            yield Complaint(sku, None, row or None, code, grade, message_of(message), name_of(attribute))


def _templates(found: Sequence[Look]) -> list[Look]:
    """Choose the sheets with products: all that begin as templates do, else all tables with SKUs but the examples."""
    found = tuple({look.sheet.part: look for look in found}.values())  # 200 names of one part would be read 200 times
    begun = [look for look in found if look.begins]
    tables = [look for look in found if look.names.columns.sku >= 0]
    return begun or [look for look in tables if not look.is_example] or tables


def _recognise(head: bytes) -> float | None:
    """Believe any zip archive: one that is no workbook was unpacked before."""
    return 0.5 if head.startswith(b"PK\x03\x04") else None


async def _reader(source: Source) -> WorkbookReader:
    """Return a reader of the sheets with products. Raises FeedError where there are neither comments nor counts."""
    book = await Workbook.open(source, LIMITS)
    try:
        found = _templates(await looks(book, LIMITS))
        summary = await find_summary(book, [look.sheet for look in found])
        if found and (summary or any([await _has_complaints(book, look) for look in found])):
            return WorkbookReader(source, found, summary or ReportSummary())
    finally:
        book.close()
    raise FeedError(
        "{name} is a workbook without a processing summary or comments on its products, so no processing report. Name "
        "the feed first, then the reports that Amazon gave for it.",
        name=source.name,
    )


KIND = ReportKind("workbook", _recognise, _reader)
