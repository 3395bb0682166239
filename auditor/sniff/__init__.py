"""What bytes are: an image with its facts, something else, or what must be read first to tell.

Pure, no I/O. Each format is one module with its parser and, at its foot, `SIGNATURES`: the first bytes by which it is
recognised. They are gathered here, so a new format is one new file.
"""

from importlib import import_module
from pkgutil import iter_modules

from auditor.model import Body, Corrupt, Doubt, Flaw, Kind, NotAnImage, Undetermined
from auditor.sniff.held import Held, Lacking, Need
from auditor.sniff.signature import LONGEST, Signature
from auditor.sniff.text import read_text

__all__ = ["Held", "Need", "give_up", "sniff"]


def sniff(held: Held, total: int | None) -> Body | Need:
    """What the resource is of which `held` is known, or which bytes to read before asking again.

    `total` is the length of the whole resource in bytes, or None where nobody told it. Every `Need` names at least one
    byte that isn't held and none past `total`. Bytes are never trusted and nothing is raised, whatever they are.
    """
    head = held.prefix
    if len(head) < LONGEST and (total is None or len(head) < total):
        return Lacking(len(head), 1).need(total)
    for name, magic, read, also_at, also in _BY_START.get(head[:2], ()):
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
    """What can be said where a cap came before the answer to a `Need`: the format at least, if the bytes tell it."""
    head = held.prefix
    for signature in _BY_START.get(head[:2], ()):
        if head.startswith(signature.magic) and head.startswith(signature.also, signature.also_at):
            return Undetermined(signature.format, doubt) if signature.format else NotAnImage(Kind.UNKNOWN)
    body = read_text(head, len(head))
    return NotAnImage(Kind.EMPTY) if isinstance(body, Need) else body


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
