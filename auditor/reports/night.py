"""Tonight's findings, short, for the ledger: a file that goes through the run like a report, and is none."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any, TypeAlias

from auditor.errors import ReportError, reason
from auditor.model import Audit, BadRow, Code, Finding, ImageRef, Severity, Verdict

# Of an image with such a finding, tonight nobody knows what else is wrong.
UNSEEN = frozenset({Verdict.UNREACHABLE, Verdict.UNCHECKED, Verdict.BLOCKED})

# Of each image of a row, the codes of which tonight's rules say nothing although the facts are such; () for no image.
Unsaid: TypeAlias = Callable[[Sequence[Audit]], Sequence[Sequence[Code]]]


def nothing_unsaid(_: Sequence[Audit]) -> Sequence[Sequence[Code]]:
    """Say everything."""
    return ()


class NightLog:
    """A line per finding: ASIN, SKU, marketplace, slot, code, severity, and whether the image was seen.

    Of a row that can't be read, the first four are empty. What is left `unsaid` has the severity off.
    """

    def __init__(self, path: Path, codes: Mapping[str, Code], unsaid: Unsaid = nothing_unsaid) -> None:
        self.path = path
        self._codes = codes
        self._unsaid = unsaid

    def opening(self) -> bytes:
        """Nothing."""
        return b""

    def lines(self, audits: Sequence[Audit]) -> bytes:
        """The lines of one product row; mostly none."""
        told = zip(audits, self._unsaid(audits) or repeat(()), strict=False)  # strict: what repeats has no end
        return b"".join(
            self._image(audit.ref, audit.findings, unsaid) for audit, unsaid in told if audit.findings or unsaid
        )

    def _image(self, ref: ImageRef | BadRow, findings: Sequence[Finding], unsaid: Sequence[Code]) -> bytes:
        codes = [self._codes[finding.code] for finding in findings]
        codes += [code._replace(severity=Severity.OFF) for code in unsaid]
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
