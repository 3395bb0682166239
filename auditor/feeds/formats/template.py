"""Amazon's legacy template as text: a row of settings, a row of labels, a row of attribute names, then products.

Columns go by attribute name: labels are localised. Row 1 says where the rows stand (`settings=attributeRow=3&…`); in
older files, and where it says what can't be, the row of attribute names is the one whose cells look like them.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from auditor.errors import FeedError
from auditor.feeds.cells import shown
from auditor.feeds.columns import Columns, find_columns
from auditor.feeds.encoding import find_encoding
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import Head, read_head
from auditor.feeds.records import allow_cells, literal
from auditor.feeds.settings_row import SettingsRow, read_settings, row_number
from auditor.feeds.source import Source
from auditor.feeds.table import DELIMITERS, Layout, TableReader
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_BEGINS = "templatetype="
_BEGINNING = 1024  # bytes in which that is looked for
_HEADER_ROWS = 20  # in which the attribute names are looked for: those of templates are rows 2 to 7
_HEADER_LINES = 100  # physical lines of these: labels may have line ends in them
_ATTRIBUTE = re.compile(r"[a-z:][\w.:#\[\]=-]*", re.ASCII)


class _Names(NamedTuple):
    """A row that may be the one of attribute names: its number among all rows, its last physical line."""

    delimiter: str
    quoted: bool
    row: int
    lines: int
    columns: Columns


def _recognise(head: bytes) -> float | None:
    """Be sure of what begins with a template's type."""
    start = find_encoding(head[:_BEGINNING]).text(head[:_BEGINNING])
    return 1.0 if start.lstrip(INVISIBLE + '"').casefold().startswith(_BEGINS) else None


def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the template. Raises FeedError if it has no attribute names, or lacks columns or rows."""
    allow_cells(len(source.head))
    stated = read_settings(read_head(source.head, whole=True).lines)
    head = read_head(source.head, whole=source.whole, language=stated.language)
    names = _find_names(head.lines, stated, settings)
    if names is None:
        raise FeedError(
            "{name} is a template without a row of attribute names such as item_sku, main_image_url; copy the "
            "products into a template as Amazon has it.",
            name=source.name,
        )
    data_row = _data_row(stated, names.row)
    layout = Layout(names.delimiter, names.columns, names.lines, data_row - names.row - 1, stated.marketplace)
    recognised = ", ".join(
        (
            "legacy template",
            *((f"{DELIMITERS[names.delimiter]}-separated",) if names.delimiter != "\t" else ()),
            *(("gzip",) if source.packed else ()),
            f"attribute row {_beside(names.row, stated.attribute_row)}",
            f"data from row {_beside(data_row, stated.data_row)}",
            _described(head, names.columns),
        )
    )
    return TableReader(source, head, layout, recognised, settings)


def _described(head: Head, columns: Columns) -> str:
    count = len(columns.images)
    return f"{head.encoding.said}, {count} image column{'' if count == 1 else 's'}"


def _beside(row: int, stated: str) -> str:
    """Say a row's number, and what the settings state where that is another."""
    same = not stated or row_number(stated) == row
    return str(row) if same else f"{row} (its settings say {shown(stated[:20])})"


def _find_names(lines: Sequence[str], stated: SettingsRow, settings: FeedSettings) -> _Names | None:
    """Find the row of attribute names: the one stated if it fits, else the one with most columns in use."""
    best: _Names | None = None
    stated_row = row_number(stated.attribute_row)
    for names in _candidates(lines, settings):
        if best is None or _evidence(names, stated_row) > _evidence(best, stated_row):  # the first of equals
            best = names
    return best


def _evidence(names: _Names, stated: int | None) -> tuple[bool, bool, int, bool, int]:
    used = names.columns.used
    return used > 0, names.row == stated, used, names.quoted, len(names.columns.header)


def _candidates(lines: Sequence[str], settings: FeedSettings) -> Iterator[_Names]:
    """Yield all rows below the first whose cells look like attribute names, by each delimiter, with quotes or not."""
    lines = lines[:_HEADER_LINES]
    for delimiter in DELIMITERS:
        reader = csv.reader(lines, delimiter=delimiter)
        quoted = ((True, cells, reader.line_num) for cells in reader)
        bare = ((False, literal(line, delimiter), number) for number, line in enumerate(lines, 1))
        for rows in (quoted, bare):
            for row, (as_quoted, cells, end) in enumerate(islice(rows, _HEADER_ROWS), 1):
                if row > 1 and _are_attributes(cells):
                    yield _Names(delimiter, as_quoted, row, end, find_columns(cells, settings))


def _are_attributes(cells: Sequence[str]) -> bool:
    """Say whether cells look like attribute names, a few strangers apart; labels have capitals or spaces."""
    filled = [cell for cell in (cell.strip(INVISIBLE) for cell in cells) if cell]
    return bool(filled) and sum(_ATTRIBUTE.fullmatch(cell) is not None for cell in filled) * 5 >= len(filled) * 4


def _data_row(stated: SettingsRow, names: int) -> int:
    """Return the row of the first product, by the settings where they fit: a row too early loses no product."""
    data_row, attribute_row = row_number(stated.data_row), row_number(stated.attribute_row)
    fits = attribute_row in {None, names} and data_row is not None and names < data_row <= names + _HEADER_ROWS
    return data_row if fits and data_row is not None else names + 1


FORMAT = FeedFormat("template", (".txt", ".tsv", ".csv"), _recognise, _reader)
