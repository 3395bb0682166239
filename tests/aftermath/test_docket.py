"""Complaints in, lines out: whatever feed, audit and reports are like, nothing vanishes."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.aftermath.codes import load_codes
from auditor.aftermath.complaint import Complaint, Grade
from auditor.aftermath.docket import Docket, Entry
from auditor.aftermath.join import Join, Row
from auditor.aftermath.standing import Looked, Seen, Standing
from auditor.model import Finding, ImageRef, Severity

CODES = load_codes()
SKUS = st.sampled_from(["", "A", "B", "C", "ß", "D'"])
COMPLAINTS = st.lists(
    st.builds(
        Complaint,
        sku=SKUS,
        message_id=st.none() | st.integers(0, 5),
        record=st.none() | st.integers(0, 3),
        code=st.sampled_from(["15", "20005", "18027", "99040", "5000", "90220", ""]),
        severity=st.sampled_from(Grade),
        message=st.sampled_from(["", "other_image_url1", "swatch_image_url", "no image", "the brand"]),
        attribute=st.just(""),
        asin=st.sampled_from(["", "B000000001", "B000000002"]),
    ),
    max_size=15,
)
SEVERITIES = st.none() | st.lists(st.sampled_from([Severity.FAIL, Severity.WARN]), max_size=2)
ROWS = st.lists(st.tuples(SKUS, st.lists(SEVERITIES, min_size=1, max_size=2)), max_size=8)


def said(complaint: Complaint) -> Complaint:
    """What is said of which product, wherever in a report; one that has a SKU needs no ASIN to be known by."""
    asin = "" if complaint.sku else complaint.asin
    return complaint._replace(record=None, message_id=None, asin=asin)


def row(number: int, sku: str, images: Sequence[Sequence[Severity] | None]) -> Row:
    """A product row with findings of these severities for each image; None wasn't looked at."""
    return [
        Looked(
            ImageRef("feed", number, "B000000001", sku, "", slot, "u"),
            None if severities is None else tuple(Seen(Finding("not-found", {}), one) for one in severities),
        )
        for slot, severities in zip(("MAIN", "PT01"), images, strict=False)
    ]


def entries(
    complaints: Sequence[Complaint], rows: Sequence[Row], numbered: frozenset[str]
) -> tuple[Docket, list[Entry]]:
    """Join them, and return what is found."""

    async def portions() -> AsyncIterator[Sequence[Row]]:
        yield rows[:3]
        yield rows[3:]

    with Docket() as docket:
        docket.add(complaints, 0)
        docket.close_list()
        asyncio.run(Join(docket, CODES, numbered).see(portions()))
        docket.settle()
        assert docket.accounted() == docket.read - docket.repeated
        return docket, list(docket.entries())


@settings(max_examples=60, deadline=None)
@given(COMPLAINTS, ROWS, st.sampled_from([frozenset[str](), frozenset({"feed"})]))
def test_nothing_vanishes(
    complaints: list[Complaint], plan: list[tuple[str, list[list[Severity] | None]]], numbered: frozenset[str]
) -> None:
    """Every complaint has a line, every fault stands in one, and lines are in the order of the feed."""
    rows = [row(number, sku, images) for number, (sku, images) in enumerate(plan, 1)]
    docket, found = entries(complaints, rows, numbered)
    assert docket.read == len(complaints)
    assert {said(entry.complaint) for entry in found if entry.complaint} == set(map(said, complaints))
    faulty = {
        (image.ref.row, image.ref.slot)
        for images in rows
        for image in images
        if any(seen.severity is Severity.FAIL for seen in image.found or ())
    }
    shown = {(entry.row, entry.slot) for entry in found if entry.found}
    assert faulty <= shown
    placed = [entry.row for entry in found if entry.row is not None]
    assert placed == sorted(placed)
    assert all(entry.row is not None for entry in found[: len(placed)])
    unreported = [(entry.row, entry.slot) for entry in found if entry.standing is Standing.UNREPORTED]
    explained = {(entry.row, entry.slot) for entry in found if entry.standing is Standing.FAULT_SEEN}
    assert len(unreported) == len(set(unreported))
    assert explained.isdisjoint(unreported)
