"""JSON whose texts know where they are written. Pure."""

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined]  # it isn't in the types
from json.scanner import py_make_scanner  # type: ignore[attr-defined]  # likewise
from typing import Any

from auditor.feeds.rows import link_places
from auditor.repair.feeds.splice import Splice, characters

# What stands for one character: an escape, of which two make one character beyond the first plane, or itself.
_TOKEN = re.compile(r"\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.", re.DOTALL)


class Text(str):
    """A text of a JSON document, and where it stands there without its quotes."""

    __slots__ = ("end", "start")
    start: int
    end: int


class _Decoder(json.JSONDecoder):
    """The standard library's own decoder, in Python, with another function for texts."""

    def __init__(self) -> None:
        super().__init__()
        self.parse_string = _text
        self.scan_once = py_make_scanner(self)


def _text(document: str, begin: int, strict: bool = True) -> tuple[Text, int]:  # noqa: FBT001, FBT002  # the library's
    value, end = scanstring(document, begin, strict)
    text = Text(value)
    text.start, text.end = begin, end - 1
    return text, end


def read_texts(document: str) -> Any:
    """Read a document as `json.loads` does. Raises ValueError and RecursionError."""
    return _Decoder().decode(document)


def whole_text(document: str, text: Text, new: str) -> Splice:
    """Write a link in place of a text."""
    return Splice(text.start, text.end, _written(new, document[text.start : text.end]))


def listed_text(document: str, text: Text, number: int, new: str) -> Splice | None:
    """Write a link in place of one in a text with a list of them, counted from 0; None where that isn't there."""
    written = document[text.start : text.end]
    places, links = characters(written, _TOKEN, text), link_places(text)
    if places is None or number >= len(links):
        return None
    start, end = links[number]
    return Splice(text.start + places[start], text.start + places[end], _written(new, written))


def _written(new: str, like: str) -> str:
    """Return a link as it stands within quotes; slashes are escaped where those of the old one are."""
    new = new.replace("\\", "\\\\").replace('"', '\\"')
    return new.replace("/", "\\/") if "\\/" in like else new


def path_of(value: Any, text: Text) -> str:
    """Return the names and numbers on the way to a text, with points between; nothing where it isn't there."""
    return ".".join(_path(value, text) or ())


def _path(value: Any, text: Text) -> list[str] | None:
    inner: Iterator[tuple[object, Any]] = iter(())
    if isinstance(value, dict):
        inner = iter(value.items())
    elif isinstance(value, list):
        inner = enumerate(value)
    for name, one in inner:
        if one is text:
            return [str(name)]
        path = _path(one, text)
        if path is not None:
            return [str(name), *path]
    return None
