"""Cells in, what they ask for out. Pure."""

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from auditor.feeds.cells import is_odd, printable
from auditor.feeds.columns import FURTHER, IS_ASIN, Columns, ImageColumn
from auditor.feeds.records import Record, Unreadable
from auditor.model import BadRow, BadRowReason, ImageRef, ProductRow
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE, redact

_SHOWN = 200  # characters of a bad row that its finding shows
_LOOKED_AT = 20 * _SHOWN  # characters of it in which secrets are looked for
_NEXT_LINK = re.compile(r",\s*(?=\w+://)")  # in a list of links; a comma within one stays there
_FURTHER = tuple(f"{FURTHER}{number:02d}" for number in range(100))
_WORD_END = re.compile(r"[\s(]")
_image_ref: Callable[[tuple[Any, ...]], ImageRef] = partial(tuple.__new__, ImageRef)  # a third of the class's own time


class RowBuilder:
    """Makes product rows from the records of one feed, one for each record that isn't a blank line."""

    twins = False

    def __init__(self, feed: str, columns: Columns, settings: FeedSettings, marketplace: str = "") -> None:
        self._feed = feed
        self._marketplace = marketplace
        self._asin, self._sku = columns.asin, columns.sku
        self._typed = columns.typed
        self._exempt = columns.exempt
        self._most = settings.column_limit
        slots = settings.slots
        self._slots = slots
        self._images = tuple(
            column for column in columns.images if not slots or column.slot in slots or column.slot == FURTHER
        )
        # Lists of further images are one, however many columns they stand in.
        self._lists = tuple(column.at for column in self._images if column.slot == FURTHER)
        self._images = tuple(column for column in self._images if column.at not in self._lists[1:])
        # An empty MAIN cell means something only where MAIN is to be audited.
        self._mains = tuple(column for column in self._images if column.slot == "MAIN")
        self._every = columns.images
        self._kept = columns.kept
        ids = (columns.asin, columns.sku, *(columns.typed or ()))
        self._used = tuple(index for index in (*ids, *(column.at for column in self._every), *self._kept) if index >= 0)
        self._width = len(columns.header)
        one_image = len(columns.images) == 1 and bool(self._mains)
        self._quick = one_image and self._width <= self._most and columns.typed is None and not columns.kept

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

    def columns_of(self, ref: ImageRef) -> list[ImageColumn]:
        """Return the columns that an image may stand in: that of its slot, and those with lists of further ones.

        It stands in one of them, unless `twins` says that the same link in two of them is one image.
        """
        return [
            column
            for column in self._every
            if column.slot in {ref.slot, FURTHER if ref.slot.startswith(FURTHER) else ""}
            and (column.marketplace or self._marketplace) == ref.marketplace
        ]

    def _one_image_each(self, records: list[Record]) -> list[ProductRow]:
        """Do what `_row` does, for full rows of feeds with one image column, in half the time."""
        rows: list[ProductRow] = []
        (column,) = self._mains
        feed, width, marketplace = self._feed, self._width, column.marketplace or self._marketplace
        asin, sku, main = self._asin, self._sku, column.at
        for line, cells in records:
            if len(cells) == width and cells[main].strip(INVISIBLE):
                rows.append(
                    (
                        _image_ref(
                            (
                                feed,
                                line,
                                cells[asin].strip(INVISIBLE) if asin >= 0 else "",
                                cells[sku].strip(INVISIBLE) if sku >= 0 else "",
                                marketplace,
                                "MAIN",
                                cells[main],
                                (),
                            )
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
        asin, sku, named = self._ids(cells)
        kept = tuple(printable(cells[index]) for index in self._kept) if self._kept else ()
        feed, default = self._feed, self._marketplace
        refs: list[ImageRef] = []
        missing: tuple[ImageColumn, ...] | None = None
        for column in self._images:
            at, slot, place = column
            place = place or default
            if slot == FURTHER:
                refs += [ImageRef(feed, line, asin, sku, place, *found, kept) for found in self._further(cells)]
            elif cells[at].strip(INVISIBLE):
                refs.append(ImageRef(feed, line, asin, sku, place, slot, cells[at], kept))
            elif slot == "MAIN":
                if missing is None:
                    missing = self._missing_mains(cells, named=named)
                if column in missing:
                    refs.append(ImageRef(feed, line, asin, sku, place, slot, "", kept))
        return tuple(refs)

    def _ids(self, cells: list[str]) -> tuple[str, str, bool]:
        """Return ASIN and SKU, and whether any id names the product: an EAN does too, though it is no ASIN."""
        asin = cells[self._asin].strip(INVISIBLE) if self._asin >= 0 else ""
        sku = cells[self._sku].strip(INVISIBLE) if self._sku >= 0 else ""
        if self._typed is None:
            return asin, sku, bool(asin or sku)
        other = cells[self._typed[0]].strip(INVISIBLE)
        if not asin and cells[self._typed[1]].strip(INVISIBLE).casefold() in IS_ASIN:
            asin = other
        return asin, sku, bool(asin or sku or other)

    def _further(self, cells: list[str]) -> list[tuple[str, str]]:
        """Return the links of all lists with their slots."""
        links = [link for at in self._lists if cells[at] for link in split_links(cells[at])]
        found = [(further(number), link) for number, link in enumerate(links, 1)]
        return [(slot, link) for slot, link in found if slot in self._slots] if self._slots else found

    def _missing_mains(self, cells: list[str], *, named: bool) -> tuple[ImageColumn, ...]:
        """Return the MAIN columns that should have a link and haven't: parents, deletions and empty rows needn't.

        Of several marketplaces, one without any image in a row that has images elsewhere isn't sold in.
        """
        empty = tuple(column for column in self._mains if not cells[column.at].strip(INVISIBLE))
        if not empty or self._is_exempt(cells):
            return ()
        filled = {column.marketplace for column in self._every if cells[column.at].strip(INVISIBLE)}
        if filled:
            return tuple(column for column in empty if column.marketplace in filled)
        return empty if named else ()

    def _is_exempt(self, cells: list[str]) -> bool:
        return any(
            _WORD_END.split(cells[index].strip(INVISIBLE).casefold(), maxsplit=1)[0] in words
            for index, words in self._exempt
        )

    def _odd(self, line: int, cells: list[str]) -> BadRow | None:
        if any("\0" in cell for cell in cells):
            return self._bad(line, BadRowReason.NUL_BYTE, " ".join(cells[:_LOOKED_AT]))
        if any(is_odd(cells[index]) for index in self._used if index < len(cells)):
            return self._bad(line, BadRowReason.UNDECODABLE, " ".join(cells[:_LOOKED_AT]))
        return None

    def _bad(self, line: int, reason: BadRowReason, text: str) -> BadRow:
        return bad_row(self._feed, line, reason, text)


def bad_row(feed: str, line: int, reason: BadRowReason, text: str) -> BadRow:
    """Return the row that stands for what can't be read. `text` is as it stands there, or its beginning."""
    # Secrets go first: cut in the middle, one couldn't be told from other text.
    shown = redact(printable(text[:_LOOKED_AT].strip("\r\n")))[:_SHOWN]
    return BadRow(feed, line, reason, shown)


def split_links(text: str) -> list[str]:
    """Return the links of a list with commas between; none of a blank text."""
    text = text.strip(INVISIBLE)
    if "," not in text:
        return [text] if text else []
    return [link.rstrip() for link in _NEXT_LINK.split(text)]


def link_places(text: str) -> list[tuple[int, int]]:
    """Return where in a list the links stand that `split_links` finds."""
    start = len(text) - len(text.lstrip(INVISIBLE))
    places = []
    for link in split_links(text):
        start = text.index(link, start) if link else start
        places.append((start, start + len(link)))
        start += len(link)
    return places


def further(number: int) -> str:
    """Return the slot of the first, second, … image beside the main one."""
    return _FURTHER[number] if number < len(_FURTHER) else f"{FURTHER}{number:02d}"
