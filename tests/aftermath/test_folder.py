"""What a case leaves in its folder: whole files, safe for spreadsheets, and nothing of an earlier call."""

import asyncio
import csv
import io
from pathlib import Path

import pytest

from auditor import texts
from auditor.aftermath.case import Case, Fault, Standing
from auditor.aftermath.folder import attached, check_folder, to_do, write_folder
from auditor.errors import ReportError, SettingsError
from auditor.feeds.own import is_own
from auditor.model import Finding
from auditor.state import Sent, Upload

UPLOAD = Upload("7", "feed.txt", 0.0, 1)
SENT = Sent("S1", "B000000001", ("MAIN",), 1, UPLOAD, UPLOAD._replace(batch="8", sent=86_400.0))


def rows(content: bytes) -> list[dict[str, str]]:
    """The lines of a table."""
    return list(csv.DictReader(io.StringIO(content.decode(), newline="")))


def test_attachment_has_what_support_looks_up() -> None:
    """Names, both uploads, images."""
    case = Case("B000000001", "S1", Standing.ASK, (("MAIN", "https://h.example/a.jpg"), ("PT01", "b")), (), SENT)
    assert rows(attached([case])) == [
        {
            "asin": "B000000001",
            "sku": "S1",
            "batch_id": "7",
            "submitted_utc": "1970-01-01 00:00 UTC",
            "last_batch_id": "8",
            "last_submitted_utc": "1970-01-02 00:00 UTC",
            "images": "MAIN=https://h.example/a.jpg PT01=b",
        }
    ]


@pytest.mark.parametrize("language", texts.names())
def test_to_do_has_a_line_for_each_fault(language: str) -> None:
    """In words, each with what to do; an audit of another version may hold codes that aren't known here."""
    words = texts.load(language)
    faults = (
        Fault("MAIN", "a", Finding("redirect", {"status": 301, "target": "b"})),
        Fault("PT01", "b", Finding("unheard-of", {})),
    )
    cases = [Case("B1", "S1", Standing.FIX, (), faults), Case("B2", "S2", Standing.WAIT, (), (), SENT)]
    lines = rows(to_do(cases, words, 3600.0))
    assert [(line["sku"], line["slot"], line["code"]) for line in lines] == [
        ("S1", "MAIN", "redirect"),
        ("S1", "PT01", "unheard-of"),
        ("S2", "", ""),
    ]
    assert "301" in lines[0]["symptom"]
    assert lines[0]["solution"]
    assert (lines[2]["standing"], lines[2]["until_utc"]) == ("wait", "1970-01-01 01:00 UTC")
    assert lines[2]["next"] == words.phrase("case-wait")


def test_cells_are_no_formulas_and_hold_no_secrets() -> None:
    """Names and addresses come from strangers."""
    fault = Fault("MAIN", "https://h.example/a.jpg?token=s3cret", Finding("not-found", {"status": 404}))
    cases = [Case("", "=HYPERLINK(1)", Standing.FIX, (), (fault,))]
    content = to_do(cases, texts.load("en"), 0.0) + attached(cases)
    assert content.count(b"'=HYPERLINK(1)") == 2
    assert b"s3cret" not in content


def test_tables_of_a_case_are_no_feeds() -> None:
    """In a folder of feeds they are left out."""
    assert is_own(attached([]))
    assert is_own(to_do([], texts.load("en"), 0.0))


def test_files_of_an_earlier_case_go(tmp_path: Path) -> None:
    """What this call doesn't write would be sent by mistake; other files stay."""
    folder = tmp_path / "a" / "case"
    asyncio.run(write_folder(folder, {"case-1.txt": b"1", "case-2.txt": b"2", "case.csv": b"3"}))
    (folder / "notes.txt").write_text("mine")
    asyncio.run(write_folder(folder, {"case-1.txt": b"new", "todo.csv": b"4"}))
    assert {path.name: path.read_text() for path in folder.iterdir()} == {
        "case-1.txt": "new",
        "todo.csv": "4",
        "notes.txt": "mine",
    }


def test_what_cannot_be_written_leaves_all_as_it_was(tmp_path: Path) -> None:
    """One sentence, and no part files."""
    asyncio.run(write_folder(tmp_path, {"case-1.txt": b"old"}))
    (tmp_path / "todo.csv").mkdir()
    with pytest.raises(ReportError, match=r"todo.csv can't be written"):
        asyncio.run(write_folder(tmp_path, {"case-1.txt": b"new", "todo.csv": b"x"}))
    assert (tmp_path / "case-1.txt").read_text() == "old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["case-1.txt", "todo.csv"]
    with pytest.raises(ReportError, match="can't be written"):
        asyncio.run(write_folder(tmp_path / "case-1.txt", {"todo.csv": b"x"}))


def test_no_input_is_overwritten(tmp_path: Path) -> None:
    """A list in the folder may not have the name of a file of the case."""
    check_folder(tmp_path, [str(tmp_path / "list.csv"), "case.csv"])
    with pytest.raises(SettingsError, match=r"case.csv would be overwritten"):
        check_folder(tmp_path, [str(tmp_path / "case.csv")])
