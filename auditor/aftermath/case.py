"""What is to be done about each product without a picture, and which of them are ready for support. Pure.

Amazon's help page asks to correct first, to wait 24 hours then, and to contact support only after that.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from auditor.aftermath.looks import Audited, Look
from auditor.aftermath.missing import Missing, Product
from auditor.aftermath.wanted import Wanted
from auditor.model import Finding
from auditor.state import Sent


class Standing(StrEnum):
    """What comes next for a product without a picture. The texts have a wording for each."""

    FIX = "fix-first"  # the audit fails
    CHECK = "check-first"  # no audit has seen its images as they are now
    SEND = "send-first"  # no upload is on record that had its images as they are now
    WAIT = "wait"  # the 24 hours aren't over
    ASK = "ask-support"
    ABSENT = "not-in-feed"


class Fault(NamedTuple):
    """Why an image of a product can't appear."""

    slot: str
    url: str
    finding: Finding


class Case(NamedTuple):
    """One product without a picture, and where it stands. `sent` is what is on record of its upload."""

    asin: str
    sku: str
    standing: Standing
    urls: Sequence[tuple[str, str]] = ()
    faults: tuple[Fault, ...] = ()
    sent: Sent | None = None


class Records(NamedTuple):
    """What is known when products are sorted. `find` looks for a product's upload; None where there are no records.

    `over` is the latest time, in seconds since the epoch, of an upload whose 24 hours are over.
    """

    audited: Audited
    find: Callable[[str, str], Sent | None] | None
    over: float


def sort_products(missing: Missing, found: Mapping[str, Wanted], records: Records) -> Iterator[Case]:
    """Say of every product on the list where it stands, in its order; each offer of an ASIN stands for itself."""
    offers: dict[int, list[Wanted]] = {}
    for wanted in found.values():
        offers.setdefault(wanted.place, []).append(wanted)
    for place, product in enumerate(missing.products):
        for wanted in offers.get(place, ()):
            yield _case(product, wanted, records)
        if place not in offers:
            yield Case(product.asin, product.sku, Standing.ABSENT)


def _case(product: Product, wanted: Wanted, records: Records) -> Case:
    looks = records.audited.looks.get(wanted.sku or wanted.asin, ())
    faults = tuple(_faults(wanted, looks))
    sent = records.find(wanted.sku, wanted.asin) if records.find else None
    standing = Standing.FIX if faults else _standing(wanted, looks, sent, records)
    return Case(wanted.asin or product.asin, wanted.sku or product.sku, standing, wanted.urls, faults, sent)


def _faults(wanted: Wanted, looks: Sequence[Look]) -> Iterator[Fault]:
    """Give the faults of images as they are in the feed now; those of others were corrected."""
    now = set(wanted.urls)
    for look in looks:
        if (look.slot, look.url) in now:
            yield from (Fault(look.slot, look.url, finding) for finding in look.faults)


def _standing(wanted: Wanted, looks: Sequence[Look], sent: Sent | None, records: Records) -> Standing:
    """Say where a product without a known fault stands."""
    seen = {(look.slot, look.url) for look in looks if look.seen}
    if not seen.issuperset(wanted.urls):
        return Standing.CHECK
    if records.find is None:
        return Standing.ASK
    if sent is None or sent.digest != wanted.images.digest:
        return Standing.SEND
    return Standing.WAIT if sent.first.sent > records.over else Standing.ASK
