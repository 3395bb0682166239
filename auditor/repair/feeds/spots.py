"""In which cell of a row, and in which of its links, an image stands. Pure."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.feeds.columns import FURTHER
from auditor.feeds.rows import RowBuilder, further, link_places, split_links
from auditor.model import ImageRef
from auditor.repair.feeds.change import COMMA, UNCERTAIN, Change, Changes
from auditor.repair.feeds.splice import Splice, spliced
from auditor.urls import INVISIBLE


class Spot(NamedTuple):
    """Where a link is to change: the cell, and which link of its list, counted from 0, if it is one of several."""

    ref: ImageRef
    change: Change
    at: int
    number: int | None


def find_spots(ref: ImageRef, cells: list[str], builder: RowBuilder, changes: Changes) -> list[Spot]:
    """Return where an image's link is to change; nothing where it isn't, or can't be for certain, which is told."""
    change = changes.of(ref)
    if change is None:
        return []
    found = list(_places(ref, cells, builder))
    certain = len(found) == 1 or (bool(found) and builder.twins)
    listed = any(number is not None for _, number in found)
    if certain and not (listed and "," in change.new):
        return [Spot(ref, change, *place) for place in found]
    changes.tell_left(change, COMMA if certain else UNCERTAIN)
    return []


def _places(ref: ImageRef, cells: list[str], builder: RowBuilder) -> Iterator[tuple[int, int | None]]:
    """Yield the cells that an image's link stands in, and which one of a list there it is."""
    before = 0  # links in the lists to the left
    for column in builder.columns_of(ref):
        if column.at >= len(cells):
            continue
        cell = cells[column.at]
        if column.slot != FURTHER:
            if cell and cell.strip(INVISIBLE) == ref.url.strip(INVISIBLE):
                yield column.at, None
            continue
        links = split_links(cell)
        yield from (
            (column.at, number)
            for number, link in enumerate(links)
            if link == ref.url and further(before + number + 1) == ref.slot
        )
        before += len(links)


def corrected_cells(row: Sequence[str], spots: Sequence[Spot]) -> list[str]:
    """Return a row's cells as they should be."""
    cells = list(row)
    # From the last link of a list to its first, so that the places of those before it stay.
    for _, change, at, number in sorted(spots, key=lambda spot: spot.number or 0, reverse=True):
        place = (0, len(cells[at])) if number is None else link_places(cells[at])[number]
        cells[at] = spliced(cells[at], [Splice(*place, change.new)])
    return cells
