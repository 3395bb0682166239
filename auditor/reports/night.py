"""Tonight's findings, short, for the ledger: a file that goes through the run like a report, and is none."""

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.errors import ReportError, reason
from auditor.model import Audit, BadRow, Code, Finding, ImageRef, Verdict

# Of an image with such a finding, tonight nobody knows what else is wrong.
UNSEEN = frozenset({Verdict.UNREACHABLE, Verdict.UNCHECKED, Verdict.BLOCKED})


class NightLog:
    """A line per finding: ASIN, SKU, marketplace, slot, code, severity, and whether the image was seen.

    Of a row that can't be read, the first four are empty.
    """

    def __init__(self, path: Path, codes: Mapping[str, Code]) -> None:
        self.path = path
        self._codes = codes

    def opening(self) -> bytes:
        """Nothing."""
        return b""

    def lines(self, audits: Sequence[Audit]) -> bytes:
        """The lines of one product row; mostly none."""
        return b"".join(self._image(audit.ref, audit.findings) for audit in audits if audit.findings)

    def _image(self, ref: ImageRef | BadRow, findings: Sequence[Finding]) -> bytes:
        codes = [self._codes[finding.code] for finding in findings]
        seen = not any(code.kind in UNSEEN for code in codes)
        slot = ("", "", "", "") if isinstance(ref, BadRow) else (ref.asin, ref.sku, ref.marketplace, ref.slot)
        lines = ([*slot, code.slug, code.severity, seen] for code in codes)
        return b"".join(json.dumps(line, separators=(",", ":")).encode() + b"\n" for line in lines)


def read_night(path: Path) -> Iterator[list[Any]]:
    """Read the lines back. Raises `ReportError`."""
    try:
        with path.open("rb") as lines:
            for line in lines:
                yield json.loads(line)
    except (OSError, ValueError) as error:
        raise ReportError(
            "{path} can't be read: {why}. It holds tonight's findings for the state file.",
            path=path,
            why=reason(error),
        ) from error


def night_path(out: Path) -> Path:
    """Where it is kept until the run is complete: beside failing.csv."""
    return out.with_name(f"{out.name}.night")
