"""What an audit found out about the products of a list: read back from its all.jsonl, or as it comes."""

import json
from collections.abc import AsyncIterable, Container, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from auditor.aftermath.channel import channel_of
from auditor.aftermath.standing import FAULTS
from auditor.errors import FeedError
from auditor.feeds.head import read_head
from auditor.feeds.lines import LineCutter
from auditor.feeds.source import Source
from auditor.model import Answered, Audit, Code, Finding, ImageInfo, ImageRef, Probe, Severity, Unmeasured, Verdict
from auditor.reports.jsonl import SCHEMA
from auditor.settings import FeedSettings
from auditor.urls import redact

_WITH_IMAGE = (200, 206)  # statuses
_IMAGES = (ImageInfo, Unmeasured)


class Look(NamedTuple):
    """One image as the audit has it. `url` is as it prints it; `faults` keep it from appearing.

    `seen` says that the audit saw an image there: it couldn't look at every one, and rules of one's own may say nothing
    of an address that has none.
    """

    slot: str
    url: str
    faults: tuple[Finding, ...]
    seen: bool


class Audited:
    """An audit of a feed. `policy` names its rules, `channel` whose they are, as far as that is known.

    `looks` holds those of listed products, by SKU, else ASIN.
    """

    def __init__(self, policy: str = "", channel: str = "") -> None:
        self.policy = policy
        self.channel = channel
        self.looks: dict[str, list[Look]] = {}


async def read_audit(path: str, wanted: Container[str], settings: FeedSettings) -> Audited:
    """Read what all.jsonl says of products, named by SKU, else ASIN. Raises FeedError where it is something else."""
    source = Source(path, settings.block)
    try:
        await source.look()
        rules = _rules(source)
        audited = Audited(str(rules.get("name", "")), channel_of(rules))
        async with aclosing(source.blocks()) as blocks:
            cutter = LineCutter(settings.record_limit)
            async for block in blocks:
                _take(cutter.push(block).lines, wanted, audited)
            _take(cutter.end().lines, wanted, audited)
    finally:
        await source.aclose()
    return audited


async def take_audits(audits: AsyncIterable[Audit], codes: Mapping[str, Code], policy: str) -> Audited:
    """Take audits of listed products alone, under a policy with these codes. Raises what stops the run."""
    audited = Audited(policy)
    async for ref, probe, findings, _ in audits:
        if isinstance(ref, ImageRef):
            faults = tuple(one for one in findings if codes[one.code].severity is Severity.FAIL or one.code in FAULTS)
            seen = _answers_image(probe) and not any(codes[one.code].kind is Verdict.UNCHECKED for one in findings)
            look = Look(ref.slot, redact(ref.url), faults, seen)
            audited.looks.setdefault(ref.sku or ref.asin, []).append(look)
    return audited


def _rules(source: Source) -> Mapping[str, Any]:
    """Tell by which rules it was judged, from the first line."""
    lines = read_head(source.head, whole=True).lines
    about = _object(lines[0])
    schema = about.get("schema")
    if not isinstance(schema, int) or not isinstance(about.get("policy"), dict):
        raise FeedError("{name} is no audit: name the file that auditor check --jsonl has written.", name=source.name)
    if schema > SCHEMA:
        raise FeedError("{name} was written by a newer version of auditor. Update auditor.", name=source.name)
    rules: dict[str, Any] = about["policy"]
    return rules


def _take(lines: Sequence[str], wanted: Container[str], audited: Audited) -> None:
    """Take the images of these products. A line that was cut off is left out: its product counts as not audited."""
    for line in lines:
        facts = _object(line)
        asin, sku, url = (str(facts.get(name) or "") for name in ("asin", "sku", "url"))
        if "slot" in facts and (sku or asin) in wanted:
            found = [one for one in facts.get("findings", ()) if isinstance(one, dict)]
            faults = tuple(Finding(str(one.get("code")), _values(one)) for one in found if _is_fault(one))
            seen = _answered_image(facts) and not any(one.get("kind") == Verdict.UNCHECKED for one in found)
            audited.looks.setdefault(sku or asin, []).append(Look(str(facts["slot"]), url, faults, seen))


def _is_fault(finding: Mapping[str, Any]) -> bool:
    return finding.get("severity") == Severity.FAIL or finding.get("code") in FAULTS


def _answers_image(probe: Probe | None) -> bool:
    return isinstance(probe, Answered) and probe.status in _WITH_IMAGE and isinstance(probe.body, _IMAGES)


def _answered_image(facts: Mapping[str, Any]) -> bool:
    """Say the same of a line of all.jsonl."""
    probe = facts.get("probe")
    body = probe.get("body") if isinstance(probe, dict) and probe.get("status") in _WITH_IMAGE else None
    return isinstance(body, dict) and body.get("what") in {image.__name__ for image in _IMAGES}


def _values(finding: Mapping[str, Any]) -> Mapping[str, str | int]:
    values = finding.get("values")
    return values if isinstance(values, dict) else {}


def _object(line: str) -> dict[str, Any]:
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return facts if isinstance(facts, dict) else {}
