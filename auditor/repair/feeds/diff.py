"""What is different in a corrected feed, cell by cell, in words."""

from auditor.errors import Sentence
from auditor.feeds.cells import shown
from auditor.repair.feeds.change import Left, Told
from auditor.urls import redact


def said(told: Told) -> Sentence:
    """Say of one link that it was changed, and from what to what; or that it was left, and why. A sentence is said."""
    if isinstance(told, Sentence):
        return told
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
