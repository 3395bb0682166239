"""The seam between what is asked and how: a client sends one ranged GET and gives the answer as it comes.

What to ask next, and what an answer means, is `look.py`'s, once for every client.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from auditor.probe.headers import UNCONDITIONAL, Headers
from auditor.sniff import Need
from auditor.urls import Target

# Of these headers the values are wanted.
WANTED = ("content-range", "location", "content-type", "etag", "last-modified", "retry-after")

FRAMING = 384 * 1024  # bytes around a body: chunk sizes, and up to one read of 256 KiB that still waits to be parsed


@dataclass(slots=True)
class Traffic:
    """What a run has cost so far: requests, and bytes of bodies."""

    requests: int = 0
    bytes: int = 0


class Stream(Protocol):
    """Bytes as they come."""

    async def read(self) -> bytes:
        """Some bytes, or none at the end. Raises whatever broke the body off, once all that came before is read."""
        ...

    @property
    def ended(self) -> bool:
        """Whether everything is read."""
        ...


class Reply(Stream, Protocol):
    """An answer whose headers are there, and which reads as its body. Whoever asked must leave it: `with reply:`."""

    @property
    def status(self) -> int:
        """The status code, never that of an interim answer."""
        ...

    @property
    def length(self) -> int | None:
        """What Content-Length says of the body as it is sent."""
        ...

    @property
    def encoding(self) -> str:
        """All that Content-Encoding says, however often it stands there."""
        ...

    @property
    def ready(self) -> int:
        """How many bytes of the body are there at least, as a client knows that."""
        ...

    def at_once(self) -> bytes:
        """The bytes that are there without waiting for them. Only for as many as are known to be `ready`."""
        ...

    def told(self) -> Sequence[str | None]:
        """The first header of each name in `WANTED`, in that order. What isn't UTF-8 in them is replaced."""
        ...

    def drop(self) -> None:
        """Close the connection: the rest of this body isn't worth it."""
        ...

    def leave(self) -> None:
        """Let go of it. The connection is kept for others if the body was read to its end and the host allows it."""
        ...

    def __enter__(self) -> None:
        """Begin to read, and leave it at the end of the block."""
        ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object, /) -> None:
        """Leave. Raises `StrayError` if this may be what came too much for an earlier question, whatever was read."""
        ...


class Client(Protocol):
    """Asks hosts. Redirects are never followed; cookies never kept."""

    @property
    def traffic(self) -> Traffic:
        """What it has cost so far."""
        ...

    async def ask(
        self, target: Target, span: Need | None, deadline: float, *, unless: Headers = UNCONDITIONAL, new: bool = False
    ) -> Reply:
        """Ask for a span of a resource (None: for all of it), by the loop's time `deadline`, body included.

        `unless` are conditions, sent as they are: see `headers.conditions`. With `new` the connection is one on which
        nothing was asked before. Raises what `causes.py` knows, and
        `BrokenOffError` for a kept connection that broke before its answer began, which says nothing of the host.
        """
        ...
