"""An answer's headers: where those stand that anyone looks at, and their values as text."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from auditor.probe.client import WANTED
from auditor.probe.faults import BadHttpMessage

SHAPES = 64  # remembered: a host's answers nearly all have the same headers in the same order

_WANTED = tuple(name.encode() for name in WANTED)


class HeaderPlaces(NamedTuple):
    """Places from 0. Of a name that is told the first, -1 without one; of one that may come apart all.

    `told` picks those in the order of WANTED from values with None behind them, which is what stands at -1.
    """

    told: Callable[[Sequence[str | None]], Sequence[str | None]]
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

    told = itemgetter(*map(first_of, _WANTED))
    return HeaderPlaces(told, first_of(b"content-length"), all_of(b"content-encoding"), all_of(b"transfer-encoding"))


NOWHERE = places_of(())


def texts_of(values: Sequence[bytes]) -> list[str | None]:
    """Give the values as text, and None behind them. What isn't UTF-8 in them is replaced.

    Raises `BadHttpMessage` for a NUL (RFC 9110 section 5.5). All are read as one: that is half the time of reading
    each, and it is the NUL between them that keeps them apart.
    """
    whole = b"\0".join((*values, b""))
    # The parser takes away what blanks stand before a value, not those behind. (`in` makes and drops an exception.)
    if whole.find(b" \0") >= 0 or whole.find(b"\t\0") >= 0:
        whole = b"\0".join([*(value.rstrip(b" \t") for value in values), b""])
    texts: list[str | None] = [*whole.decode("utf-8", "replace").split("\0")]
    if len(texts) != len(values) + 1:
        raise BadHttpMessage
    texts[-1] = None
    return texts
