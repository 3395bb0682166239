"""Cells in, what they ask for out. Pure."""

from auditor.feeds.cells import is_odd, printable
from auditor.feeds.columns import Columns
from auditor.feeds.records import Record, Unreadable
from auditor.model import BadRow, BadRowReason, ImageRef, ProductRow
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE, redact

_SHOWN = 200  # characters of a bad row that its finding shows
_LOOKED_AT = 20 * _SHOWN  # characters of it in which secrets are looked for


class RowBuilder:
    """Makes product rows from the records of one feed, one for each record that isn't a blank line."""

    def __init__(self, feed: str, columns: Columns, settings: FeedSettings, marketplace: str = "") -> None:
        self._feed = feed
        self._marketplace = marketplace
        self._asin, self._sku = columns.asin, columns.sku
        self._typed = columns.typed
        self._exempt = columns.exempt
        self._most = settings.column_limit
        slots = settings.slots
        self._images = tuple((index, slot) for index, slot in columns.images if not slots or slot in slots)
        # An empty MAIN cell means something only where MAIN is to be audited.
        self._main = next((index for index, slot in self._images if slot == "MAIN"), -1)
        self._every = tuple(index for index, _ in columns.images)
        ids = (columns.asin, columns.sku, *(columns.typed or ()))
        self._used = tuple(index for index in (*ids, *self._every) if index >= 0)
        self._width = len(columns.header)
        one_image = len(columns.images) == 1 and self._main >= 0
        self._quick = one_image and self._width <= self._most and columns.typed is None

    def build(self, records: list[Record], *, odd: bool) -> list[ProductRow]:
        """Return the rows of some records. `odd`: NUL characters and undecodable bytes may be among them."""
        if odd:
            return [self._odd(line, cells) or self._row(line, cells) for line, cells in records if cells]
        if self._quick:
            return self._one_image_each(records)
        return [self._row(line, cells) for line, cells in records if cells]

    def bad(self, line: Unreadable) -> BadRow:
        """Return the row that stands for a line that is no record."""
        return self._bad(line.line, line.reason, line.text)

    def _one_image_each(self, records: list[Record]) -> list[ProductRow]:
        """Do what `_row` does, for full rows of feeds with one image column, in half the time."""
        rows: list[ProductRow] = []
        feed, width, marketplace = self._feed, self._width, self._marketplace
        asin, sku, main = self._asin, self._sku, self._main
        for line, cells in records:
            if len(cells) == width and cells[main].strip(INVISIBLE):
                rows.append(
                    (
                        ImageRef(
                            feed,
                            line,
                            cells[asin].strip(INVISIBLE) if asin >= 0 else "",
                            cells[sku].strip(INVISIBLE) if sku >= 0 else "",
                            marketplace,
                            "MAIN",
                            cells[main],
                        ),
                    )
                )
            elif cells:
                rows.append(self._row(line, cells))
        return rows

    def _row(self, line: int, cells: list[str]) -> ProductRow:
        if len(cells) > self._most:
            return self._bad(line, BadRowReason.TOO_MANY_CELLS, " ".join(cells[:_LOOKED_AT]))
        if len(cells) < self._width:
            cells = cells + [""] * (self._width - len(cells))
        asin = cells[self._asin].strip(INVISIBLE) if self._asin >= 0 else ""
        sku = cells[self._sku].strip(INVISIBLE) if self._sku >= 0 else ""
        other = ""
        if self._typed is not None:
            other = cells[self._typed[0]].strip(INVISIBLE)  # an EAN names a product too, though it is no ASIN
            if not asin and cells[self._typed[1]].strip(INVISIBLE).casefold() == "asin":
                asin = other
        feed, marketplace = self._feed, self._marketplace
        refs = tuple(
            ImageRef(feed, line, asin, sku, marketplace, slot, cells[index])
            for index, slot in self._images
            if cells[index].strip(INVISIBLE)
        )
        if self._lacks_main(cells, named=bool(asin or sku or other)):
            return (ImageRef(feed, line, asin, sku, marketplace, "MAIN", ""), *refs)
        return refs

    def _lacks_main(self, cells: list[str], *, named: bool) -> bool:
        """Say whether a row should have a main image and hasn't: parents, deletions and empty rows needn't."""
        if self._main < 0 or cells[self._main].strip(INVISIBLE):
            return False
        if not named and not any(cells[index].strip(INVISIBLE) for index in self._every):
            return False
        return not any(cells[index].strip(INVISIBLE).casefold() == word for index, word in self._exempt)

    def _odd(self, line: int, cells: list[str]) -> BadRow | None:
        if any("\0" in cell for cell in cells):
            return self._bad(line, BadRowReason.NUL_BYTE, " ".join(cells[:_LOOKED_AT]))
        if any(is_odd(cells[index]) for index in self._used if index < len(cells)):
            return self._bad(line, BadRowReason.UNDECODABLE, " ".join(cells[:_LOOKED_AT]))
        return None

    def _bad(self, line: int, reason: BadRowReason, text: str) -> BadRow:
        # Secrets go first: cut in the middle, one couldn't be told from other text.
        shown = redact(printable(text[:_LOOKED_AT].strip("\r\n")))[:_SHOWN]
        return BadRow(self._feed, line, reason, shown)
