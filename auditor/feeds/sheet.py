"""The rows of a workbook's sheet, from its XML. Pure: bytes in, rows out.

Strings stand in the sheet or, shared, in a part of their own. Namespaces don't count, so strict OOXML is read too.
"""

import re
from collections.abc import Sequence
from decimal import Decimal
from string import ascii_uppercase

from auditor.errors import Sentence
from auditor.feeds.strings import unescape
from auditor.feeds.xml import DEPTH, XmlReader, local

SheetRow = tuple[int, list[str]]  # the sheet's row, from 1; its cells up to the last with a value
_COLUMNS = 16_384  # Excel's own limit
_ROWS = 1_048_576  # likewise
_FORMULA = re.compile(r'\s*=?\s*(?:_xlfn\.)?HYPERLINK\(\s*"((?:[^"]|"")*)"', re.IGNORECASE)
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_LEAST, _MOST = 1e-20, 1e21  # numbers between are written out; nobody means others
_LETTERS: dict[str, int] = {}


class SheetReader:
    """Reads a sheet's rows that have a value; `shared` are the workbook's strings, `name` is for messages.

    Cells beyond `width` are left out; those not in `wanted` are empty, unless it is None. `limit` bounds the characters
    of a row: of a longer one the rest is left out, and its number stands in `long`. `most` bounds the rows per push.
    """

    def __init__(self, name: Sentence | str, shared: Sequence[str], limit: int) -> None:
        self.width = _COLUMNS
        self.wanted: frozenset[int] | None = None
        self.long: set[int] = set()
        self.most = _ROWS
        self._shared = shared
        self._limit = limit
        self._heard: list[str] = []  # pieces of text; a list's own `append` is no call of Python code
        self._xml = XmlReader(name, self._start, self._end, self._heard.append, flat=True)
        self._rows: list[SheetRow] = []
        self._row = 0
        self._cells: list[str] = []
        self._size = 0
        self._column = -1
        self._type = "n"
        self._texts: list[str] = []
        self._formula: list[str] = []
        self._into: list[str] | None = None
        self._phonetic = False
        self._any = False  # whether the row has any value
        self._depth = 0

    def push(self, block: bytes) -> list[SheetRow]:
        """Take the next bytes; return the rows that end in them."""
        self._xml.push(block)
        self._bound()
        rows, self._rows = self._rows, []
        return rows

    def end(self) -> None:
        """Tell that no more bytes come."""
        self._xml.end()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            self._xml.refuse_depth()
        if tag == "c":
            place = attributes.get("r")
            self._column = column_of(place) if place else self._column + 1
            self._type = attributes.get("t", "n")
        elif tag in {"v", "t"}:
            self._any = True
            if not self._phonetic and (self.wanted is None or self._column in self.wanted):
                self._into = self._texts
                self._heard.clear()
        elif ":" in tag:
            self._depth -= 1
            self._start(local(tag), attributes)
        elif tag == "row":
            self._row = _number(attributes.get("r")) or self._row + 1
            self._column = -1
        elif tag == "f":
            if self.wanted is None or self._column in self.wanted:
                self._into = self._formula
                self._heard.clear()
        elif tag == "rPh":
            self._phonetic = True

    def _bound(self) -> None:
        """Hold no text that isn't wanted, nor more of a row than the limit."""
        if self._into is None:
            self._heard.clear()
        elif self._size + sum(map(len, self._heard)) > self._limit:
            self._listen(self._into)

    def _listen(self, into: list[str]) -> None:
        """Take what was heard, up to the limit of a row."""
        text = "".join(self._heard)
        self._heard.clear()
        self._size += len(text)
        if self._size <= self._limit:
            into.append(text)
        else:
            self.long.add(self._row)

    def _end(self, tag: str) -> None:
        self._depth -= 1
        if tag == "c":
            if self._texts or self._formula:
                self._keep()
        elif tag in {"v", "t", "f"}:
            if self._into is not None:
                self._listen(self._into)
                self._into = None
        elif ":" in tag:
            self._depth += 1
            self._end(local(tag))
        elif tag == "row":
            if self._any:
                if len(self._rows) < self.most:
                    self._rows.append((self._row, self._cells or [""]))
                self._cells, self._any = [], False
            self._size = 0
        elif tag == "rPh":
            self._phonetic = False

    def _keep(self) -> None:
        text = self._value("".join(self._texts))
        if self._formula:
            text = self._outcome(text)
            self._formula = []
        self._texts = []
        column, cells = self._column, self._cells
        if not text or not 0 <= column < self.width:
            return
        if column > len(cells):
            cells.extend([""] * (column - len(cells)))
        if column == len(cells):
            cells.append(text)
        else:
            cells[column] = text

    def _outcome(self, text: str) -> str:
        """Return what a formula comes to, by the text that stands beside it: of a link, its address."""
        link = _FORMULA.match("".join(self._formula))
        return link[1].replace('""', '"') if link and "://" not in text else text

    def _value(self, text: str) -> str:
        kind = self._type
        if kind == "s":
            number = int(text) if text.isdecimal() and len(text) < 10 else -1
            return self._shared[number] if 0 <= number < len(self._shared) else ""
        if kind == "n":
            return plain_number(text)
        return unescape(text)


def plain_number(text: str) -> str:
    """Write a number in full, without exponent and with the 15 digits that Excel goes by.

    More of them stand in a file where a sum didn't come out even: Excel shows 19.989999999999998 as 19.99.
    """
    if "E" not in text and "e" not in text and "." not in text:
        return text
    if not _NUMBER.fullmatch(text):
        return text
    number = float(text) or 0.0  # which has no sign
    return format(Decimal(f"{number:.15g}"), "f") if not number or _LEAST <= abs(number) < _MOST else text


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def row_of(place: str) -> int:
    """Return the row of a cell such as AB12, from 1; 0 if it has none."""
    return _number(place.lstrip(ascii_uppercase))


def column_of(place: str) -> int:
    """Return the column of a cell such as AB12, from 0; -1 if it has none that Excel knows."""
    letters = place.rstrip("0123456789")
    column = _LETTERS.get(letters)
    if column is None:
        column = _letters(letters)
        if column >= 0:
            _LETTERS[letters] = column
    return column


def _letters(letters: str) -> int:
    if not re.fullmatch("[A-Z]{1,3}", letters):
        return -1
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1 if number <= _COLUMNS else -1
