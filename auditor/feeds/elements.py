"""The records of an XML feed: elements of one name with the texts in them, as they come. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from auditor.errors import Sentence
from auditor.feeds.xml import DEPTH, Text, XmlReader, local
from auditor.urls import INVISIBLE

Texts = Mapping[str, Sequence[str]]  # by the name that an element is given
Naming = Callable[[str], str]  # from an element's name as written to that; an empty one if its text isn't wanted
_NAMES = 1000  # names remembered: a feed may have ever new ones


class Element(NamedTuple):
    """One record. `number` counts them from 1; of one that is too `long` the rest is left out."""

    number: int
    texts: Texts
    long: bool


class _Names(dict[str, str]):
    """The names of elements as given, found out once for each as written."""

    def __init__(self, naming: Naming) -> None:
        super().__init__()
        self._naming = naming

    def __missing__(self, tag: str) -> str:
        if len(self) >= _NAMES:
            self.clear()
        self[tag] = name = self._naming(tag)
        return name


class ElementReader:
    """Reads the elements with one of the names `records`, from anywhere in the document, and the texts in them.

    Names of records are without prefix; `naming` chooses the texts. `limit` bounds the characters of a record.
    """

    def __init__(self, name: Sentence | str, records: frozenset[str], naming: Naming, limit: int) -> None:
        self._records = records
        self._names = _Names(naming)
        self._limit = limit
        self._found: list[Element] = []
        self._count = 0
        self._depth = 0
        self._record_depth = 0  # 0 outside a record
        self._texts: dict[str, list[str]] = {}
        self._into = ""  # the name of the wanted element that is open; a text with elements in it is none
        self._listens = False  # to text: most of it isn't wanted, and every call costs
        self._pieces: list[str] = []  # of its text
        self._size = 0
        self._xml = XmlReader(name, self._start, self._end, None, flat=True)
        self.end = self._xml.end

    def push(self, block: bytes) -> list[Element]:
        """Take the next bytes; return the records that end in them."""
        self._xml.push(block)
        found, self._found = self._found, []
        return found

    def _start(self, tag: str, _: dict[str, str]) -> None:
        depth = self._depth = self._depth + 1
        if self._record_depth:
            self._into = name = self._names[tag]
            if name:
                self._size += 1  # elements without text, without end
                self._pieces = []
                if not self._listens:
                    self._listen(self._text)
            elif self._listens:
                self._listen(None)
        elif local(tag) in self._records:
            self._record_depth = depth
            self._texts, self._size = {}, 0
        if depth > DEPTH:
            self._xml.refuse_depth()

    def _listen(self, text: Text | None) -> None:
        self._listens = text is not None
        self._xml.listen(text)

    def _text(self, text: str) -> None:
        if self._into:
            self._size += len(text)
            if self._size <= self._limit:
                self._pieces.append(text)

    def _end(self, _: str) -> None:
        depth = self._depth = self._depth - 1
        if self._into:
            if self._size <= self._limit:
                pieces = self._pieces
                text = pieces[0] if len(pieces) == 1 else "".join(pieces)
                self._texts.setdefault(self._into, []).append(text)
            self._into = ""
        if depth < self._record_depth:
            self._record_depth = 0
            self._count += 1
            self._found.append(Element(self._count, self._texts, self._size > self._limit))


def tidy(text: str) -> str:
    """Return a link without the line ends and indents that XML is written with; other blanks are the seller's."""
    return text.strip("\r\n\t ") if "\n" in text else text if text.strip(INVISIBLE) else ""


def first(element: Element, name: str) -> str:
    """Return the first text of a name without blanks around it; an empty one if there is none."""
    found = element.texts.get(name)
    return found[0].strip(INVISIBLE) if found else ""
