"""What bytes are: an image with its facts, something else, or what must be read first to tell.

Pure, no I/O. Each format is one module with its parser and, at its foot, `SIGNATURES`: the first bytes by which it is
recognised. They are gathered here, so a new format is one new file.
"""

from importlib import import_module
from pkgutil import iter_modules

from auditor.model import Body, Corrupt, Doubt, Flaw, ImageInfo, Kind, NotAnImage, Undetermined
from auditor.sniff.held import Held, Lacking, Need
from auditor.sniff.signature import LONGEST, Signature
from auditor.sniff.text import read_text

__all__ = ["Held", "Need", "give_up", "sniff", "sniff_end"]


def sniff(held: Held, total: int | None) -> Body | Need:
    """What the resource is of which `held` is known, or which bytes to read before asking again.

    `total` is the length of the whole resource in bytes, or None where nobody told it. Every `Need` names at least one
    byte that isn't held and none past `total`. Bytes are never trusted and nothing is raised, whatever they are.
    """
    head = held.prefix
    if len(head) < LONGEST and (total is None or len(head) < total):
        return Lacking(len(head), 1).need(total)
    for name, magic, read, also_at, also in _READERS.get(head[:2], ()):
        if not head.startswith(magic) or (also and not head.startswith(also, also_at)):
            continue
        try:
            body = read(held, total)
        except Lacking as lacking:
            if not lacking.past(total):
                return lacking.need(total)
            return Corrupt(name, Flaw.ENDS_EARLY) if name else NotAnImage(Kind.UNKNOWN)
        if body is not None:
            return body
    return read_text(head, total)


def give_up(held: Held, doubt: Doubt) -> Body:
    """What can be said where a cap came before the answer to a `Need`: the format at least, if the bytes tell it.

    Where only particulars were still lacking, that is the image without them; but not of a file that changed meanwhile.
    """
    head = held.prefix
    signature = _signature(head)
    if signature is None:
        body = read_text(head, len(head))
        return NotAnImage(Kind.EMPTY) if isinstance(body, Need) else body
    known = _so_far(signature, held)
    if isinstance(known, ImageInfo) and doubt is not Doubt.CHANGED:
        return known
    format_ = known.format if known else signature.format
    return Undetermined(format_, doubt) if format_ else NotAnImage(Kind.UNKNOWN)


def sniff_end(held: Held, total: int, image: ImageInfo) -> Body | Need:
    """The image that `sniff` found in a resource of `total` bytes, unless its end is missing; or what to read to tell.

    A file is only said to be truncated for certain. Every `Need` is as those of `sniff`.
    """
    signature = _signature(held.prefix)
    if signature is None or signature.end is None:
        return image
    try:
        flaw = signature.end(held, total)
    except Lacking as lacking:
        return image if lacking.past(total) else lacking.need(total)
    return Corrupt(image.format, flaw) if flaw else image


def _signature(head: bytes) -> Signature | None:
    """The most particular signature of these first bytes."""
    for signature in _BY_START.get(head[:2], ()):
        if head.startswith(signature.magic) and head.startswith(signature.also, signature.also_at):
            return signature
    return None


def _so_far(signature: Signature, held: Held) -> ImageInfo | Undetermined | None:
    """What a reader can say of an image without another byte."""
    try:
        body = signature.read(held, None)
    except Lacking as lacking:
        return lacking.so_far
    return body if isinstance(body, ImageInfo | Undetermined) else None


def _gather() -> dict[bytes, tuple[Signature, ...]]:
    """All signatures by their first two bytes, the most particular first."""
    found: dict[bytes, list[Signature]] = {}
    for module in iter_modules(__path__, f"{__name__}."):
        for signature in getattr(import_module(module.name), "SIGNATURES", ()):
            found.setdefault(signature.magic[:2], []).append(signature)
    for rivals in found.values():
        rivals.sort(key=lambda signature: -len(signature.magic + signature.also))
    return {start: tuple(rivals) for start, rivals in found.items()}


_BY_START = _gather()
# The same as plain tuples, which Python takes apart in a fifth of the time.
_READERS = {
    start: tuple((one.format, one.magic, one.read, one.also_at, one.also) for one in rivals)
    for start, rivals in _BY_START.items()
}
