"""XML as it comes, from strangers: elements and text, and nothing that could blow up. Pure.

Expat from the standard library, with what it would do for a stranger switched off: a document type (where entities that
multiply, or fetch, are declared) is refused, depth is bounded, and so are tags that never end.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE
from collections.abc import Callable
from typing import NoReturn
from xml.parsers import expat

from auditor.errors import FeedError, Sentence
from auditor.feeds.encoding import find_encoding
from auditor.settings import MIB

DEPTH = 200  # elements within each other: those of feeds and workbooks are a dozen
_TAG = 4 * MIB  # bytes of a tag or comment, which is held whole until it ends
_STATED = re.compile(rb"""\s*<\?xml[^>]*?\sencoding\s*=\s*["']([\w.-]{1,40})["']""")

_SIGNS = {"utf-16-le": (BOM_UTF16_LE, b"<\0"), "utf-16-be": (BOM_UTF16_BE, b"\0<")}

Start = Callable[[str, dict[str, str]], None]
End = Callable[[str], None]
Text = Callable[[str], None]


class XmlReader:
    """Tells `start`, `end` and `text` what comes, by names as written; `name` is for messages.

    `text` may be called with a piece at a time. What they raise is raised. A caller that sees to the depth itself,
    where every call counts, says so by `flat`.
    """

    def __init__(self, name: Sentence | str, start: Start, end: End, text: Text, *, flat: bool = False) -> None:
        self._name = name
        self._depth = 0
        self._read = 0  # bytes
        self._parser = parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.buffer_size = 65_536
        self._start, self._told_end = start, end
        parser.StartElementHandler = start if flat else self._deeper
        parser.EndElementHandler = end if flat else self._higher
        parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = self._refuse

    @property
    def place(self) -> int:
        """The byte, from 0, of what was told last."""
        return self._parser.CurrentByteIndex

    def _deeper(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEPTH:
            self.refuse_depth()
        self._start(name, attributes)

    def _higher(self, name: str) -> None:
        self._depth -= 1
        self._told_end(name)

    def refuse_depth(self) -> NoReturn:
        """Raise FeedError for elements within each other, again and again."""
        raise FeedError("{name} has elements within each other without end; it is no feed.", name=self._name)

    def _refuse(self, *_: object) -> None:
        raise FeedError(
            "{name} declares a document type, which no feed needs and attacks do; leave it out.", name=self._name
        )

    def push(self, block: bytes) -> None:
        """Take the next bytes. Raises FeedError where they are no XML."""
        self._parse(block, final=False)
        self._read += len(block)
        if self._read - self._parser.CurrentByteIndex > _TAG:
            raise FeedError("{name} has a tag or comment of megabytes in its XML; it is no feed.", name=self._name)

    def end(self) -> None:
        """Tell that no more bytes come. Raises FeedError where the XML isn't whole."""
        self._parse(b"", final=True)

    def _parse(self, block: bytes, *, final: bool) -> None:
        try:
            self._parser.Parse(block, final)
        except expat.ExpatError as error:
            why = expat.errors.messages[error.code]
            raise FeedError(
                "{name} is damaged: its XML can't be read at line {line} ({why}); fetch it again.",
                name=self._name,
                line=error.lineno,
                why=why,
            ) from error


def local(name: str) -> str:
    """Return a name without its prefix."""
    return name.rpartition(":")[2]


def stated_encoding(head: bytes) -> str:
    """Return Python's name for the encoding of a document, known by its mark, its first signs or what it states."""
    for codec, signs in _SIGNS.items():
        if head.startswith(signs):
            return codec
    stated = _STATED.match(head.removeprefix(BOM_UTF8))
    return stated[1].decode() if stated else "utf-8"


def told_encoding(head: bytes) -> Sentence:
    """Say in which encoding a document is: by its mark, by what it states, else UTF-8. Expat decides likewise."""
    stated = _STATED.match(head)
    if stated and stated[1].upper() != b"UTF-8":
        return Sentence("encoding {encoding}", encoding=stated[1].decode())
    return find_encoding(head).said
