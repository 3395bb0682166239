"""The reports: what stands in them, that they are whole, and that spreadsheets and secrets are safe."""

import asyncio
import csv
import io
import itertools
import json
import os
import tempfile
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor.checks import Judge
from auditor.errors import ReportError, SettingsError
from auditor.model import (
    Answered,
    Audit,
    BadRow,
    BadRowReason,
    Cause,
    Finding,
    Format,
    ImageInfo,
    ImageRef,
    Kind,
    NotAnImage,
    Outcome,
    Unreached,
)
from auditor.policies import load
from auditor.reports import (
    About,
    Backlog,
    Checkpoints,
    Mark,
    Reports,
    RowReport,
    SystemDisk,
    Tally,
    Totals,
    check_paths,
)
from auditor.reports.escape import safe_cell
from auditor.reports.topk import TopK
from auditor.settings import ReportSettings, UnattendedSettings
from auditor.texts import load as load_texts

JUDGE = Judge(load("amazon-us-2022"))
REF = ImageRef("feed.tsv", 7, "B000000001", "SKU-1", "", "MAIN", "https://h.example/a.jpg")
PNG = Answered(206, content_type="image/png", content_length=1234, body=ImageInfo(Format.PNG, 1600, 1200))
WRONG_FORMAT = Audit(REF, PNG, (Finding("format-not-accepted", {"format": "PNG", "accepted": "JPEG, TIFF, GIF"}),))
SMALL = Audit(REF, PNG, (Finding("url-query-string", {}),))
GOOD = Audit(REF, PNG, ())
TWIN = GOOD._replace(probe=PNG._replace(digest="ab" * 32))


async def written(settings: ReportSettings, rows: Sequence[Sequence[Audit]]) -> Totals:
    """Write rows and publish."""
    reports = Reports(settings, About(JUDGE.codes, load_texts("en"), {"version": "1"}))
    try:
        await reports.open()
        await reports.write([reports.render(row) for row in rows])
        await reports.publish(reports.totals.facts())
    finally:
        await reports.aclose()
    return reports.totals


def write(folder: Path, rows: Sequence[Sequence[Audit]], **settings: Any) -> Totals:
    """Write all reports into a folder."""
    report = ReportSettings(
        out=folder / "failing.csv", jsonl=folder / "all.jsonl", summary=folder / "summary.json", quiet=True
    )
    return asyncio.run(written(replace(report, **settings), rows))


def table(path: Path) -> list[dict[str, str]]:
    """Read a CSV report as a spreadsheet would."""
    return list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8-sig"), newline="")))


def test_failing_csv_has_the_published_columns(tmp_path: Path) -> None:
    """Header and cells of a failing image, in the order of the contract."""
    write(tmp_path, [[WRONG_FORMAT], [GOOD]], batch_id="4711")
    text = (tmp_path / "failing.csv").read_bytes().decode()
    assert text.split("\r\n")[0] == (
        "asin,sku,marketplace,slot,severity,kind,code,symptom,reason,solution,url,http_status,location,content_type,"
        "format,width,height,content_length,feed,row,batch_id"
    )
    (line,) = table(tmp_path / "failing.csv")
    assert line["asin"] == "B000000001"
    assert (line["severity"], line["kind"], line["code"]) == ("fail", "wrong", "format-not-accepted")
    assert "PNG" in line["symptom"] + line["reason"] + line["solution"]
    assert (line["http_status"], line["format"], line["width"], line["height"]) == ("206", "PNG", "1600", "1200")
    assert (line["content_length"], line["feed"], line["row"], line["batch_id"]) == ("1234", "feed.tsv", "7", "4711")


@pytest.mark.parametrize("summary", [None, Path("summary.json")])
@given(st.lists(st.sampled_from([GOOD, TWIN, WRONG_FORMAT, SMALL, GOOD._replace(probe=None)]), max_size=4))
def test_rows_that_pass_have_the_report_that_any_row_has(summary: Path | None, row: list[Audit]) -> None:
    """Whether it is made at once or line by line, of however many images."""
    settings = ReportSettings(out=Path("failing.csv"), summary=summary, quiet=True)
    reports = Reports(settings, About(JUDGE.codes, load_texts("en"), {}))
    lines = tuple(sink.lines(row) for sink in reports._sinks)
    assert reports.render(row) == RowReport(lines, reports._tally(row))


