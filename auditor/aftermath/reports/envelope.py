"""Processing reports as XML (`ProcessingReport`), as the API gave them for XML feeds: archived since 2025."""

import re
from collections.abc import AsyncGenerator
from contextlib import aclosing

from auditor.aftermath.complaint import Complaint, ReportSummary, grade_of, message_of, name_of, number_of
from auditor.aftermath.reports import LIMITS, ReportKind, several
from auditor.errors import FeedError, Sentence
from auditor.feeds.encoding import find_encoding
from auditor.feeds.source import Source
from auditor.feeds.xml import XmlReader, local, told_encoding
from auditor.urls import INVISIBLE

_SIGN = re.compile(r"<(?:[\w.-]+:)?ProcessingReport[\s>]")
_RESULT = frozenset({"MessageID", "ResultCode", "ResultMessageCode", "ResultDescription", "SKU", "ASIN"})
_WHOLE = frozenset(
    {
        "DocumentTransactionID",
        "StatusCode",
        "MessagesProcessed",
        "MessagesSuccessful",
        "MessagesWithError",
        "MessagesWithWarning",
    }
)


class EnvelopeReader:
    """Reads an XML report, streamed. A result without its SKU has the number of its message."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.recognised = Sentence("processing report as XML, {encoding}", encoding=told_encoding(source.head))
        self._whole: dict[str, str] = {}
        self._result: dict[str, str] | None = None
        self._open = ""
        self._heard: list[str] = []
        self._size = 0
        self._found: list[Complaint] = []
        self._reports = 0

    @property
    def summary(self) -> ReportSummary:
        """What the report says of the upload."""
        whole = self._whole
        counts = ("MessagesProcessed", "MessagesSuccessful", "MessagesWithError", "MessagesWithWarning")
        return ReportSummary(whole.get("DocumentTransactionID", ""), *(number_of(whole.get(name)) for name in counts))

    async def read(self) -> AsyncGenerator[list[Complaint], None]:
        """Yield the complaints, one per result."""
        xml = XmlReader(self._source.name, self._start, self._end, self._text)
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                xml.push(block)
                found, self._found = self._found, []
                if found:
                    yield found
        xml.end()
        status = self._whole.get("StatusCode", "").strip()
        if status and status.casefold() != "complete":
            raise FeedError(
                "{name} isn't complete: Amazon calls it “{status}”. Fetch it again later.",
                name=self._source.name,
                status=name_of(status),
            )

    def _start(self, tag: str, _: dict[str, str]) -> None:
        name = local(tag)
        self._heard.clear()
        self._size = 0
        if name == "ProcessingReport":
            self._reports += 1
            if self._reports > 1:
                raise several(self._source.name)
        elif name == "Result" and self._result is None:
            self._result = {}
        elif name in (_WHOLE if self._result is None else _RESULT):
            self._open = name

    def _text(self, text: str) -> None:
        if self._open and self._size < LIMITS.record_limit:
            self._heard.append(text)
            self._size += len(text)

    def _end(self, tag: str) -> None:
        name = local(tag)
        if name == self._open:
            into = self._whole if self._result is None else self._result
            into.setdefault(name, message_of("".join(self._heard)))
            self._open = ""
        elif name == "Result" and self._result is not None:
            self._found.append(_complaint(self._result))
            self._result = None


def _complaint(result: dict[str, str]) -> Complaint:
    return Complaint(
        sku=name_of(result.get("SKU")),
        message_id=number_of(result.get("MessageID")),
        code=name_of(result.get("ResultMessageCode")),
        severity=grade_of(result.get("ResultCode")),
        message=result.get("ResultDescription", ""),
        asin=name_of(result.get("ASIN")),
    )


def _recognise(head: bytes) -> float | None:
    """Be sure of the element that gives these reports their name."""
    text = find_encoding(head).text(head)
    return 1.0 if text.lstrip(INVISIBLE).startswith("<") and _SIGN.search(text) else None


async def _reader(source: Source) -> EnvelopeReader:
    return EnvelopeReader(source)


KIND = ReportKind("xml", _recognise, _reader)
