"""A probe as columns of the state file, and back. A row that can't be read back is none: its URL is simply asked."""

import json
from collections.abc import Callable, Sequence
from enum import StrEnum
from functools import lru_cache
from typing import Any, TypeAlias

from auditor.model import (
    Answered,
    Body,
    Color,
    Corrupt,
    Doubt,
    Flaw,
    Format,
    ImageInfo,
    Kind,
    NotAnImage,
    Page,
    Undetermined,
    Unmeasured,
)

COLUMNS = ("status", "location", "content_type", "content_length", "etag", "last_modified", "digest", "body")
Row: TypeAlias = tuple[Any, ...]  # in the order of COLUMNS
BODIES = 4096  # remembered, written and read: the pictures of a catalogue have few sizes


def to_row(probe: Answered) -> Row:
    """Columns of an answer. Retry-After isn't among them: it concerned that moment."""
    status, location, content_type, length, etag, modified, digest, body, _ = probe
    raw = None if digest is None else bytes.fromhex(digest)
    return (status, location, content_type, length, etag, modified, raw, None if body is None else _body_text(body))


def from_row(row: Sequence[Any]) -> Answered | None:
    """Read an answer from its columns; None for what no version of ours has written."""
    status, location, content_type, length, etag, modified, raw, body = row
    try:
        digest = None if raw is None else raw.hex()
        return Answered(
            status, location, content_type, length, etag, modified, digest, None if body is None else _body(body)
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


@lru_cache(BODIES, typed=True)
def _body_text(body: Body) -> str:
    return json.dumps([type(body).__name__, *body], separators=(",", ":"))


@lru_cache(BODIES)
def _body(text: str) -> Body:
    kind, *values = json.loads(text)
    made, readers = _BODIES[kind]
    return made(*(reader(value) for reader, value in zip(readers, values, strict=True)))


def _as_is(value: Any) -> Any:
    if not isinstance(value, str | int | None):
        raise TypeError
    return value


def _page(value: Any) -> Page | None:
    return None if value is None else Page(value)


_Reader: TypeAlias = Callable[[Any], Any] | type[StrEnum]

# Each kind of body, and what reads each of its fields.
_BODIES: dict[str, tuple[Callable[..., Body], tuple[_Reader, ...]]] = {
    "ImageInfo": (ImageInfo, (Format, _as_is, _as_is, _as_is, Color, _as_is, _as_is, _as_is, _as_is)),
    "Unmeasured": (Unmeasured, (Format,)),
    "NotAnImage": (NotAnImage, (Kind, _as_is, _as_is, _page)),
    "Corrupt": (Corrupt, (Format, Flaw)),
    "Undetermined": (Undetermined, (Format, Doubt)),
}
