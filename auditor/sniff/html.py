"""An HTML page in place of an image: its title, the address it opens or refreshes to, and what it does."""

import re
from html import unescape

from auditor.model import Kind, NotAnImage, Page
from auditor.sniff.page import keeps_out, shows

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
    r"\b(?:location(?:\.href)?\s{0,9}=\s{0,9}|location\.(?:replace|assign)\(\s{0,9}|(window\.open)\(\s{0,9})"
    r"[\"']([^\"'<>\s]{1,2000})"
)


def read_html(text: str) -> NotAnImage:
    """The page whose first characters are `text`."""
    found = _TITLE.search(text)
    title = _tidy(found[1]) if found else ""
    opens, way = _opens(text)
    return NotAnImage(Kind.HTML, title, opens, keeps_out(title, text) or way or shows(title, text))


def _opens(text: str) -> tuple[str, Page | None]:
    """Where a meta refresh leads, else where the first script goes or what it opens; and which of these it is."""
    for meta in _META.finditer(text):
        url = _URL.search(meta[1]) if _REFRESH.search(meta[1]) else None
        if url:
            return _tidy(url[1]), Page.OPENING
    scripted = _SCRIPTED.search(text)
    if scripted is None:
        return "", None
    return _tidy(scripted[2]), Page.POP_UP if scripted[1] else Page.OPENING


def _tidy(text: str) -> str:
    """One line without references, control characters or too much of it."""
    line = " ".join(unescape(text).split())
    return "".join(character for character in line[:_LONGEST] if character.isprintable())
