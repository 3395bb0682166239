"""Which of the slots with earlier findings a feed still has: marked as they pass by, in little memory."""

import tracemalloc
from collections.abc import Iterator

from auditor.model import ImageRef
from auditor.state import Slots

COUNT = 20_000


def names(count: int = COUNT) -> Iterator[tuple[str, str, str]]:
    """Slots of so many products."""
    return ((f"B{number:09d}", "US", "MAIN") for number in range(count))


def ref(product: str, slot: str = "MAIN", url: str = "http://h/x.jpg") -> ImageRef:
    """An image of the feed."""
    return ImageRef("feed.txt", 1, product, "", "US", slot, url)


def test_slot_that_the_feed_has_is_known_apart_from_others() -> None:
    """Of all that had findings, those that passed by with an address were seen, and no other."""
    slots = Slots(names())
    assert len(slots) == COUNT
    for number in range(0, COUNT, 3):
        slots.see(ref(f"B{number:09d}"))
    slots.see(ref("B000000001", slot="PT01"))
    slots.see(ref("B000000002", url=""))
    slots.see(ref("B999999999"))
    assert [slots.has_seen(*name) for name in names(1000)] == [number % 3 == 0 for number in range(1000)]
    assert slots.has(ref("B000000001"))
    assert not slots.has(ref("B000000001", slot="PT01"))
    assert not slots.has_seen("B999999999", "US", "MAIN")


def test_what_was_seen_can_be_forgotten() -> None:
    """A feed that is read from its beginning again marks anew; which slots are watched stays."""
    slots = Slots(names(3))
    slots.see(ref("B000000001"))
    slots.forget()
    assert not any(slots.has_seen(*name) for name in names(3))
    assert len(slots) == 3


def test_slot_takes_ten_bytes_and_no_more() -> None:
    """While they are read, too: a feed of millions of failing images has a slot for each."""
    Slots(names(1))
    tracemalloc.start()
    slots = Slots(names())
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert len(slots) == COUNT
    assert most < 10 * COUNT + 100_000  # what an empty one takes
