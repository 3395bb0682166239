"""The ledger: what is new, still there, fixed or gone, night after night."""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from auditor.model import Changes, ImageRef
from auditor.state import Before, Found, Ledger, Night, Past, open_database

DAY = 86_400.0
HOSTS_TROUBLE = frozenset({"timeout", "access-denied", "host-suspended"})


class Told(NamedTuple):
    """What a night's report says of its findings, and what ended."""

    changes: Changes
    found: dict[str, tuple[str, int, int]]  # change, since which night, in how many
    ended: dict[str, tuple[str, str]]  # how, and what is left


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    """The ledger of a feed in a new file."""
    path = tmp_path / "nightly.db"
    database = open_database(path)
    yield Ledger(path, database, "feed.txt")
    database.close()


def ref(name: str) -> ImageRef:
    """An image slot by its short name, such as `A/MAIN`: ASINs have a capital, SKUs none."""
    product, slot = name.split("/")
    asin, sku = (product, "") if product.isupper() else ("", product)
    return ImageRef("feed.txt", 1, asin, sku, "US", slot, "http://h/x.jpg")


def night(ledger: Ledger, number: int, slots: str, found: dict[str, str]) -> Told:
    """A completed run: the slots that the feed has, and the codes found in each."""
    watched = ledger.slots()
    for name in slots.split():
        watched.see(ref(name))
    findings = list(_found(found))
    told = {f"{one.product}/{one.slot} {one.code}": _told(_past(ledger, one), number) for one in findings}
    run = Night(
        number * DAY, number * DAY + 60, "amazon-us-2022", "r", len(slots.split()), len(slots.split()), len(found)
    )
    changes = ledger.complete(run, findings, watched)
    assert ledger.complete(run, findings, watched) == changes  # a resumed run may come to its end twice
    ended = {f"{one.asin or one.sku}/{one.slot} {one.code}": (one.how, one.left) for one in ledger.ended(number * DAY)}
    return Told(changes, told, ended)


def _found(found: dict[str, str]) -> Iterable[Found]:
    for name, codes in found.items():
        image = ref(name)
        looked = not HOSTS_TROUBLE & set(codes.split())
        for code in codes.split():
            yield Found(image.asin, image.sku, "US", image.slot, code, "fail", looked)


def _past(ledger: Ledger, one: Found) -> Past | None:
    return ledger.past(one.product, one.marketplace, one.slot, one.code)


def _told(past: Past | None, number: int) -> tuple[str, int, int]:
    return ("new", number, 1) if past is None else ("still", int(past.since / DAY), past.nights + 1)


def test_seven_nights(ledger: Ledger) -> None:
    """Faults appear, are fixed, change, leave with their rows, return, and are out of reach for a night."""
    everything = "A/MAIN A/PT01 B/MAIN c/MAIN D/MAIN"
    first = night(ledger, 1, everything, {"A/MAIN": "redirect", "c/MAIN": "not-found", "D/MAIN": "image-too-small"})
    assert first == Told(
        Changes(3, 0, 0, 0, 0),
        {
            "A/MAIN redirect": ("new", 1, 1),
            "c/MAIN not-found": ("new", 1, 1),
            "D/MAIN image-too-small": ("new", 1, 1),
        },
        {},
    )
    second = night(ledger, 2, everything, {"A/MAIN": "redirect", "B/MAIN": "html-page", "D/MAIN": "image-too-small"})
    assert second.changes == Changes(1, 2, 1, 0, 0)
    assert second.found["A/MAIN redirect"] == ("still", 1, 2)
    assert second.ended == {"c/MAIN not-found": ("fixed", "")}
    # The third night breaks off: nothing is entered. On the fourth, B's row is missing, and D's host doesn't answer.
    fourth = night(ledger, 4, "A/MAIN A/PT01 c/MAIN D/MAIN", {"A/MAIN": "html-page", "D/MAIN": "timeout"})
    assert fourth.changes == Changes(2, 0, 1, 1, 0)
    assert fourth.ended == {"A/MAIN redirect": ("fixed", "html-page"), "B/MAIN html-page": ("gone", "")}
    # B returns with the same fault: new again. D answers, and is as small as before.
    fifth = night(ledger, 5, everything, {"A/MAIN": "html-page", "B/MAIN": "html-page", "D/MAIN": "image-too-small"})
    assert fifth.changes == Changes(1, 2, 1, 0, 0)
    assert fifth.found == {
        "A/MAIN html-page": ("still", 4, 2),
        "B/MAIN html-page": ("new", 5, 1),
        "D/MAIN image-too-small": ("still", 1, 3),
    }
    assert fifth.ended == {"D/MAIN timeout": ("fixed", "image-too-small")}
    sixth = night(ledger, 6, everything, {})
    assert sixth.changes == Changes(0, 0, 3, 0, 0)
    seventh = night(ledger, 7, everything, {"D/MAIN": "image-too-small"})
    assert seventh == Told(Changes(1, 0, 0, 0, 0), {"D/MAIN image-too-small": ("new", 7, 1)}, {})
    assert ledger.before(8 * DAY) == Before(7 * DAY, "r", "amazon-us-2022")
    assert ledger.before(7 * DAY) == Before(6 * DAY, "r", "amazon-us-2022")


