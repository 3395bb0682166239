"""What was sent to Amazon, and when: from which upload a product waits."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from auditor.errors import StateError
from auditor.model import BadRow, BadRowReason, ImageRef, ProductRow
from auditor.state import Rounds, Sent, Uploads, database, images_of, open_database

DAY = 86_400.0


def row(sku: str, *images: str, asin: str = "", marketplace: str = "US") -> tuple[ImageRef, ...]:
    """A product row; an image is a slot and an address."""
    pairs = (image.split("=") for image in images)
    return tuple(ImageRef("feed.txt", 2, asin, sku, marketplace, slot, url) for slot, url in pairs)


class State:
    """A state file into which uploads are noted."""

    def __init__(self, path: Path, opened: sqlite3.Connection) -> None:
        self.path = path
        self.opened = opened

    def send(self, sent: float, *rows: ProductRow, batch: str = "") -> int:
        """Note an upload, and say of how many products it has new images."""
        uploads = Uploads(self.path, self.opened)
        uploads.add(rows)
        return uploads.note(batch, "feed.txt", sent).fresh

    def reconcile(self, batch: str, errors: int) -> None:
        """Let the processing report of an upload be on record."""
        with closing(Rounds(self.path, "feed.txt")) as rounds:
            rounds.enter(batch, DAY, errors)
            rounds.commit()

    def find(self, sku: str, asin: str = "") -> Sent:
        """What was sent of a product."""
        found = Uploads(self.path, self.opened).find(sku, asin)
        assert found is not None
        return found


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty one."""
    path = tmp_path / "nightly.db"
    with closing(open_database(path)) as opened:
        yield State(path, opened)


def test_same_image_sent_again_begins_no_wait_anew(state: State) -> None:
    """A feed that goes out every night waits from the first one, and the last one is known, too."""
    assert state.send(DAY, row("S1", "MAIN=a"), batch="1") == 1
    assert state.send(2 * DAY, row("S1", "MAIN=a"), batch="2") == 0
    sent = state.find("S1")
    assert (sent.first.batch, sent.last.batch, sent.slots) == ("1", "2", ("MAIN",))


def test_rejected_upload_is_none_to_wait_from(state: State) -> None:
    """The first later one whose report is clean counts, if it sent the same; else the last, which may be another."""
    for day, batch in enumerate(("1", "2", "3", "4"), 1):
        state.send(day * DAY, row("S1", "MAIN=a"), batch=batch)

    def began(**errors: int) -> str:
        for batch, count in errors.items():
            state.reconcile(batch.strip("_"), count)
        (sent,) = [sent for sent in Uploads(state.path, state.opened).every() if sent.product == "S1"]
        assert sent == state.find("S1")
        return sent.first.batch

    assert began() == "1"
    assert began(_1=5) == "4"
    assert began(_2=1, _3=0, _4=0) == "3"
    assert began(_3=1) == "4"
    state.send(5 * DAY, row("S1", "MAIN=a"), row("S2", "MAIN=a"), batch="5")
    assert began(_3=0) == "5"
    assert began(_1=0) == "1"


def test_all_come_in_the_order_of_the_uploads_that_were_accepted(state: State) -> None:
    """A product whose first upload was rejected stands among those that were sent with the next one."""
    state.send(DAY, row("S2", "MAIN=b"), batch="1")
    state.send(2 * DAY, row("S1", "MAIN=a"), batch="2")
    state.send(3 * DAY, row("S2", "MAIN=b"), row("S3", "MAIN=c"), batch="3")
    state.reconcile("1", errors=1)
    every = Uploads(state.path, state.opened).every()
    assert [(sent.product, sent.first.batch) for sent in every] == [("S1", "2"), ("S2", "3"), ("S3", "3")]


def test_time_is_not_corrected_past_another_upload(state: State) -> None:
    """Which came first is settled by then; between its neighbours it may be corrected."""
    state.send(2 * DAY, row("S1", "MAIN=a"), batch="1")
    state.send(4 * DAY, row("S1", "MAIN=a"), batch="2")
    with pytest.raises(StateError, match="past another upload"):
        state.send(5 * DAY, row("S1", "MAIN=a"), batch="1")
    with pytest.raises(StateError, match="past another upload"):
        state.send(DAY, row("S1", "MAIN=a"), batch="2")
    state.send(3 * DAY, row("S1", "MAIN=a"), batch="1")
    assert state.find("S1").first.sent == 3 * DAY


