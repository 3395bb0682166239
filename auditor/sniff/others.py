"""What is recognised by its first bytes and isn't an image (WHATWG MIME Sniffing, 6.2 to 7.1)."""

from auditor.model import Body, Kind, NotAnImage
from auditor.sniff.held import Held
from auditor.sniff.signature import Signature


def _pdf(_held: Held, _total: int | None) -> Body:
    return NotAnImage(Kind.PDF)


def _zip(_held: Held, _total: int | None) -> Body:
    return NotAnImage(Kind.ZIP)


def _video(_held: Held, _total: int | None) -> Body:
    return NotAnImage(Kind.VIDEO)


SIGNATURES = (
    Signature(None, b"%PDF-", _pdf),
    Signature(None, b"PK\3\4", _zip),  # office files too
    Signature(None, b"PK\5\6", _zip),  # an empty one
    Signature(None, b"PK\7\x08", _zip),  # the first of several volumes
    Signature(None, b"\x1aE\xdf\xa3", _video),  # Matroska, WebM
    Signature(None, b"RIFF", _video, 8, b"AVI "),
    Signature(None, b"OggS\0", _video),
    Signature(None, b"FLV\1", _video),
    Signature(None, b"\0\0\1\xba", _video),  # MPEG program stream
    Signature(None, b"\0\0\1\xb3", _video),  # MPEG video
)
