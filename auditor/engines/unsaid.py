"""What the rules of a run leave unsaid about images with earlier findings: these weren't mended by it."""

from collections.abc import Sequence
from dataclasses import replace

from auditor.audit import judged_anew
from auditor.checks import Judge
from auditor.engines.order import Order
from auditor.model import Audit, Code, ImageRef, Severity
from auditor.policies import Policy, written
from auditor.reports import Unsaid, nothing_unsaid
from auditor.state import Nights, Slots


def unsaid(order: Order, judge: Judge, nights: Nights | None) -> Unsaid:
    """Give what tells it, on a night that follows another one.

    Images are judged once more by the rules of the night before, from the same facts, and with nothing switched off.
    Where that couldn't find anything else, nothing is judged twice.
    """
    before = order.before
    if nights is None or before is None:
        return nothing_unsaid
    if written(before) == written(judge.policy) and not _silences(before):
        return nothing_unsaid
    aloud = {code: severity for code, severity in before.severity.items() if severity is not Severity.OFF}
    return _Unsaid(order._replace(policy=replace(before, severity=aloud)).judge(), nights.slots)


def _silences(policy: Policy) -> bool:
    return Severity.OFF in policy.severity.values()


class _Unsaid:
    def __init__(self, judge: Judge, slots: Slots) -> None:
        self._judge = judge
        self._slots = slots

    def __call__(self, audits: Sequence[Audit]) -> Sequence[Sequence[Code]]:
        """Tell it of each image of a row; of most rows nothing."""
        refs = [audit.ref for audit in audits if isinstance(audit.ref, ImageRef)]
        if not any(map(self._slots.has, refs)):
            return ()
        anew = judged_anew(self._judge, refs, audits)
        return [self._beyond(audit, other) for audit, other in zip(audits, anew, strict=True)]

    def _beyond(self, audit: Audit, other: Audit) -> list[Code]:
        found = {finding.code for finding in audit.findings}
        return [self._judge.codes[finding.code] for finding in other.findings if finding.code not in found]
