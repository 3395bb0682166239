"""The comments on a sheet's cells, from their part's XML. Pure: bytes in, comments out."""

from typing import NamedTuple

from auditor.errors import FeedError, Sentence
from auditor.feeds.sheet import column_of
from auditor.feeds.xml import XmlReader, local
from auditor.settings import MIB

_MOST = 64 * MIB  # characters of all comments: they are held until their rows come


class Comment(NamedTuple):
    """A comment: its sheet row from 1, its column from 0, and its text, in which OOXML writes line ends as _x000d_."""

    row: int
    column: int
    text: str


class CommentsReader:
    """Reads the comments of one sheet; bytes in. `name` is for messages. Raises FeedError where they are too many."""

    def __init__(self, name: Sentence | str) -> None:
        self._name = name
        self._size = 0
        self._place = ""
        self._texts: list[str] = []
        self._reading = False
        self._found: list[Comment] = []
        self._xml = XmlReader(name, self._start, self._end, self._text)
        self.end = self._xml.end

    def push(self, block: bytes) -> list[Comment]:
        """Take the next bytes; return the comments that end in them."""
        self._xml.push(block)
        found, self._found = self._found, []
        return found

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "comment":
            self._place, self._texts = attributes.get("ref", ""), []
        self._reading = name == "t"

    def _text(self, text: str) -> None:
        if not self._reading:
            return
        self._size += len(text)
        if self._size > _MOST:
            raise FeedError(
                "{name} has comments of more than {limit} MiB, as no report has; save the workbook again.",
                name=self._name,
                limit=_MOST // MIB,
            )
        self._texts.append(text)

    def _end(self, tag: str) -> None:
        self._reading = False
        if local(tag) == "comment":
            digits = self._place.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
            row = int(digits) if digits.isdecimal() and len(digits) < 9 else 0
            self._found.append(Comment(row, column_of(self._place), "".join(self._texts)))
