"""Amazon's JSON_LISTINGS_FEED: one object with an array of messages, read message by message.

A message says what happens to a listing: UPDATE replaces it, PARTIAL_UPDATE and PATCH change what they name, DELETE
needs no image. The row of a message is its messageId.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from functools import lru_cache
from typing import Any

from auditor.errors import FeedError, Sentence
from auditor.feeds.columns import PARENT, slot_of
from auditor.feeds.encoding import find_encoding
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import read_head
from auditor.feeds.json_items import json_items, json_text
from auditor.feeds.rows import bad_row
from auditor.feeds.source import Source
from auditor.model import BadRowReason, ImageRef, ProductRow
from auditor.settings import SLOTS, FeedSettings
from auditor.urls import INVISIBLE

_SIGNS = ('"sellerId"', '"messageId"', '"operationType"', '"issueLocale"')  # beside "messages"; one is enough
_PATH = "/attributes/"
_ORDER = {slot: number for number, slot in enumerate(SLOTS)}  # MAIN is 0
_WRITING = frozenset({"add", "replace", "merge"})


def _recognise(head: bytes) -> float | None:
    """Be sure of an object with messages."""
    start = find_encoding(head).text(head).lstrip(INVISIBLE)
    return 1.0 if start.startswith("{") and '"messages"' in start and any(sign in start for sign in _SIGNS) else None


async def _reader(source: Source, settings: FeedSettings) -> "ListingsReader":
    return ListingsReader(source, settings)


class ListingsReader:
    """Reads a listings feed, streamed; `messages` makes product rows of its messages."""

    def __init__(self, source: Source, settings: FeedSettings) -> None:
        self._source = source
        self.messages = _Messages(source.path, settings)
        self.encoding = read_head(source.head, whole=source.whole).encoding
        self.slots = frozenset(SLOTS)
        self.ignored: tuple[str, ...] = ()  # attributes are many, and only images and ids are looked at
        packed = (Sentence("gzip"),) if source.packed else ()
        self.recognised = (Sentence("JSON listings feed"), *packed, self.encoding.said)

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the product rows, one per message. Raises FeedError where the feed is damaged or has no message."""
        any_found = False
        portions = json_items(self._source, self.encoding, "messages.item", self.messages.row)
        async with aclosing(portions):
            async for rows in portions:
                any_found = True
                yield rows
        if not any_found:
            raise FeedError("{name} has no messages; export the feed again.", name=self._source.name)


_ref = ImageRef._make  # a quarter faster than calling the class


class _Messages:
    """Makes product rows of messages."""

    def __init__(self, feed: str, settings: FeedSettings) -> None:
        self._feed = feed
        self._slots = frozenset(settings.slots or SLOTS)
        self._keep = settings.keep

    def row(self, message: Any, ordinal: int) -> ProductRow:
        """Return what a message asks for; `ordinal` counts them from 1, for one without a number of its own."""
        if not isinstance(message, dict):
            return bad_row(self._feed, ordinal, BadRowReason.WRONG_SHAPE, json_text(message))
        stated = message.get("messageId")
        number = stated if type(stated) is int and stated > 0 else ordinal
        action = str(message.get("operationType", "UPDATE")).upper()
        if action == "DELETE":
            return ()
        attributes = _attributes(message)
        if attributes is None:
            return bad_row(self._feed, number, BadRowReason.WRONG_SHAPE, json_text(message))
        whole = action == "UPDATE" and message.get("requirements") != "LISTING_OFFER_ONLY"
        found = _images(attributes, needs_main=whole and not _is_parent(attributes))
        stated_asins = attributes.get("merchant_suggested_asin")
        asins = dict(_values(stated_asins, "value")) if stated_asins else {}
        kept = tuple(_kept(message, attributes, name) for name in self._keep) if self._keep else ()
        sku = str(message.get("sku", "")).strip(INVISIBLE)
        feed, slots = self._feed, self._slots
        return tuple(
            [
                _ref((feed, number, _asin(asins, place) if asins else "", sku, place, slot, link, kept))
                for place, slot, link in found
                if slot in slots
            ]
        )


def _attributes(message: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return the attributes that a message writes; None if it isn't built like a message."""
    patches = message.get("patches")
    if patches is None:
        attributes = message.get("attributes", {})
        return attributes if isinstance(attributes, dict) else None
    if not isinstance(patches, list):
        return None
    written: dict[str, Any] = {}
    for patch in patches:
        if not isinstance(patch, dict):
            return None
        path, action = str(patch.get("path", "")), str(patch.get("op", ""))
        if path.startswith(_PATH) and action in _WRITING:
            name = path.removeprefix(_PATH).partition("/")[0]
            values = patch.get("value")
            written.setdefault(name, []).extend(values if isinstance(values, list) else [values])
    return written


def _values(values: Any, key: str) -> list[tuple[str, str]]:
    """Return an attribute's values with their marketplaces; a value may stand without the list and object around it."""
    found = []
    for value in values if type(values) is list else [values]:
        if type(value) is dict:
            text, place = value.get(key), value.get("marketplace_id", "")
            if isinstance(text, str) and isinstance(place, str):
                found.append((place, text))
            elif isinstance(text, str | int):
                found.append((str(place), str(text)))
        elif isinstance(value, str):
            found.append(("", value))
    return found


def _images(attributes: Mapping[str, Any], *, needs_main: bool) -> list[tuple[str, str, str]]:
    """Return marketplace, slot and link of all images, by marketplace in order of appearance, then by slot."""
    found: dict[str, dict[int, str]] = {}
    for name, values in attributes.items():
        number = _number_of(name)
        if number is None:
            continue
        for place, link in _values(values, "media_location"):
            slots = found.get(place)
            if slots is None:
                slots = found[place] = {}
            if number not in slots:
                slots[number] = link if link.strip(INVISIBLE) else ""
    if needs_main:
        for slots in found.values() or [found.setdefault("", {})]:
            slots.setdefault(0, "")
    return [
        (place, SLOTS[number], slots[number])
        for place, slots in found.items()
        for number in sorted(slots)
        if slots[number] or not number
    ]


@lru_cache(4096)
def _number_of(name: str) -> int | None:
    """Return the place among the slots of an image attribute; None for any other attribute."""
    slot = slot_of(name)
    return None if slot is None else _ORDER[slot]


def _is_parent(attributes: Mapping[str, Any]) -> bool:
    levels = attributes.get("parentage_level")
    return levels is not None and any(value.strip().casefold() in PARENT for _, value in _values(levels, "value"))


def _asin(asins: Mapping[str, str], place: str) -> str:
    """Return the ASIN for a marketplace: its own, else that for all, else any."""
    asin = asins.get(place) or asins.get("") or next(iter(asins.values()), "")
    return asin.strip(INVISIBLE)


def _kept(message: Mapping[str, Any], attributes: Mapping[str, Any], name: str) -> str:
    values = attributes.get(name, message.get(name))
    return next((value for _, value in _values(values, "value")), "")


FORMAT = FeedFormat("listings", (".json",), _recognise, _reader, takes=frozenset(), numbered=True)
