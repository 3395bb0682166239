"""What is said of a single picture on stdout: whether it passes, its facts, and each finding in words."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from auditor.model import Answered, Audit, Body, Code, Color, Finding, ImageInfo, NotAnImage, Outcome
from auditor.reports.outcome import worst
from auditor.texts import Texts
from auditor.urls import redact

NAME_LIMIT = 500  # characters: a data: address may be a megabyte


class Picture(NamedTuple):
    """One picture that was looked at. `size` is in bytes; `body` is None where nothing could be looked at.

    `status` is that of HTTP, None where nobody answered; a local picture is a file on this computer.
    """

    name: str
    body: Body | None
    size: int | None
    status: int | None
    findings: tuple[Finding, ...]
    local: bool = False

    @classmethod
    def of(cls, name: str, audit: Audit) -> "Picture":
        """A picture at an address."""
        probe = audit.probe
        if not isinstance(probe, Answered):
            return cls(name, None, None, None, audit.findings)
        return cls(name, probe.body, probe.content_length, probe.status, audit.findings)


def outcome(picture: Picture, codes: Mapping[str, Code]) -> Outcome:
    """How it ends: it passes only if it was looked at."""
    if picture.findings:
        return worst(codes[finding.code] for finding in picture.findings)
    return Outcome.UNCHECKED if picture.body is None else Outcome.PASSING


def spoken(picture: Picture, codes: Mapping[str, Code], texts: Texts) -> str:
    """The whole verdict, several lines."""
    lines = [texts.phrase(f"picture-{outcome(picture, codes)}", name=_shown(picture.name[:NAME_LIMIT]))]
    facts = ", ".join(_facts(picture, texts))
    if facts:
        lines.append("  " + facts)
    if picture.local:
        lines.append("  " + texts.phrase("picture-local"))
    for finding in picture.findings:
        code, text = codes[finding.code], texts.of(finding)
        lines += ["", f"  {code.slug} ({code.severity}): {texts.meaning(code.slug)}"]
        parts = text._asdict().items()
        lines += ["    " + texts.phrase(f"explain-{part}", text=_shown(sentence)) for part, sentence in parts]
    return "\n".join(lines)


def _facts(picture: Picture, texts: Texts) -> Iterator[str]:
    body = picture.body
    if body is not None and not isinstance(body, NotAnImage):
        yield body.format.value
    if isinstance(body, ImageInfo):
        yield texts.phrase("picture-size", width=body.width, height=body.height)
        if body.color is not Color.UNKNOWN:
            named = f"color-{body.color}"
            yield texts.phrase(named) if named in texts.summary else body.color.value
    if picture.size is not None:
        yield texts.phrase("picture-bytes", size=picture.size)
    if picture.status is not None:
        yield texts.phrase("picture-status", status=picture.status)


def _shown(text: str) -> str:
    """On one line, without secrets and what a terminal might obey."""
    text = redact(text)
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)
