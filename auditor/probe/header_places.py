"""Where in an answer's headers those stand that anyone looks at."""

from functools import lru_cache
from typing import NamedTuple

from auditor.probe.client import WANTED

SHAPES = 64  # remembered: a host's answers nearly all have the same headers in the same order

_WANTED = tuple(name.encode() for name in WANTED)


class HeaderPlaces(NamedTuple):
    """Places from 0. Of a name that is told the first, -1 without one; of one that may come apart all."""

    told: tuple[int, ...]  # in the order of WANTED
    length: int
    encodings: tuple[int, ...]
    transfers: tuple[int, ...]


@lru_cache(SHAPES)
def places_of(names: tuple[bytes, ...]) -> HeaderPlaces:
    """Find them among names as they were sent."""
    lower = [name.lower() for name in names]

    def all_of(wanted: bytes) -> tuple[int, ...]:
        return tuple(place for place, name in enumerate(lower) if name == wanted)

    def first_of(wanted: bytes) -> int:
        return lower.index(wanted) if wanted in lower else -1

    told = tuple(map(first_of, _WANTED))
    return HeaderPlaces(told, first_of(b"content-length"), all_of(b"content-encoding"), all_of(b"transfer-encoding"))


NOWHERE = places_of(())
