"""The lines above a text report's table: what was uploaded, and how many records came through. Pure.

Their words are in the seller's language; the order of their counts is the same in all.
"""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from auditor.aftermath.complaint import ReportSummary, number_of

DELIMITERS = "\t;,|"  # a tab in Amazon's own; others once a spreadsheet has saved it
_LOOKED_AT = 100  # lines in which counts are looked for: summaries have a dozen
_LONGEST = 500  # letters of a line with a count
_BATCH = re.compile(r"(?:batch|feed|submission)[ _-]?(?:submission[ _-]?)?id\D{0,10}(\d{4,20})", re.IGNORECASE)


class Counted(NamedTuple):
    """A line with a count: which one, from 1, and the count."""

    line: int
    number: int


def counts_in(lines: Sequence[str]) -> list[Counted]:
    """Return the counts in their order."""
    found = ((number, _count(line)) for number, line in enumerate(lines[:_LOOKED_AT], 1) if not batch_in(line))
    return [Counted(number, count) for number, count in found if count is not None]


def _count(line: str) -> int | None:
    """Return the number of a line that has a label, a number and nothing else."""
    if len(line) <= _LONGEST:
        for delimiter in DELIMITERS if any(map(str.isdecimal, line)) else ():
            cells = [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter), []) if cell.strip()]
            if len(cells) == 2 and not cells[0][0].isdecimal():
                return number_of(cells[1])
    return None


def batch_in(text: str) -> str:
    """Return the Batch ID that a text names; nothing where it names none."""
    found = _BATCH.search(text)
    return found[1] if found else ""


def summary_of(lines: Sequence[str]) -> ReportSummary:
    """Return what the lines say."""
    batch = next(filter(None, map(batch_in, lines[:_LOOKED_AT])), "")
    counts = [one.number for one in counts_in(lines)]
    return ReportSummary(batch, *counts[:2])


def line_below(lines: Sequence[str]) -> int | None:
    """Return the first line below two counts that says anything but that there is nothing; None if there is none.

    Which count is which, their words don't tell: all but those two should be 0.
    """
    counts = counts_in(lines)
    nothing = frozenset(one.line for one in counts if not one.number)
    below: Iterator[int] = (
        number
        for number, line in enumerate(lines, 1)
        if len(counts) > 1 and number > counts[1].line and number not in nothing and line.strip() and not batch_in(line)
    )
    return next(below, None)
