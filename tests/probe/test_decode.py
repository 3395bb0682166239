"""Compressed bodies: whole again whatever the pieces, bounded whatever the bytes."""

import asyncio
import gzip
import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.probe.decode import OUTPUT, Decoded, UndecodableError
from auditor.probe.stream import Stream

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}
STACKS = st.lists(st.sampled_from(sorted(PACKED)), min_size=1, max_size=3)


class Pieces:
    """A body that comes in these pieces."""

    def __init__(self, content: bytes, sizes: Sequence[int]) -> None:
        self._content = content
        self._sizes = list(sizes)

    async def read(self) -> bytes:
        """The next piece, or none at the end."""
        size = self._sizes.pop() if self._sizes else len(self._content)
        piece, self._content = self._content[:size], self._content[size:]
        return piece

    @property
    def ended(self) -> bool:
        """Whether all is read."""
        return not self._content


def pieces_of(content: bytes, sizes: Sequence[int], codings: Sequence[str]) -> list[bytes]:
    """Everything that reading gives."""

    async def main() -> list[bytes]:
        decoded = Decoded(cast("Stream", Pieces(content, sizes)), codings)
        found = []
        while piece := await decoded.read():
            found.append(piece)
        assert decoded.ended
        return found

    return asyncio.run(main())


@given(
    content=st.binary(max_size=300), times=st.sampled_from([1, 2000]), stack=STACKS, sizes=st.lists(st.integers(1, 50))
)
def test_body_is_whole_again(content: bytes, times: int, stack: list[str], sizes: list[int]) -> None:
    """Whatever the codings, one on another, and whatever the pieces in which it comes."""
    packed = content * times
    for coding in stack:
        packed = PACKED[coding](packed)
    assert b"".join(pieces_of(packed, sizes, stack)) == content * times


@given(content=st.binary(max_size=300), stack=STACKS, sizes=st.lists(st.integers(1, 50)))
def test_any_bytes_give_something_or_one_error(content: bytes, stack: list[str], sizes: list[int]) -> None:
    """What isn't compressed, though it is said to be, is told as that and never as anything else."""
    with suppress(UndecodableError):
        assert sum(map(len, pieces_of(content, sizes, stack))) <= 1100 ** len(stack) * len(content)


@pytest.mark.parametrize("codings", [("gzip",), ("gzip", "gzip")])
def test_bomb_is_never_unpacked_further_than_it_is_read(codings: Sequence[str]) -> None:
    """Each step gives a bounded piece, however much a few bytes promise."""
    packed = bytes(50_000_000)
    for _ in codings:
        packed = gzip.compress(packed, 9)

    async def main() -> list[int]:
        decoded = Decoded(cast("Stream", Pieces(packed, ())), codings)
        return [len(await decoded.read()) for _ in range(40)]

    sizes = asyncio.run(main())
    assert max(sizes) <= OUTPUT
    assert sum(sizes) >= 30 * OUTPUT


@pytest.mark.parametrize("codings", [("br",), ("zstd",), ("gzip", "br"), ("gzip",) * 4])
def test_what_cannot_be_undone_is_refused_at_once(codings: Sequence[str]) -> None:
    """Codings that nothing here can read, and more of them than anyone stacks in good faith."""
    with pytest.raises(UndecodableError):
        pieces_of(b"", (), codings)


def test_cut_body_gives_what_there_is() -> None:
    """A picture's first bytes may be all that is needed."""
    content = bytes(range(256)) * 40
    found = b"".join(pieces_of(gzip.compress(content)[:-20], (), ("gzip",)))
    assert found
    assert content.startswith(found)
