"""The text of an XML element as it is written: where a link stands in it, and another in its place. Pure."""

import re
from typing import NamedTuple
from xml.parsers import expat
from xml.sax.saxutils import escape

from auditor.feeds.elements import tidy
from auditor.feeds.rows import link_places
from auditor.repair.feeds.splice import Splice, spliced

_TAG = re.compile(r"""<[^<>"']*(?:"[^"]*"[^<>"']*|'[^']*'[^<>"']*)*>""")
# A section of plain characters, or what stands for one character: a CR before an LF is left out in reading.
_PIECE = re.compile(r"<!\[CDATA\[(?P<section>.*?)\]\]>|&[^;&<]*;|\r\n|[^<]", re.DOTALL)
_PLAIN = re.compile(r"\r\n|.", re.DOTALL)


class _Character(NamedTuple):
    """Where a character of a text is written, and whether plainly, within a section."""

    start: int
    end: int
    plain: bool


def element_splice(element: str, number: int | None, new: str) -> Splice | None:
    """Write a link in place of an element's text, or of one in its list, counted from 0.

    `element` is all of it but its end tag. None where it has comments in it, or anything else that isn't certain.
    """
    tag = _TAG.match(element)
    text = _read(element)
    characters = _characters(element, tag.end()) if tag else None
    if text is None or not characters or len(characters) != len(text):
        return None
    link = tidy(text)
    places = [(text.index(link), text.index(link) + len(link))] if number is None else link_places(text)
    start, end = places[number or 0] if (number or 0) < len(places) else (0, 0)
    stretch = characters[start:end]
    if not stretch or any(one.plain != stretch[0].plain for one in stretch):
        return None
    written = new if stretch[0].plain else escape(new)
    splice = Splice(stretch[0].start, stretch[-1].end, written)
    return splice if _read(spliced(element, [splice])) == text[:start] + new + text[end:] else None


def _characters(element: str, at: int) -> list[_Character] | None:
    """Return the characters of an element's text as they are written; None where something else is in it."""
    found: list[_Character] = []
    while at < len(element):
        piece = _PIECE.match(element, at)
        if piece is None:
            return None
        if piece["section"] is None:
            found.append(_Character(at, piece.end(), plain=False))
        else:
            section = _PLAIN.finditer(element, piece.start("section"), piece.end("section"))
            found += [_Character(one.start(), one.end(), plain=True) for one in section]
        at = piece.end()
    return found


def _read(element: str) -> str | None:
    """Return an element's text as it is read; None where it isn't well-formed."""
    pieces: list[str] = []
    parser = expat.ParserCreate()
    parser.CharacterDataHandler = pieces.append
    name = re.match(r"<([^\s/>]+)", element)
    try:
        parser.Parse(f"{element}</{name[1] if name else ''}>".encode(), True)
    except (expat.ExpatError, UnicodeEncodeError):
        return None
    return "".join(pieces)
