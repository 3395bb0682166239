"""How a cell is shown, and what is odd about it."""


def printable(text: str) -> str:
    """Return text that can be printed and written: lone surrogates, bytes that were no text, become U+FFFD."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")


def is_odd(cell: str) -> bool:
    """Say whether a cell holds bytes that are no text in the feed's encoding."""
    return not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell)


def shown(name: str) -> str:
    """Return a column name for a message on one line: whatever could move the cursor becomes U+FFFD."""
    return "".join(character if character.isprintable() or character == "\u00a0" else "\ufffd" for character in name)
