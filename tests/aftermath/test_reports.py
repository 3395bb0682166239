"""Processing reports of every kind: recognised by content, read with all their quirks."""

import csv
import gzip
import zipfile
from contextlib import suppress
from pathlib import Path
from random import Random

import pytest
from aftermath.reading import read_report
from aftermath.writing import json_report, text_report, write_workbook, xml_report

from auditor.aftermath.complaint import Complaint, Grade, ReportSummary, grade_of, number_of
from auditor.errors import FeedError

DATA = Path(__file__).parents[2] / "data"
TAIL = "-complaints.tsv"
GOLDEN = sorted(DATA.glob(f"report-*{TAIL}"))
COUNTED = ReportSummary("50018018123", 6, 4, 2, 1)
UNNAMED = ReportSummary("", 6, 4)  # what text and workbook say
SUMMARIES = {
    "report-clean": ReportSummary("", 1234, 1234),
    "report-english": UNNAMED,
    "report-german": UNNAMED,
    "report-spanish": UNNAMED,
    "report-japanese": UNNAMED,
    "report-workbook": UNNAMED,
    "report-envelope": COUNTED,
    "report-listings": COUNTED,
    "report-items": COUNTED,
}
ONE = [Complaint("S1", None, 1, "15", Grade.ERROR, "The image URL is invalid.")]


def sample(golden: Path) -> Path:
    """Return the report that a golden list belongs to."""
    stem = golden.name.removesuffix(TAIL)
    (report,) = (path for path in DATA.iterdir() if path.name.startswith(f"{stem}.") and path != golden)
    return report


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name.removesuffix(TAIL))
def test_a_sample_says_what_it_should(golden: Path) -> None:
    """A sample gives exactly the complaints of its golden list, and the counts of its summary."""
    complaints, summaries = read_report(sample(golden))
    with golden.open(encoding="utf-8", newline="") as lines:
        wanted = list(csv.reader(lines, delimiter="\t"))
    assert [["" if cell is None else str(cell) for cell in one] for one in complaints] == wanted[1:]
    assert summaries == [SUMMARIES[golden.name.removesuffix(TAIL)]]


def test_every_sample_is_looked_at() -> None:
    """No golden list is missed, and none is without its sample."""
    assert {path.name.removesuffix(TAIL) for path in GOLDEN} == set(SUMMARIES)


def test_content_counts_and_not_the_name(tmp_path: Path) -> None:
    """A report called otherwise, gzipped, or one of two in a zip archive is read as what it is."""
    for golden in GOLDEN:
        source = sample(golden)
        wanted = read_report(source)
        renamed, packed = tmp_path / "x.csv", tmp_path / "x.pdf"
        renamed.write_bytes(source.read_bytes())
        packed.write_bytes(gzip.compress(source.read_bytes()))
        assert read_report(renamed) == read_report(packed) == wanted
    with zipfile.ZipFile(tmp_path / "both", "w") as archive:
        archive.write(DATA / "report-envelope.xml", "a")
        archive.write(DATA / "report-german.txt", "b")
    complaints, summaries = read_report(tmp_path / "both")
    assert (len(complaints), summaries) == (6, [COUNTED, UNNAMED])


def text(folder: Path, said: str, encoding: str = "utf-8") -> list[Complaint]:
    """Write a report as text and read its complaints."""
    (folder / "report.txt").write_bytes(said.encode(encoding))
    return read_report(folder / "report.txt")[0]


def test_a_quote_that_is_never_closed_hides_no_product(tmp_path: Path) -> None:
    """What begins a message so is told of its product, and so is what comes below it."""
    table = "sku\terror-code\terror-type\terror-message\n"
    found = text(tmp_path, table + 'A\t15\tError\t"x.jpg is no image\nB\t20000\tError\tno access\n')
    assert [(one.sku, one.code, one.message) for one in found] == [
        ("A", "15", '"x.jpg is no image'),
        ("B", "20000", "no access"),
    ]


def test_stray_quotes_swallow_no_row(tmp_path: Path) -> None:
    """An inch sign in a message or an SKU is one, and the rows behind it are still there."""
    table = "sku\terror-code\terror-type\terror-message\n"
    found = text(tmp_path, table + '12" pan\t15\tError\t"12 inch\nS2\t15\tError\tno 5" image\nS3\t1\tError\tx\n')
    assert [one.sku for one in found] == ['12" pan', "S2", "S3"]
    assert found[1].message == 'no 5" image'


