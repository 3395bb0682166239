"""How a format is recognised by its first bytes."""

from collections.abc import Callable
from typing import NamedTuple

from auditor.model import Body, Flaw, Format
from auditor.sniff.held import Held

# As many first bytes as any signature looks at.
LONGEST = 16


class Signature(NamedTuple):
    """The first bytes of one format, and who reads on.

    `magic`, at least two bytes, stands at 0 and `also` at `also_at`. `read` gets the bytes held and the length of the
    whole resource or None; it may raise `Lacking`, and returns None for what isn't of this format after all. `format`
    is None where the signature alone doesn't tell it; such a reader takes care of files that end early by itself.

    `end` looks at the end of a file that `read` found no fault with, in bytes that may lie far from all others: it says
    what is wrong there, or None for nothing that is certain, and may raise `Lacking`, too. It gets the bytes held and
    the length of the whole. Formats whose first bytes promise their length have none.
    """

    format: Format | None
    magic: bytes
    read: Callable[[Held, int | None], Body | None]
    also_at: int = 0
    also: bytes = b""
    end: Callable[[Held, int], Flaw | None] | None = None
