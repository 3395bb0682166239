"""What a repair comes to: counts, what remains, and how that is said."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from auditor.checks import CODES
from auditor.model import Verdict
from auditor.repair.entry import Entry
from auditor.repair.outcome import Became
from auditor.repair.remedy import Action
from auditor.texts import Texts

LISTED = 8  # codes that are named


class Account:
    """Counts images: by what was to be done, and by what became of it; those that are left, by code.

    `tried` are the first of those whose fault has a remedy that didn't help, or wouldn't.
    """

    def __init__(self, listed: int) -> None:
        self.actions: Counter[Action] = Counter()
        self.became: Counter[Became] = Counter()
        self.nothing = 0
        self.unaudited = 0
        self.remaining = 0  # such as something keeps away still
        self.left = 0  # these, and those with a mere drawback that wasn't mended
        self.codes: Counter[str] = Counter()  # of these
        self.tried: list[Entry] = []
        self.in_vain = 0
        self.unreached = 0
        self._listed = listed

    def add(self, entry: Entry) -> None:
        """Count one that has something to be done."""
        self.actions[entry.remedy.action] += 1
        if entry.outcome is not None:
            self.became[entry.outcome.became] += 1
        self.remaining += entry.remains
        if entry.left:
            self.left += 1
            self.codes[entry.code] += 1
            self._note_tried(entry)

    def _note_tried(self, entry: Entry) -> None:
        if entry.remedy.action is not Action.CANNOT or entry.remedy.refusal is not None:
            self.in_vain += 1
            self.unreached += entry.code in CODES and CODES[entry.code].kind is Verdict.UNREACHABLE
            if len(self.tried) < self._listed:
                self.tried.append(entry)

    @property
    def hopeless(self) -> int:
        """How many nothing can be done about."""
        return self.actions[Action.CANNOT]

    @property
    def converted(self) -> int:
        """How many have a new file."""
        return self.became[Became.CONVERTED]

    def planned(self, words: Texts) -> Iterator[str]:
        """Say what is to be done, in lines."""
        yield words.phrase(
            "repair-plan",
            convert=self.actions[Action.CONVERT],
            replace=self.actions[Action.REPLACE],
            cannot=self.hopeless,
            nothing=self.nothing,
        )
        if self.unaudited:
            yield words.phrase("repair-unaudited", count=self.unaudited)

    def told(self, words: Texts) -> Iterator[str]:
        """Say what became of it, in lines."""
        yield words.phrase(
            "repair-done",
            converted=self.converted,
            replaced=self.became[Became.REPLACED],
            left=self.left,
            nothing=self.nothing + self.became[Became.SOUND],
        )
        if self.unaudited:
            yield words.phrase("repair-unaudited", count=self.unaudited)
        if self.codes:
            yield from ("", words.phrase("repair-left-begin"), *self._by_code(words))
        if self.tried:
            yield from ("", words.phrase("repair-tried"), *("  " + entry.line(words) for entry in self.tried))
        if self.in_vain > len(self.tried):
            yield "  " + words.phrase("repair-more", count=self.in_vain - len(self.tried))

        if self.unreached:
            yield "  " + words.phrase("repair-again", count=self.unreached)

    def _by_code(self, words: Texts) -> Iterator[str]:
        found = self.codes.most_common(LISTED)
        wide = max(len(code) for code, _ in found)
        for code, count in found:
            yield f"{words.number(count):>9}  {code:<{wide}}  {words.meaning(code)}"
        if len(self.codes) > LISTED:
            yield " " * 11 + words.phrase("codes-more", count=len(self.codes) - LISTED)

    def facts(self) -> Mapping[str, Any]:
        """The counts as summary.json shows them."""
        return {
            "images": {
                **{action.value: self.actions[action] for action in Action},
                "nothing": self.nothing,
                "not_audited": self.unaudited,
            },
            "became": {became.value: self.became[became] for became in Became},
            "remaining": self.remaining,
            "left_by_code": dict(sorted(self.codes.items())),
        }
