"""What is different in a corrected feed, cell by cell: to be shown, and as a table."""

from collections.abc import Callable

from auditor.errors import Sentence
from auditor.feeds.cells import shown
from auditor.repair.feeds.change import Change, Difference, Left
from auditor.reports.escape import safe_cell
from auditor.urls import redact

_Told = Difference | Left


def said(told: _Told) -> Sentence:
    """Say of one link that it was changed, and from what to what; or that it was left, and why."""
    if isinstance(told, Left):
        change = told.change
        return Sentence(
            "row {row}, {slot}: {old} is left: {why}.",
            row=change.row,
            slot=change.slot,
            old=shown(redact(change.old)),
            why=told.why,
        )
    changed = Sentence(
        "row {row}, {column}: {old} → {new}", row=told.row, column=told.column, old=shown(told.old), new=told.new
    )
    return changed if told.note is None else Sentence("{changed} ({note})", changed=changed, note=told.note)


def _change(told: _Told) -> Change | Difference:
    return told.change if isinstance(told, Left) else told


# Each column of the table: its header, and how it is got of what is told.
_COLUMNS: tuple[tuple[str, Callable[[_Told], object]], ...] = (
    ("row", lambda told: _change(told).row),
    ("column", lambda told: told.column if isinstance(told, Difference) else ""),
    ("slot", lambda told: _change(told).slot),
    ("marketplace", lambda told: _change(told).marketplace),
    ("sku", lambda told: told.sku if isinstance(told, Difference) else ""),
    ("old", lambda told: redact(_change(told).old)),
    ("new", lambda told: told.new if isinstance(told, Difference) else ""),
    ("note", lambda told: str(told.why if isinstance(told, Left) else told.note or "")),
)
HEADER = tuple(header for header, _ in _COLUMNS)


def cells(told: _Told) -> list[str]:
    """Return the cells of a line of the table, safe to be opened in a spreadsheet. One that is left has no new link."""
    return [safe_cell(str(get(told))) for _, get in _COLUMNS]
