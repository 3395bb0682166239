"""The records of an XML feed: elements of one name with the texts in them, as they come. Pure."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from auditor.errors import Sentence
from auditor.feeds.xml import DEPTH, XmlReader, local

Texts = Mapping[str, Sequence[str]]  # by the element's name without prefix


class Element(NamedTuple):
    """One record. `number` counts them from 1; of one that is too `long` the rest is left out."""

    number: int
    texts: Texts
    long: bool


class ElementReader:
    """Reads the elements named `record`, from anywhere in the document, with the texts of those `wanted` in them.

    Names are without prefix. `limit` bounds the characters of a record.
    """

    def __init__(self, name: Sentence | str, record: str, wanted: frozenset[str], limit: int) -> None:
        self._record = record
        self._wanted = wanted
        self._limit = limit
        self._found: list[Element] = []
        self._count = 0
        self._depth = 0
        self._record_depth = 0  # 0 outside a record
        self._texts: dict[str, list[str]] = {}
        self._pieces: list[str] | None = None  # of the wanted element that is open
        self._size = 0
        self._xml = XmlReader(name, self._start, self._end, self._text, flat=True)
        self.end = self._xml.end

    def push(self, block: bytes) -> list[Element]:
        """Take the next bytes; return the records that end in them."""
        self._xml.push(block)
        found, self._found = self._found, []
        return found

    def _start(self, tag: str, _: dict[str, str]) -> None:
        self._depth += 1
        if ":" in tag:
            tag = local(tag)
        if self._record_depth:
            self._pieces = [] if tag in self._wanted else None
            self._size += 1  # elements without text, without end
        elif tag == self._record:
            self._record_depth = self._depth
            self._texts, self._size = {}, 0
        if self._depth > DEPTH:
            self._xml.refuse_depth()

    def _text(self, text: str) -> None:
        if self._pieces is not None:
            self._size += len(text)
            if self._size <= self._limit:
                self._pieces.append(text)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if self._pieces is not None:
            if self._size <= self._limit:
                self._texts.setdefault(local(tag), []).append("".join(self._pieces))
            self._pieces = None
        if self._depth < self._record_depth:
            self._record_depth = 0
            self._count += 1
            self._found.append(Element(self._count, self._texts, self._size > self._limit))
