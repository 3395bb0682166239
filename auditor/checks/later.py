"""Checks of what the policy will say of an image from a later day on."""

from auditor.checks.check import codes, warn
from auditor.model import Finding, Values, Verdict


def fails_later(finding: Finding, day: str) -> Values:
    """Tell what will keep an image from appearing, that doesn't yet."""
    return {**finding.values, "code": finding.code, "date": day}


LATER = (warn("fails-later", Verdict.WRONG, fails_later),)

CODES = codes(LATER)
