"""What could be taken for a clean report and isn't known to be one: it is refused, with what to do."""

import gzip
import time
import zipfile
from contextlib import suppress
from pathlib import Path

import pytest
from aftermath.reading import hear_report
from aftermath.writing import HEADERS, json_report, text_report, xml_report

from auditor.aftermath.complaint import Complaint, Grade, ReportSummary
from auditor.errors import FeedError

DATA = Path(__file__).parents[2] / "data"
SAMPLES = sorted(path for path in DATA.glob("report-*") if path.suffix != ".tsv" and path.stem != "report-clean")
CLEAN = ReportSummary("", 6, 6)
SUMMARY = text_report([], CLEAN)
HEADER = "\t".join(HEADERS.values())
ROW = "1\tA\t20000\tError\tno access\n"
ONE = [Complaint("A", None, 1, "20000", Grade.ERROR, "no access")]
NO_COUNTS = "names no error, and not how many records were processed"
BELOW = "below its counts that is no table of errors"
SEVERAL = "holds several processing reports"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("Feed Processing Summary:\n", NO_COUNTS),
        ("Feed Processing Summary:\n\tNumber of records processed\t\t6\n", NO_COUNTS),
        (SUMMARY + HEADER[:35], BELOW),
        (SUMMARY + HEADER[:12], BELOW),
        (SUMMARY + ROW, BELOW),
        (SUMMARY + "\n" * 300 + HEADER + "\n" + ROW, BELOW),
        (SUMMARY + "\n" * 263_000 + HEADER + "\n" + ROW, BELOW),
        (SUMMARY.rstrip() + "\n\tNumber of records with errors\t\t1\n", BELOW),
        (
            SUMMARY + HEADER + "\tx" * 140_000 + "\n" + ROW,
            "has a header in line 5 that doesn't end within its first 262,144 bytes",
        ),
        (SUMMARY + HEADER + "\n", "and no error below it"),
        (HEADER + "\n\n\t\t\n", "and no error below it"),
        (SUMMARY + HEADER + "\n" + ROW + SUMMARY, SEVERAL),
        (HEADER + "\n" + ROW + HEADER + "\n" + ROW, SEVERAL),
        (SUMMARY + text_report([], CLEAN._replace(successful=5)), BELOW),
        ('{"header": {"feedId": "1"}, "issues": []}', NO_COUNTS),
        (f'{{"payload": {json_report(ONE, CLEAN)}}}', NO_COUNTS),
        ('{"issues": [], "summary": {"messagesProcessed": 6}}', NO_COUNTS),
        ('{"issues": [], "summary": {"messagesProcessed": 6, "messagesInvalid": 2}}', "2 records have errors"),
        ("<ProcessingReport></ProcessingReport>", NO_COUNTS),
        (xml_report([], CLEAN).replace("MessagesSuccessful", "X").replace("MessagesWithError", "Y"), NO_COUNTS),
        (f"<e><ProcessingReport/>{xml_report(ONE, CLEAN)[39:]}</e>", SEVERAL),
    ],
)
def test_a_doubt_is_no_clean_report(tmp_path: Path, content: str, said: str) -> None:
    """Cut off, without counts, more than one: one sentence, whatever the line ends."""
    for number, ends in enumerate(("\n", "\r\n", "\r")):
        path = tmp_path / f"report-{number}"
        path.write_bytes(content.replace("\r\n", "\n").replace("\n", ends).encode())
        with pytest.raises(FeedError, match=said):
            hear_report(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp932"])
@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_and_encodings_change_nothing(tmp_path: Path, encoding: str, ends: str) -> None:
    """A quoted message keeps its line ends; what stands around the table is no row."""
    said = f'"{ends}画像に{ends}アクセスできません"'
    text = text_report([], ReportSummary("", 6, 5), "ja") + HEADER + "\n" + f"1\tA\t20000\tエラー\t{said}\n\n"
    (tmp_path / "r").write_bytes(text.replace("\r\n", "\n").replace("\n", ends).encode(encoding))
    (found,), summaries = hear_report(tmp_path / "r")
    assert (found.sku, found.code, found.message.split()) == ("A", "20000", ["画像に", "アクセスできません"])
    assert summaries == [ReportSummary("", 6, 5)]


def test_counts_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    """Whatever it puts between cells, and around a number with a mark of thousands."""
    for mark in ";,|\t":
        lines = (
            ("Feed Processing Summary:", "", "", ""),
            ("", "processed, all", "", '"1,234"'),
            ("", "ok", "", "1234"),
        )
        quoted = ([f'"{cell}"' if mark in cell and cell[0] != '"' else cell for cell in line] for line in lines)
        (tmp_path / "r").write_text("\n".join(map(mark.join, quoted)) + "\n")
        assert hear_report(tmp_path / "r") == ([], [ReportSummary("", 1234, 1234)])


def test_further_counts_of_nothing_are_no_doubt(tmp_path: Path) -> None:
    """What isn't known by its words says by its number that there is nothing."""
    (tmp_path / "r").write_text(SUMMARY.rstrip() + "\n\tNumber of records with errors\t\t0\n\tBatch ID\t\t50123\n")
    assert hear_report(tmp_path / "r") == ([], [CLEAN._replace(batch_id="50123")])


def test_what_was_taken_over_with_a_warning_is_no_error(tmp_path: Path) -> None:
    """Whether or not Amazon counts it among what was successful; what neither explains is."""
    warning = Complaint("A", 1, None, "5000", Grade.WARNING, "skipped")
    for successful in (2, 1, 0):
        counts = ReportSummary("7", 2, successful, 0, 1)
        (tmp_path / "r").write_text(xml_report([warning], counts))
        if successful:
            assert hear_report(tmp_path / "r") == ([warning], [counts])
    with pytest.raises(FeedError, match="1 records have errors, and holds none"):
        hear_report(tmp_path / "r")


def test_a_column_may_stand_twice(tmp_path: Path) -> None:
    """Of two columns with the same name, the one with something in it is read."""
    header = "sku\terror-code\terror-message\terror-code\tSKU\terror-message\n"
    (tmp_path / "r").write_text(header + "\t\t\t15\tA\tm\nB\t16\tn\t17\tC\to\n")
    found, _ = hear_report(tmp_path / "r")
    assert [(one.sku, one.code, one.message) for one in found] == [("A", "15", "m"), ("B", "16", "n")]


def test_a_message_may_hold_tabs(tmp_path: Path) -> None:
    """Where it is the last column and nobody quoted it, what follows a tab belongs to it."""
    (tmp_path / "r").write_text(f"{HEADER}\n1\tA\t15\tError\tthis\tand that\t\n")
    assert [one.message for one in hear_report(tmp_path / "r")[0]] == ["this\tand that"]


def test_an_archive_in_an_archive_is_called_one(tmp_path: Path) -> None:
    """Though it holds the words of a report as they stand."""
    with zipfile.ZipFile(tmp_path / "inner", "w") as archive:
        archive.writestr("report.xml", xml_report(ONE, CLEAN))
    with zipfile.ZipFile(tmp_path / "outer", "w") as archive:
        archive.write(tmp_path / "inner", "inner")
    with pytest.raises(FeedError, match="inner is a zip archive and no workbook"):
        hear_report(tmp_path / "outer")


def test_a_lone_issue_is_one(tmp_path: Path) -> None:
    """Where a converter wrote one issue without the array around it, it is read all the same."""
    said = '{"header": {"feedId": "1"}, "issues": {"sku": "A", "severity": "ERROR", "message": "m"}, "items": {"sku": '
    (tmp_path / "r").write_text(said + '"B", "issues": [{"severity": "ERROR", "message": "n"}]}}')
    assert [(one.sku, one.message) for one in hear_report(tmp_path / "r")[0]] == [("A", "m"), ("B", "n")]


@pytest.mark.parametrize("cut", [0.3, 0.6, 0.9])
def test_what_was_packed_and_cut_off_is_told(tmp_path: Path, cut: float) -> None:
    """A download that broke off ends with what to do, and never as a report without errors."""
    many = [one._replace(sku=f"SKU-{number}", message_id=number) for number in range(3000) for one in ONE]
    for said in (text_report(many, CLEAN), xml_report(many, CLEAN), json_report(many, CLEAN)):
        packed = gzip.compress(said.encode())
        (tmp_path / "r.gz").write_bytes(packed[: int(len(packed) * cut)])
        with zipfile.ZipFile(tmp_path / "whole.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("report", said)
        whole = (tmp_path / "whole.zip").read_bytes()
        (tmp_path / "r.zip").write_bytes(whole[: int(len(whole) * cut)])
        for name in ("r.gz", "r.zip"):
            with pytest.raises(FeedError, match=r"fetch it again|ends early|is damaged"):
                hear_report(tmp_path / name)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.name)
def test_no_sample_cut_off_is_clean(tmp_path: Path, sample: Path) -> None:
    """Wherever a report that names errors breaks off, it is refused, or names some of them."""
    whole = sample.read_bytes()
    for cut in range(0, len(whole), len(whole) // 20):
        (tmp_path / "r").write_bytes(whole[:cut])
        with suppress(FeedError):
            assert hear_report(tmp_path / "r")[0]


@pytest.mark.parametrize(
    "content",
    [
        " " * 170 + "x" + "," * 170 + " " * 150 + "y",
        "a" + " " * 250 + "\t" * 240 + "z",
        '"' * 490,
        "batch " * 80,
        "\t" * 400,
    ],
)
def test_a_summary_of_hostile_lines_takes_no_time(tmp_path: Path, content: str) -> None:
    """Lines made to try a pattern in vain cost what other lines cost."""
    (tmp_path / "r").write_text("Feed Processing Summary:\n" + f"{content}\n" * 500 + HEADER + "\n" + ROW)
    (tmp_path / "plain").write_text("Feed Processing Summary:\n" + "\tx\t\t7\n" * 500 + HEADER + "\n" + ROW)
    taken = []
    for name in ("plain", "r"):
        started = time.process_time()
        with pytest.raises(FeedError):
            hear_report(tmp_path / name)
        taken.append(time.process_time() - started)
    assert taken[1] < 50 * taken[0]
