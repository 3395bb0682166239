"""Processing reports as workbooks: what makes one, and that no comment goes unread."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from aftermath.reading import read_report
from aftermath.writing import MAIN, SPEECHES, add_comments, comment, template, write_workbook
from feeds.books import Number, write_book

from auditor.aftermath.complaint import ReportSummary
from auditor.errors import FeedError
from auditor.feeds import comments
from auditor.settings import MIB

COUNTS = ReportSummary("", 6, 4)
NONE = "without a processing summary or comments on its products"


def summary_sheet(title: str | None, *counts: tuple[str, int]) -> list[list[object]]:
    """Return the rows of a sheet with counts."""
    numbered: list[list[object]] = [[label, None, Number(str(count))] for label, count in counts]
    return [[title], *numbered] if title else numbered


TOTALS = summary_sheet(None, ("Products", 2), ("Images", 2))


def book(folder: Path, sheets: dict[str, Any]) -> Path:
    """Write a workbook."""
    write_book(folder / "r.xlsm", sheets)
    return folder / "r.xlsm"


def test_every_sheet_of_products_is_read(tmp_path: Path) -> None:
    """The comments of a second template sheet are complaints like those of the first."""
    said = summary_sheet(None, ("Number of records processed", 3), ("Number of records successful", 1))
    path = book(tmp_path, {"Template": template("A", "B"), "Other": template("C"), "Feed Processing Summary": said})
    comment(path, 1, {(5, 1): "20000: x"})
    comment(path, 2, {(4, 1): "15: y"})
    found, summaries = read_report(path)
    assert [(one.sku, one.code) for one in found] == [("B", "20000"), ("C", "15")]
    assert summaries == [ReportSummary("", 3, 1)]


def test_two_names_of_one_sheet_are_one(tmp_path: Path) -> None:
    """Else a workbook of a few kilobytes could be read without end."""
    path = book(tmp_path, {"Template": template("A"), "Again": template("A")})
    comment(path, 1, {(4, 1): "15: y"})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, part in parts.items():
            archive.writestr(
                name, part.replace(b"/sheet2.xml", b"/sheet1.xml") if name.endswith("k.xml.rels") else part
            )
    assert [one.sku for one in read_report(path)[0]] == ["A"]


def test_a_template_without_skus_keeps_its_complaints(tmp_path: Path) -> None:
    """Where no column is known to hold SKUs, a complaint has none, and is there."""
    rows = template("A")
    rows[2][0] = "some_attribute"
    path = book(tmp_path, {"Template": rows})
    comment(path, 1, {(4, 1): "15: y"})
    assert [(one.sku, one.record, one.code) for one in read_report(path)[0]] == [("", 4, "15")]


def test_tables_without_settings_are_read_too(tmp_path: Path) -> None:
    """Where no sheet begins as templates do, all with SKUs count, but for one with examples."""
    rows = template("A")[2:]
    path = book(tmp_path, {"Mine": rows, "Example": rows, "More": template("B")[2:]})
    for sheet in (1, 2, 3):
        comment(path, sheet, {(2, 0): "15: y"})
    assert [one.sku for one in read_report(path)[0]] == ["A", "B"]


@pytest.mark.parametrize("language", SPEECHES)
def test_a_summary_is_known_by_its_heading_in_every_language(tmp_path: Path, language: str) -> None:
    """A clean upload has a summary and no comment."""
    write_workbook(tmp_path / "r.xlsm", {}, summary=COUNTS, language=language)
    assert read_report(tmp_path / "r.xlsm") == ([], [COUNTS])


@pytest.mark.parametrize(
    ("sheet", "rows"),
    [
        ("Totals", TOTALS),
        ("Totals", summary_sheet("Totals", ("Products", 2), ("Images", 2))),
        ("Processing", summary_sheet("To process", ("Products", 2), ("Images", 2))),
        ("Totals", summary_sheet(None, ("Number of products processed", 2), ("Images", 2))),
        ("Feed Processing Summary", summary_sheet("Feed Processing Summary:")),
        ("Feed Processing Summary", summary_sheet("Feed Processing Summary:", ("Number of records processed", 2))),
        (
            "Feed Processing Summary",
            summary_sheet(None, ("Number of records processed", 2), ("Number of records successful", 3)),
        ),
    ],
)
def test_a_sheet_with_numbers_makes_no_report(tmp_path: Path, sheet: str, rows: Any) -> None:
    """One's own totals in one's own feed are no summary of Amazon's, nor is one without its counts."""
    with pytest.raises(FeedError, match=NONE):
        read_report(book(tmp_path, {"Template": template("A", "B"), sheet: rows}))


def test_help_above_the_products_makes_no_report(tmp_path: Path) -> None:
    """A template has comments of its own on labels and names; and a comment may have no text."""
    path = book(tmp_path, {"Template": template("A", "B"), "Totals": TOTALS})
    comment(path, 1, {(1, 0): "Help", (2, 1): "Help: URL", (3, 0): "Help: SKU", (4, 0): " "})
    with pytest.raises(FeedError, match=NONE):
        read_report(path)


def test_comments_alone_are_enough(tmp_path: Path) -> None:
    """Numbers on another sheet aren't what Amazon counted."""
    path = book(tmp_path, {"Template": template("A", "B"), "Totals": TOTALS})
    comment(path, 1, {(4, 0): "15: y"})
    found, summaries = read_report(path)
    assert ([one.code for one in found], summaries) == (["15"], [ReportSummary()])


def test_messages_may_stand_on_lines_of_their_own(tmp_path: Path) -> None:
    """A line that begins with a code is the next message; one that doesn't goes on with the one before."""
    path = book(tmp_path, {"Template": template("A")})
    comment(path, 1, {(4, 0): "20000: no access\n8541: mismatch,\nof what we have\nError 15 - invalid"})
    assert [(one.code, one.message) for one in read_report(path)[0]] == [
        ("20000", "20000: no access"),
        ("8541", "8541: mismatch,\nof what we have"),
        ("15", "Error 15 - invalid"),
    ]


def test_a_comment_without_a_known_place_is_told(tmp_path: Path) -> None:
    """An area, a place in small letters, and none at all."""
    path = book(tmp_path, {"Template": template("A")})
    places = ("B4:C4", "b4", "$B$4", "", "4")
    listed = "".join(f'<comment ref="{place}"><text><t>15: at {place}</t></text></comment>' for place in places)
    add_comments(path, 1, f'<comments xmlns="{MAIN}"><commentList>{listed}</commentList></comments>')
    found, _ = read_report(path)
    assert [(one.sku, one.code) for one in found] == [("A", "15")] * 4 + [("", "15")]


@pytest.mark.parametrize("said", ["", "x"])
def test_comments_take_no_memory_without_bound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    """A few kilobytes unpack to comments without end, maybe without text: what they take is bounded, and told."""
    monkeypatch.setattr(comments, "_MOST", MIB)
    path = book(tmp_path, {"Template": template("A")})
    listed = f'<comment ref="A4"><text><t>{said}</t></text></comment>' * 5000
    add_comments(path, 1, f'<comments xmlns="{MAIN}"><commentList>{listed}</commentList></comments>')
    with pytest.raises(FeedError, match="has comments of more than 1 MiB"):
        read_report(path)
