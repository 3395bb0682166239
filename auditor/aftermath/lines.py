"""reconcile.csv: what one line is made from, and the columns, each declared once."""

from collections.abc import Callable
from hashlib import blake2b
from typing import NamedTuple, TypeAlias

from auditor.aftermath.codes import Codes
from auditor.aftermath.docket import Entry
from auditor.aftermath.standing import Standing, is_left
from auditor.errors import FeedError
from auditor.model import Finding
from auditor.reports.lines import Cell
from auditor.texts import Text, Texts

_OURS = frozenset({Standing.FAULT_SEEN, Standing.UNREPORTED})  # what to do about these, our own codes say


class Line(NamedTuple):
    """One line: what was found, in words, and whether something is left to do."""

    entry: Entry
    texts: tuple[Text, ...]
    meaning: str
    next_step: str
    left: bool
    batch_id: str


Column: TypeAlias = tuple[str, Callable[[Line], Cell]]

# The order is part of the published contract.
RECONCILE: tuple[Column, ...] = (
    ("asin", lambda line: line.entry.asin or (line.entry.complaint.asin if line.entry.complaint else "")),
    ("sku", lambda line: line.entry.sku),
    ("slot", lambda line: line.entry.slot),
    ("amazon_code", lambda line: line.entry.complaint.code if line.entry.complaint else ""),
    ("amazon_type", lambda line: line.entry.complaint.severity if line.entry.complaint else ""),
    ("amazon_message", lambda line: line.entry.complaint.message if line.entry.complaint else ""),
    ("code", lambda line: " ".join(finding.code for finding in line.entry.found)),
    ("symptom", lambda line: " ".join(text.symptom for text in line.texts)),
    ("verdict", lambda line: line.entry.standing),
    ("meaning", lambda line: line.meaning),
    ("next_step", lambda line: line.next_step),
    ("left", lambda line: "yes" if line.left else "no"),
    ("attribute", lambda line: line.entry.complaint.attribute if line.entry.complaint else ""),
    ("marketplace", lambda line: line.entry.marketplace),
    ("url", lambda line: line.entry.url),
    ("feed", lambda line: line.entry.feed),
    ("row", lambda line: line.entry.row),
    ("message_id", lambda line: line.entry.complaint.message_id if line.entry.complaint else None),
    ("record", lambda line: line.entry.complaint.record if line.entry.complaint else None),
    ("batch_id", lambda line: line.batch_id),
)


def key_of(line: Line) -> bytes:
    """Return by what a line is known in the next round, whatever else is said of it by then."""
    entry, complaint = line.entry, line.entry.complaint
    if complaint is None:
        said: tuple[object, ...] = tuple(sorted(finding.code for finding in entry.found))
    else:
        place = entry.sku or complaint.asin or (complaint.message_id, complaint.record)
        said = (place, complaint.code, complaint.message, complaint.attribute)
    whole = (entry.sku, entry.marketplace, entry.slot, said)
    return blake2b(repr(whole).encode(errors="replace"), digest_size=10).digest()


class LineWriter:
    """Puts entries into words, in one language."""

    def __init__(self, codes: Codes, texts: Texts, batch_id: str) -> None:
        self._codes = codes
        self._texts = texts
        self._batch_id = batch_id

    def line(self, entry: Entry) -> Line:
        """Return the line of an entry."""
        meaning = self._codes.meaning(entry.complaint) if entry.complaint else None
        texts = tuple(map(self._text, entry.found))
        return Line(
            entry,
            texts,
            self._texts.phrase(f"standing-{entry.standing}"),
            self._step(entry, texts, meaning.step if meaning else ""),
            is_left(entry.standing, entry.complaint, meaning.about if meaning else None),
            self._batch_id,
        )

    def _text(self, finding: Finding) -> Text:
        """Put a finding into words. Raises FeedError for one that wasn't written by this version of the program."""
        try:
            return self._texts.of(finding)
        except KeyError as error:
            raise FeedError(
                "The audit's findings of {code} lack {value}: it was changed, or written by another version of "
                "auditor. Audit the feed again.",
                code=finding.code,
                value=error,
            ) from error

    def _step(self, entry: Entry, texts: tuple[Text, ...], own: str) -> str:
        """Say what to do: of our own findings, else in the words of the user's file, else of the code, else of all."""
        if entry.standing in _OURS:
            return " ".join(dict.fromkeys(text.solution for text in texts))
        if own and entry.complaint:
            return own
        of_code = f"step-{entry.complaint.code}" if entry.complaint else ""
        if entry.standing is Standing.NOT_THE_URL and of_code in self._texts.summary:
            return self._texts.phrase(of_code)
        return self._texts.phrase(f"step-{entry.standing}")
