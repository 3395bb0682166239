"""Files that say which ASIN an SKU has: listing reports, or tables of one's own with these two columns."""

import hashlib
from collections.abc import Sequence
from contextlib import aclosing
from typing import NamedTuple

from auditor.errors import FeedError, Sentence
from auditor.feeds.asin_map import AsinMap
from auditor.feeds.columns import IS_ASIN, Columns, listed
from auditor.feeds.foreign import foreign
from auditor.feeds.head import read_head
from auditor.feeds.header import read_header
from auditor.feeds.members import members
from auditor.feeds.records import Unreadable
from auditor.feeds.source import Source
from auditor.feeds.table import TableText
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_LOOKED_FOR = "sku, seller-sku, item_sku; asin, asin1, product-id"


class AsinFile(NamedTuple):
    """A file of a map as it was read: `path` as the user gave it, `digest` the SHA-256 in hex of all its bytes.

    `without` counts the rows that tell no ASIN.
    """

    path: str
    size: int | None
    digest: str
    rows: int
    without: int


async def read_asin_maps(paths: Sequence[str], settings: FeedSettings) -> tuple[AsinMap, list[AsinFile]]:
    """Read all files of a map. Raises FeedError for one that is missing, empty, no table, or lacks the columns."""
    found, files = AsinMap(), []
    for path in paths:
        source = Source(path, settings.block)
        try:
            await source.look()
            for one in await members(source, FeedSettings()):
                if one is not source:
                    await one.look()
                files.append(await _read(one, found, settings))
        finally:
            await source.aclose()
    return found, files


async def _read(source: Source, into: AsinMap, settings: FeedSettings) -> AsinFile:
    """Read one file. What it says of a row counts only if it is shaped like an ASIN."""
    await source.look_further()
    head = read_head(source.head, whole=source.whole)
    why = _unfit(source, head.lines)
    header = read_header(head.lines, FeedSettings())
    if why or header is None:
        raise FeedError("{name} {why}", name=source.name, why=why or Sentence("is empty; export it again."))
    text = TableText(source, head.encoding, header.layout(head), settings.record_limit)
    digest = hashlib.sha256()
    rows = without = 0
    async with aclosing(text.portions(digest)) as portions:
        async for parts in portions:
            for part in parts:
                records = [] if isinstance(part, Unreadable) else [cells for _, cells in part if cells]
                named = sum(into.add(sku, asin) for sku, asin in _pairs(header.columns, records))
                count = 1 if isinstance(part, Unreadable) else len(records)
                rows += count
                without += count - named
    if rows == without:
        raise FeedError(
            "{name} tells the ASIN of no SKU, which is what --asin-map is for: none of its {rows:,} rows has an SKU "
            "and ten capital letters or digits as its ASIN.",
            name=source.name,
            rows=rows,
        )
    return AsinFile(source.path, source.size, digest.hexdigest(), rows, without)


def _pairs(columns: Columns, records: list[list[str]]) -> list[tuple[str, str]]:
    """Return SKU and ASIN of each row; the ASIN is empty where the row has none."""
    sku, asin = columns.sku, columns.asin
    number, kind = columns.typed or (-1, -1)
    least = max(sku, asin, number, kind) + 1
    found = []
    for cells in records:
        if len(cells) < least:
            cells = cells + [""] * (least - len(cells))  # noqa: PLW2901  # a row that ends early
        text = cells[asin].strip(INVISIBLE) if asin >= 0 else ""
        if not text and kind >= 0 and cells[kind].strip(INVISIBLE).casefold() in IS_ASIN:
            text = cells[number].strip(INVISIBLE)
        found.append((cells[sku].strip(INVISIBLE), text))
    return found


def _unfit(source: Source, lines: Sequence[str]) -> Sentence | None:
    """Say why a file can't be one of a map, and what to do."""
    if not source.head:
        return Sentence("is empty; export it again.")
    why = foreign(source.head)
    header = None if why else read_header(lines, FeedSettings())
    if header is None:
        return why
    columns = header.columns
    if columns.sku >= 0 and (columns.asin >= 0 or columns.typed):
        return None
    return Sentence(
        "has no columns of SKU and ASIN, which --asin-map needs; looked for {wanted}; its columns are {found}.",
        wanted=_LOOKED_FOR,
        found=listed(columns.header),
    )