def test_usual_rows_are_known_unless_more_is_told_of_them(tmp_path: Path) -> None:
    """A row that passes gives no line; where its facts are wanted, there is no report that fits all."""
    settings = ReportSettings(out=tmp_path / "failing.csv", quiet=True)
    about = About(JUDGE.codes, load_texts("en"), {})
    reports = Reports(settings, about)
    assert reports.usual == reports.render([GOOD])
    assert Reports(replace(settings, jsonl=tmp_path / "all.jsonl"), about).usual is None
    assert Reports(replace(settings, summary=tmp_path / "summary.json"), about).usual is None
    reports.unsaid = lambda _: [[JUDGE.codes["url-signed"]]]
    assert reports.usual is None


def test_warnings_are_left_out_unless_included(tmp_path: Path) -> None:
    """A warning stands in failing.csv only with --include warn, and never in asins.csv."""
    write(tmp_path, [[SMALL]])
    assert table(tmp_path / "failing.csv") == []
    write(tmp_path, [[SMALL]], include_warnings=True)
    assert [line["code"] for line in table(tmp_path / "failing.csv")] == ["url-query-string"]
    assert table(tmp_path / "asins.csv") == []


def test_asins_csv_has_one_line_per_failing_product_row(tmp_path: Path) -> None:
    """Two failing images of a product are one line, with their number and codes."""
    second = WRONG_FORMAT._replace(ref=REF._replace(slot="PT01"))
    write(tmp_path, [[WRONG_FORMAT, second, GOOD], [GOOD]])
    assert table(tmp_path / "asins.csv") == [
        {"asin": "B000000001", "sku": "SKU-1", "failing_images": "2", "codes": "format-not-accepted"}
    ]


def test_rows_read_are_the_sum_of_their_outcomes(tmp_path: Path) -> None:
    """Each row counts once, by its worst finding, and the summary proves it."""
    bad = Audit(
        BadRow("feed.tsv", 9, BadRowReason.NUL_BYTE, "x"), None, (Finding("row-malformed", {"reason": "nul-byte"}),)
    )
    unchecked = Audit(REF, None, (Finding("url-not-checkable", {}), Finding("url-query-string", {})))
    unasked = Audit(REF, None, ())  # what stands in its way is switched off by the policy
    no_image = Audit(REF._replace(url=""), None, ())  # likewise
    rows = [[GOOD], [SMALL], [WRONG_FORMAT, SMALL], [unchecked], [], [bad], [GOOD, GOOD], [unasked], [no_image]]
    totals = write(tmp_path, rows)
    counts = json.loads((tmp_path / "summary.json").read_text())["rows"]
    assert counts == {"read": 9, "passing": 2, "warned": 1, "failing": 2, "unchecked": 2, "skipped": 2}
    assert totals.read == sum(totals.rows[outcome] for outcome in Outcome)


def test_jsonl_has_every_image_with_its_facts(tmp_path: Path) -> None:
    """The first line says what was audited, the others are the images, passing ones too."""
    write(tmp_path, [[WRONG_FORMAT], [GOOD]])
    first, *audits = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    assert first == {"schema": 1, "version": "1"}
    assert [len(audit["findings"]) for audit in audits] == [1, 0]
    assert audits[0]["probe"]["body"]["width"] == 1600
    assert audits[0]["findings"][0]["severity"] == "fail"


def marked(record: Any, marker: str = "https://me:S3CRET@h.example/a.jpg?sig=S3CRET&x[]=1") -> Any:
    """A record with a URL full of secrets in every text."""
    texts = {name: marker for name, value in record._asdict().items() if type(value) is str}
    return record._replace(**texts)