def test_a_table_may_come_from_a_spreadsheet(tmp_path: Path) -> None:
    """Saved with semicolons or commas, with names in capitals and with blanks, it is read alike."""
    for mark in ";,|":
        table = mark.join(["SKU", "Error Code", "error_type", "Error-Message"]) + "\n"
        assert text(tmp_path, table + mark.join(["S1", "15", "Warnung", "m"]) + "\n") == [
            Complaint("S1", code="15", severity=Grade.WARNING, message="m")
        ]


def test_rows_may_lack_cells(tmp_path: Path) -> None:
    """A row that ends early, an empty SKU and blank rows do no harm."""
    found = text(
        tmp_path, "original-record-number\tsku\terror-code\terror-type\terror-message\n\n7\tS1\t15\n8\t\t\n\t\t\n"
    )
    assert found == [Complaint("S1", record=7, code="15"), Complaint(record=8)]


def test_what_is_no_row_is_told(tmp_path: Path) -> None:
    """A line longer than any row is a complaint without a product: nothing vanishes."""
    found = text(tmp_path, "sku\terror-code\terror-message\nS1\t15\t" + "x" * 1_100_000 + "\nS2\t15\tm\n")
    assert [(one.sku, one.message[:7]) for one in found] == [("", "S1\t15\tx"), ("S2", "m")]


def test_a_batch_id_in_the_summary_is_found(tmp_path: Path) -> None:
    """A line that names it is no count."""
    (tmp_path / "r").write_text("Feed Processing Summary:\n\tBatch ID\t\t501234\n\tprocessed\t\t1,200\n\tok\t\t7\n")
    assert read_report(tmp_path / "r") == ([], [ReportSummary("501234", 1200, 7)])


