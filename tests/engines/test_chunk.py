"""What crosses between processes comes out as it went in."""

import pickle

from hypothesis import given
from hypothesis import strategies as st

from auditor.engines.chunk import Chunk, packed, reports
from auditor.errors import ProxyError, Sentence
from auditor.model import BadRow, BadRowReason, ImageRef, Outcome
from auditor.reports import RowReport, Tally

CELL = st.text(st.characters(exclude_categories=()), max_size=20)  # lone halves of letters, too
REF = st.builds(ImageRef, CELL, st.integers(1), CELL, CELL, CELL, CELL, CELL, st.tuples(CELL, CELL) | st.just(()))
BAD = st.builds(BadRow, CELL, st.integers(1), st.sampled_from(BadRowReason), CELL)
ROWS = st.lists(st.lists(REF, max_size=3).map(tuple) | BAD, max_size=5)
SILENT = RowReport((b"", b""), Tally(Outcome.PASSING, 1))
TALLY = st.builds(
    Tally,
    st.sampled_from(Outcome),
    st.integers(0, 9),
    st.lists(CELL).map(tuple),
    st.lists(CELL).map(tuple),
    st.lists(st.tuples(CELL, CELL)).map(tuple),
)
REPORT = st.just(SILENT) | st.builds(RowReport, st.tuples(st.binary(), st.binary()), TALLY)


@given(ROWS)
def test_rows_cross_whole(rows: list[tuple[ImageRef, ...] | BadRow]) -> None:
    """Readable or not, with whatever characters."""
    entries = list(enumerate(rows, 7))
    found = Chunk(entries).rows()
    assert found == entries
    assert [type(row) for _, row in found] == [type(row) for row in rows]


@given(st.lists(REPORT, max_size=5))
def test_finished_rows_cross_whole(finished: list[RowReport]) -> None:
    """Lines and tallies, for each ticket; of a row without anything to say there is nothing but its ticket."""
    entries = list(enumerate(finished, 7))
    found = list(reports(packed(entries, SILENT), SILENT))
    assert sorted(found, key=lambda entry: entry[0]) == entries
    assert all(isinstance(report.tally.outcome, Outcome) for _, report in found)


def test_a_silent_row_weighs_almost_nothing() -> None:
    """Five bytes on the way back."""
    entries = [(ticket, SILENT) for ticket in range(1000)]
    assert len(packed(entries, SILENT)) < 5100


def test_a_fault_crosses_with_its_sentence() -> None:
    """Of its class, with its values, to be said in any language."""
    fault = ProxyError("The proxy {url} {asks}.", url="http://p.example", asks=Sentence("asks for {what}", what="more"))
    found = pickle.loads(pickle.dumps(fault))  # noqa: S301  # our own
    assert type(found) is ProxyError
    assert str(found) == "The proxy http://p.example asks for more."
    asks = found.sentence.values["asks"]
    assert isinstance(asks, Sentence)
    assert asks.template == "asks for {what}"
