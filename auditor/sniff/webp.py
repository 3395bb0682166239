"""WebP (RFC 9649): a RIFF file whose first chunk holds the size."""

from auditor.model import Body, Color, Corrupt, Flaw, Format, ImageInfo
from auditor.sniff.held import Held, so_far
from auditor.sniff.signature import Signature

_FIRST_CHUNK = 20  # where the first chunk's payload begins, after 'RIFF', size, 'WEBP', name and size
_MOST_CHUNKS = 32
_ANIMATED = 0x02


def read_webp(held: Held, total: int | None) -> Body:
    """The facts of the first chunk: VP8 (lossy), VP8L (lossless) or VP8X (extended: alpha, metadata, animation)."""
    head = held.read(0, 30 if held.read(12, 4) != b"VP8L" else 25)
    if total is not None and int.from_bytes(head[4:8], "little") + 8 > total + 1:
        # One byte less is forgiven: some writers count the padding of the last chunk and don't write it.
        return Corrupt(Format.WEBP, Flaw.ENDS_EARLY)
    name, payload = head[12:16], head[_FIRST_CHUNK:]
    if name == b"VP8 ":
        return _lossy(payload)
    if name == b"VP8L":
        return _lossless(payload)
    if name == b"VP8X":
        return _extended(held, payload)
    return Corrupt(Format.WEBP, Flaw.BAD_STRUCTURE)


def _lossy(payload: bytes) -> Body:
    """RFC 6386, 9.1: a key frame has its bit 0 unset, a start code, and 14 bits for each side."""
    if payload[0] & 1 or payload[3:6] != b"\x9d\x01\x2a":
        return Corrupt(Format.WEBP, Flaw.BAD_STRUCTURE)
    width = int.from_bytes(payload[6:8], "little") & 0x3FFF
    height = int.from_bytes(payload[8:10], "little") & 0x3FFF
    if not width or not height:
        return Corrupt(Format.WEBP, Flaw.ZERO_SIZE)
    return ImageInfo(Format.WEBP, width, height, 1, Color.RGB, 8, "lossy")


def _lossless(payload: bytes) -> Body:
    """RFC 9649, 3.4: a signature byte, then 14 bits for each side less one; the version is 0."""
    sides = int.from_bytes(payload[1:5], "little")
    if payload[0] != 0x2F or sides >> 29:
        return Corrupt(Format.WEBP, Flaw.BAD_STRUCTURE)
    return ImageInfo(Format.WEBP, (sides & 0x3FFF) + 1, (sides >> 14 & 0x3FFF) + 1, 1, Color.RGB, 8, "lossless")


def _extended(held: Held, payload: bytes) -> Body:
    """RFC 9649, 2.7: flags, then 24 bits for each side of the canvas less one."""
    width = int.from_bytes(payload[4:7], "little") + 1
    height = int.from_bytes(payload[7:10], "little") + 1
    image = ImageInfo(Format.WEBP, width, height, 1, Color.RGB, 8)
    if not payload[0] & _ANIMATED:
        return image
    with so_far(image._replace(frames=None)):
        return image._replace(frames=_frames(held))


def _frames(held: Held) -> int | None:
    """1, or 2 for two or more: an animation may have a single frame, so the second is looked for."""
    end = int.from_bytes(held.read(4, 4), "little") + 8
    at, frames = 12, 0
    for _ in range(_MOST_CHUNKS):
        if at + 8 > end:
            return max(frames, 1)
        chunk = held.read(at, 8)
        frames += chunk[:4] == b"ANMF"
        if frames == 2:
            return 2
        size = int.from_bytes(chunk[4:], "little")
        at += 8 + size + size % 2
    return None


SIGNATURES = (Signature(Format.WEBP, b"RIFF", read_webp, 8, b"WEBP"),)
