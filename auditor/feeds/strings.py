"""The shared strings of a workbook: kept once, in bounded memory."""

import re
import tempfile
from array import array
from collections.abc import Sequence
from typing import overload

from auditor.errors import Sentence
from auditor.feeds.xml import XmlReader, local

_ESCAPED = re.compile("_x([0-9A-Fa-f]{4})_")


def unescape(text: str) -> str:
    """Return a string as it is shown: OOXML writes what XML can't hold as _x000D_."""
    return _ESCAPED.sub(lambda found: _shown(int(found[1], 16)), text) if "_x" in text else text


def _shown(code: int) -> str:
    """Return a character; what is none, or moves the cursor, is shown as such."""
    character = chr(code)
    return character if character.isprintable() or character in "\t\n\r\xa0" else "\ufffd"


class SharedStrings(Sequence[str]):
    """Strings by number. Up to `memory` bytes are held, more lie in a file without a name; `limit` bounds one string.

    Of one string the offset takes 8 bytes: what grows with the workbook.
    """

    def __init__(self, memory: int, limit: int) -> None:
        self._file = tempfile.SpooledTemporaryFile(memory)  # noqa: SIM115  # closed with the workbook
        self._ends = array("Q", [0])
        self._limit = limit

    def add(self, text: str) -> None:
        """Add the next string."""
        stored = text[: self._limit].encode(errors="surrogatepass")
        self._file.write(stored)
        self._ends.append(self._ends[-1] + len(stored))

    def __len__(self) -> int:
        return len(self._ends) - 1

    @overload
    def __getitem__(self, number: int) -> str: ...
    @overload
    def __getitem__(self, number: slice) -> list[str]: ...
    def __getitem__(self, number: int | slice) -> str | list[str]:
        if isinstance(number, slice):
            return [self[one] for one in range(*number.indices(len(self)))]
        self._file.seek(self._ends[number])
        return self._file.read(self._ends[number + 1] - self._ends[number]).decode(errors="surrogatepass")

    def close(self) -> None:
        """Let go of the file."""
        self._file.close()


class StringsReader:
    """Reads the part of shared strings into `strings`; bytes in. Readings of Japanese words don't count."""

    def __init__(self, name: Sentence | str, strings: SharedStrings, limit: int) -> None:
        self._strings = strings
        self._limit = limit
        self._texts: list[str] = []
        self._size = 0
        self._reading = False
        self._phonetic = False
        self._xml = XmlReader(name, self._start, self._end, self._text)
        self.push, self.end = self._xml.push, self._xml.end

    def _start(self, tag: str, _: dict[str, str]) -> None:
        tag = local(tag)
        if tag == "t":
            self._reading = not self._phonetic
        elif tag == "rPh":
            self._phonetic = True
        elif tag == "si":
            self._texts, self._size = [], 0

    def _text(self, text: str) -> None:
        if self._reading and self._size <= self._limit:
            self._texts.append(text)
            self._size += len(text)

    def _end(self, tag: str) -> None:
        tag = local(tag)
        if tag == "t":
            self._reading = False
        elif tag == "rPh":
            self._phonetic = False
        elif tag == "si":
            self._strings.add(unescape("".join(self._texts)))
