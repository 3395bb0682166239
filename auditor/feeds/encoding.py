"""Which encoding a text feed is in, decided on the evidence of its head, and how it becomes UTF-8. Pure.

A mark at the start decides; then UTF-8, if the head is UTF-8, but for strays. Other bytes are Japanese (cp932,
Microsoft's Shift_JIS) where the template says that its content is, or where all of the head decodes so and common
Japanese characters stand in a row, for a word or most of what isn't ASCII; else Windows-1252, of which ISO-8859-1 text
is a part.
"""

import re
from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, getincrementaldecoder
from typing import NamedTuple

from auditor.errors import FeedError, Sentence


class Encoding(NamedTuple):
    """An encoding: what it is called, Python's name for it, and how that keeps what is no text (as lone surrogates)."""

    said: str
    codec: str
    errors: str = "surrogateescape"

    def text(self, head: bytes) -> str:
        """Return a head as text to look at, without its mark or a last character that is cut."""
        return getincrementaldecoder(self.codec)(self.errors).decode(head).removeprefix("\ufeff")


_UTF_8 = Encoding("UTF-8", "utf-8")
_MIXED = Encoding("UTF-8 with other bytes in it", "utf-8")
_JAPANESE = Encoding("Shift_JIS (cp932)", "cp932")
_WESTERN = Encoding("Windows-1252", "cp1252")
_MARKED = (
    (BOM_UTF8, Encoding("UTF-8 with BOM", "utf-8")),
    (BOM_UTF16_LE, Encoding("UTF-16 LE", "utf-16-le", "surrogatepass")),
    (BOM_UTF16_BE, Encoding("UTF-16 BE", "utf-16-be", "surrogatepass")),
)
# Two or more characters of the lead bytes that hold kana and the kanji in daily use. Windows-1252 has its curly
# quotes, dashes and trade marks there, not two in a row; its letters (é, ö) are lead bytes too, but of rare kanji, and
# make valid cp932 of words such as “élève”.
_JAPANESE_RUN = re.compile(rb"(?:[\x81-\x9f][\x40-\x7e\x80-\xfc]){2,}")
_WORD = 4  # characters in such a run that no Western text has
_NO_JAPANESE = re.compile("[\x80\xa0\ue000-\uf8ff]")  # what cp932 gives for bytes that only other encodings have


def find_encoding(head: bytes, *, whole: bool = False, language: str = "") -> Encoding:
    """Decide the encoding of a feed by its first bytes, `whole` if they are all; `language` is its tag, such as ja_JP.

    UTF-16 is known by its mark alone.
    """
    for mark, encoding in _MARKED:
        if head.startswith(mark):
            mixed = encoding.codec == "utf-8" and _decoded(head, "utf-8", whole=whole) is None
            return _MIXED if mixed else encoding
    if _decoded(head, "utf-8", whole=whole) is not None:
        return _UTF_8
    if _is_mostly_utf_8(head):
        return _MIXED
    japanese = language.casefold().startswith("ja") or _is_japanese(head, whole=whole)
    return _JAPANESE if japanese else _WESTERN


def _decoded(head: bytes, codec: str, *, whole: bool) -> str | None:
    """Return a head as text, or None if it can't be; a last character that is cut counts only where nothing follows."""
    try:
        return getincrementaldecoder(codec)().decode(head, whole)
    except UnicodeDecodeError:
        return None


def _is_mostly_utf_8(head: bytes) -> bool:
    """Say whether stray bytes are fewer than characters of UTF-8: in other encodings those come about by chance."""
    text = head.decode(errors="surrogateescape")
    strays = len(re.findall("[\udc80-\udcff]", text))
    return len(re.findall("[^\x00-\x7f]", text)) >= 2 * strays


def _is_japanese(head: bytes, *, whole: bool) -> bool:
    text = _decoded(head, "cp932", whole=whole)
    if text is None or _NO_JAPANESE.search(text):
        return False
    runs = [len(run) // 2 for run in _JAPANESE_RUN.findall(head)]
    if max(runs, default=0) >= _WORD:
        return True
    # Half-width kana count neither way: a single byte each, they are accented capitals and signs in Windows-1252.
    return bool(runs) and 2 * sum(runs) >= len(re.findall("[^\x00-\x7f\uff61-\uff9f]", text))


class Transcoder:
    """Turns a feed's bytes into UTF-8, block by block, wherever they are cut. `name` is for messages.

    Bytes that are no text in the feed's encoding become bytes that are none in UTF-8, for their rows to tell.
    """

    def __init__(self, encoding: Encoding, name: Sentence | str) -> None:
        plain = encoding.codec == "utf-8"
        self._decoder = None if plain else getincrementaldecoder(encoding.codec)(encoding.errors)
        self._halves = encoding.codec.startswith("utf-16")
        self._name = name

    def push(self, block: bytes) -> bytes:
        """Return what the next bytes are in UTF-8."""
        if self._decoder is None:
            return block
        return self._decoder.decode(block).encode(errors="surrogatepass")

    def end(self) -> bytes:
        """Return what is left when no more bytes come. Raises FeedError where UTF-16 ends within a character."""
        if self._decoder is None:
            return b""
        if self._halves and self._decoder.getstate()[0]:
            raise FeedError(
                "{name} ends early: its UTF-16 text stops within a character; fetch it again.", name=self._name
            )
        return self._decoder.decode(b"", final=True).encode(errors="surrogatepass")
