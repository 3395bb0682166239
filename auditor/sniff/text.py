"""Text: HTML, SVG, other XML, JSON, or just text; and bytes that are none of these."""

import codecs
import re

from auditor.model import Body, Format, Kind, NotAnImage, Unmeasured
from auditor.sniff.held import Need
from auditor.sniff.html import TAGS, read_html

# Bytes looked at; and of a page: its title is worth a request for so many, and what comes by chance with them must not
# make a difference between two equal runs.
_LOOKED_AT = 16 * 1024
_OF_A_PAGE = 4 * 1024

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
# WHATWG MIME Sniffing, 3: a binary data byte.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_CHARSET = re.compile(rb"charset\s{0,9}=\s{0,9}[\"']?([\w-]{1,20})", re.IGNORECASE)
# Encodings that sellers' hosts declare. No other name reaches the codec registry, which knows stranger things.
_ENCODINGS = frozenset(
    {"iso-8859-1", "windows-1252", "windows-1250", "windows-1251", "windows-1258"}
    | {"shift_jis", "euc-jp", "euc-kr", "gb2312", "gbk", "gb18030", "big5"}
)
_JSON = re.compile(r"\s*(?:\{\s*[\"}]|\[\s*(?:[\[\]{\"\d-]|true|false|null))")
# What may stand before the root of an XML file: declaration, comments, document type with its own subset.
_BEFORE_ROOT = re.compile(
    r"(?>\s+|<\?.*?\?>|<!--.*?-->|<!doctype[^<>\[]*+(?:\[[^\]]*+\]\s*+)?>)*+", re.DOTALL | re.IGNORECASE
)
_ROOT = re.compile(r"<(?:[\w.-]{1,99}:)?([A-Za-z_][\w.-]{0,99})[\s/>]")
_UNFINISHED = re.compile(r"(?:<(?:[!?].*|[\w.:-]*))?", re.DOTALL)
_HTML_TYPE = re.compile(r"<!doctype\s+html\b", re.IGNORECASE)


def read_text(head: bytes, total: int | None) -> Body | Need:
    """What text the first bytes begin; `NotAnImage` of unknown kind if they aren't text."""
    if not head:
        return NotAnImage(Kind.EMPTY)
    looked_at = head[:_LOOKED_AT]
    marked = next((name for mark, name in _MARKS if looked_at.startswith(mark)), None)
    if marked is None and _BINARY.search(looked_at):
        return NotAnImage(Kind.UNKNOWN)
    encoding = marked or _declared(looked_at)
    text = looked_at.decode(encoding, "replace").removeprefix("\ufeff")
    if not text.lstrip().startswith("<"):
        return NotAnImage(Kind.JSON if _JSON.match(text) else Kind.TEXT)
    excerpt = looked_at[:_OF_A_PAGE].decode(encoding, "ignore").removeprefix("\ufeff")
    body = _read_markup(text, excerpt)
    worth = _OF_A_PAGE if body == NotAnImage(Kind.HTML) else _LOOKED_AT if body is None else 0
    until = worth if total is None else min(worth, total)
    if len(head) < until:
        return Need(len(head), until - len(head))
    return body or _guess(text, excerpt)


def _declared(head: bytes) -> str:
    """The encoding that a page declares for itself, UTF-8 unless it is a well-known one."""
    found = _CHARSET.search(head[:1024])
    name = found[1].decode("ascii", "replace").lower() if found else ""
    return name if name in _ENCODINGS else "utf-8"


def _read_markup(text: str, excerpt: str) -> Body | None:
    """What the root says; None where it isn't reached. A page is read by its excerpt."""
    before = _BEFORE_ROOT.match(text)
    at = before.end() if before else 0
    if _HTML_TYPE.search(text, 0, at):
        return read_html(excerpt)
    root = _ROOT.match(text, at)
    if root is None:
        return None if _UNFINISHED.fullmatch(text, at) else _guess(text, excerpt)
    name = root[1].lower()
    if name == "svg":
        return Unmeasured(Format.SVG)
    return read_html(excerpt) if name in TAGS else NotAnImage(Kind.XML)


def _guess(text: str, excerpt: str) -> Body:
    """What begins with '<' and whose root isn't found: by its very beginning, as in WHATWG MIME Sniffing 7.1."""
    start = text.lstrip()[:5].lower()
    if start == "<?xml":
        return NotAnImage(Kind.XML)
    return read_html(excerpt) if start.startswith(("<!--", "<!doc")) else NotAnImage(Kind.TEXT)
