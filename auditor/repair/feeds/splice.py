"""Stretches of a row's text, and what comes in their stead. Pure."""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from auditor.repair.feeds.patch import Edit


class Splice(NamedTuple):
    """A stretch of a row's text, in characters, and what comes in its stead."""

    start: int
    end: int
    new: str


def are_apart(splices: Sequence[Splice]) -> bool:
    """Say whether stretches stand in order and none reaches into the next."""
    return all(one.end <= other.start for one, other in pairwise(splices))


def spliced(text: str, splices: Sequence[Splice]) -> str:
    """Return a text with stretches of it, in order, replaced."""
    pieces, at = [], 0
    for start, end, new in splices:
        pieces += [text[at:start], new]
        at = end
    return "".join((*pieces, text[at:]))


def edits(place: int, text: str, splices: Sequence[Splice]) -> Iterator[Edit]:
    """Yield what changes in a text that begins at a place, by places in UTF-8."""
    at = 0
    for start, end, new in splices:
        begin = place + width(text[at:start])
        place = begin + width(text[start:end])
        at = end
        yield Edit(begin, place, new)


def width(text: str) -> int:
    """Return how many bytes a text has in UTF-8, those that are none of it apart."""
    return len(text) if text.isascii() else len(text.encode(errors="surrogateescape"))


def characters(written: str, token: re.Pattern[str], value: str) -> list[int] | None:
    """Return where each character of a value stands in what is written for it, and where the last one ends.

    `token` is the pattern of what stands for one character. None where that doesn't come out even.
    """
    # What lies beyond Unicode's first plane is one character here, and one token.
    places = [found.start() for found in token.finditer(written)]
    return [*places, len(written)] if len(places) == len(value) else None
