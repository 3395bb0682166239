"""The bytes held so far."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.sniff import Held
from auditor.sniff.held import Lacking

FILE = bytes(range(256)) * 2


@given(
    st.lists(st.tuples(st.integers(0, 300), st.integers(0, 120)), max_size=12), st.integers(0, 400), st.integers(1, 90)
)
def test_reads_what_was_added(ranges: list[tuple[int, int]], offset: int, length: int) -> None:
    """Whatever ranges came, in any order, a read gives exactly the bytes there or names the first that is lacking."""
    held, known = Held(), set[int]()
    for start, size in ranges:
        held.add(start, FILE[start : start + size])
        known.update(range(start, start + size))
    gap = next((place for place in range(offset, offset + length) if place not in known), None)
    if gap is None:
        assert held.read(offset, length) == FILE[offset : offset + length]
    else:
        with pytest.raises(Lacking) as caught:
            held.read(offset, length)
        assert (caught.value.offset, caught.value.length) == (gap, offset + length - gap)
        assert held.run(offset, length) == FILE[offset:gap]
    reach = next(place for place in range(1000) if place not in known)
    assert held.prefix == FILE[:reach]


def test_what_came_first_stays() -> None:
    """Bytes that come twice are kept as they came first, so that an answer doesn't change under the parser."""
    held = Held(b"abc")
    held.add(1, b"XYZ")
    assert held.prefix == b"abcZ"


def test_many_small_chunks_are_linear() -> None:
    """A stream of a hundred thousand small chunks is taken in without copying what is held already."""
    held = Held()
    start = time.process_time()
    for offset in range(0, 1_600_000, 16):
        held.add(offset, bytes(16))
    assert len(held.prefix) == 1_600_000
    assert time.process_time() - start < 5


def test_what_is_held_beside_the_prefix() -> None:
    """Ranges apart from the beginning are counted, and words are found in any of them, but not across a gap."""
    held = Held(b"abc")
    held.add(9, b"xyz")
    assert held.islands == 1
    assert held.mentions(b"bc")
    assert held.mentions(b"yz")
    assert not held.mentions(b"cx")
    held.add(3, b"defghi")
    assert held.prefix == b"abcdefghixyz"
    assert held.islands == 0
