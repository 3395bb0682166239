"""Unpacking gzip as it comes. Pure: bytes in, bytes out."""

import zlib
from collections.abc import Iterator

from auditor.errors import FeedError, Sentence

MAGIC = b"\x1f\x8b\x08"
_WINDOW = 31  # zlib's word for: a gzip header, and a check of its length and CRC at the end
_SLICE = 16 * 1024  # bytes unpacked per call: what stands behind a member's end is copied, and members can be tiny


class Gunzip:
    """Unpacks a gzip file of one or several members, block by block.

    `name` is for messages; `most` is the most bytes of one yielded block: a bomb is met in small pieces.
    """

    def __init__(self, name: Sentence | str, most: int) -> None:
        self._name = name
        self._most = most
        self._member = zlib.decompressobj(_WINDOW)
        self._begun = False  # whether the member has had any byte

    def push(self, packed: bytes) -> Iterator[bytes]:
        """Yield what these bytes unpack to. Raises FeedError where they aren't gzip or their check fails."""
        for start in range(0, len(packed), _SLICE):
            yield from self._unpack(packed[start : start + _SLICE])

    def _unpack(self, packed: bytes) -> Iterator[bytes]:
        full = False  # a full block: the unpacker may hold more without further bytes
        while packed or full:
            if self._member.eof:
                self._member, self._begun, full = zlib.decompressobj(_WINDOW), False, False
            if not self._begun:
                packed = packed.lstrip(b"\0")  # tapes and some servers pad the end with zeros
                if not packed:
                    return
                self._begun = True
            member = self._member
            try:
                block = member.decompress(packed, self._most)
            except zlib.error as error:
                raise FeedError(
                    "{name} is damaged: its gzip data can't be unpacked; fetch it again.", name=self._name
                ) from error
            packed = member.unused_data or member.unconsumed_tail
            full = len(block) == self._most
            if block:
                yield block

    def end(self) -> None:
        """Tell that no more bytes come. Raises FeedError where the last member lacks its end."""
        if self._begun and not self._member.eof:
            raise FeedError("{name} ends early: its gzip data stops in the middle; fetch it again.", name=self._name)
