"""Complaints written as each kind of report and read again are the same."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from aftermath.reading import read_report
from aftermath.writing import ORDER, SPEECHES, json_report, text_report, write_workbook, xml_report
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.aftermath.complaint import Complaint, Grade, ReportSummary

LETTERS = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp", "Cf", "Cn", "Co"))
WORDS = st.text(LETTERS, min_size=1, max_size=12)
SENTENCES = st.lists(WORDS, min_size=1, max_size=6).map(" ".join)
CODES = st.from_regex(r"[1-9][0-9]{1,5}", fullmatch=True)
COUNTS = st.builds(ReportSummary, st.just("50018018123"), *[st.integers(0, 10**6)] * 4)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for all examples."""
    return tmp_path_factory.mktemp("reports")


def complaints(**fields: st.SearchStrategy[object]) -> st.SearchStrategy[list[Complaint]]:
    """Complaints with what a kind of report can say."""
    lacking = {"message_id": st.none(), "record": st.none(), "attribute": st.just(""), "asin": st.just("")}
    every = {**lacking, "sku": WORDS, "code": CODES, "severity": st.sampled_from(Grade), "message": SENTENCES, **fields}
    return st.lists(st.builds(Complaint, **every), max_size=12)


def written(folder: Path, said: bytes) -> tuple[list[Complaint], list[ReportSummary]]:
    """Write a report, and read it again."""
    (folder / "report").write_bytes(said)
    return read_report(folder / "report")


@settings(max_examples=60, deadline=None)
@given(
    complaints(record=st.none() | st.integers(0, 10**6), sku=st.just("") | WORDS),
    COUNTS,
    st.tuples(st.sampled_from(sorted(SPEECHES)), st.permutations(ORDER), st.sampled_from(["utf-8-sig", "utf-16"])),
)
def test_text(
    folder: Path,
    many: list[Complaint],
    counts: ReportSummary,
    spelling: tuple[str, Sequence[str], str],
) -> None:
    """In every language, order of columns and encoding."""
    language, order, encoding = spelling
    said = text_report(many, counts, language, order).encode(encoding)
    assert written(folder, said) == (many, [ReportSummary("", counts.processed, counts.successful)])


@settings(max_examples=40, deadline=None)
@given(complaints(message_id=st.integers(0, 10**6), sku=st.just("") | WORDS), COUNTS)
def test_xml(folder: Path, many: list[Complaint], counts: ReportSummary) -> None:
    """With and without the SKU."""
    assert written(folder, xml_report(many, counts).encode()) == (many, [counts])


NAMES = st.sampled_from(["", "main_product_image_locator", "brand,item_name", "bullet_point"])


@settings(max_examples=40, deadline=None)
@given(complaints(message_id=st.none() | st.integers(0, 10**6), attribute=NAMES, sku=st.just("") | WORDS), COUNTS)
def test_json(folder: Path, many: list[Complaint], counts: ReportSummary) -> None:
    """As issues, and the same as issues of listings."""
    assert written(folder, json_report(many, counts).encode()) == (many, [counts])
    items = [
        {
            "sku": one.sku,
            "summaries": [{"asin": "B0EXAMPLE1"}],
            "issues": [{"code": one.code, "message": one.message, "severity": one.severity.upper()}],
        }
        for one in many
    ]
    listed = [one._replace(message_id=None, attribute="", asin="B0EXAMPLE1") for one in many]
    assert written(folder, json_report([], counts, items).encode()) == (listed, [counts])


# A sheet on which more was successful than was processed isn't taken for a summary.
ORDERED = st.tuples(*[st.integers(0, 10**6)] * 2).map(lambda two: ReportSummary("", max(two), min(two)))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(st.tuples(CODES, SENTENCES), min_size=1, max_size=3), max_size=4), ORDERED)
def test_workbooks(folder: Path, rows: list[list[tuple[str, str]]], counts: ReportSummary) -> None:
    """Several messages in each comment, below a header with help of its own."""
    comments = {(2, 1): "help of the template"}
    comments |= {(4 + at, 1): "_x000d_".join(f"{code}: {said}" for code, said in row) for at, row in enumerate(rows)}
    path = folder / "report"
    path.unlink(missing_ok=True)
    write_workbook(path, comments, [f"SKU {at}" for at in range(4)], counts)
    wanted = [
        Complaint(f"SKU {at}", None, 4 + at, code, Grade.ERROR, f"{code}: {said}", "main_image_url")
        for at, row in enumerate(rows)
        for code, said in row
    ]
    assert read_report(path) == (wanted, [ReportSummary("", counts.processed, counts.successful)])
