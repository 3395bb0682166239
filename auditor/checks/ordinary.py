"""The ordinary image: one whose address and picture no check has anything to say about, told at once.

Most images are such, and to ask every check about them is a third of what a row costs. Yes is said here only where each
check would find nothing, whatever it is; anything else, also what is merely unusual, goes the long way through the
checks. A test compares the two.
"""

import math
import re
from functools import lru_cache

from auditor.checks import image, link
from auditor.model import Answered, Color, ImageInfo, ImageRef, Probe
from auditor.policies import Policy
from auditor.urls import authority, parse

_ORIGINS = 1024  # remembered: a feed may name a new host in every row
_CMYK = Color.CMYK  # looking a member up in its enum costs as much as a check
# What follows the host. Without a colon there is no second URL in it.
_PATH = re.compile(r"/[A-Za-z0-9._~/%+,=-]*+")


class Ordinary:
    """Knows ordinary images under one policy."""

    def __init__(self, policy: Policy, *, allow_private: bool, placeholders: frozenset[str]) -> None:
        self._policy = policy
        # Where contents are to be compared, or other rules hold from a later day on, no picture is told at once.
        rare = bool(placeholders or policy.changes)
        self._formats = frozenset() if rare else frozenset(policy.formats).difference(image.BY_FORMAT)
        self._most = math.inf if policy.maximum_pixels is None else policy.maximum_pixels
        self._least = max(policy.minimum_longest, policy.zoom_longest, policy.tracking_pixel + 1)
        self._checks = (*link.OBSTACLES, *(() if allow_private else link.PRIVATE), *link.DUBIOUS)
        self._host = lru_cache(_ORIGINS)(self._host_of)

    def host(self, cell: str) -> str | None:
        """Name the host and port that answer for the ordinary address in a cell; None if it isn't one."""
        slash = cell.find("/", 8)  # behind https:// or the first letter of the host behind http://
        if slash < 0 or len(cell) > self._policy.maximum_url or not _PATH.fullmatch(cell, slash):
            return None
        return self._host(cell[:slash])

    def _host_of(self, origin: str) -> str | None:
        found = parse(origin + "/")
        if found is None or found[4:] != ("/", None, "", None):  # path, query, fragment, user
            return None
        return None if any(check.look(found) is not None for check in self._checks) else authority(found)

    def picture(self, ref: ImageRef, probe: Probe) -> bool:
        """Whether an answer brought an ordinary picture. `ref` has an ordinary address."""
        if type(probe) is not Answered or type(probe.body) is not ImageInfo or probe.status not in (206, 200):
            return False
        format_, width, height = probe.body[:3]
        size, declared = probe.content_length, probe.content_type
        policy = self._policy
        return (
            format_ in self._formats
            and (width >= self._least or height >= self._least)
            and width >= policy.minimum_shortest
            and height >= policy.minimum_shortest
            and width * height <= self._most
            and width <= policy.maximum_longest
            and height <= policy.maximum_longest
            and probe.body.color is not _CMYK
            and (size is None or size <= policy.maximum_bytes)
            and (declared is None or image.content_type_mismatch(format_, declared) is None)
            and image.extension_mismatch(format_, ref.url) is None  # an address without a query ends as its path does
            and ref.slot != "SWCH"
        )
