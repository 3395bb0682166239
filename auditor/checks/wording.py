"""Foreign text made fit to be quoted in a finding."""

from auditor import urls

_QUOTE_LIMIT = 120  # characters: a page title may be a novel
_URL_LIMIT = 2_000  # characters: a Location header may be as long as the server likes

# Characters that can't be seen, by the slugs under which the texts have words for them.
_UNSEEN = {
    " ": "space",
    "\t": "tab",
    "\n": "line-break",
    "\r": "line-break",
    "\xa0": "no-break-space",
    "\ufeff": "byte-order-mark",
    "\u200b": "zero-width",
    "\u200c": "zero-width",
    "\u200d": "zero-width",
    "\u2060": "zero-width",
}


def quote(text: str, limit: int = _QUOTE_LIMIT) -> str:
    """Put a server's text on one line, without what can't be printed, cut to a length in characters."""
    text = text[: 4 * limit]
    if not text.isprintable():
        text = "".join(character if character.isprintable() else " " for character in text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1] + "…"


def quote_url(url: str) -> str:
    """Quote a server's URL, without its secrets."""
    return quote(urls.redact(url), _URL_LIMIT)  # in this order: half a password has no @ behind it


def name_character(character: str) -> str:
    """Name one character: by a slug where it can't be seen, by itself where it can."""
    if character in _UNSEEN:
        return _UNSEEN[character]
    if character.isprintable():
        return character
    return "control" if ord(character) < 0xA0 else f"U+{ord(character):04X}"
