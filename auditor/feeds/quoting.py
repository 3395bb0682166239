"""How the cells of a table are quoted, found on the evidence of its first rows. Pure."""

from collections.abc import Iterator, Sequence

from auditor.feeds.columns import Columns
from auditor.feeds.records import Quoting, allow_cells

_LOOKED_AT = 500  # lines


def find_quoting(lines: Sequence[str], delimiter: str, columns: Columns, header: Quoting) -> Quoting:
    """Return the quoting by which most rows have the header's width and links in their image columns.

    The usual one, quotes that are doubled, wins where others are no better. `header` is that of the column names.
    """
    lines = [f"{line}\n" for line in lines[:_LOOKED_AT]]
    candidates = dict.fromkeys((header, Quoting(), *_others(lines, delimiter)))
    if len(candidates) == 1:
        return header
    allow_cells(sum(map(len, lines)))  # a quote that is never closed by one of them makes a cell of all
    return max(candidates, key=lambda quoting: _fitting(quoting, lines, delimiter, columns))  # the first of equals


def _others(lines: Sequence[str], delimiter: str) -> Iterator[Quoting]:
    text = "".join(lines)
    if '\\"' in text:
        yield Quoting(escape="\\")
    if f'{delimiter} "' in text:
        yield Quoting(blanks=True)
    if f"{delimiter}'" in text or text.startswith("'"):
        yield Quoting("'")


def _fitting(quoting: Quoting, lines: Sequence[str], delimiter: str, columns: Columns) -> int:
    """Count the rows as wide as the header, and the links in them that no quote belongs to."""
    count = 0
    for cells in quoting.read(lines, delimiter):
        if len(cells) == len(columns.header):
            links = (cells[column.at] for column in columns.images)
            count += 1 + sum(link.startswith(("http://", "https://")) and link[-1] not in "'\"" for link in links)
    return count
