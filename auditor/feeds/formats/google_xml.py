"""Google Merchant's product data as XML: RSS 2.0 with an item per product, or Atom with an entry.

The elements stand in Google's namespace, mostly as `g:id`, `g:image_link` and `g:additional_image_link`, the last up to
ten times. Without the prefix they are read too, but Atom's own `id` only where there is none of Google's. The row is
the item's place. Google answers 7052112 (product data), 6324350 (image link), 6324370 (additional image link).
"""

import re
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from auditor.errors import FeedError, Sentence
from auditor.feeds.elements import Element, ElementReader, Naming, first, tidy
from auditor.feeds.encoding import find_encoding
from auditor.feeds.formats import FeedFormat
from auditor.feeds.records import BATCH
from auditor.feeds.rows import bad_row, further, split_links
from auditor.feeds.source import Source
from auditor.feeds.xml import told_encoding
from auditor.model import BadRowReason, ImageRef, ProductRow
from auditor.settings import SLOTS, FeedSettings
from auditor.urls import INVISIBLE

_NAMESPACE = "http://base.google.com/ns/1.0"
_PREFIX = re.compile(rf"xmlns:([\w.-]+)\s*=\s*[\"']{re.escape(_NAMESPACE)}/?[\"']")
_IMAGES = frozenset({"image_link", "additional_image_link"})
_RECORDS = frozenset({"item", "entry"})
_OTHER_ID = "other id"  # no element's name
_KEPT = "kept "  # before the name of an element carried along, which no element's name has either


def _recognise(head: bytes) -> float | None:
    """Be sure of RSS or Atom with Google's namespace, and rather sure where only the elements' names are there."""
    text = find_encoding(head).text(head)
    if not text.lstrip(INVISIBLE).startswith("<") or not ("<item" in text or "<entry" in text or "<rss" in text):
        return None
    if _NAMESPACE in text:
        return 1.0
    return 0.8 if "image_link>" in text else None


async def _reader(source: Source, settings: FeedSettings) -> "GoogleReader":
    return GoogleReader(source, settings)


class GoogleReader:
    """Reads the products of a feed, streamed: elements named as in `records`, with the texts that `naming` chooses."""

    records = _RECORDS

    def __init__(self, source: Source, settings: FeedSettings) -> None:
        head = find_encoding(source.head).text(source.head)
        self._source = source
        self._settings = settings
        self.limit = settings.record_limit
        self._slots = frozenset(settings.slots)
        self.naming = _naming(frozenset(_PREFIX.findall(head)) or {"g"}, frozenset(settings.keep))
        self.slots = frozenset(slot for slot in SLOTS if slot == "MAIN" or slot.startswith("PT"))
        self.ignored: tuple[str, ...] = ()
        atom, rss = Sentence("Google Merchant feed (Atom)"), Sentence("Google Merchant feed (RSS)")
        kind = atom if "<feed" in head else rss
        self.recognised: Sequence[Sentence] = (
            kind,
            *((Sentence("gzip"),) if source.packed else ()),
            told_encoding(source.head),
        )

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows, one per item. Raises FeedError where the feed is damaged or has no item."""
        reader = ElementReader(self._source.name, self.records, self.naming, self.limit)
        any_found = False
        async with aclosing(self._source.blocks()) as blocks:
            async for block in blocks:
                items = reader.push(block)
                for start in range(0, len(items), BATCH):
                    any_found = True
                    yield [self.row(item) for item in items[start : start + BATCH]]
        reader.end()
        if not any_found:
            raise FeedError("{name} has no items with products; export the feed again.", name=self._source.name)

    def row(self, item: Element) -> ProductRow:
        """Return what an item asks for."""
        texts = item.texts
        sku = first(texts, "id") or first(texts, _OTHER_ID)
        if item.long:
            return bad_row(self._source.path, item.number, BadRowReason.TOO_LONG, sku)
        keep = self._settings.keep
        kept = tuple(first(texts, _KEPT + name) or first(texts, name) for name in keep) if keep else ()
        feed, row = self._source.path, item.number
        mains = [link for link in map(tidy, texts.get("image_link", ())) if link]
        links = [link for text in texts.get("additional_image_link", ()) for link in split_links(text)]
        refs = [_ref((feed, row, "", sku, "", "MAIN", link, kept)) for link in mains or ("",)]  # it needs one
        refs += [_ref((feed, row, "", sku, "", further(at), link, kept)) for at, link in enumerate(links, 1)]
        return tuple([ref for ref in refs if ref.slot in self._slots] if self._slots else refs)


_ref = ImageRef._make  # a quarter faster than calling the class


def _naming(prefixes: frozenset[str] | set[str], keep: frozenset[str]) -> Naming:
    """Name the elements of Google's namespace, by its prefixes, and those to be carried along."""

    def name(tag: str) -> str:
        prefix, _, own = tag.rpartition(":")
        if own in _IMAGES and (not prefix or prefix in prefixes):
            return own
        if own == "id":
            return own if prefix in prefixes else _OTHER_ID
        return _KEPT + own if own in keep else _KEPT + tag if tag in keep else ""

    return name


FORMAT = FeedFormat(
    "google-xml", (".xml", ".rss", ".atom"), _recognise, _reader, takes=frozenset(), policy="google-merchant"
)
