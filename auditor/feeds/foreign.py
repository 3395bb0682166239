"""Files that are no text table at all: what they are, and what to do instead."""

from codecs import BOM_UTF8, BOM_UTF16_BE, BOM_UTF16_LE, BOM_UTF32_LE

from auditor.errors import Sentence

_SAVE = Sentence("open it in a spreadsheet and save it as “CSV UTF-8”")
_SAVE_NEW = Sentence("open it in a spreadsheet and save it as .xlsx without a password")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # a container of streams, whose names stand in it as UTF-16
_STREAMS = (
    ("EncryptedPackage", Sentence("protected by a password")),
    ("Workbook", Sentence("an old Excel workbook")),
    ("WordDocument", Sentence("a Word document")),
)
_OTHER = Sentence("name the feed instead")
_IMAGE = (Sentence("an image"), Sentence("name the feed that lists the images instead"))
_PACKED = (Sentence("packed in a way that isn't read here"), Sentence("unpack it first"))

# Longest and most telling first.
_SIGNATURES: tuple[tuple[bytes, tuple[Sentence, Sentence]], ...] = (
    (BOM_UTF32_LE, (Sentence("UTF-32 text"), _SAVE)),
    (b"PK\x03\x04", (Sentence("a workbook or a zip archive"), Sentence("unpack it, or {save}", save=_SAVE))),
    (b"PK\x05\x06", (Sentence("an empty zip archive"), _OTHER)),
    (_OLE, (Sentence("an old Excel workbook, or one with a password"), _SAVE_NEW)),
    (b"%PDF-", (Sentence("a PDF"), _OTHER)),
    (b"\x1f\x8b", (Sentence("gzip data within gzip data"), Sentence("unpack it once"))),
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
_PAGE = Sentence("is a web page, not a table; save the products as a table in “CSV UTF-8”.")
_XML = Sentence(
    "is XML, and neither a feed of product images (AmazonEnvelope with ProductImage) nor one for Google Merchant (RSS "
    "or Atom with g:image_link); save the products as a table in “CSV UTF-8”."
)
_JSON = Sentence("is JSON, not a table; save the products as a table in “CSV UTF-8”.")
_MARKUP = ((b"<!doctype html", _PAGE), (b"<html", _PAGE), (b"<?xml", _XML), (b"<", _XML), (b"{", _JSON), (b"[", _JSON))
_REPORT = Sentence("is a processing report of Amazon's, and no feed; name the feed that was processed.")
# What only processing reports have: as text, where the table's header is the same in every language, as XML, as JSON.
_REPORTS = (
    (b"original-record-number", b"error-code"),
    (b"Feed Processing Summary",),
    (b"<ProcessingReport>",),
    (b'"issues"', b'"messagesProcessed"'),
    (b'"issues"', b'"feedId"'),
)
_SHEET_OF_2003 = b"urn:schemas-microsoft-com:office:spreadsheet"
_CONTROLS = bytes(code for code in range(32) if code not in b"\t\n\v\f\r\x1a\x1b")
_LOOKED_AT = 4096  # bytes in which NULs and other controls are counted


def foreign(head: bytes) -> Sentence | None:
    """Say what a file is that can't be a text table, and what to do, as a sentence's end; None if it may be one."""
    for stream, kind in _STREAMS if head.startswith(_OLE) else ():
        if stream.encode("utf-16-le") in head:
            return Sentence("is {what}; {advice}.", what=kind, advice=_SAVE_NEW)
    for signature, (what, advice) in _SIGNATURES:
        if head.startswith(signature):
            return Sentence("is {what}; {advice}.", what=what, advice=advice)
    start = head[:_LOOKED_AT]  # an even number: UTF-16 isn't cut in two
    if start.startswith((BOM_UTF16_LE, BOM_UTF16_BE)):
        start = start.decode("utf-16", errors="replace").encode()
    return report(start) or _markup(start) or _binary(start)


def report(head: bytes) -> Sentence | None:
    """Say that a file is a processing report, if it is one."""
    start = head[:_LOOKED_AT]
    return _REPORT if any(all(sign in start for sign in signs) for signs in _REPORTS) else None


def _markup(head: bytes) -> Sentence | None:
    start = head.removeprefix(BOM_UTF8).lstrip()[:20].lower()
    if start.startswith(b"<?xml") and _SHEET_OF_2003 in head:
        return Sentence("is {what}; {advice}.", what=Sentence("an old Excel workbook"), advice=_SAVE)
    return next((said for signature, said in _MARKUP if start.startswith(signature)), None)


def _binary(start: bytes) -> Sentence | None:
    controls = len(start) - len(start.translate(None, _CONTROLS))
    # A single NUL in a row is a bad row; in the first line or in number they are no text.
    if b"\0" not in start.partition(b"\n")[0] and controls * 20 <= len(start):
        return None
    zeros = max(start[0::2].count(0), start[1::2].count(0))
    unmarked, binary = Sentence("UTF-16 text without its mark"), Sentence("a binary file, not text")
    return Sentence("is {what}; {advice}.", what=unmarked if zeros * 4 > len(start) else binary, advice=_SAVE)