def test_new_main_image_waits_anew(state: State) -> None:
    """From the upload that had it; one more further image changes nothing."""
    state.send(DAY, row("S1", "MAIN=a"), row("S2", "MAIN=b"))
    assert state.send(2 * DAY, row("S1", "MAIN=new"), row("S2", "MAIN=b", "PT01=c")) == 1
    assert state.find("S1").first.sent == 2 * DAY
    assert state.find("S2").first.sent == DAY
    assert state.find("S2").slots == ("MAIN", "PT01")


def test_upload_of_further_images_alone_says_nothing_of_the_main_one(state: State) -> None:
    """What was sent of the main image stays; a product without one waits for the others."""
    state.send(DAY, row("S1", "MAIN=a"))
    state.send(2 * DAY, row("S1", "PT01=b"), row("S2", "PT01=c"))
    assert state.find("S1").first.sent == DAY
    assert state.find("S1").digest == images_of(row("S1", "MAIN=a")).digest
    assert state.find("S2").digest == images_of(row("S2", "PT01=c")).digest


def test_uploads_noted_late_take_their_place(state: State) -> None:
    """An earlier one with the same image counts from there; one with an older image is only a thing of the past."""
    state.send(3 * DAY, row("S1", "MAIN=a"), row("S2", "MAIN=new"))
    state.send(DAY, row("S1", "MAIN=a"), row("S2", "MAIN=old"))
    assert (state.find("S1").first.sent, state.find("S1").last.sent) == (DAY, 3 * DAY)
    assert (state.find("S2").first.sent, state.find("S2").last.sent) == (3 * DAY, 3 * DAY)


def test_marketplaces_and_rows_of_one_product_are_put_together(state: State) -> None:
    """The same picture for two marketplaces is one, and each row of a product adds its images."""
    both = (*row("S1", "MAIN=a"), *row("S1", "MAIN=a", marketplace="CA"))
    assert images_of(both).digest == images_of(row("S1", "MAIN=a")).digest
    state.send(DAY, row("S1", "MAIN=a"), row("S1", "PT01=b", asin="B000000001"))
    sent = state.find("S1")
    assert (sent.slots, sent.asin, sent.last.products) == (("MAIN", "PT01"), "B000000001", 1)


def test_batch_noted_twice_is_one_upload(state: State) -> None:
    """Its time is corrected; with other images it is a slip, and nothing changes."""
    state.send(DAY, row("S1", "MAIN=a"), batch="7")
    state.send(2 * DAY, row("S1", "MAIN=a"), batch="7")
    assert state.find("S1").first.sent == 2 * DAY
    with pytest.raises(StateError, match="The Batch ID 7 is noted already"):
        state.send(3 * DAY, row("S1", "MAIN=b"), batch="7")
    assert state.find("S1").first.sent == 2 * DAY


def test_what_asks_for_no_image_is_not_noted(state: State) -> None:
    """Unreadable rows, empty cells and products without a name; where nothing is left, that is told."""
    bad = BadRow("feed.txt", 3, BadRowReason.NOT_JSON, "x")
    with pytest.raises(StateError, match=r"feed.txt asks for no image"):
        state.send(DAY, bad, (), row("S1", "MAIN="), row("", "MAIN=a"))
    assert Uploads(state.path, state.opened).find("S1", "") is None


def test_products_are_found_by_asin_and_by_odd_names(state: State) -> None:
    """One without SKU is known by its ASIN; half a character, which JSON allows, breaks nothing."""
    state.send(DAY, row("", "MAIN=a", asin="B000000001"), row("S\ud800", "MAIN=b"))
    assert state.find("unknown", "B000000001").sku == ""
    assert state.find("S\ud800").first.sent == DAY


def test_all_products_come_in_the_order_of_uploads(state: State) -> None:
    """By the time from which they wait."""
    state.send(2 * DAY, row("S1", "MAIN=a"), row("S3", "MAIN=c"))
    state.send(DAY, row("S2", "MAIN=b"))
    every = Uploads(state.path, state.opened).every()
    assert [(sent.product, sent.first.sent) for sent in every] == [("S2", DAY), ("S1", 2 * DAY), ("S3", 2 * DAY)]


def test_older_state_file_is_brought_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that knew no uploads keeps what it has, and takes them."""
    path = tmp_path / "nightly.db"
    with monkeypatch.context() as patch:
        patch.setattr(database, "MIGRATIONS", database.MIGRATIONS[:1])
        with closing(open_database(path)) as old:
            old.execute("INSERT INTO feeds (name) VALUES ('feed.txt')")
    with closing(open_database(path)) as opened:
        assert State(path, opened).send(DAY, row("S1", "MAIN=a")) == 1
        assert opened.execute("SELECT name FROM feeds").fetchall() == [("feed.txt",)]
