"""The comments on a sheet's cells, from their part's XML. Pure: bytes in, comments out."""

import sys
from typing import NamedTuple

from auditor.errors import FeedError, Sentence
from auditor.feeds.sheet import column_of, row_of
from auditor.feeds.xml import XmlReader, local
from auditor.settings import MIB

_MOST = 128 * MIB  # of memory for all comments: they are held until their rows come
_EACH = 250  # bytes of it for a comment beside its text, with its place in what holds it: also for one without text


class Comment(NamedTuple):
    """A comment: its sheet row from 1, its column from 0, and its text, in which OOXML writes line ends as _x000d_.

    The row is 0 and the column -1 where the workbook doesn't say which.
    """

    row: int
    column: int
    text: str


class CommentsReader:
    """Reads the comments of one sheet; bytes in. `name` is for messages. Raises FeedError where they are too many."""

    def __init__(self, name: Sentence | str) -> None:
        self._name = name
        self._size = 0  # bytes of all comments
        self._open = 0  # characters of the one that hasn't ended
        self._place = ""
        self._texts: list[str] = []
        self._reading = False
        self._found: list[Comment] = []
        self.begin()

    def begin(self) -> None:
        """Tell that another part comes; the bound is one for all."""
        self._xml = XmlReader(self._name, self._start, self._end, self._text)

    def push(self, block: bytes) -> list[Comment]:
        """Take the next bytes; return the comments that end in them."""
        self._xml.push(block)
        found, self._found = self._found, []
        return found

    def end(self) -> None:
        """Tell that no more bytes of a part come."""
        self._xml.end()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        name = local(tag)
        if name == "comment":
            # A place such as $b$4, or an area, isn't how Excel writes it, and tells as much.
            first = attributes.get("ref", "").partition(":")[0]
            self._place, self._texts = first.replace("$", "").upper(), []
        self._reading = name == "t"

    def _text(self, text: str) -> None:
        if self._reading:
            self._open += len(text)
            self._bound(self._open)
            self._texts.append(text)

    def _end(self, tag: str) -> None:
        self._reading = False
        if local(tag) == "comment":
            text, self._open = "".join(self._texts), 0
            self._size += sys.getsizeof(text) + _EACH
            self._bound(0)
            self._found.append(Comment(row_of(self._place), column_of(self._place), text))

    def _bound(self, more: int) -> None:
        if self._size + more > _MOST:
            raise FeedError(
                "{name} has comments of more than {limit} MiB, as no report has; save the workbook again.",
                name=self._name,
                limit=_MOST // MIB,
            )
