"""Shopify's product CSV: rows that share a handle are one product, whose first row says everything.

Further rows hold variants and further images. Each row is a product row here, so that a variant keeps its own SKU; a
row without one goes by the handle. The image with position 1 is MAIN, 2 and on are PT01 and on, and what is shown of a
single variant is VARIANT. Columns have the names of the file that Shopify exports, or of its newer template.
"""

from collections.abc import Iterator, Sequence

from auditor.errors import Sentence
from auditor.feeds.cells import printable
from auditor.feeds.columns import FURTHER, Columns, ImageColumn, find_columns, plain
from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import read_head
from auditor.feeds.header import Header, header_of, read_header
from auditor.feeds.rows import RowBuilder, further
from auditor.feeds.source import Source
from auditor.feeds.table import TableReader
from auditor.model import ImageRef, ProductRow
from auditor.settings import SLOTS, FeedSettings
from auditor.urls import INVISIBLE

# Names as `plain` makes them.
_HANDLE = ("handle", "urlhandle")
_IMAGE = ("imagesrc", "productimageurl")
_POSITION = ("imageposition",)
_VARIANT_IMAGE = ("variantimage", "variantimageurl")
_SKU = ("variantsku", "sku")
_TITLE = ("title",)
_STATUS = ("status",)
_LOOKED_AT = frozenset((*_HANDLE, *_POSITION, *_TITLE, *_STATUS))  # beside those that hold an id or an image
_UNPUBLISHED = frozenset({"draft", "archived"})  # of products that aren't shown, and need no image


def _find(columns: Columns, wanted: Sequence[str]) -> int:
    names = [plain(name) for name in columns.header]
    return next((names.index(name) for name in wanted if name in names), -1)


def _columns(header: Header, settings: FeedSettings) -> Columns:
    """Find the columns in use; those that the user named go before Shopify's."""
    found = find_columns(header.columns.header, settings)
    image, variant = _find(found, _IMAGE), _find(found, _VARIANT_IMAGE)
    images = tuple(ImageColumn(at, slot) for at, slot in ((image, "MAIN"), (variant, "VARIANT")) if at >= 0)
    return found._replace(
        sku=found.sku if settings.sku_column is not None else _find(found, _SKU),
        images=found.images if settings.url_columns else images,
    )


async def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the table. Raises FeedError if it has no header or lacks columns or rows."""
    head, header = await header_of(source, settings)
    header = header._replace(columns=_columns(header, settings))
    rows = RowBuilder if settings.url_columns else _Rows
    recognised = (Sentence("Shopify product table"), *header.told(source, head))
    reader = TableReader(source, head, header.layout(head)._replace(rows=rows), recognised, settings)
    reader.slots |= {slot for slot in SLOTS if slot.startswith(FURTHER)}  # an image's slot is told by its position
    if rows is _Rows:
        reader.ignored = tuple(name for name in reader.ignored if plain(name) not in _LOOKED_AT)
    return reader


class _Rows(RowBuilder):
    """Makes product rows, one after the other: which product a row continues is told by those before it."""

    twins = True

    def __init__(self, feed: str, columns: Columns, settings: FeedSettings, marketplace: str = "") -> None:
        super().__init__(feed, columns, settings, marketplace)
        self._quick = False
        self._product_at, self._title = _find(columns, _HANDLE), _find(columns, _TITLE)
        self._image, self._variant_image = _find(columns, _IMAGE), _find(columns, _VARIANT_IMAGE)
        self._position, self._status = _find(columns, _POSITION), _find(columns, _STATUS)
        self._product = ""
        self._last = 0  # the highest position of the product's images so far

    def _row(self, line: int, cells: list[str]) -> ProductRow:
        if len(cells) > self._most:
            return super()._row(line, cells)
        cells = cells + [""] * (self._width - len(cells))
        product = printable(_cell(cells, self._product_at))
        begins = product != self._product
        if begins:
            self._product, self._last = product, 0
        needs_main = begins and bool(product) and self._is_whole(cells)
        asin, sku = _cell(cells, self._asin), _cell(cells, self._sku) or product
        kept = tuple(printable(cells[index]) for index in self._kept)
        return tuple(
            ImageRef(self._feed, line, asin, sku, self._marketplace, slot, link, kept)
            for slot, link in self._shown(cells, needs_main=needs_main)
            if not self._slots or slot in self._slots
        )

    def columns_of(self, ref: ImageRef) -> list[ImageColumn]:
        """Return the columns that an image stands in, whatever its position: a variant mostly shows the row's own."""
        places = (self._variant_image,) if ref.slot == "VARIANT" else (self._image, self._variant_image)
        return [ImageColumn(at, ref.slot) for at in places if at >= 0]

    def _is_whole(self, cells: list[str]) -> bool:
        """Say whether a row that begins a product says everything of it, and the product is shown."""
        titled = self._title < 0 or bool(_cell(cells, self._title))
        return titled and _cell(cells, self._status).casefold() not in _UNPUBLISHED

    def _shown(self, cells: list[str], *, needs_main: bool) -> Iterator[tuple[str, str]]:
        """Yield the links of a row with their slots. What a variant shows is mostly the row's own image again."""
        image = _cell(cells, self._image)
        if image:
            stated = _cell(cells, self._position)
            known = stated.isdecimal() and 0 < len(stated) < 5 and int(stated) > 0
            position = int(stated) if known else self._last + 1
            self._last = max(self._last, position)
            yield "MAIN" if position == 1 else further(position - 1), cells[self._image]
        elif needs_main:
            yield "MAIN", ""
        variant = _cell(cells, self._variant_image)
        if variant and variant != image:
            yield "VARIANT", cells[self._variant_image]


def _cell(cells: list[str], at: int) -> str:
    return cells[at].strip(INVISIBLE) if at >= 0 else ""


def _recognise(head: bytes) -> float | None:
    """Be rather sure of a header with a handle and an image by their names at Shopify."""
    if foreign(head):
        return None
    header = read_header(read_head(head, whole=True).lines, FeedSettings())
    if header is None:
        return None
    return 0.9 if _find(header.columns, _HANDLE) >= 0 <= _find(header.columns, _IMAGE) else None


FORMAT = FeedFormat("shopify", (".csv",), _recognise, _reader)