def test_types_are_known_in_many_languages() -> None:
    """A word that isn't known is an error, so that none is missed."""
    assert {grade_of(word) for word in ("Fehler", "Erreur", "ERROR", "错误", "zzz", "", None)} == {Grade.ERROR}
    warnings = ("Warnung", "Avertissement", "Avviso", "Advertencia", "警告", "Cảnh báo", "WARNING", "Ostrzeżenie")
    assert {grade_of(word) for word in warnings} == {Grade.WARNING}
    assert {grade_of(word) for word in ("INFO", "Hinweis", "Información")} == {Grade.INFO}
    assert [number_of(text) for text in ("1,234", "1.234", "1\u202f234", 1234)] == [1234] * 4
    assert [number_of(text) for text in ("x", "", None, "9" * 30, 1.5, "1.0", "-1", True)] == [None] * 8


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty; fetch the processing report again"),
        (b"sku\turl\nS1\thttps://shop.example/a.jpg\n", "is no processing report of a kind that is known here"),
        (b"%PDF-1.4", "is no processing report"),
        (b'{"messages": []}', "is no processing report"),
        (b"<!DOCTYPE x><a><ProcessingReport ></ProcessingReport></a>", "declares a document type"),
        (b"<ProcessingReport><Result>", "can't be read at line"),
        (b"<ProcessingReport>" + b"<x>" * 300, "within each other without end"),
        (b'{"header": {"feedId": "1"}, "issues": [{"severity"', "ends early"),
        (b'{"header": {"feedId": "1"}, "issues": [' + b"[" * 2000, "nested without end"),
        (b'{"issues": [{"severity": "' + b"x" * 5_000_000, "more than 4 MiB"),
        (b'{"issues": [{"severity": nothing}]}', "is damaged"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    """What is no report, or a damaged or a hostile one, ends with what to do."""
    (tmp_path / "report").write_bytes(content)
    with pytest.raises(FeedError, match=said):
        read_report(tmp_path / "report")


def test_a_missing_report_is_one_sentence(tmp_path: Path) -> None:
    """As for feeds."""
    with pytest.raises(FeedError, match="there is no such file"):
        read_report(tmp_path / "nowhere")


def test_xml_may_have_prefixes_and_lack_parts(tmp_path: Path) -> None:
    """Without AdditionalInfo, with a prefix, and with the message's own number around it."""
    said = '<a:ProcessingReport xmlns:a="x"><a:Result><a:MessageID>7</a:MessageID></a:Result></a:ProcessingReport>'
    (tmp_path / "r").write_text(f"<e><Message><MessageID>1</MessageID>{said}</Message></e>")
    assert read_report(tmp_path / "r") == ([Complaint(message_id=7)], [ReportSummary()])


def test_json_needs_little(tmp_path: Path) -> None:
    """Severity and message are enough, an issue that is none is told as it stands, and the header may come last."""
    said = '{"issues": [{"severity": "INFO", "message": "m"}, "odd", {"code": 15, "messageId": "3"}], '
    (tmp_path / "r").write_text(said + '"items": [{"issues": "no"}, 7, {"sku": "S"}], "header": {"feedId": 99}}')
    assert read_report(tmp_path / "r") == (
        [
            Complaint(severity=Grade.INFO, message="m"),
            Complaint(message='"odd"'),
            Complaint(message_id=3, code="15"),
        ],
        [ReportSummary("99")],
    )


def test_a_workbook_has_its_messages_in_comments(tmp_path: Path) -> None:
    """Several in one, split at _x000d_; codes and types where a message begins with them, and else none."""
    said = "Error 15: a_x000D_warning: 5000 - b_x000d_\nImage 500 - c_x000d__x000d_8541: d_x000d_[ERROR] (20000) e"
    write_workbook(tmp_path / "r.xlsm", {(5, 2): said, (9, 0): "of no product"}, summary=UNNAMED, language="de")
    complaints, summaries = read_report(tmp_path / "r.xlsm")
    assert summaries == [UNNAMED]
    assert [(one.sku, one.record, one.code, one.severity, one.attribute) for one in complaints] == [
        ("B", 5, "15", Grade.ERROR, "other_image_url1"),
        ("B", 5, "5000", Grade.WARNING, "other_image_url1"),
        ("B", 5, "", Grade.ERROR, "other_image_url1"),
        ("B", 5, "8541", Grade.ERROR, "other_image_url1"),
        ("B", 5, "20000", Grade.ERROR, "other_image_url1"),
        ("", 9, "", Grade.ERROR, "item_sku"),
    ]


def test_a_comment_without_a_type_has_that_of_its_code(tmp_path: Path) -> None:
    """A skipped update is a warning: as an error it would be left to do after each upload of the same row."""
    write_workbook(tmp_path / "r.xlsx", {(4, 0): "5000: skipped_x000d_99040 - no value_x000d_Error 5000: by name"})
    found = read_report(tmp_path / "r.xlsx")[0]
    assert [one.severity for one in found] == [Grade.WARNING, Grade.WARNING, Grade.ERROR]


def test_a_workbook_without_anything_of_a_report_is_none(tmp_path: Path) -> None:
    """A template that was never uploaded has neither counts nor comments; comments alone are enough."""
    write_workbook(tmp_path / "r.xlsx", {})
    with pytest.raises(FeedError, match="without a processing summary or comments"):
        read_report(tmp_path / "r.xlsx")
    write_workbook(tmp_path / "r.xlsx", {(4, 0): "15: x"})
    assert read_report(tmp_path / "r.xlsx") == (
        [Complaint("A", None, 4, "15", Grade.ERROR, "15: x", "item_sku")],
        [ReportSummary()],
    )


def test_reports_are_cut_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However small the pieces in which a file comes, the same is read."""
    from auditor.aftermath import reports

    many = [one._replace(sku=f"SKU-ü-{number}", message_id=number) for number in range(3000) for one in ONE]
    for said in (text_report(many, COUNTED), xml_report(many, COUNTED), json_report(many, COUNTED)):
        (tmp_path / "r").write_text(said, encoding="utf-8")
        wanted = read_report(tmp_path / "r")
        with monkeypatch.context() as patch:
            patch.setattr(reports, "LIMITS", reports.LIMITS.__class__(block=977))
            assert read_report(tmp_path / "r") == wanted
        assert len(wanted[0]) == 3000


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda path: path.name.removesuffix(TAIL))
def test_damage_is_one_sentence_or_harmless(golden: Path, tmp_path: Path) -> None:
    """Whatever is cut out, doubled or written over, reading ends with complaints or with what to do."""
    random, whole = Random(golden.name), sample(golden).read_bytes()
    for _ in range(25):
        start, length = random.randrange(len(whole)), random.choice((1, 3, 40, 400))
        middle = random.choice(
            (b"", random.randbytes(length), whole[start : start + length] * 2, b"\0", b'"', b"<", b"[")
        )
        (tmp_path / "report").write_bytes(whole[:start] + middle + whole[start + length :])
        with suppress(FeedError):
            read_report(tmp_path / "report")
