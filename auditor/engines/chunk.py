"""What crosses between processes: rows one way, finished report lines the other, as plain tuples that marshal takes.

marshal takes a fifth of pickle's time for these, and both ends are always the same Python.
"""

import marshal
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import Any

from auditor.model import BadRow, BadRowReason, ImageRef, Outcome, ProductRow
from auditor.reports import RowReport, Tally

_ref: Callable[[tuple[Any, ...]], ImageRef] = partial(tuple.__new__, ImageRef)  # a third of the class's own time


class Chunk:
    """Some rows for a worker. `left` of them are unfinished; `deaths` is how many workers were killed over them."""

    __slots__ = ("body", "deaths", "left")

    def __init__(self, rows: Sequence[tuple[int, ProductRow]], deaths: int = 0) -> None:
        self.body = marshal.dumps([(ticket, _plain(row)) for ticket, row in rows])
        self.left = len(rows)
        self.deaths = deaths

    def rows(self) -> list[tuple[int, ProductRow]]:
        """The rows, finished ones too."""
        return unpacked(self.body)


def unpacked(body: bytes) -> list[tuple[int, ProductRow]]:
    """Read a chunk's body: rows with their tickets."""
    return [(ticket, _row(plain)) for ticket, plain in marshal.loads(body)]  # noqa: S302  # our own process wrote it


def packed(finished: Iterable[tuple[int, RowReport]], silent: RowReport) -> bytes:
    """Write finished rows down. Of one that equals `silent` only its ticket is told."""
    quiet: list[int] = []
    told: list[Any] = []
    for ticket, report in finished:
        if report is silent:
            quiet.append(ticket)
        else:
            outcome, *rest = report.tally
            told.append((ticket, report.lines, outcome.value, rest))
    return marshal.dumps((quiet, told))


def reports(body: bytes, silent: RowReport) -> Iterator[tuple[int, RowReport]]:
    """Read finished rows."""
    quiet, told = marshal.loads(body)  # noqa: S302  # likewise
    for ticket in quiet:
        yield ticket, silent
    for ticket, lines, outcome, rest in told:
        yield ticket, RowReport(lines, Tally(Outcome(outcome), *rest))


def _plain(row: ProductRow) -> Any:
    if isinstance(row, BadRow):
        return (row.feed, row.row, row.reason.value, row.text)
    return list(map(tuple, row))


def _row(plain: Any) -> ProductRow:
    if isinstance(plain, list):
        return tuple(map(_ref, plain))
    feed, row, reason, text = plain
    return BadRow(feed, row, BadRowReason(reason), text)