def test_secrets_are_in_no_report(tmp_path: Path) -> None:
    """Whatever cell of the feed or word of the server holds a password or a signature, it is hidden everywhere."""
    ref = marked(REF)
    page = Answered(200, "", "", 7, "", "", "", marked(NotAnImage(Kind.HTML, "t", "o")))
    moved = marked(Answered(302, "l", "t", 7, "e", "m", "d"))
    lost = marked(Unreached(Cause.CONNECTION_LOST, "d"))
    bad = marked(BadRow("f", 9, BadRowReason.NUL_BYTE, "t"))
    link = JUDGE.link(REF).link
    assert link is not None
    audits = [
        Audit(ref, probe, JUDGE.link(ref).findings + JUDGE.answer(ref, link, probe)) for probe in (page, moved, lost)
    ]
    write(tmp_path, [audits, [Audit(bad, None, JUDGE.row(bad))]], include_warnings=True)
    for path in tmp_path.iterdir():
        assert "S3CRET" not in path.read_text(), path.name


def test_bom_is_for_excel(tmp_path: Path) -> None:
    """With --bom both tables begin with a byte order mark, and only once."""
    write(tmp_path, [[WRONG_FORMAT]], bom=True)
    for name in ("failing.csv", "asins.csv"):
        data = (tmp_path / name).read_bytes()
        assert data.startswith(b"\xef\xbb\xbfasin,")
        assert data.count(b"\xef\xbb\xbf") == 1


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\n=1", "＝1"])
def test_formulas_are_neutralised(cell: str) -> None:
    """A cell that a spreadsheet would run gets an apostrophe in front."""
    assert safe_cell(cell).startswith("'")


@given(st.text())
def test_no_cell_runs_or_breaks_its_line(text: str) -> None:
    """Whatever a feed or server says, the cell is one line and no formula."""
    safe = safe_cell(text)
    assert not safe.lstrip().startswith(("=", "+", "-", "@"))
    assert len(safe.splitlines()) <= 1


@given(
    st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"])).filter(
        lambda text: text.lstrip()[:1] not in "=+-@＝＋－＠"
    )
)
def test_ordinary_cells_stay_as_they_are(text: str) -> None:
    """Nothing else is changed."""
    assert safe_cell(text) == text


def test_report_appears_only_when_published(tmp_path: Path) -> None:
    """Until then there is a part file, and an older report stays."""
    (tmp_path / "failing.csv").write_text("last night's")

    async def main() -> None:
        reports = Reports(
            ReportSettings(out=tmp_path / "failing.csv", quiet=True), About(JUDGE.codes, load_texts("en"), {})
        )
        await reports.open()
        await reports.write([reports.render([WRONG_FORMAT])])
        assert (tmp_path / "failing.csv").read_text() == "last night's"
        await reports.aclose()

    asyncio.run(main())
    assert (tmp_path / "failing.csv").read_text() == "last night's"
    assert len(table(tmp_path / "failing.csv.part")) == 1


def test_unwritable_report_is_one_sentence(tmp_path: Path) -> None:
    """A folder that doesn't exist, and a folder in the report's place."""
    for out in (tmp_path / "nowhere" / "failing.csv", tmp_path):
        with pytest.raises(ReportError, match=r".* can't be written: .*"):
            asyncio.run(written(ReportSettings(out=out, quiet=True), []))


def test_two_reports_in_one_file_are_refused(tmp_path: Path) -> None:
    """A report can't overwrite another of the same run."""
    with pytest.raises(SettingsError, match=r"failing\.csv"):
        check_paths(ReportSettings(out=tmp_path / "failing.csv", jsonl=tmp_path / "failing.csv"), [])
    with pytest.raises(SettingsError, match=r"asins\.csv"):
        check_paths(ReportSettings(out=tmp_path / "asins.csv"), [])


@pytest.mark.parametrize(
    "settings",
    [
        ReportSettings(out=Path("-")),
        ReportSettings(out=Path("failing.csv"), jsonl=Path("-")),
        ReportSettings(out=Path("failing.csv"), summary=Path("-")),
    ],
)
def test_no_report_is_called_as_other_programs_call_their_output(settings: ReportSettings) -> None:
    """A lone - is refused before there is a file of that name."""
    with pytest.raises(SettingsError, match="No file is called - here"):
        check_paths(settings, [])


