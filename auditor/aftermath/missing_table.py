"""Text that lists products: names one a line, tables with a column of ASINs or SKUs, exports of suppressed listings.

Columns are known by name, or else by what stands in them: exports have their headings in the seller's language. Where a
column says what is wrong with each listing, only rows count in which that is about images.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import aclosing
from typing import NamedTuple

from auditor.aftermath.missing import Missing, is_asin
from auditor.errors import FeedError, Sentence
from auditor.feeds.cells import printable
from auditor.feeds.columns import plain
from auditor.feeds.foreign import foreign, report
from auditor.feeds.head import Head, read_head
from auditor.feeds.header import Header, read_header
from auditor.feeds.names import BEGINNINGS
from auditor.feeds.records import Unreadable
from auditor.feeds.source import Source
from auditor.feeds.table import TableText
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_LOOKED_AT = 500  # rows by which columns are known
# Image, picture or photo, in the languages of Amazon's marketplaces and of this program.
_IMAGE = re.compile(
    r"(?<![^\W_])(?:imag|immagin|picture|photo|foto|bild|hình|ảnh|afbeelding|zdjęci|obraz|görsel|resim)"
    r"|画像|圖片|图片|صورة|صور",
    re.IGNORECASE,
)
_AROUND = INVISIBLE + '"'
_REASON_WORDS = 2  # at least, in what says what is wrong
# Names as `plain` makes them: of what says that in English exports, and of what never does.
_REASONS = ("issuedescription", "reason", "alertname", "issue", "fieldname", "alerttype")
_NAMES = frozenset({"itemname", "productname", "title", "name", "brand", "description", "itemdescription"})


class Listed(NamedTuple):
    """Where products stand in a text: columns of ASIN, SKU and trouble (-1: none), and whether its first row is one.

    `bare` says that every cell is a name.
    """

    asin: int
    sku: int
    reason: int
    headed: bool
    bare: bool


async def read_table(source: Source, missing: Missing, settings: FeedSettings) -> None:
    """Read products from text. Raises FeedError where it can't be read on or holds no products."""
    if report(source.head):
        raise FeedError(
            "{name} is a processing report, which doesn't say which products show a picture: give it to auditor "
            "reconcile, and name a list of those that don't.",
            name=source.name,
        )
    await source.look_further()
    head = read_head(source.head, whole=source.whole)
    header = None if foreign(source.head) else read_header(head.lines, FeedSettings())
    if header is None:
        why = foreign(source.head) or Sentence("is empty; export it again.")
        raise FeedError("{name} {why}", name=source.name, why=why)
    if header.columns.images or head.lines[0].strip(_AROUND).lower().startswith(BEGINNINGS):
        raise FeedError("{name} is a feed; name a list of products that show no picture.", name=source.name)
    listed = _listed(header, head)
    if listed is None:
        raise FeedError(
            "{name} has no column of ASINs or SKUs; name a list with one of them a line, or a table that has such a "
            "column.",
            name=source.name,
        )
    missing.what = Sentence("suppressed listings") if listed.reason >= 0 else Sentence("a list of products")
    layout = header.layout(head)._replace(skip=header.lines if listed.headed else header.lines - 1)
    text = TableText(source, head.encoding, layout, settings.record_limit)
    async with aclosing(text.portions()) as portions:
        async for parts in portions:
            for part in parts:
                if isinstance(part, Unreadable):
                    missing.unreadable += 1
                    continue
                for row, cells in part:
                    _take(listed, [_tidy(cell) for cell in cells], row, missing)


def _take(listed: Listed, cells: Sequence[str], row: int, missing: Missing) -> None:
    """Take what a row names; a blank one names nothing."""
    if not any(cells):
        return
    if listed.bare:
        for name in filter(None, cells):
            missing.add_name(name, row)
        return
    if listed.reason >= 0 and not _IMAGE.search(_cell(cells, listed.reason)):
        missing.others += 1
        return
    missing.add(_cell(cells, listed.asin), _cell(cells, listed.sku), row)


def _cell(cells: Sequence[str], place: int) -> str:
    return cells[place] if 0 <= place < len(cells) else ""


def _listed(header: Header, head: Head) -> Listed | None:
    """Find out where products stand, by names first; None if nowhere."""
    rows = list(_rows(header, head))
    if not rows:
        return None
    first, below = rows[0], rows[1:]
    columns = header.columns
    asin, sku = columns.asin, columns.sku
    if asin >= 0 or sku >= 0:
        return Listed(asin, sku, _reason(first, below, (asin, sku)), headed=True, bare=False)
    if all(is_asin(cell) for cell in first if cell) or max(map(len, rows)) == 1:
        return Listed(-1, -1, -1, headed=False, bare=True)
    shares = Counter({place: _share(below or rows, place) for place in range(len(first))})
    place, share = shares.most_common(1)[0]
    if share <= 0.5:
        return None
    return Listed(place, -1, _reason(first, below, (place,)), headed=not is_asin(first[place]), bare=False)


def _rows(header: Header, head: Head) -> Iterator[list[str]]:
    """Yield the first rows, the header among them."""
    lines = head.lines[header.lines - 1 :][:_LOOKED_AT]
    quoting = header.layout(head).quoting
    for cells in quoting.read(lines, header.delimiter):
        if any(cell.strip(INVISIBLE) for cell in cells):
            yield [_tidy(cell) for cell in cells]


def _share(rows: Sequence[Sequence[str]], place: int) -> float:
    """Tell which share of a column's cells look like ASINs."""
    cells = [cell for row in rows if (cell := _cell(row, place))]
    return sum(map(is_asin, cells)) / len(cells) if cells else 0.0


def _reason(names: Sequence[str], rows: Sequence[Sequence[str]], ids: Sequence[int]) -> int:
    """Find the column that says what is wrong: the one called so, or sentences that repeat, some about images.

    -1 if there is none.
    """
    called = [plain(name) for name in names]
    images = {place: sum(1 for row in rows if _IMAGE.search(_cell(row, place))) for place in range(len(called))}
    named = [called.index(reason) for reason in _REASONS if reason in called]
    likely = [place for place, name in enumerate(called) if place not in ids and name not in _NAMES]
    told = named or [place for place in likely if images[place] and _repeats(rows, place)]
    return max(told, key=lambda place: images[place], default=-1)  # the first of equals


def _repeats(rows: Sequence[Sequence[str]], place: int) -> bool:
    """Say whether a column looks like what is wrong, not like names or links: the same few texts, again and again."""
    cells = [cell for row in rows if (cell := _cell(row, place))]
    texts = set(cells)
    worded = all("://" not in text and len(text.split()) >= _REASON_WORDS for text in texts)
    return worded and len(texts) * 2 <= max(2, len(cells))


def _tidy(cell: str) -> str:
    return printable(cell).strip(INVISIBLE)
