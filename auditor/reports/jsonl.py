"""all.jsonl: every audit with all its facts, passing ones too."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from auditor.model import Audit, BadRow, Code, Probe, Unreached
from auditor.urls import redact

SCHEMA = 1


class Jsonl:
    """One JSON object a line: first what was audited and how, then one per image (or unreadable row), in feed order.

    Nothing that differs between two equal runs stands in it: no times, no attempts.
    """

    def __init__(self, path: Path, codes: Mapping[str, Code], about: Mapping[str, Any]) -> None:
        self.path = path
        self._codes = codes
        self._about = about

    def opening(self) -> bytes:
        """The first line: schema version, feed identity, policy, settings."""
        return _line({"schema": SCHEMA, **self._about})

    def lines(self, audits: Sequence[Audit]) -> bytes:
        """One line per image of a product row."""
        return b"".join(_line(self._facts(audit)) for audit in audits)

    def _facts(self, audit: Audit) -> dict[str, Any]:
        ref = audit.ref
        facts: dict[str, Any] = ref._asdict()
        if isinstance(ref, BadRow):
            facts = {"feed": ref.feed, "row": ref.row, "unreadable": ref.reason, "text": ref.text}
        facts["probe"] = _probe(audit.probe)
        for manner, probe in audit.further:
            facts[manner.value] = _probe(probe)
        facts["findings"] = [
            {
                "code": finding.code,
                "kind": self._codes[finding.code].kind,
                "severity": self._codes[finding.code].severity,
                "values": finding.values,
            }
            for finding in audit.findings
        ]
        return facts


def _probe(probe: Probe | None) -> dict[str, Any] | None:
    if probe is None:
        return None
    if isinstance(probe, Unreached):
        return {"cause": probe.cause, "detail": probe.detail} | ({"tls": probe.tls} if probe.tls else {})
    facts = probe._asdict()
    del facts["retry_after"]  # it may be a date
    if probe.body is not None:
        facts["body"] = {"what": type(probe.body).__name__, **probe.body._asdict()}
    return facts


def _without_secrets(value: Any) -> Any:
    """Redact every string, wherever it stands: a URL may be in any cell of a feed and any word of a server."""
    if isinstance(value, str):
        return redact(value)
    if isinstance(value, Mapping):
        return {key: _without_secrets(inner) for key, inner in value.items()}
    return [_without_secrets(inner) for inner in value] if isinstance(value, list | tuple) else value


def _line(facts: Mapping[str, Any]) -> bytes:
    return (
        json.dumps(_without_secrets(facts), ensure_ascii=False, separators=(",", ":")).encode(
            "utf-8", "backslashreplace"
        )
        + b"\n"
    )
