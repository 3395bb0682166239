"""Processing reports as JSON, as JSON_LISTINGS_FEED gets them: issues, and on demand the listings as they are now."""

from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import Any

from auditor.aftermath.complaint import Complaint, ReportSummary, grade_of, message_of, name_of, number_of
from auditor.aftermath.reports import ReportKind
from auditor.errors import Sentence
from auditor.feeds.encoding import find_encoding
from auditor.feeds.head import read_head
from auditor.feeds.json_items import json_parts, json_text
from auditor.feeds.source import Source
from auditor.urls import INVISIBLE

_SIGNS = ('"messagesProcessed"', '"feedId"', '"severity"', '"messagesAccepted"')  # beside "issues"; one is enough
_PARTS = frozenset({"header", "summary", "issues.item", "items.item"})


class ListingsReader:
    """Reads a JSON report, streamed: issues first, then those of each listing in `items`."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._encoding = read_head(source.head, whole=source.whole).encoding
        self._header: Mapping[str, Any] = {}
        self._counts: Mapping[str, Any] = {}
        self.recognised = Sentence("processing report as JSON, {encoding}", encoding=self._encoding.said)

    @property
    def summary(self) -> ReportSummary:
        """What the report says of the upload; its counts of errors and warnings are those of issues."""
        counts = ("messagesProcessed", "messagesAccepted", "errors", "warnings")
        processed, accepted, errors, warnings = (number_of(self._counts.get(one)) for one in counts)
        invalid = number_of(self._counts.get("messagesInvalid"))
        errors = max((count for count in (errors, invalid) if count is not None), default=None)
        return ReportSummary(name_of(self._header.get("feedId")), processed, accepted, errors, warnings)

    async def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints, one per issue."""
        async with aclosing(json_parts(self._source, self._encoding, _PARTS)) as portions:
            async for parts in portions:
                found = [complaint for place, part in parts for complaint in self._complaints(place, part)]
                if found:
                    yield found

    def _complaints(self, place: str, part: Any) -> Iterator[Complaint]:
        if place == "issues.item":
            yield _complaint(part, {})
        elif not isinstance(part, dict):
            return
        elif place == "items.item":
            issues = part.get("issues")
            yield from (_complaint(issue, part) for issue in (issues if isinstance(issues, list) else ()))
        elif place == "header":
            self._header = part
        else:
            self._counts = part


def _complaint(issue: Any, listing: Mapping[str, Any]) -> Complaint:
    """Make a complaint of an issue. One that isn't built like an issue is told as it stands."""
    if not isinstance(issue, dict):
        return Complaint(sku=name_of(listing.get("sku")), message=message_of(json_text(issue)))
    names = issue.get("attributeNames") or issue.get("attributeName") or ()
    listed = names if isinstance(names, list) else [names]
    return Complaint(
        sku=name_of(issue.get("sku") or listing.get("sku")),
        message_id=number_of(issue.get("messageId")),
        code=name_of(issue.get("code")),
        severity=grade_of(issue.get("severity")),
        message=message_of(issue.get("message")),
        attribute=",".join(name_of(name) for name in listed if name),
        asin=_asin(listing.get("summaries")),
    )


def _asin(summaries: Any) -> str:
    """Return the ASIN of a listing; summaries are one per marketplace."""
    listed = summaries if isinstance(summaries, list) else ()
    return next((name_of(one["asin"]) for one in listed if isinstance(one, dict) and one.get("asin")), "")


def _recognise(head: bytes) -> float | None:
    """Be sure of an object with issues and what else only reports have, and of one with neither but their counts."""
    text = find_encoding(head).text(head).lstrip(INVISIBLE)
    if not text.startswith("{"):
        return None
    if '"issues"' in text and any(sign in text for sign in _SIGNS):
        return 1.0
    return 0.9 if '"messagesProcessed"' in text else None


async def _reader(source: Source) -> ListingsReader:
    return ListingsReader(source)


KIND = ReportKind("json", _recognise, _reader)
