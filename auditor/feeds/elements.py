"""The records of an XML feed: elements of one name with the texts in them, as they come. Pure."""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from auditor.errors import Sentence
from auditor.feeds.xml import DEPTH, XmlReader, local
from auditor.urls import INVISIBLE

_NAMES = 1000  # names in records that are remembered
Texts = Mapping[str, Sequence[str]]  # by the name that an element is given
Naming = Callable[[str], str]  # from an element's name as written to that; an empty one if its text isn't wanted


class Element(NamedTuple):
    """One record. `number` counts them from 1; of one that is too `long` the rest is left out."""

    number: int
    texts: Texts
    long: bool


_element = Element._make  # a quarter faster than calling the class


class ElementReader:
    """Reads the elements with one of the names `records`, from anywhere in the document, and the texts in them.

    Names of records are without prefix; `naming` chooses the texts. `limit` bounds the bytes of a record.
    """

    def __init__(self, name: Sentence | str, records: frozenset[str], naming: Naming, limit: int) -> None:
        self._records = records
        self._naming = naming
        self._limit = limit
        self._known: dict[str, str] = {}  # names as written, and as given; those not wanted are empty
        self._names: dict[str, str] = {}  # the same within a record, nothing outside
        self._found: list[Element] = []
        self._count = 0
        self._depth = 0  # elements within each other, but for the wanted one that is open
        self._record_depth = 0  # 0 outside a record
        self._start_place = 0
        self._spans = False  # whether a record may be long
        self._texts: dict[str, list[str]] = {}
        self._open = ""  # the wanted element that is
        self._heard: list[str] = []  # pieces of text since an element began
        # Calls from expat are what reading costs: most elements go a short way, and `append` isn't Python code.
        self._xml = XmlReader(name, self._start, self._end, self._heard.append, flat=True)
        self.end = self._xml.end

    def push(self, block: bytes) -> list[Element]:
        """Take the next bytes; return the records that end in them."""
        self._spans = self._record_depth > 0 or len(block) > self._limit  # else no record can be long
        self._xml.push(block)
        if not self._open or self._is_long():
            self._heard.clear()
        if self._is_long():
            self._texts.clear()
        found, self._found = self._found, []
        return found

    def _is_long(self) -> bool:
        return self._spans and self._xml.place - self._start_place > self._limit

    def _start(self, tag: str, _: dict[str, str]) -> None:
        name = self._names.get(tag)
        if name and not self._open:
            self._open = name
            self._heard.clear()
        elif name is None or self._open:
            self._start_other(tag)
        else:
            self._depth += 1
            if self._depth > DEPTH:
                self._xml.refuse_depth()

    def _start_other(self, tag: str) -> None:
        """Begin what stands outside a record or in a wanted element, or is met for the first time as it is written."""
        if self._open:
            self._open = ""  # what has elements in it has no text of its own
            self._deeper()
        if not self._record_depth:
            self._deeper()
            if local(tag) in self._records:
                self._start_record()
            return
        wanted = self._naming(tag)
        if len(self._known) < _NAMES:
            self._known[tag] = wanted
        if wanted:
            self._open = wanted
            self._heard.clear()
        else:
            self._deeper()

    def _start_record(self) -> None:
        self._record_depth, self._start_place = self._depth, self._xml.place
        self._texts, self._names = {}, self._known

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            self._xml.refuse_depth()

    def _end(self, _: str) -> None:
        name = self._open
        if name:
            self._open = ""
            text = "".join(self._heard)
            if name in self._texts:
                self._texts[name].append(text)
            else:
                self._texts[name] = [text]
        else:
            self._depth -= 1
            if self._depth < self._record_depth:
                self._end_record()

    def _end_record(self) -> None:
        self._record_depth, self._names = 0, {}
        self._count += 1
        self._found.append(_element((self._count, self._texts, self._spans and self._is_long())))


def tidy(text: str) -> str:
    """Return a link without the line ends and indents that XML is written with; other blanks are the seller's."""
    if not text.strip(INVISIBLE):
        return ""
    return text.strip("\r\n\t ") if "\n" in text else text


def first(texts: Texts, name: str) -> str:
    """Return the first text of a name without blanks around it; an empty one if there is none."""
    found = texts.get(name)
    return found[0].strip(INVISIBLE) if found else ""
