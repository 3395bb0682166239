"""The ordinary image: one whose product, address and picture no check has anything to say about, told at once.

Most images are such, and to ask every check about them is a third of what a row costs. Yes is said here only where each
check would find nothing, whatever it is; anything else, also what is merely unusual, goes the long way through the
checks. A test compares the two.
"""

import math
import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import product

from auditor.checks import image, link
from auditor.checks.row import ASIN
from auditor.model import Answered, Color, Format, ImageInfo, ImageRef, Probe
from auditor.policies import Policy
from auditor.urls import authority, parse

_ORIGINS = 1024  # remembered: a feed may name a new host in every row
_ENDING = 4  # letters: those of nearly all suffixes
_CMYK = Color.CMYK  # looking a member up in its enum costs as much as a check
# Up to the first slash behind https:// or the first letter of the host behind http:// it is the origin, whatever that
# is; without a colon there is no second URL in what follows.
_ADDRESS = re.compile(r"(.{8}[^/]*+)/[A-Za-z0-9._~/%+,=-]*+", re.DOTALL)


class Ordinary:
    """Knows ordinary images under one policy."""

    def __init__(self, policy: Policy, *, allow_private: bool, placeholders: frozenset[str]) -> None:
        # Where contents are to be compared, or other rules hold from a later day on, no picture is told at once.
        rare = bool(placeholders or policy.changes)
        self._formats = frozenset() if rare else frozenset(policy.formats).difference(image.BY_FORMAT)
        self._agreeing = frozenset(_agreeing(self._formats))
        # Pixels of the longer side. Where it is that long at most, there is no area that is too large.
        self._least = max(policy.minimum_longest, policy.zoom_longest, policy.tracking_pixel + 1)
        self._most = min(policy.maximum_longest, math.isqrt(policy.maximum_pixels or policy.maximum_longest**2))
        self._narrowest = policy.minimum_shortest
        self._heaviest = policy.maximum_bytes
        self._characters = policy.maximum_url  # of an address
        self._checks = (*link.OBSTACLES, *(() if allow_private else link.PRIVATE), *link.DUBIOUS)
        self._host = lru_cache(_ORIGINS)(self._host_of)

    def host(self, cell: str) -> str | None:
        """Name the host and port that answer for the ordinary address in a cell; None if it isn't one."""
        address = _ADDRESS.fullmatch(cell)
        return None if address is None or len(cell) > self._characters else self._host(address[1])

    def row(self, ref: ImageRef) -> str | None:
        """Name the host that answers for a row's first image; None, too, for a product that isn't named in order."""
        asin = ref.asin
        return self.host(ref.url) if (ASIN.fullmatch(asin) if asin else ref.sku) else None

    def _host_of(self, origin: str) -> str | None:
        found = parse(origin + "/")
        if found is None or found[4:] != ("/", None, "", None):  # path, query, fragment, user
            return None
        return None if any(check.look(found) is not None for check in self._checks) else authority(found)

    def picture(self, ref: ImageRef, probe: Probe) -> bool:
        """Whether an answer brought an ordinary picture. `ref` has an ordinary address."""
        if type(probe) is not Answered or type(body := probe.body) is not ImageInfo or probe.status not in (206, 200):
            return False
        format_, width, height, _, color, _, _, _, _ = body
        longer, shorter = (width, height) if width > height else (height, width)
        size, declared, url = probe.content_length, probe.content_type, ref.url
        return (
            self._least <= longer <= self._most
            and shorter >= self._narrowest
            and color is not _CMYK
            and (size is None or size <= self._heaviest)
            and ((format_, declared, url[-_ENDING:]) in self._agreeing or self._agree(format_, declared, url))
            and ref.slot != "SWCH"
        )

    def _agree(self, format_: Format, declared: str | None, url: str) -> bool:
        """Whether a format is taken, and neither type nor address calls it another, for all that isn't told at once."""
        if format_ not in self._formats or (declared and image.content_type_mismatch(format_, declared)):
            return False
        return image.extension_mismatch(format_, url) is None  # an address without a query ends as its path does


def _agreeing(formats: frozenset[Format]) -> Iterator[tuple[Format, str | None, str]]:
    """Give formats with the types, if any, and the ends of addresses that most of their images come with."""
    for format_ in formats:
        types = [None, *(name for name, of in image.BY_TYPE.items() if of is format_)]
        suffixes = [suffix for suffix, of in image.BY_SUFFIX.items() if of is format_ and len(suffix) == _ENDING]
        yield from product([format_], types, suffixes)
