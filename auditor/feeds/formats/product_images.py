"""Amazon's XML feed of product images (POST_PRODUCT_IMAGE_DATA): a message per image, archived since 2025.

The row of a message is its MessageID. `OperationType` Delete has no image.
"""

from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing

from auditor.errors import FeedError, Sentence
from auditor.feeds.elements import Element, ElementReader, Naming, first, tidy
from auditor.feeds.encoding import find_encoding
from auditor.feeds.formats import FeedFormat
from auditor.feeds.records import BATCH
from auditor.feeds.rows import bad_row
from auditor.feeds.source import Source
from auditor.feeds.xml import local, told_encoding
from auditor.model import BadRowReason, ImageRef, ProductRow
from auditor.settings import SLOTS, FeedSettings

_TYPES = {
    "Main": "MAIN",
    **{f"PT{number}": f"PT{number:02d}" for number in range(1, 9)},
    "Swatch": "SWCH",
    "MainOfferImage": "OFFER",
    **{f"OfferImage{number}": f"OFFER{number}" for number in range(1, 6)},
}
_RECORDS = frozenset({"Message"})
_WANTED = frozenset({"MessageID", "OperationType", "SKU", "ImageType", "ImageLocation"})


def _recognise(head: bytes) -> float | None:
    """Be sure of an Amazon envelope with images."""
    text = find_encoding(head).text(head)
    return 1.0 if "<AmazonEnvelope" in text and "ProductImage" in text else None


async def _reader(source: Source, settings: FeedSettings) -> "ProductImageReader":
    return ProductImageReader(source, settings)


class ProductImageReader:
    """Reads a feed of product images: elements named as in `records`, with the texts that `naming` chooses."""

    records = _RECORDS

    def __init__(self, source: Source, settings: FeedSettings) -> None:
        self._source = source
        self._settings = settings
        self.limit = settings.record_limit
        self.naming = _naming(_WANTED.union(settings.keep))
        self._slots = frozenset(settings.slots)
        self.slots = frozenset(SLOTS)
        self.ignored: tuple[str, ...] = ()
        packed = (Sentence("gzip"),) if source.packed else ()
        self.recognised: Sequence[Sentence] = (
            Sentence("XML feed of product images"),
            *packed,
            told_encoding(source.head),
        )

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows, one per message. Raises FeedError where the feed is damaged or has no message."""
        reader = ElementReader(self._source.name, self.records, self.naming, self.limit)
        any_found = False
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                for rows in self._batches(reader.push(block)):
                    any_found = True
                    yield rows
        reader.end()
        if not any_found:
            raise FeedError("{name} has no messages; export the feed again.", name=self._source.name)

    def _batches(self, messages: Sequence[Element]) -> Iterator[list[ProductRow]]:
        for start in range(0, len(messages), BATCH):
            yield [self.row(message) for message in messages[start : start + BATCH]]

    def row(self, message: Element) -> ProductRow:
        """Return what a message asks for."""
        texts = message.texts
        number = first(texts, "MessageID")
        row = int(number) if number.isdecimal() and 0 < len(number) < 10 else message.number
        if message.long:
            return bad_row(self._source.path, row, BadRowReason.TOO_LONG, first(texts, "SKU"))
        if "OperationType" in texts and first(texts, "OperationType").casefold() == "delete":
            return ()
        kind = first(texts, "ImageType")
        slot = _TYPES.get(kind) or _slot(kind)
        if not kind and "ImageLocation" not in texts:
            return bad_row(self._source.path, row, BadRowReason.WRONG_SHAPE, " ".join(texts))
        link = tidy(texts["ImageLocation"][0]) if "ImageLocation" in texts else ""
        if (self._slots and slot not in self._slots) or not (link or slot == "MAIN"):
            return ()
        kept = tuple([first(texts, name) for name in self._settings.keep]) if self._settings.keep else ()
        return (_ref((self._source.path, row, "", first(texts, "SKU"), "", slot, link, kept)),)


_ref = ImageRef._make  # a quarter faster than calling the class


def _slot(kind: str) -> str:
    """Return the slot of a type that isn't written as Amazon does."""
    plain = kind.casefold().replace(" ", "")
    return next((slot for name, slot in _TYPES.items() if name.casefold() == plain), kind)


def _naming(wanted: frozenset[str]) -> Naming:
    """Name elements without their prefixes."""
    return lambda tag: local(tag) if local(tag) in wanted else ""


FORMAT = FeedFormat("product-images", (".xml",), _recognise, _reader, takes=frozenset(), numbered=True)
