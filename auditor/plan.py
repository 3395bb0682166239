"""Which images are looked at a second time, and how."""

import hashlib

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

    def manners(self, url: str, probe: Probe, findings: tuple[Finding, ...]) -> tuple[Manner, ...]:
        """The further looks at an image: only at one that passed, or that was refused to those who ask plainly."""
        if not isinstance(probe, Answered):
            return ()
        passed = isinstance(probe.body, ImageInfo) and self._judge.passes(findings)
        refused = any(finding.code in _REFUSED for finding in findings)
        manners = []
        if self._settings.second_look and (passed or refused):
            manners.append(Manner.SECOND)
        if self._settings.deep and passed and self._is_small(probe) and in_sample(url, self._settings.deep_sample):
            manners.append(Manner.DEEP)
        return tuple(manners)

    def _is_small(self, probe: Answered) -> bool:
        """Whether the file may be downloaded, as far as its host has told."""
        return probe.content_length is None or probe.content_length <= self._settings.decoding.bytes


def in_sample(url: str, share: float) -> bool:
    """Whether a URL is among a share (from 0 to 1) of all: always the same ones, and evenly from everywhere."""
    if share >= 1:
        return True
    return int.from_bytes(hashlib.sha256(url.encode("utf-8", "surrogatepass")).digest()[:8]) < share * 2.0**64


def make_plan(judge: Judge, settings: FurtherSettings) -> Plan | None:
    """Give the plan of a run; None where it looks at everything once."""
    return Plan(judge, settings) if settings.second_look or settings.deep else None
