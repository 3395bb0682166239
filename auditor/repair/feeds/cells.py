"""The cells of one row of a text table, as they are written: where each stands, and how a link comes into it. Pure."""

import re
from functools import lru_cache
from typing import NamedTuple

from auditor.feeds.records import Quoting
from auditor.feeds.rows import link_places
from auditor.repair.feeds.splice import Splice


class Cell(NamedTuple):
    """A cell as written: its place in the row's text, and that of what is within its quotes if it has them."""

    start: int
    end: int
    inner: tuple[int, int] | None = None


@lru_cache(64)
def _cell(quoting: Quoting, delimiter: str) -> re.Pattern[str]:
    """Return the pattern of a cell by csv's rules: quoted, with maybe something behind the quote, or bare."""
    quote, ends = re.escape(quoting.quote), re.escape(delimiter) + r"\r\n"
    escape = re.escape(quoting.escape) if quoting.escape else ""
    escaped = rf"|{escape}." if escape else ""
    blanks = " *+" if quoting.blanks else ""
    bare = rf"(?:[^{ends}{escape}]{escaped})*+"
    return re.compile(
        rf"{blanks}(?:{quote}(?P<inner>(?:[^{quote}{escape}]|{quote}{quote}{escaped})*+){quote}(?P<rest>{bare})|(?P<bare>{bare}))",
        re.DOTALL,
    )


def quoted_cells(text: str, quoting: Quoting, delimiter: str) -> list[Cell]:
    """Return the cells of a row by the rules of quotes."""
    pattern = _cell(quoting, delimiter)
    cells, at = [], 0
    while match := pattern.match(text, at):
        inner = match.span("inner") if match["inner"] is not None and not match["rest"] else None
        start = match.start("bare") if match["bare"] is not None else match.start()
        cells.append(Cell(start, match.end(), inner))
        if text[match.end() : match.end() + 1] != delimiter:
            break
        at = match.end() + 1
    return cells


def literal_cells(text: str, _: Quoting, delimiter: str) -> list[Cell]:
    """Return the cells of a line by its delimiters alone; quotes around a whole cell are quotes."""
    cells, at = [], 0
    for cell in text.rstrip("\r\n").split(delimiter):
        end = at + len(cell)
        quoted = len(cell) > 1 and cell[0] == cell[-1] == '"'
        cells.append(Cell(at, end, (at + 1, end - 1) if quoted else None))
        at = end + len(delimiter)
    return cells


def whole_cell(cell: Cell, new: str, quoting: Quoting, delimiter: str) -> Splice:
    """Write a link in place of a cell's; quotes stay, and come only where the link needs them."""
    if cell.inner is not None:
        return Splice(*cell.inner, _within(new, quoting))
    bare = delimiter not in new and not new.startswith(quoting.quote) and (quoting.escape or delimiter) not in new
    return Splice(cell.start, cell.end, new if bare else quoted(new, quoting))


def listed_link(text: str, cell: Cell, number: int, new: str, quoting: Quoting) -> Splice | None:
    """Write a link in place of one in a cell's list, counted from 0; None where that isn't there."""
    start, end = cell.inner or (cell.start, cell.end)
    places = link_places(text[start:end])
    if number >= len(places):
        return None
    begin, behind = places[number]
    return Splice(start + begin, start + behind, new if cell.inner is None else _within(new, quoting))


def quoted(value: str, quoting: Quoting) -> str:
    """Return a cell's value in quotes."""
    return f"{quoting.quote}{_within(value, quoting)}{quoting.quote}"


def _within(value: str, quoting: Quoting) -> str:
    """Return a value as it stands within quotes."""
    if quoting.escape:
        value = value.replace(quoting.escape, quoting.escape * 2)
    return value.replace(quoting.quote, quoting.quote * 2)
