"""An HTML page in place of an image: its title, and the address it opens or refreshes to."""

import re
from html import unescape

from auditor.model import Kind, NotAnImage

# Roots and first tags by which a page is known: WHATWG MIME Sniffing, 7.1, and a few more that pages begin with.
TAGS = frozenset(
    re.findall(
        r"\w+",
        "html head script iframe h1 div font table a style title b body br p"
        " meta link base center form img span section main header nav noscript h2 h3 input button ul li",
    )
)
_LONGEST = 300  # characters of a title or an address: more says nothing more to a reader

# None of these can cross the next '<' or run on for more than a bounded length, so the work is linear.
_TITLE = re.compile(r"<title\b[^<>]{0,500}>([^<]{0,2000})", re.IGNORECASE)
_META = re.compile(r"<meta\b([^<>]{0,2000})>", re.IGNORECASE)
_REFRESH = re.compile(r"http-equiv\s{0,9}=\s{0,9}[\"']?\s{0,9}refresh", re.IGNORECASE)
_URL = re.compile(r"\burl\s{0,9}=\s{0,9}[\"']?([^\"'>]{1,2000})", re.IGNORECASE)
_SCRIPTED = re.compile(
    r"\b(?:location(?:\.href)?\s{0,9}=\s{0,9}|location\.(?:replace|assign)\(\s{0,9}|window\.open\(\s{0,9})"
    r"[\"']([^\"'<>\s]{1,2000})"
)


def read_html(text: str) -> NotAnImage:
    """The page whose first characters are `text`."""
    title = _TITLE.search(text)
    return NotAnImage(Kind.HTML, _tidy(title[1]) if title else "", _opens(text))


def _opens(text: str) -> str:
    """Where a meta refresh leads, else where the first script goes or what it opens."""
    for meta in _META.finditer(text):
        url = _URL.search(meta[1]) if _REFRESH.search(meta[1]) else None
        if url:
            return _tidy(url[1])
    scripted = _SCRIPTED.search(text)
    return _tidy(scripted[1]) if scripted else ""


def _tidy(text: str) -> str:
    """One line without references, control characters or too much of it."""
    line = " ".join(unescape(text).split())
    return "".join(character for character in line[:_LONGEST] if character.isprintable())
