"""What a check is: a named function, and the code of the published contract that it looks for."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeAlias, TypeVar, TypeVarTuple

from auditor.model import Code, Finding, Severity, Values, Verdict

Facts = TypeVarTuple("Facts")
First = TypeVar("First")
Second = TypeVar("Second")


@dataclass(frozen=True, slots=True)
class Check(Generic[*Facts]):
    """One check, with the code it finds; the code's severity holds unless a policy overrides it.

    `look` gets the facts it needs, never an Optional. It returns None, or the actual and the required value, which
    fill the code's texts. A value `case` chooses between wordings; a value that is a slug of a word table is worded
    by the texts.
    """

    code: Code
    look: Callable[[*Facts], Values | None]


class _Coded(Protocol):
    """A check, whatever its facts."""

    @property
    def code(self) -> Code: ...


# One stage under a policy: what the inner loop needs and no more.
Stage: TypeAlias = tuple[tuple[str, Callable[[*Facts], Values | None]], ...]


def fail(slug: str, kind: Verdict, look: Callable[[*Facts], Values | None]) -> Check[*Facts]:
    """Declare a check whose finding means that the image will not appear."""
    return Check(Code(slug, kind, Severity.FAIL), look)


def warn(slug: str, kind: Verdict, look: Callable[[*Facts], Values | None]) -> Check[*Facts]:
    """Declare a check whose finding is worth knowing."""
    return Check(Code(slug, kind, Severity.WARN), look)


def codes(*stages: Iterable[_Coded]) -> tuple[Code, ...]:
    """List the codes of a module's checks, each once."""
    return tuple(dict.fromkeys(check.code for stage in stages for check in stage))


def said(stage: Stage[*Facts], *facts: *Facts) -> tuple[Finding, ...]:
    """Ask every check of a stage. The empty answer is the shared `()`: most images have nothing wrong."""
    findings: tuple[Finding, ...] = ()
    for slug, look in stage:
        values = look(*facts)
        if values is not None:
            findings += (Finding(slug, values),)
    return findings


def said_of(stage: Stage[First], fact: First) -> tuple[Finding, ...]:
    """As `said` for one fact, in three quarters of the time: for what is asked of every image."""
    findings: tuple[Finding, ...] = ()
    for slug, look in stage:
        values = look(fact)
        if values is not None:
            findings += (Finding(slug, values),)
    return findings


def said_of_both(stage: Stage[First, Second], first: First, second: Second) -> tuple[Finding, ...]:
    """As `said` for two facts, likewise."""
    findings: tuple[Finding, ...] = ()
    for slug, look in stage:
        values = look(first, second)
        if values is not None:
            findings += (Finding(slug, values),)
    return findings
