"""The images of a feed with what an audit found: from `all.jsonl`, read beside it, or from audits as they come."""

import json
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterator, Mapping, Sequence
from contextlib import aclosing
from typing import Any, NamedTuple

from auditor.aftermath.channel import REPORT, channel_of, see_channel
from auditor.aftermath.join import Row
from auditor.aftermath.standing import Looked, Seen
from auditor.checks import CODES
from auditor.errors import FeedError
from auditor.feeds import Batch, Feed
from auditor.feeds.lines import LineCutter
from auditor.feeds.source import Source
from auditor.model import Audit, BadRow, Code, Finding, ImageRef, ProductRow, Severity
from auditor.reports.jsonl import SCHEMA
from auditor.settings import KIB, MIB
from auditor.urls import redact

_BLOCK = 256 * KIB
_LINE = 4 * MIB  # characters: lines of ours have some thousand, and this is no line of ours
_PORTION = 500  # product rows


class _Found(NamedTuple):
    """What one line of `all.jsonl` says: which image, and what was found of it."""

    image: tuple[str, int, str, str]  # feed, row, marketplace, slot
    asin: str
    url: str | None  # as reports print it; None of a row that can't be read
    found: tuple[Seen, ...]


async def rows_of(audits: AsyncIterable[Audit], codes: Mapping[str, Code]) -> AsyncGenerator[list[Row], None]:
    """Yield product rows from audits in feed order, some hundreds at once."""
    portion: list[Row] = []
    row: list[Looked] = []
    async for audit in audits:
        seen = tuple(Seen(finding, codes[finding.code].severity) for finding in audit.findings)
        looked = Looked(_ref(audit.ref), seen)
        if row and row[0].ref[:2] != looked.ref[:2]:
            portion.append(row)
            row = []
            if len(portion) == _PORTION:
                yield portion
                portion = []
        row.append(looked)
    yield [*portion, row] if row else portion


def _ref(ref: ImageRef | BadRow) -> ImageRef:
    return ImageRef(ref.feed, ref.row, "", "", "", "", "") if isinstance(ref, BadRow) else ref


class AuditFile:
    """An audit as `auditor check --jsonl` wrote it. It must be one of these very feeds."""

    def __init__(self, path: str) -> None:
        self._source = Source(path, _BLOCK)
        self.path = path

    async def look(self, feeds: Sequence[Feed]) -> dict[str, str]:
        """Say how the audit names these feeds.

        Raises FeedError where it is no audit, or one of another feed, and SettingsError for rules that aren't Amazon's.
        """
        await self._source.look()
        header = _parsed(self._source.head.partition(b"\n")[0])
        if header is None or header.get("schema") != SCHEMA or not isinstance(header.get("feeds"), list):
            raise FeedError(
                "{name} is no audit: name a file that auditor check --jsonl wrote, or leave --audit out.",
                name=self._source.name,
            )
        rules = header.get("policy")
        if isinstance(rules, dict):
            see_channel(str(rules.get("name", "")), channel_of(rules), REPORT)
        audited = {
            (one.get("size"), one.get("head_sha256")): str(one.get("path"))
            for one in header["feeds"]
            if isinstance(one, dict)
        }
        for feed in feeds:
            if (feed.size, feed.digest) not in audited:
                raise FeedError(
                    "{name} is the audit of another feed, or {feed} was changed since: audit it again, or leave "
                    "--audit out.",
                    name=self._source.name,
                    feed=feed.name,
                )
        return {feed.path: audited[feed.size, feed.digest] for feed in feeds}

    async def rows(self, batches: AsyncIterator[Batch], names: Mapping[str, str]) -> AsyncGenerator[list[Row], None]:
        """Yield product rows of the feed with what was found; images that the audit left out have nothing.

        Raises FeedError where the audit can't be read on, or has what the feed hasn't.
        """
        async with aclosing(self._lines()) as lines:
            cursor = _Cursor(lines, names)
            await cursor.advance()
            async for batch in batches:
                rows = [[await cursor.looked(ref) for ref in _refs(row)] for row in batch.rows]
                yield [row for row in rows if row]
            if cursor.line is not None:
                raise FeedError(
                    "{name} doesn't fit the feed: it has row {row} where the feed has other rows. Audit the feed "
                    "again, with the same options about columns.",
                    name=self._source.name,
                    row=cursor.line.image[1],
                )

    async def _lines(self) -> AsyncGenerator[list[_Found], None]:
        cutter = LineCutter(_LINE, 1)
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                yield [self._read(line) for line in cutter.push(block).lines]
        yield [self._read(line) for line in cutter.end().lines]

    def _read(self, line: str) -> _Found:
        facts = _parsed(line)
        try:
            assert facts is not None  # noqa: S101  # told below like any other shape
            image = (facts["feed"], facts["row"], facts.get("marketplace", ""), facts.get("slot", ""))
            found = tuple(
                Seen(Finding(CODES[one["code"]].slug, dict(one["values"])), Severity(one["severity"]))
                for one in facts["findings"]
            )
            return _Found(image, facts.get("asin", ""), facts.get("url"), found)
        except (AssertionError, KeyError, TypeError, ValueError) as error:
            raise FeedError(
                "{name} is damaged: one of its lines is none that auditor writes. Audit the feed again.",
                name=self._source.name,
            ) from error

    async def aclose(self) -> None:
        """Close it."""
        await self._source.aclose()


class _Cursor:
    """Goes through the lines of an audit beside the feed, in the same order."""

    def __init__(self, portions: AsyncGenerator[list[_Found], None], names: Mapping[str, str]) -> None:
        self.line: _Found | None = None
        self._portions = portions
        self._names = names
        self._lines: Iterator[_Found] = iter(())

    async def advance(self) -> None:
        """Go to the next line; `line` is None behind the last one."""
        self.line = next(self._lines, None)
        while self.line is None:
            portion = await anext(self._portions, None)
            if portion is None:
                return
            self._lines = iter(portion)
            self.line = next(self._lines, None)

    async def looked(self, ref: ImageRef) -> Looked:
        """Return an image of the feed with what was found, if the audit's turn has come to it."""
        line = self.line
        if line is None or line.image != (self._names[ref.feed], ref.row, ref.marketplace, ref.slot):
            return Looked(ref, None)
        await self.advance()
        if line.url is not None and line.url != redact(ref.url):  # changed since, behind the feed's beginning
            return Looked(ref, None)
        return Looked(ref._replace(asin=line.asin) if line.asin and not ref.asin else ref, line.found)


def _refs(row: ProductRow) -> Sequence[ImageRef]:
    return (_ref(row),) if isinstance(row, BadRow) else row


def _parsed(line: str | bytes) -> dict[str, Any] | None:
    try:
        facts = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return facts if isinstance(facts, dict) else None
