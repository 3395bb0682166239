"""Which images are looked at a second time, and how."""

from auditor.checks import Judge
from auditor.model import Answered, Finding, ImageInfo, Manner, Probe
from auditor.settings import FurtherSettings

# Of the ways to refuse, those that may have to do with how one asks. Neither "gone" nor "too often" is among them.
_REFUSED = frozenset({"access-denied", "http-error"})


class Plan:
    """What else to ask about an image, once the plain look at it has been judged."""

    def __init__(self, judge: Judge, settings: FurtherSettings) -> None:
        self._judge = judge
        self._settings = settings

    def manners(self, probe: Probe, findings: tuple[Finding, ...]) -> tuple[Manner, ...]:
        """The further looks at an image: only at one that passed, or that was refused to those who ask plainly."""
        if not isinstance(probe, Answered):
            return ()
        passed = isinstance(probe.body, ImageInfo) and self._judge.passes(findings)
        refused = any(finding.code in _REFUSED for finding in findings)
        second = self._settings.second_look and (passed or refused)
        return (Manner.SECOND,) if second else ()


def make_plan(judge: Judge, settings: FurtherSettings) -> Plan | None:
    """Give the plan of a run; None where it looks at everything once."""
    return Plan(judge, settings) if settings.second_look else None
