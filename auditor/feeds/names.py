"""Which row of a template holds the attribute names, and where its products begin. Pure.

The settings say so where they fit. In older files, and where they say what can't be, the row of attribute names is the
one whose cells look like them.
"""

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from auditor.errors import Sentence
from auditor.feeds.cells import shown
from auditor.feeds.columns import Columns
from auditor.feeds.settings_row import SettingsRow, row_number
from auditor.urls import INVISIBLE

BEGINNINGS = ("templatetype=", "settings=")  # of a template's first cell, in small letters
HEADER_ROWS = 20  # in which the attribute names are looked for: those of templates are rows 2 to 7
_ATTRIBUTE = re.compile(r"[a-z:][\w.:#\[\]=, -]*", re.ASCII)


class Names(NamedTuple):
    """A row that may be the one of attribute names: its number among all rows, its last physical line.

    `delimiter` and `quoted` tell how a text is read so; a sheet needs none.
    """

    row: int
    lines: int
    columns: Columns
    delimiter: str = "\t"
    quoted: bool = True


def are_attributes(cells: Sequence[str]) -> bool:
    """Say whether cells look like attribute names, a few strangers apart; labels have capitals, or are no ASCII."""
    filled = [cell for cell in (cell.strip(INVISIBLE) for cell in cells) if cell]
    return bool(filled) and sum(_ATTRIBUTE.fullmatch(cell) is not None for cell in filled) * 5 >= len(filled) * 4


def choose_names(candidates: Iterable[Names], stated: SettingsRow) -> Names | None:
    """Choose the row of attribute names: the one stated if it fits, else the one with most columns in use."""
    attribute_row = row_number(stated.attribute_row)
    return max(candidates, key=lambda names: _evidence(names, attribute_row), default=None)  # the first of equals


def _evidence(names: Names, stated: int | None) -> tuple[bool, bool, int, bool, int]:
    used = names.columns.used
    return used > 0, names.row == stated, used, names.quoted, len(names.columns.header)


def data_row(stated: SettingsRow, names: int) -> int:
    """Return the row of the first product, by the settings where they fit: a row too early loses no product."""
    first, attribute_row = row_number(stated.data_row), row_number(stated.attribute_row)
    fits = attribute_row in {None, names} and first is not None and names < first <= names + HEADER_ROWS
    return first if fits and first is not None else names + 1


def generation(columns: Columns) -> Sentence:
    """Say which of Amazon's templates the attribute names belong to."""
    unified = any("#" in name or name.startswith("::") for name in columns.header)
    return Sentence("unified template") if unified else Sentence("legacy template")


def placed(stated: SettingsRow, names: int, first: int) -> tuple[Sentence, Sentence]:
    """Say where the rows stand, and what the settings state where that is another."""
    return (
        Sentence("attribute row {row}", row=_beside(names, stated.attribute_row)),
        Sentence("data from row {row}", row=_beside(first, stated.data_row)),
    )


def _beside(row: int, stated: str) -> object:
    same = not stated or row_number(stated) == row
    return row if same else Sentence("{row} (its settings say {stated})", row=row, stated=shown(stated[:20]))


def image_columns(columns: Columns) -> tuple[Sentence, ...]:
    """Say how many columns of images there are, and for which marketplaces if they are several."""
    count = len(columns.images)
    images = Sentence("1 image column") if count == 1 else Sentence("{count} image columns", count=count)
    places = columns.marketplaces
    if len(places) < 2:
        return (images,)
    return images, Sentence("{count} marketplaces ({names})", count=len(places), names=", ".join(places[:10]))
