"""One image file directory of a TIFF: section 2 of TIFF 6.0, and Adobe's BigTIFF with its wider numbers."""

from struct import Struct
from typing import NamedTuple

from auditor.sniff.held import Held, Lacking

# Field type → the letter that struct reads it by. Only whole numbers.
_INTEGERS = {1: "B", 3: "H", 4: "I", 6: "b", 8: "h", 9: "i", 13: "I", 16: "Q", 17: "q", 18: "Q"}
_MOST_ENTRIES = 4096  # real directories have under a hundred
_USUAL = 512  # bytes; most directories take under 300 and have their longer values right behind them


class Shape(NamedTuple):
    """What differs between the byte orders and between TIFF and BigTIFF: how the fields of a directory are packed."""

    order: str
    entries: Struct
    entry: Struct
    pointer: Struct


def shape(order: str, *, big: bool) -> Shape:
    """The shape for one byte order, as struct writes it."""
    letters = ("Q", "HHQ8s", "Q") if big else ("H", "HHI4s", "I")
    count, entry, pointer = (Struct(order + letter) for letter in letters)
    return Shape(order, count, entry, pointer)


class BadDirectoryError(Exception):
    """A directory without entries or with absurdly many, or one that contradicts itself."""


class _Entry(NamedTuple):
    kind: int
    length: int
    value: bytes


class Directory:
    """The entries of the directory at `at`, and where the next one stands.

    Raises `Lacking` for bytes that aren't held, `BadDirectoryError` for what can't be a directory.
    """

    def __init__(self, held: Held, packing: Shape, at: int) -> None:
        self._held = held
        self._shape = packing
        (count,) = packing.entries.unpack(held.read(at, packing.entries.size, _USUAL))
        if not 0 < count <= _MOST_ENTRIES:
            raise BadDirectoryError
        block = held.read(at + packing.entries.size, count * packing.entry.size, _USUAL)
        self._end = at + packing.entries.size + len(block)
        # Of entries for the same tag the first counts, as in libtiff.
        listed = [(tag, _Entry(*entry)) for tag, *entry in packing.entry.iter_unpack(block)]
        self._entries = dict(reversed(listed))
        self._contradicted = {tag for tag, entry in listed if entry != self._entries[tag]}

    def has(self, tag: int) -> bool:
        """Whether there is an entry for `tag`."""
        return tag in self._entries

    def number(self, tag: int) -> int | None:
        """The whole number of a tag that has to have a single one; None as for `numbers`.

        Raises `BadDirectoryError` where there are several: which of them counts differs between readers.
        """
        entry = self._entries.get(tag)
        if tag in self._contradicted or (entry and entry.length != 1):
            raise BadDirectoryError
        return next(iter(self.numbers(tag)), None)

    def numbers(self, tag: int, limit: int = 1) -> tuple[int, ...]:
        """The first whole numbers of `tag`, at most `limit`; none for an absent tag or a type that isn't whole."""
        entry = self._entries.get(tag)
        if entry is None or entry.kind not in _INTEGERS:
            return ()
        letter = _INTEGERS[entry.kind]
        packed = Struct(f"{self._shape.order}{min(entry.length, limit)}{letter}")
        if Struct(f"={letter}").size * entry.length <= len(entry.value):
            return packed.unpack_from(entry.value)
        (at,) = self._shape.pointer.unpack(entry.value)
        return packed.unpack(self._held.read(at, packed.size))

    def held_numbers(self, tag: int, limit: int = 1) -> tuple[int, ...]:
        """The same, and none where it would take another request to know: for what isn't worth one."""
        try:
            return self.numbers(tag, limit)
        except Lacking:
            return ()

    def next(self, total: int | None) -> int:
        """Where the next directory stands; 0 for none. Some writers leave the pointer out at the end of the file."""
        pointer = self._shape.pointer
        try:
            (at,) = pointer.unpack(self._held.read(self._end, pointer.size))
        except Lacking as lacking:
            if not lacking.past(total):
                raise
            return 0
        return int(at)
