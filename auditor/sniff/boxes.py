"""Boxes of the ISO base media file format (ISO/IEC 14496-12), and what its 'meta' box says of the primary picture."""

from collections.abc import Iterator
from typing import NamedTuple

from auditor.sniff.held import Held

_MOST_BOXES = 64  # at the top of a file; real ones have under ten


class BadBoxError(Exception):
    """A box that is shorter than its own header or longer than what holds it, or a field outside its box."""


class Box(NamedTuple):
    """Where a box's payload stands in what holds it. `end` is None for a last box that reaches to the file's end."""

    name: bytes
    begin: int
    end: int | None


def find_box(held: Held, total: int | None, name: bytes) -> Box | None:
    """The first box of that name at the top of the file; None if there is none. Raises `Lacking` and `BadBoxError`."""
    at = 0
    for _ in range(_MOST_BOXES):
        if at == total:
            return None
        head = held.read(at, 8)
        size, begin = int.from_bytes(head[:4], "big"), at + 8
        end = at + size if size else None
        if size == 1:
            begin, end = at + 16, at + int.from_bytes(held.read(at + 8, 8), "big")
        if end is not None and end < begin:
            raise BadBoxError
        if head[4:] == name:
            return Box(name, begin, end)
        if end is None:
            return None
        at = end
    return None


def boxes(payload: bytes, at: int, end: int) -> Iterator[Box]:
    """The boxes that stand one after the other in `payload`."""
    while at < end:
        size, name = int.from_bytes(payload[at : at + 4], "big"), payload[at + 4 : at + 8]
        begin, after = at + 8, at + size if size else end
        if size == 1:
            begin, after = at + 16, at + int.from_bytes(payload[begin : begin + 8], "big")
        if not begin <= after <= end:
            raise BadBoxError
        yield Box(name, begin, after)
        at = after


class Meta:
    """What a 'meta' box says of the primary picture: its properties (ISO/IEC 23008-12, 9.3) and where its bytes are."""

    def __init__(self, payload: bytes) -> None:
        self._payload = payload
        self._primary = -1
        self._owned: list[Box] = []
        self._places: Box | None = None
        properties: Box | None = None
        for box in boxes(payload, 4, len(payload)):
            if box.name == b"pitm":
                self._primary = self._number(box.begin + 4, 4 if payload[box.begin : box.begin + 1] != b"\0" else 2)
            elif box.name == b"iprp":
                properties = box
            elif box.name == b"iloc":
                self._places = box
        if properties is not None:
            self._owned = list(self._own_properties(properties))

    def find(self, name: bytes) -> bytes:
        """The payload of the primary picture's first property of that name; empty if it has none."""
        for box in self._owned:
            if box.name == name:
                return self._payload[box.begin : box.end]
        return b""

    def last_byte(self) -> int:
        """Where the primary picture's bytes end in the file at least (14496-12, 8.11.3); 0 where that isn't told."""
        box = self._places
        if box is None:
            return 0
        version, sizes = self._number(box.begin, 1), self._number(box.begin + 4, 2)
        offset_size, length_size, base_size, index_size = (sizes >> shift & 15 for shift in (12, 8, 4, 0))
        wide = 4 if version == 2 else 2
        count, at = self._number(box.begin + 6, wide), box.begin + 6 + wide
        extent = offset_size + length_size + (index_size if version else 0)
        for _ in range(count):
            name, method = self._number(at, wide), self._number(at + wide, 2) if version else 0
            at += wide + (4 if version else 2)
            base, extents = self._number(at, base_size), self._number(at + base_size, 2)
            at += base_size + 2
            if name == self._primary:
                if method or not extents:
                    return 0  # relative to another box: not in the file by this number
                start = self._number(at + extent - offset_size - length_size, offset_size)
                return base + start + self._number(at + extent - length_size, length_size)
            at += extents * extent
        return 0

    def _own_properties(self, properties: Box) -> Iterator[Box]:
        """The properties that 'ipma' gives the primary picture, in its order."""
        container, table = b"ipco", b"ipma"
        known: list[Box] = []
        for box in boxes(self._payload, properties.begin, properties.end or 0):
            if box.name == container:
                known = list(boxes(self._payload, box.begin, box.end or 0))
            elif box.name == table:
                yield from (known[index - 1] for index in self._indices(box) if 0 < index <= len(known))

    def _indices(self, box: Box) -> Iterator[int]:
        """The property numbers, from 1, that one 'ipma' box gives the primary picture."""
        version, flags = self._number(box.begin, 1), self._number(box.begin + 1, 3)
        wide, step = (4 if version else 2), (2 if flags & 1 else 1)
        at = box.begin + 8
        for _ in range(self._number(box.begin + 4, 4)):
            name, count = self._number(at, wide), self._number(at + wide, 1)
            at += wide + 1
            if name == self._primary:
                mask = 0x7FFF if step == 2 else 0x7F
                yield from (self._number(at + step * place, step) & mask for place in range(count))
                return
            at += count * step

    def _number(self, at: int, size: int) -> int:
        """The unsigned number of `size` bytes at `at`; no bytes are 0."""
        if at + size > len(self._payload):
            raise BadBoxError
        return int.from_bytes(self._payload[at : at + size], "big")
