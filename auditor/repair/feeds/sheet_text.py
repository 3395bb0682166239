"""A workbook's sheet as tab-delimited text, which Amazon takes as well: row for row and cell for cell, in UTF-8.

Cells with tabs, quotes or line ends in them are quoted as Excel does. A date comes as 2025-12-31, whatever the sheet
shows; other numbers in full and with the 15 digits that Excel goes by, and with the zeros before them that it shows.
What a formula comes to stands in the workbook, if the program that wrote it has reckoned: else its cell is empty, which
is told.
"""

import csv
import io
from collections import Counter
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime, timedelta

from auditor.errors import AuditorError, Sentence
from auditor.feeds.formats.workbook import Look, WorkbookReader
from auditor.feeds.sheet import SheetReader, SheetRow, plain_number
from auditor.feeds.source import Source
from auditor.feeds.workbook import Formats
from auditor.repair.feeds.change import Changes
from auditor.repair.feeds.sheets import column_letters, open_sheet, spots_of
from auditor.repair.feeds.spots import Spot, corrected_cells

_COLUMNS = 16_384  # Excel's own limit
_EPOCH, _EPOCH_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)  # noqa: DTZ001  # a sheet's dates have no zone
_FIRST, _LAST = 61, 2_958_466  # days: March 1900, and the end of 9999


class _WholeSheet(SheetReader):
    """Reads all cells of rows, with numbers as `formats` show them.

    `unknown` counts, by row, the formulas of which the workbook doesn't hold what they come to.
    """

    formats = Formats(frozenset(), {}, is_1904=False)

    def __init__(self, name: Sentence | str, shared: Sequence[str], limit: int) -> None:
        super().__init__(name, shared, limit)
        self.unknown: Counter[int] = Counter()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        super()._start(tag, attributes)
        if tag == "c":
            self._style = attributes.get("s", "0")

    def _outcome(self, text: str) -> str:
        text = super()._outcome(text)
        # Some programs write an empty number where they haven't reckoned; an empty text is what came out.
        if not text and not (self._texts and self._type == "str"):
            self.unknown[self._row] += 1
        return text

    def _value(self, text: str) -> str:
        if self._type == "b" and text:
            return "TRUE" if text == "1" else "FALSE"
        if self._type != "n":
            return super()._value(text)
        if self._style in self.formats.dates:
            return _date(text, is_1904=self.formats.is_1904)
        number = plain_number(text)
        return number.zfill(self.formats.padded.get(self._style, 0)) if number.isdecimal() else number


def _date(text: str, *, is_1904: bool) -> str:
    """Return a date or time as ISO 8601 has it, by the days since the sheet's first one; else a number."""
    try:
        days = float(text)
        # The first two months of 1900 count one more in Excel, and nobody means them.
        if 0 < days < 1:
            return (_EPOCH + timedelta(seconds=round(days * 86_400))).time().isoformat()
        if not _FIRST <= days < _LAST:
            return plain_number(text)
        moment = (_EPOCH_1904 if is_1904 else _EPOCH) + timedelta(seconds=round(days * 86_400))
    except ValueError:
        return text
    return moment.date().isoformat() if days.is_integer() else moment.isoformat(" ")


async def sheet_text(
    source: Source, reader: WorkbookReader, changes: Changes, *, only_changed: bool
) -> AsyncGenerator[bytes, None]:
    """Yield the sheet with products as text, with its changes made; without the other rows, if so wanted."""
    async with open_sheet(source, reader, _WholeSheet) as (book, sheet, links):
        assert isinstance(sheet, _WholeSheet)  # noqa: S101  # it is what was asked for
        sheet.width, sheet.wanted = _COLUMNS, None
        sheet.formats = await book.formats()
        text = _Text(reader.look, changes, only_changed=only_changed)
        async with aclosing(book.rows(reader.look.sheet, sheet)) as portions:
            async for rows, _ in portions:
                if sheet.long:
                    raise AuditorError(
                        "{name} has more text in row {row} than is read of one; shorten it, or leave --as-text out.",
                        name=source.name,
                        row=min(sheet.long),
                    )
                yield text.of(rows, spots_of(reader, sheet, rows, links, changes), sheet.unknown)
                sheet.unknown.clear()
        if text.unknown:
            changes.remark(
                Sentence(
                    "{name} doesn't hold what some of its formulas come to, so that their cells are empty in the text: "
                    "{count:,} in all, the first in row {row}. Open the workbook in a spreadsheet program and save it "
                    "there, then repair again.",
                    name=source.name,
                    count=text.unknown,
                    row=text.unknown_from,
                )
            )


class _Text:
    """The rows of a sheet as lines. `unknown` counts the cells in them that came out empty, from a first row on."""

    def __init__(self, look: Look, changes: Changes, *, only_changed: bool) -> None:
        self.unknown = 0
        self.unknown_from = 0
        self._first = look.first
        self._width = len(look.names.columns.header)
        self._changes = changes
        self._only_changed = only_changed
        self._written = 0  # lines

    def of(self, rows: Sequence[SheetRow], spots: Mapping[int, Sequence[Spot]], unknown: Mapping[int, int]) -> bytes:
        """Write the next rows, with changes at these spots; `unknown` counts what isn't known of each."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter="\t", lineterminator="\r\n")
        for row, cells in rows:
            if self._only_changed and row >= self._first and row not in spots:
                continue
            # Rows without a value are left out in sheets, and the numbers of those below them count.
            blank = (min(row, self._first) if self._only_changed else row) - self._written - 1
            text.write("\r\n" * blank)
            self._written = max(row, self._written + 1)
            if row in unknown:
                self.unknown, self.unknown_from = self.unknown + unknown[row], self.unknown_from or row
            empty = [""] * (self._width - len(cells))
            writer.writerow(_corrected(row, cells, spots.get(row, ()), self._changes) + empty)
        return text.getvalue().encode()


def _corrected(row: int, cells: list[str], spots: Sequence[Spot], changes: Changes) -> list[str]:
    """Return a row's cells as they should be, and tell of its changes."""
    for spot in spots:
        changes.tell_made(spot.change, spot.ref, f"{column_letters(spot.at)}{row}")
    return corrected_cells(cells, spots)
