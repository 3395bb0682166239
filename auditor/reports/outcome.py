"""How a row, or a single picture, ends: by the worst of its findings."""

from collections.abc import Iterable

from auditor.model import Code, Outcome, Severity, Verdict


def worst(found: Iterable[Code]) -> Outcome:
    """Say how something ends that has these findings, at least one."""
    unchecked = False
    for code in found:
        if code.severity is Severity.FAIL:
            return Outcome.FAILING
        unchecked = unchecked or code.kind is Verdict.UNCHECKED
    return Outcome.UNCHECKED if unchecked else Outcome.WARNED
