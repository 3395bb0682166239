"""What counts as nothing in a cell, and how a cell is shown."""

# All that Python counts as white space (the no-break space is in it), and what is invisible besides: the byte-order
# mark and zero-width characters, which spreadsheets and web pages leave at the ends of cells.
BLANKS = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + "\ufeff\u200b\u200c\u200d\u2060"


def printable(text: str) -> str:
    """Return text that can be printed and written: lone surrogates, bytes that were no text, become U+FFFD."""
    return text if text.isascii() else text.encode(errors="surrogateescape").decode(errors="replace")


def is_odd(cell: str) -> bool:
    """Say whether a cell holds bytes that are no text in the feed's encoding."""
    return not cell.isascii() and any("\udc80" <= character <= "\udcff" for character in cell)


def shown(name: str) -> str:
    """Return a column name for a message on one line: whatever could move the cursor becomes U+FFFD."""
    return "".join(character if character.isprintable() or character == "\u00a0" else "\ufffd" for character in name)
