"""What remains of a finished row until its turn comes: report lines as bytes, and what the counters need."""

from typing import NamedTuple

from auditor.model import Outcome


class Tally(NamedTuple):
    """What one product row adds to the counters.

    `hosts` has the host of each failing image, `contents` each content of the row with an address of it.
    """

    outcome: Outcome
    images: int = 0
    codes: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    contents: tuple[tuple[str, str], ...] = ()


class RowReport(NamedTuple):
    """One finished row: a piece of bytes for each report file (the order is the reports'), and its tally."""

    lines: tuple[bytes, ...]
    tally: Tally
