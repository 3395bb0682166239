"""The sheet of a workbook on which Amazon says how many records it processed.

Its name and its words are in the seller's language, and a feed may have totals of one's own. So a sheet is believed if
its tab or its first row is headed by a word for processing, a label beside its first number has one too, and what was
successful is no more than what was processed.
"""

from collections.abc import Collection, Sequence
from contextlib import aclosing
from unicodedata import normalize

from auditor.aftermath.complaint import ReportSummary, number_of
from auditor.aftermath.summary_text import batch_in
from auditor.feeds.sheet import SheetRow
from auditor.feeds.workbook import Sheet, Workbook

_ROWS = 30  # of a sheet that are looked at: summaries have a dozen
# Processing, in the languages of Amazon's marketplaces and Vietnamese; Japanese, Chinese and Korean as they write it.
_STEMS = ("proces", "verarb", "trait", "elabora", "verwerk", "przetw", "bearbet", "behandl", "işle")
_MORE_STEMS = ("xử lý", "처리", "処理", "处理", "處理", "معالج", "संसाधित")


async def find_summary(book: Workbook, templates: Collection[Sheet]) -> ReportSummary | None:
    """Return what the first such sheet says; None if there is none beside the templates. Raises FeedError."""
    strings = await book.strings()
    try:
        for sheet in book.sheets:
            if sheet in templates:
                continue
            reader = book.reader(strings)
            reader.most = _ROWS
            rows: list[SheetRow] = []
            async with aclosing(book.rows(sheet, reader)) as portions:
                async for some, _ in portions:
                    rows += some
                    if rows:
                        break
            found = _summary(sheet.name, [[cell for cell in cells if cell.strip()] for _, cells in rows[:_ROWS]])
            if found is not None:
                return found
    finally:
        strings.close()
    return None


def _summary(name: str, rows: Sequence[Sequence[str]]) -> ReportSummary | None:
    """Read a sheet by its name and the filled cells of its rows."""
    batch = next(filter(None, map(batch_in, map("\t".join, rows))), "")
    counts = [
        (cells[0], number)
        for cells in rows
        if len(cells) == 2 and not batch_in(cells[0]) and (number := number_of(cells[1])) is not None
    ]
    if len(counts) < 2 or counts[1][1] > counts[0][1]:
        return None
    headings = (name, *(cells[0] for cells in rows[:1] if len(cells) == 1))
    if not any(map(_of_processing, headings)) or not _of_processing(counts[0][0]):
        return None
    return ReportSummary(batch, counts[0][1], counts[1][1])


def _of_processing(text: str) -> bool:
    """Say whether a text speaks of processing; accents may be written as marks of their own."""
    words = normalize("NFC", text).casefold().replace("i\u0307", "i")
    return any(stem in words for stem in (*_STEMS, *_MORE_STEMS))
