"""What one line of a report is made from, and the columns: each declared once, as (header, getter)."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from auditor.model import Answered, Audit, BadRow, Code, Finding, ImageInfo, ImageRef, Probe, Recurrence, Severity
from auditor.texts import Text, Texts

NOT_ANSWERED = Answered(0)


class Line(NamedTuple):
    """One finding with all that a column may show. Unreadable rows have an empty `ref`."""

    ref: ImageRef
    answered: Answered
    finding: Finding
    code: Code
    text: Text
    batch_id: str
    recurrence: Recurrence | None = None


Cell: TypeAlias = str | int | None
Column: TypeAlias = tuple[str, Callable[[Line], Cell]]


def _measure(line: Line, name: str) -> Cell:
    body = line.answered.body
    return getattr(body, name) if isinstance(body, ImageInfo) else None


# The order is part of the published contract.
FAILING: tuple[Column, ...] = (
    ("asin", lambda line: line.ref.asin),
    ("sku", lambda line: line.ref.sku),
    ("marketplace", lambda line: line.ref.marketplace),
    ("slot", lambda line: line.ref.slot),
    ("severity", lambda line: line.code.severity),
    ("kind", lambda line: line.code.kind),
    ("code", lambda line: line.code.slug),
    ("symptom", lambda line: line.text.symptom),
    ("reason", lambda line: line.text.reason),
    ("solution", lambda line: line.text.solution),
    ("url", lambda line: line.ref.url),
    ("http_status", lambda line: line.answered.status or None),
    ("location", lambda line: line.answered.location),
    ("content_type", lambda line: line.answered.content_type),
    ("format", lambda line: getattr(line.answered.body, "format", None)),
    ("width", lambda line: _measure(line, "width")),
    ("height", lambda line: _measure(line, "height")),
    ("content_length", lambda line: line.answered.content_length),
    ("feed", lambda line: line.ref.feed),
    ("row", lambda line: line.ref.row),
    ("batch_id", lambda line: line.batch_id),
)
# Behind them, where earlier nights are remembered.
NIGHTS: tuple[Column, ...] = (
    ("change", lambda line: line.recurrence and line.recurrence.change),
    ("since", lambda line: line.recurrence and line.recurrence.since),
    ("nights", lambda line: line.recurrence and line.recurrence.nights),
)
NEW = "new"

# What earlier nights say of an image's finding, by its code.
Remember: TypeAlias = Callable[[ImageRef, str], Recurrence]


class LineMaker:
    """Turns audits into lines, under one policy's severities and in one language.

    With `remember`, lines tell what earlier nights say; with `only_new` too, those of findings known before are left
    out.
    """

    def __init__(
        self,
        codes: Mapping[str, Code],
        texts: Texts,
        batch_id: str,
        remember: Remember | None = None,
        *,
        only_new: bool = False,
    ) -> None:
        self._codes = codes
        self._texts = texts
        self._batch_id = batch_id
        self._remember = remember
        self._only_new = only_new

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that its lines fill."""
        return FAILING if self._remember is None else (*FAILING, *NIGHTS)

    def lines(self, audits: Sequence[Audit], severities: frozenset[Severity]) -> list[Line]:
        """One line per finding of these severities, in the order of images and findings."""
        lines = [
            Line(_ref(audit.ref), _answered(audit.probe), finding, code, self._texts.of(finding), self._batch_id)
            for audit in audits
            for finding in audit.findings
            if (code := self._codes[finding.code]).severity in severities
        ]
        return lines if self._remember is None else self._remembered(lines, self._remember)

    def _remembered(self, lines: Sequence[Line], remember: Remember) -> list[Line]:
        told = [line._replace(recurrence=remember(line.ref, line.code.slug)) for line in lines]
        if not self._only_new:
            return told
        return [line for line in told if line.recurrence and line.recurrence.change == NEW]


def _ref(ref: ImageRef | BadRow) -> ImageRef:
    return ImageRef(ref.feed, ref.row, "", "", "", "", "") if isinstance(ref, BadRow) else ref


def _answered(probe: Probe | None) -> Answered:
    return probe if isinstance(probe, Answered) else NOT_ANSWERED
