"""Files that are no text table at all: what they are, and what to do instead."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_LE

_SAVE = "open it in a spreadsheet and save it as “CSV UTF-8”"
_IMAGE = ("an image", "name the feed that lists the images instead")
_PACKED = ("packed in a way that isn't read here", "unpack it first")

# Longest and most telling first.
_SIGNATURES: tuple[tuple[bytes, tuple[str, str]], ...] = (
    (BOM_UTF32_LE, ("UTF-32 text", _SAVE)),
    (b"PK\x03\x04", ("a workbook or a zip archive", f"unpack it, or {_SAVE}")),
    (b"PK\x05\x06", ("an empty zip archive", "name the feed instead")),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", ("an old Excel workbook", _SAVE)),
    (b"%PDF-", ("a PDF", "name the feed instead")),
    (b"\x1f\x8b", ("gzip data within gzip data", "unpack it once")),
    (b"BZh", _PACKED),
    (b"\xfd7zXZ\0", _PACKED),
    (b"7z\xbc\xaf\x27\x1c", _PACKED),
    (b"\x28\xb5\x2f\xfd", _PACKED),
    (b"Rar!\x1a\x07", _PACKED),
    (b"\xff\xd8\xff", _IMAGE),
    (b"\x89PNG\r\n\x1a\n", _IMAGE),
    (b"GIF87a", _IMAGE),
    (b"GIF89a", _IMAGE),
    (b"II*\0", _IMAGE),
    (b"MM\0*", _IMAGE),
)
_MARKUP: tuple[tuple[bytes, str], ...] = (
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "XML"),
    (b"{", "JSON"),
    (b"[", "JSON"),
)
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")
_LOOKED_AT = 4096  # bytes in which NULs and other controls are counted


def foreign(head: bytes) -> str | None:
    """Say what a file is that can't be a text table, and what to do, as a sentence's end; None if it may be one."""
    for signature, (what, advice) in _SIGNATURES:
        if head.startswith(signature):
            return f"is {what}; {advice}."
    start = head[:_LOOKED_AT]  # an even number: UTF-16 isn't cut in two
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        start = start.decode("utf-16", errors="replace").encode()
    return _markup(start) or _binary(start)


def _markup(head: bytes) -> str | None:
    start = head.removeprefix(BOM_UTF8).lstrip()[:20].lower()
    for signature, what in _MARKUP:
        if start.startswith(signature):
            return f"is {what}, not a table; save the products as a table in “CSV UTF-8”."
    return None


def _binary(start: bytes) -> str | None:
    controls = len(start) - len(start.translate(None, _CONTROLS))
    # A single NUL in a row is a bad row; in the first line or in number they are no text.
    if b"\0" not in start.partition(b"\n")[0] and controls * 20 <= len(start):
        return None
    zeros = max(start[0::2].count(0), start[1::2].count(0))
    what = "UTF-16 text without its mark" if zeros * 4 > len(start) else "a binary file, not text"
    return f"is {what}; {_SAVE}."
