"""One image of a repair as it is told: what was to be done, what became of it, and why."""

from collections.abc import Callable, Mapping
from typing import NamedTuple, TypeAlias

from auditor.errors import Sentence
from auditor.feeds.cells import shown
from auditor.model import BadRow, Finding, ImageRef
from auditor.repair.feeds.change import Change
from auditor.repair.outcome import Became, Outcome, Why
from auditor.repair.pictures.converted import Refusal
from auditor.repair.pictures.wording import in_words
from auditor.repair.remedy import Action, Remedy
from auditor.texts import Texts
from auditor.urls import redact

MENDED = frozenset({Became.CONVERTED, Became.REPLACED, Became.SOUND})

_GOOD_BY_NOW = Sentence("Since the audit it was mended where it is: its address stays.")
# What came otherwise than it was meant to.
_OTHERWISE: Mapping[tuple[Action, Became], Sentence] = {
    (Action.CONVERT, Became.SOUND): _GOOD_BY_NOW,
    (Action.REPLACE, Became.SOUND): _GOOD_BY_NOW,
    (Action.CONVERT, Became.REPLACED): Sentence(
        "By now it redirects: its address is replaced by the last one that it leads to."
    ),
    (Action.REPLACE, Became.CONVERTED): Sentence("The picture that it leads to is converted."),
}


class Entry(NamedTuple):
    """One image, or a row that can't be read. Without an outcome it is planned only. `new` is the new address."""

    ref: ImageRef | BadRow
    remedy: Remedy
    outcome: Outcome | None = None
    new: str = ""

    @property
    def remains(self) -> bool:
        """Whether something keeps the image away that wasn't mended."""
        return self.remedy.failing and self.left

    @property
    def left(self) -> bool:
        """Whether nothing came of it, as far as that is known."""
        if self.outcome is None:
            return self.remedy.action is Action.CANNOT
        return self.outcome.became not in MENDED

    @property
    def finding(self) -> Finding | None:
        """What is wrong: by now, where that is known."""
        if self.outcome is not None and isinstance(self.outcome.why, Finding):
            return self.outcome.why
        return self.remedy.finding

    @property
    def code(self) -> str:
        """The code of what is wrong."""
        return self.finding.code if self.finding is not None else ""

    def reason(self, words: Texts) -> str:
        """Say why, in a sentence or two."""
        why = self._why
        said = []
        if self.remedy.finding is not None and not (isinstance(why, Finding) and self.outcome and self.outcome.now):
            said.append(words.of(self.remedy.finding).symptom)
        if isinstance(why, Finding):
            said.append(words.of(why).symptom)
        elif isinstance(why, Refusal):
            said.append(words.refusals[why])
        elif isinstance(why, Sentence):
            said.append(words.said(why))
        elif (says := self._says) is not None:
            said.append(words.said(says))
        # Where a symptom ends with an address, there is no full stop.
        stopped = (text if text.endswith(".") else text + "." for text in dict.fromkeys(said))
        return " ".join(text[:1].upper() + text[1:] for text in stopped)

    @property
    def _why(self) -> Why | None:
        """What stood in the way, or will."""
        return self.outcome.why if self.outcome is not None else self.remedy.refusal

    @property
    def _says(self) -> Sentence | None:
        """What is said beside the finding's own words, where nothing stood in the way."""
        if self.outcome is None:
            return self.remedy.says
        if self.outcome.became is Became.LEFT:
            return None
        return _OTHERWISE.get((self.remedy.action, self.outcome.became), self.remedy.says)

    def done(self, words: Texts) -> str:
        """Say what was done to the picture, in clauses."""
        done = self.outcome.done if self.outcome is not None else None
        return "; ".join(in_words(done, words)) if done is not None else ""

    def solution(self, words: Texts) -> str:
        """Say what the seller can do, where we couldn't."""
        refused = isinstance(self._why, Refusal)  # which says it itself
        return words.of(self.finding).solution if self.left and self.finding is not None and not refused else ""

    @property
    def slot(self) -> str:
        """The slot; empty for a row that can't be read."""
        return self.ref.slot if isinstance(self.ref, ImageRef) else ""

    @property
    def sku(self) -> str:
        """The SKU, likewise."""
        return self.ref.sku if isinstance(self.ref, ImageRef) else ""

    @property
    def change(self) -> Change:
        """What changes in the feed."""
        assert isinstance(self.ref, ImageRef)  # noqa: S101  # a row that can't be read has no new address
        return Change(self.ref.row, self.ref.slot, self.ref.marketplace, redact(self.ref.url), self.new)

    def line(self, words: Texts) -> str:
        """Name it and say why, on one line."""
        became = self.outcome.became if self.outcome is not None else self.remedy.action
        return words.phrase(
            "repair-line",
            row=self.ref.row,
            slot=self.slot or "—",
            sku=shown(self.sku) or "—",
            what=words.phrase(f"repair-{became}"),
            reason=self.reason(words),
        )


Column: TypeAlias = tuple[str, Callable[[Entry, Texts], str | int]]


def _of(name: str) -> Callable[[Entry, Texts], str | int]:
    return lambda entry, _: getattr(entry.ref, name, "")


COLUMNS: tuple[Column, ...] = (
    ("asin", _of("asin")),
    ("sku", _of("sku")),
    ("marketplace", _of("marketplace")),
    ("slot", _of("slot")),
    ("action", lambda entry, _: entry.remedy.action),
    ("became", lambda entry, _: entry.outcome.became if entry.outcome is not None else ""),
    ("code", lambda entry, _: entry.code),
    ("reason", lambda entry, words: entry.reason(words)),
    ("done", lambda entry, words: entry.done(words)),
    ("solution", lambda entry, words: entry.solution(words)),
    ("url", lambda entry, _: redact(getattr(entry.ref, "url", ""))),
    ("new_url", lambda entry, _: entry.new),
    ("feed", _of("feed")),
    ("row", _of("row")),
)
