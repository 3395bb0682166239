"""Image formats known by name only: no list of accepted formats has them, so nobody asks for their size."""

from auditor.model import Body, Format, Unmeasured
from auditor.sniff.held import Held
from auditor.sniff.signature import Signature


def _psd(_held: Held, _total: int | None) -> Body:
    return Unmeasured(Format.PSD)


def _jpeg_2000(_held: Held, _total: int | None) -> Body:
    return Unmeasured(Format.JPEG_2000)


def _jpeg_xl(_held: Held, _total: int | None) -> Body:
    return Unmeasured(Format.JPEG_XL)


def _ico(held: Held, _total: int | None) -> Body | None:
    # Four bytes of mostly zeros say little: an icon also counts its pictures, and has at least one.
    return Unmeasured(Format.ICO) if any(held.prefix[4:6]) else None


SIGNATURES = (
    Signature(Format.PSD, b"8BPS\0", _psd),
    Signature(Format.JPEG_2000, b"\0\0\0\x0cjP  \r\n\x87\n", _jpeg_2000),  # ISO/IEC 15444-1 I.5.1
    Signature(Format.JPEG_2000, b"\xffO\xffQ", _jpeg_2000),  # a bare codestream: SOC, SIZ
    Signature(Format.JPEG_XL, b"\0\0\0\x0cJXL \r\n\x87\n", _jpeg_xl),  # ISO/IEC 18181-2
    Signature(Format.JPEG_XL, b"\xff\x0a", _jpeg_xl),  # a bare codestream
    Signature(Format.ICO, b"\0\0\1\0", _ico),
    Signature(Format.ICO, b"\0\0\2\0", _ico),  # a cursor: image/x-icon too in WHATWG MIME Sniffing 6.1
)
