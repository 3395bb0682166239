"""The CSV reports: failing.csv, one line per finding, and asins.csv, one line per failing product row."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from auditor.model import Audit, ImageRef, Severity
from auditor.reports.escape import safe_cell
from auditor.reports.lines import Cell, Line, LineMaker
from auditor.settings import ReportSettings
from auditor.urls import redact

BOM = b"\xef\xbb\xbf"
FAIL_ONLY = frozenset({Severity.FAIL})
FAIL_AND_WARN = frozenset({Severity.FAIL, Severity.WARN})


class FailingCsv:
    """failing.csv: the findings, each with reason and solution; then the columns that the user keeps."""

    def __init__(self, settings: ReportSettings, maker: LineMaker) -> None:
        self.path = settings.out
        self._maker = maker
        self._columns = maker.columns
        self._bom = settings.bom
        self._keep = settings.keep
        self._severities = FAIL_AND_WARN if settings.include_warnings else FAIL_ONLY

    def opening(self) -> bytes:
        """The header line."""
        return _opening([*(header for header, _ in self._columns), *self._keep], bom=self._bom)

    def lines(self, audits: Sequence[Audit]) -> bytes:
        """The lines of one product row; mostly none."""
        found = self._maker.lines(audits, self._severities)
        return csv_lines(self._cells(line) for line in found) if found else b""

    def _cells(self, line: Line) -> list[Cell]:
        kept = line.ref.kept or ("",) * len(self._keep)  # an unreadable row has none
        return [*(getter(line) for _, getter in self._columns), *kept]


class AsinsCsv:
    """asins.csv: the failing products, which is what a support case asks for."""

    COLUMNS = ("asin", "sku", "failing_images", "codes")

    def __init__(self, settings: ReportSettings, maker: LineMaker) -> None:
        self.path = asins_path(settings.out)
        self._maker = maker
        self._bom = settings.bom

    def opening(self) -> bytes:
        """The header line."""
        return _opening(self.COLUMNS, bom=self._bom)

    def lines(self, audits: Sequence[Audit]) -> bytes:
        """One line if the product row fails, else none. Unreadable rows have no product to name."""
        by_image = [self._maker.lines([audit], FAIL_ONLY) for audit in audits if isinstance(audit.ref, ImageRef)]
        failing = [lines for lines in by_image if lines]
        if not failing:
            return b""
        first = failing[0][0].ref
        codes = dict.fromkeys(line.finding.code for lines in failing for line in lines)
        return csv_lines([[first.asin, first.sku, len(failing), " ".join(codes)]])


_ROWS = 1000  # of fixed.csv at once
FIXED = ("asin", "sku", "marketplace", "slot", "code", "meaning", "since", "nights", "left")


def fixed_csv(rows: Iterator[Sequence[Cell]], *, bom: bool) -> Iterator[bytes]:
    """Yield fixed.csv in blocks: what earlier nights found and tonight didn't, a cell for each of `FIXED`."""
    yield _opening(FIXED, bom=bom)
    while some := list(islice(rows, _ROWS)):
        yield csv_lines(some)


def fixed_path(out: Path) -> Path:
    """Where fixed.csv goes: beside failing.csv."""
    return out.with_name("fixed.csv")


def asins_path(out: Path) -> Path:
    """Where asins.csv goes: beside failing.csv."""
    return out.with_name("asins.csv")


def _opening(headers: Sequence[str], *, bom: bool) -> bytes:
    return (BOM if bom else b"") + csv_lines([headers])


def csv_lines(rows: Iterable[Sequence[Cell]]) -> bytes:
    """Write rows as CSV. No cell can run as a formula, and none shows a secret."""
    out = io.StringIO()
    write = csv.writer(out, lineterminator="\r\n").writerow
    for row in rows:
        # A URL with secrets may stand in any column: a row that is shifted by one cell has it where the SKU should be.
        write([safe_cell(redact(cell)) if isinstance(cell, str) else cell for cell in row])
    return out.getvalue().encode("utf-8", "backslashreplace")
