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
from scenes import GZIP, empty_blocks

from auditor.probe.client import Stream
from auditor.probe.decode import OUTPUT, Decoded, UndecodableError
from auditor.probe.faults import TooMuchError

PACKED: dict[str, Callable[[bytes], bytes]] = {
    "gzip": gzip.compress,
    "x-gzip": gzip.compress,
    "deflate": zlib.compress,
}
MOST = 2 * 1024 * 1024
STACKS = st.lists(st.sampled_from(sorted(PACKED)), min_size=1, max_size=2)


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


async def read_all(decoded: Decoded, found: list[bytes] | None = None) -> None:
    """Read to the end, and note what comes."""
    while piece := await decoded.read():
        if found is not None:
            found.append(piece)


def pieces_of(content: bytes, sizes: Sequence[int], codings: Sequence[str]) -> list[bytes]:
    """Everything that reading gives."""

    async def main() -> list[bytes]:
        decoded = Decoded(cast("Stream", Pieces(content, sizes)), codings, MOST)
        found: list[bytes] = []
        await read_all(decoded, found)
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
        decoded = Decoded(cast("Stream", Pieces(packed, ())), codings, MOST)
        return [len(await decoded.read()) for _ in range(40)]

    sizes = asyncio.run(main())
    assert max(sizes) <= OUTPUT
    assert sum(sizes) >= 30 * OUTPUT


@pytest.mark.parametrize("codings", [("br",), ("zstd",), ("gzip", "br"), ("gzip",) * 3])
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


NOTHING = {
    "empty blocks": (("gzip",), empty_blocks(b"", 3 * MOST)),
    "empty blocks in gzip": (("gzip", "gzip"), gzip.compress(empty_blocks(b"", 20 * MOST))),
    "a name": (("gzip",), b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"x" * 3 * MOST),
    "a name in deflate": (("gzip", "deflate"), zlib.compress(b"\x1f\x8b\x08\x08\0\0\0\0\0\xff" + b"x" * 3 * MOST)),
}


@pytest.mark.parametrize("name", NOTHING)
@pytest.mark.parametrize("size", [1460, 100_000_000])
def test_what_gives_nothing_is_refused_after_as_much_as_an_image_may_cost(name: str, size: int) -> None:
    """However little of it came over the wire, each step takes only so many bytes."""
    codings, packed = NOTHING[name]
    with pytest.raises(TooMuchError):
        pieces_of(packed, [size] * (len(packed) // size), codings)


@pytest.mark.parametrize("first", [b"", b"some bytes"])
def test_others_go_on_while_a_bomb_is_undone(first: bytes) -> None:
    """The loop turns between two steps, though no further byte is waited for."""
    packed = gzip.compress(empty_blocks(first, 20 * MOST))

    async def main() -> int:
        turns = 0

        async def others() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        going = asyncio.create_task(others())
        decoded = Decoded(cast("Stream", Pieces(packed, ())), ("gzip", "gzip"), MOST)
        with pytest.raises(TooMuchError):
            await read_all(decoded)
        going.cancel()
        return turns

    assert asyncio.run(main()) >= MOST // OUTPUT


@given(sizes=st.lists(st.integers(1, 5000)))
def test_limit_gives_the_same_whatever_the_pieces(sizes: list[int]) -> None:
    """All that the bytes within the limit give comes before it is told that there are more."""

    async def main() -> bytes:
        content = empty_blocks(b"a" * 100, 500) + b"\0\x64\0\x9b\xff" + b"b" * 100
        decoded = Decoded(cast("Stream", Pieces(content, sizes)), ("gzip",), 650)
        found: list[bytes] = []
        with pytest.raises(TooMuchError):
            await read_all(decoded, found)
        return b"".join(found)

    assert asyncio.run(main()) == b"a" * 100 + b"b" * (650 - len(GZIP) - 5 - 100 - 500 - 5)


@given(sizes=st.lists(st.integers(1, 5000)), length=st.sampled_from([0, 7, OUTPUT, OUTPUT + 1, 2 * OUTPUT]))
def test_padding_ends_the_body(sizes: list[int], length: int) -> None:
    """What follows the end isn't read on and on in the hope of more."""
    content = bytes(length)

    async def main() -> tuple[bytes, bool]:
        decoded = Decoded(cast("Stream", Pieces(gzip.compress(content) + bytes(5000), sizes)), ("gzip",), MOST)
        found: list[bytes] = []
        await read_all(decoded, found)
        return b"".join(found), decoded.ended

    assert asyncio.run(main()) == (content, True)


def test_padding_that_is_packed_is_not_unpacked() -> None:
    """A bomb behind the end of what it holds costs nothing."""
    packed = gzip.compress(gzip.compress(b"content") + bytes(20 * MOST))

    async def main() -> int:
        turns = 0
        stream = Pieces(packed, [1460] * (len(packed) // 1460))
        decoded = Decoded(cast("Stream", stream), ("gzip", "gzip"), MOST)
        while await decoded.read():
            turns += 1
        assert decoded.ended
        assert not stream.ended
        return turns

    assert asyncio.run(main()) == 1