def test_report_is_never_written_over_a_feed(tmp_path: Path) -> None:
    """Neither under its name nor under the one it has while it is written."""
    for feed in ("failing.csv", "asins.csv", "failing.csv.part"):
        with pytest.raises(SettingsError, match=feed):
            check_paths(ReportSettings(out=tmp_path / "failing.csv"), [str(tmp_path / feed)])


@given(st.permutations(range(40)), st.integers(0, 400))
def test_backlog_restores_feed_order_from_memory_and_file(order: list[int], limit: int) -> None:
    """Whatever the order of finishing and the limit of memory, the lines come out in feed order, each once."""

    def row(ticket: int) -> tuple[bytes, bytes]:
        return (b"" if ticket % 5 == 0 else b"%d;" % ticket * (ticket % 7 + 1), b"|%d" % ticket)

    async def main(path: Path) -> tuple[list[bytes], int]:
        silent = RowReport((b"", b""), Tally(Outcome.PASSING))
        backlog = Backlog(path, limit, silent)
        lines: list[bytes] = []
        most = 0
        for ticket in order:
            stirs = backlog.put(ticket, silent if ticket % 3 == 0 else RowReport(row(ticket), Tally(Outcome.PASSING)))
            assert stirs or (backlog._weight <= limit and ticket != backlog._head)
            for report in await backlog.take():
                lines += report.lines
            most = max(most, backlog._weight)
        await backlog.close()
        return lines, most

    with tempfile.TemporaryDirectory() as folder:
        lines, most = asyncio.run(main(Path(folder) / "backlog.part"))
        assert not list(Path(folder).iterdir())
    assert lines == [line for ticket in range(40) for line in (row(ticket) if ticket % 3 else (b"", b""))]
    assert most <= limit


def test_checkpoint_falls_due_behind_a_slow_row(tmp_path: Path) -> None:
    """What stands in the reports is kept in time, while all rows that come wait behind one that doesn't."""

    async def main() -> int:
        out = tmp_path / "failing.csv"
        checkpoints = Checkpoints(out, SystemDisk(), UnattendedSettings(checkpoint_seconds=0.01), lambda: 0.0)
        checkpoints.begin({}, 0.0, lambda rows: Mark(rows, ""), 0)
        about = About(JUDGE.codes, load_texts("en"), {})
        unopened = Reports(ReportSettings(out=out, quiet=True), about, checkpoints=checkpoints)
        async with asyncio.timeout(10), aclosing(unopened) as reports:
            await reports.open()
            tickets = itertools.chain([0], itertools.count(2))
            while not checkpoints.rows:
                if reports.put(next(tickets), reports.silent):
                    await reports.flush()
                await asyncio.sleep(0)
        return checkpoints.rows

    assert asyncio.run(main()) == 1


@given(st.lists(st.sampled_from("abcdefghij"), min_size=1, max_size=200), st.integers(2, 5))
def test_frequent_keys_are_never_missed(stream: list[str], capacity: int) -> None:
    """Every key above 1/capacity of the stream is held, with a count that isn't too low."""
    top = TopK(capacity)
    for key in stream:
        top.add(key)
    held = dict(top.most_common(capacity))
    assert len(held) <= capacity
    for key in set(stream):
        if stream.count(key) > len(stream) / capacity:
            assert held[key] >= stream.count(key)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_report_that_nobody_reads_from_its_pipe_can_be_interrupted(tmp_path: Path) -> None:
    """It waits for whoever reads, as a pipe does, but in no thread that would keep the program from ending."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)

    async def main() -> bytes:
        settings = ReportSettings(out=pipe)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(written(settings, [[WRONG_FORMAT]]), 0.1)
        reading = asyncio.create_task(asyncio.to_thread(pipe.read_bytes))
        await written(settings, [[WRONG_FORMAT]])
        return await reading

    assert asyncio.run(main()).count(b"\n") == 2