def test_products_in_several_rows_count_once(ledger: Ledger) -> None:
    """The same product may stand in the feed twice."""
    one = Found("A", "s", "US", "MAIN", "redirect", "fail", looked=True)
    assert ledger.complete(Night(DAY, DAY, "p", "r", 2, 2, 2), [one, one], ledger.slots()) == Changes(1, 0, 0, 0, 0)


def test_feeds_are_kept_apart(ledger: Ledger, tmp_path: Path) -> None:
    """Another feed with the same products has a memory of its own."""
    night(ledger, 1, "A/MAIN", {"A/MAIN": "redirect"})
    database = open_database(tmp_path / "nightly.db")
    other = Ledger(tmp_path / "nightly.db", database, "other.txt")
    assert night(other, 1, "A/MAIN", {"A/MAIN": "redirect"}).changes == Changes(1, 0, 0, 0, 0)
    database.close()


def test_warnings_are_remembered_but_not_counted(ledger: Ledger) -> None:
    """What changed is told of what keeps images from appearing; each warning has its past all the same."""
    one = Found("A", "s", "US", "MAIN", "url-signed", "warn", looked=True)
    assert ledger.complete(Night(DAY, DAY, "p", "r", 1, 1, 0), [one], ledger.slots()) == Changes(0, 0, 0, 0, 0)
    assert _past(ledger, one) == Past(DAY, 1)


def test_what_has_no_product_is_new_each_time(ledger: Ledger) -> None:
    """A row that can't be read can't be recognised the next night; what fails in it is never passed over as known."""
    bad = [Found("", "", "", "", "row-malformed", "fail", looked=True)] * 2
    for number in (1, 2):
        run = Night(number * DAY, number * DAY, "p", "r", 2, 0, 2)
        assert ledger.complete(run, bad, ledger.slots()) == Changes(2, 0, 0, 0, 0)
    image = ImageRef("feed.txt", 1, "", "", "", "MAIN", "http://h/x.jpg")
    assert ledger.recurrence(image, "product-id-missing", 3 * DAY)[::2] == ("new", 1)


def test_part_of_a_feed_is_compared_and_not_entered(ledger: Ledger) -> None:
    """What a sample finds is new or known; what it doesn't find may be in the rest."""
    night(ledger, 1, "A/MAIN B/MAIN", {"A/MAIN": "redirect", "B/MAIN": "redirect"})
    found = [Found(name, "", "US", "MAIN", "redirect", "fail", looked=True) for name in "AC"]
    assert ledger.compare(found) == Changes(1, 1)
    assert ledger.before(2 * DAY) == Before(DAY, "r", "amazon-us-2022")
    assert night(ledger, 2, "A/MAIN B/MAIN", {"A/MAIN": "redirect"}).changes == Changes(0, 1, 1, 0, 0)


def test_half_a_character_does_no_harm(ledger: Ledger) -> None:
    """JSON feeds can hold what no text is; such a product is known again all the same."""
    one = Found("", "S\ud800", "US", "MAIN", "redirect", "fail", looked=True)
    for number, changes in ((1, Changes(1, 0, 0, 0, 0)), (2, Changes(0, 1, 0, 0, 0))):
        assert ledger.complete(Night(number * DAY, number * DAY, "p", "r", 1, 1, 1), [one], ledger.slots()) == changes
    image = ImageRef("f", 1, "", "S\ud800", "US", "MAIN", "http://h/x.jpg")
    assert ledger.recurrence(image, "redirect", 3 * DAY)[::2] == ("still", 3)
    slots = ledger.slots()
    slots.see(image)
    assert ledger.complete(Night(3 * DAY, 3 * DAY, "p", "r", 1, 1, 1), [], slots) == Changes(0, 0, 1, 0, 0)
