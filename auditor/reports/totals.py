"""The counters of a run, updated in feed order, and the two summaries made from them: summary.json and stdout's."""

from collections import Counter
from collections.abc import Mapping
from typing import Any

from auditor.model import Code, Outcome, Severity
from auditor.reports.repeats import Repeats
from auditor.reports.row import Tally
from auditor.reports.topk import TopK

HOSTS = 1000  # hosts counted: enough that the worst ten are right in any catalogue
WORST = 10  # hosts named


class Totals:
    """What a run has found so far. Rows read = passing + warned + failing + unchecked + skipped."""

    def __init__(self, codes: Mapping[str, Code]) -> None:
        self._codes = codes
        self.rows: Counter[Outcome] = Counter(dict.fromkeys(Outcome, 0))
        self.images = 0
        self.by_code: Counter[str] = Counter()
        self._hosts = TopK(HOSTS)
        self._repeats = Repeats()

    def add(self, tally: Tally) -> None:
        """Count one product row."""
        self.rows[tally.outcome] += 1
        self.images += tally.images
        if tally.codes:
            self.by_code.update(tally.codes)
        for host in tally.hosts:
            self._hosts.add(host)
        for content, url in tally.contents:
            self._repeats.add(content, url)

    def passed(self, rows: int) -> None:
        """Count product rows that pass, each of one image: most rows, in no time."""
        self.rows[Outcome.PASSING] += rows
        self.images += rows

    def state(self) -> dict[str, Any]:
        """All that is counted, as JSON has it."""
        return {
            "rows": {outcome.value: self.rows[outcome] for outcome in Outcome},
            "images": self.images,
            "by_code": dict(self.by_code),
            "hosts": self._hosts.state(),
            "repeats": self._repeats.state(),
        }

    @classmethod
    def restored(cls, codes: Mapping[str, Code], state: Mapping[str, Any]) -> "Totals | None":
        """Counters that go on from another's `state`; None if it is none."""
        totals = cls(codes)
        try:
            counts = [state["rows"][outcome] for outcome in Outcome]
            totals.rows.update(dict(zip(Outcome, counts, strict=True)))
            totals.images = state["images"]
            totals.by_code.update(state["by_code"])
            totals._hosts.restore(state["hosts"])
            totals._repeats.restore(state["repeats"])
        except (ValueError, TypeError, KeyError, AttributeError):
            return None
        numbers = [*counts, totals.images, *totals.by_code.values()]
        sound = all(type(number) is int and number >= 0 for number in numbers)
        return totals if sound and codes.keys() >= totals.by_code.keys() else None

    @property
    def read(self) -> int:
        """Product rows done."""
        return self.rows.total()

    @property
    def failing(self) -> int:
        """Product rows with at least one failing finding."""
        return self.rows[Outcome.FAILING]

    def worst_hosts(self) -> list[tuple[str, int]]:
        """Hosts with most failing images, and how many."""
        return self._hosts.most_common(WORST)

    def frequent(self, severity: Severity) -> list[tuple[str, int]]:
        """Codes of one severity, the most frequent first."""
        found = [(code, count) for code, count in self.by_code.items() if self._codes[code].severity is severity]
        return sorted(found, key=lambda pair: (-pair[1], pair[0]))

    def facts(self) -> dict[str, Any]:
        """The counters as summary.json shows them."""
        kinds: Counter[str] = Counter()
        severities: Counter[str] = Counter()
        for code, count in self.by_code.items():
            kinds[self._codes[code].kind] += count
            severities[self._codes[code].severity] += count
        return {
            "rows": {"read": self.read, **{outcome.value: self.rows[outcome] for outcome in Outcome}},
            "images": self.images,
            "findings": {
                "by_code": dict(sorted(self.by_code.items())),
                "by_kind": dict(sorted(kinds.items())),
                "by_severity": dict(sorted(severities.items())),
            },
            "failing_product_rows": self.failing,
            "worst_hosts": [{"host": host, "failing_images": count} for host, count in self.worst_hosts()],
            "repeated_contents": self._repeats.facts(),
        }
