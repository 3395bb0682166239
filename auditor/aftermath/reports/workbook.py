"""Processing reports as a workbook: the template that was uploaded, with a summary sheet and errors in cell comments.

The sheets are found by content: the template by its attribute names, the summary by its labels with counts.
"""

import re
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from auditor.aftermath.complaint import Complaint, Grade, ReportSummary, known_grade, message_of, name_of, number_of
from auditor.aftermath.reports import LIMITS, ReportKind
from auditor.errors import FeedError, Sentence
from auditor.feeds.cells import shown
from auditor.feeds.comments import Comment
from auditor.feeds.formats.workbook import Look, looks
from auditor.feeds.sheet import SheetRow
from auditor.feeds.source import Source
from auditor.feeds.workbook import Sheet, Workbook

_SUMMARY = "feed processing summary"
_SUMMARY_ROWS = 30
_MESSAGES = re.compile(r"(?:_x000[dD]_\s*)+")  # between the messages of one comment
# A code, and maybe its type before it: “8541: …”, “Error 8541 - …”, “[ERROR] (8541) …”.
_CODE = re.compile(r"\s*(?:\W?(?P<type>[^\W\d_]+)\W{1,3})?\(?(?P<code>\d{2,6})\)?\s*(?:[:.\u2013-]|$|(?<=\)\s))")
_BATCH = re.compile(r"(?:batch|feed|submission)[ _-]?(?:submission[ _-]?)?id\D{0,10}(\d{4,20})", re.IGNORECASE)


class WorkbookReader:
    """Reads a workbook's comments, and joins them to the SKUs of their rows."""

    def __init__(self, source: Source, look: Look, summary: ReportSummary) -> None:
        self._source = source
        self._look = look
        self.summary = summary
        self.recognised = Sentence("processing report as workbook, sheet “{sheet}”", sheet=shown(look.sheet.name))

    async def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints, one per message of a comment, in the order of the sheet."""
        book = await Workbook.open(self._source, LIMITS)
        try:
            waiting = _by_row(await book.comments(self._look.sheet), self._look.first)
            async with aclosing(self._rows(book)) as portions:
                async for rows in portions:
                    yield [one for row, cells in rows for one in self._complaints(row, cells, waiting.pop(row, ()))]
            for row, comments in sorted(waiting.items()):  # of rows without any value
                yield list(self._complaints(row, [], comments))
        finally:
            book.close()

    async def _rows(self, book: Workbook) -> AsyncGenerator[list[SheetRow], None]:
        sku = self._look.names.columns.sku
        strings = await book.strings()
        try:
            reader = book.reader(strings)
            reader.width, reader.wanted = sku + 1, frozenset({sku})
            async with aclosing(book.rows(self._look.sheet, reader)) as portions:
                async for rows, _ in portions:
                    yield rows
        finally:
            strings.close()

    def _complaints(self, row: int, cells: Sequence[str], comments: Sequence[Comment]) -> Iterator[Complaint]:
        columns = self._look.names.columns
        sku = name_of(cells[columns.sku]) if columns.sku < len(cells) else ""
        for comment in comments:
            attribute = columns.header[comment.column] if 0 <= comment.column < len(columns.header) else ""
            for message in _MESSAGES.split(comment.text):
                if message.strip():
                    code, grade = _code_in(message)
                    yield Complaint(sku, None, row, code, grade, message_of(message), name_of(attribute))


def _by_row(comments: Sequence[Comment], first: int) -> dict[int, list[Comment]]:
    """Sort comments by their rows; those above the products are the template's own help."""
    found: dict[int, list[Comment]] = {}
    for comment in comments:
        if comment.row >= first:
            found.setdefault(comment.row, []).append(comment)
    return found


def _code_in(message: str) -> tuple[str, Grade]:
    """Return the code that a message begins with, and its type where that stands before it."""
    match = _CODE.match(message)
    if match is None:
        return "", Grade.ERROR
    grade = known_grade(match["type"]) if match["type"] else Grade.ERROR
    return (match["code"], grade) if grade else ("", Grade.ERROR)


async def _summary(book: Workbook, template: Sheet) -> ReportSummary:
    """Find the sheet with the counts: by its English name, else the first one whose rows are labels with numbers."""
    others = [sheet for sheet in book.sheets if sheet != template]
    strings = await book.strings()
    try:
        for sheet in sorted(others, key=lambda one: one.name.casefold() != _SUMMARY):
            reader = book.reader(strings)
            reader.most = _SUMMARY_ROWS
            rows: list[SheetRow] = []
            async with aclosing(book.rows(sheet, reader)) as portions:
                async for some, _ in portions:
                    rows += some
                    if rows:
                        break
            found = _counted(rows)
            if found is not None:
                return found
    finally:
        strings.close()
    return ReportSummary()


def _counted(rows: Sequence[SheetRow]) -> ReportSummary | None:
    filled = [[cell for cell in cells if cell.strip()] for _, cells in rows[:_SUMMARY_ROWS]]
    batch = next((found[1] for cells in filled if (found := _BATCH.search("\t".join(cells)))), "")
    counts = [number_of(cells[1]) for cells in filled if len(cells) == 2 and not _BATCH.search(cells[0])]
    numbers = [count for count in counts if count is not None]
    return ReportSummary(batch, numbers[0], numbers[1]) if len(numbers) >= 2 else None


def _recognise(head: bytes) -> float | None:
    """Believe any zip archive: one that is no workbook was unpacked before."""
    return 0.5 if head.startswith(b"PK\x03\x04") else None


async def _reader(source: Source) -> WorkbookReader:
    """Return a reader of the sheet with the products. Raises FeedError where there are neither comments nor counts."""
    book = await Workbook.open(source, LIMITS)
    try:
        found = [look for look in await looks(book, LIMITS) if look.names.columns.sku >= 0]
        for look in sorted(found, key=lambda look: look.evidence, reverse=True):
            summary = await _summary(book, look.sheet)
            if summary != ReportSummary() or await book.comments(look.sheet):
                return WorkbookReader(source, look, summary)
    finally:
        book.close()
    raise FeedError(
        "{name} is a workbook without a processing summary or comments on its products, so no processing report. Name "
        "the feed first, then the reports that Amazon gave for it.",
        name=source.name,
    )


KIND = ReportKind("workbook", _recognise, _reader)
