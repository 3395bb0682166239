"""The table of errors in a text report: found by its header, which is the same in every language. Pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from auditor.aftermath.complaint import Complaint, grade_of, message_of, name_of, number_of
from auditor.aftermath.summary_text import DELIMITERS, counts_in
from auditor.feeds.records import literal
from auditor.urls import INVISIBLE

_LOOKED_AT = 100  # lines in which the header is looked for: summaries have a dozen
_COLUMNS = 100  # in which names are looked for: tables have half a dozen
_NAMES = {
    "original-record-number": "record",
    "record-number": "record",
    "sku": "sku",
    "seller-sku": "sku",
    "error-code": "code",
    "error-type": "severity",
    "error-message": "message",
    "attribute-name": "attribute",
    "attribute": "attribute",
    "asin": "asin",
}


class Table(NamedTuple):
    """Where the table stands: its header's line from 1, its delimiter, each field's columns, and how many there are."""

    line: int
    delimiter: str
    columns: dict[str, list[int]]
    width: int

    def begins_another(self, cells: Sequence[str]) -> bool:
        """Say whether a row is the header of another report's table, or the first count of its summary."""
        code = self._cell(cells, "code")
        if code[:1] in {"e", "E"} and _NAMES.get(_named(code)) == "code":
            return True
        return not cells[0] and len(cells) - cells.count("") == 2 and bool(counts_in(["\t".join(cells)]))

    def complaint(self, cells: Sequence[str]) -> Complaint:
        """Return what a row says."""
        return Complaint(
            sku=name_of(self._cell(cells, "sku")),
            record=number_of(self._cell(cells, "record")),
            code=name_of(self._cell(cells, "code")),
            severity=grade_of(self._cell(cells, "severity")),
            message=message_of(self._message(cells)),
            attribute=name_of(self._cell(cells, "attribute")),
            asin=name_of(self._cell(cells, "asin")),
        )

    def _cell(self, cells: Sequence[str], field: str) -> str:
        """Return the first that isn't empty."""
        for at in self.columns.get(field, ()):  # twice as fast as next() of a generator, on every cell of a report
            if at < len(cells) and cells[at]:
                return cells[at]
        return ""

    def _message(self, cells: Sequence[str]) -> str:
        """Return the message; where it is last and unquoted, delimiters in it cut it into cells."""
        if len(cells) > self.width and self.columns.get("message") == [self.width - 1]:
            return self.delimiter.join(cells[self.width - 1 :])
        return self._cell(cells, "message")


def find_table(lines: Sequence[str]) -> Table | None:
    """Find the header: the one row that isn't said in the seller's language."""
    for number, line in enumerate(lines[:_LOOKED_AT], 1):
        for delimiter in DELIMITERS if "code" in line.casefold() else ():
            cells = literal(line, delimiter)
            columns: dict[str, list[int]] = {}
            for at, name in enumerate(map(_named, cells[:_COLUMNS])):
                if name in _NAMES:
                    columns.setdefault(_NAMES[name], []).append(at)
            if "code" in columns and columns.keys() & {"message", "record", "sku"}:
                return Table(number, delimiter, columns, len(cells))
    return None


def _named(cell: str) -> str:
    """Return a column's name as Amazon writes it."""
    return re.sub(r"[\s_]+", "-", cell.strip(INVISIBLE).casefold())
