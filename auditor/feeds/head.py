"""The beginning of a text feed, to look at. Pure."""

from typing import NamedTuple

from auditor.feeds.encoding import Encoding, find_encoding


class Head(NamedTuple):
    """A text feed's encoding, and its first physical lines without their ends; one that is cut is left out."""

    encoding: Encoding
    lines: list[str]


def read_head(head: bytes, *, whole: bool, language: str = "") -> Head:
    """Read a feed's first bytes as text; `whole` if they are all, `language` the tag of a feed that has one."""
    encoding = find_encoding(head, whole=whole, language=language)
    lines = encoding.text(head).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return Head(encoding, lines if whole else lines[:-1])
