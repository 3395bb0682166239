"""`auditor reconcile`, as its user runs it."""

import asyncio
import json
import os
from contextlib import closing
from pathlib import Path

import pytest
from aftermath.reading import brief, lines_of, run, write_audit
from aftermath.writing import json_report, text_report, xml_report
from commands import HEADER, auditor
from hosts import Exchange, serve
from images import made

from auditor import texts
from auditor.aftermath.complaint import Complaint, Grade, ReportSummary
from auditor.aftermath.lines import RECONCILE
from auditor.feeds.own import is_own
from auditor.state import clean_batches, open_database

COUNTS = ReportSummary("50018018123", 4, 2, 2, 0)
JPEG = made("JPEG", size=(1200, 1200))
FEED = "sku\tasin\tmain_image_url\tother_image_url1\n"


def feed(folder: Path, *skus: str) -> None:
    """Write a feed with two images for each SKU."""
    rows = "".join(f"{sku}\t\thttps://shop.example/{sku}.jpg\thttps://shop.example/{sku}-2.jpg\n" for sku in skus)
    (folder / "feed.tsv").write_text(FEED + rows)


def report(folder: Path, *complaints: Complaint, name: str = "report.txt") -> None:
    """Write a report as text, with as many records in vain as it has errors."""
    errors = sum(1 for complaint in complaints if complaint.severity is Grade.ERROR)
    counts = COUNTS._replace(successful=4 - errors, with_errors=errors)
    (folder / name).write_text(text_report(complaints, counts))


def found(rows: int, **faulty: str) -> dict[tuple[int, str], tuple[str, ...]]:
    """What an audit found of a feed of so many rows: `MAIN2="not-found"` in row 2."""
    return {
        (row, slot): tuple(faulty.get(f"{slot}{row}", "").split())
        for row in range(2, rows + 2)
        for slot in ("MAIN", "PT01")
    }


def test_all_that_can_hold(tmp_path: Path) -> None:
    """Each complaint and fault gets its line in the order of the feed, then what no product answers to."""
    feed(tmp_path, "A", "B", "C", "D")
    report(
        tmp_path,
        Complaint("D", code="5000", severity=Grade.WARNING, message="skipped"),
        Complaint("B", code="20005", message="other errors"),
        Complaint("Z", code="15", message="bad image"),
        Complaint("A", code="20000", message="no access"),
        Complaint("A", code="15", message="other_image_url1 is invalid"),
        Complaint("", code="90000", message="the whole file"),
        Complaint("C", code="90220", message="brand is missing"),
        Complaint("A", code="20000", message="no access"),
    )
    write_audit(tmp_path, found(4, MAIN2="not-found", PT013="not-found", MAIN5="not-found"))
    ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", "--summary", "summary.json")
    assert (ran.code, brief(tmp_path)) == (
        1,
        [
            ("A", "MAIN", "20000", "not-found", "fault-seen"),
            ("A", "PT01", "15", "", "fine-now"),
            ("B", "", "20005", "", "not-the-url"),
            ("B", "PT01", "", "not-found", "unreported"),
            ("C", "", "90220", "", "not-images"),
            ("D", "", "5000", "", "skipped-identical"),
            ("D", "MAIN", "", "not-found", "unreported"),
            ("Z", "", "15", "", "absent"),
            ("", "", "90000", "", "unplaced"),
        ],
    )
    assert "Complaints read 8 = told 7 + said again 1" in ran.out
    assert "Something is left to do in 8 of 9 lines." in ran.out
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["left"], summary["lines"], summary["verdicts"]["unreported"]) == (8, 9, 2)
    assert summary["complaints"] == {"read": 8, "told": 7, "repeated": 1}
    assert (summary["reports"][0]["processed"], summary["rows"], summary["images"]) == (4, 4, 8)


def test_both_texts_stand_side_by_side(tmp_path: Path) -> None:
    """Amazon's words and ours, with the next step, in the language asked for; no formula, and no other column."""
    feed(tmp_path, "A")
    report(tmp_path, Complaint("A", record=1, code="20000", message='=HYPERLINK("x")'))
    write_audit(tmp_path, found(1, MAIN2="not-found"))
    for language in texts.names():
        run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", "--lang", language, "--bom")
        (line,) = lines_of(tmp_path)
        words = texts.load(language)
        assert list(line) == [header for header, _ in RECONCILE]
        assert line["amazon_message"] == """'=HYPERLINK("x")"""
        assert (line["amazon_type"], line["record"], line["row"], line["left"]) == ("error", "1", "2", "yes")
        assert line["meaning"] == words.phrase("standing-fault-seen")
        assert line["symptom"].startswith(words.codes["not-found"]["symptom"][:20])
        assert line["next_step"] == words.codes["not-found"]["solution"]
    assert is_own((tmp_path / "reconcile.csv").read_bytes())


def test_nothing_left_is_exit_code_0(tmp_path: Path) -> None:
    """A report without errors, and an audit without faults; what was skipped or only informs is told."""
    feed(tmp_path, "A")
    skipped = Complaint("A", code="5000", severity=Grade.WARNING, message="skipped")
    report(tmp_path, skipped, Complaint("A", severity=Grade.INFO, message="image seen"))
    write_audit(tmp_path, found(1))
    ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl")
    assert ran.code == 0, ran
    assert ran.out.startswith("Nothing is left to do:")
    assert [line[4] for line in brief(tmp_path)] == ["skipped-identical", "fine-now"]
    report(tmp_path)
    assert run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl").code == 0
    assert brief(tmp_path) == []


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("cut.txt", "Summary:\n\tprocessed\t\t6\n\tsuccessful\t\t5\n\n", "1 records have errors, and holds none"),
        (
            "counts.json",
            '{"header":{"feedId":"1"},"issues":[],"summary":{"errors":4,"messagesProcessed":4,"messagesAccepted":0}}',
            "4 records have errors, and holds none",
        ),
        (
            "early.xml",
            "<a><ProcessingReport><StatusCode>Processing</StatusCode></ProcessingReport></a>",
            "isn't complete: Amazon calls it “Processing”",
        ),
        ("queue.json", '{"feedId":"1","processingStatus":"IN_QUEUE"}', "queue.json"),
        ("stock.csv", "sku,quantity\nABC,5\nDEF,3\n", "stock.csv"),
        ("wide.txt", "x" + "," * 60_000 + "y\n", "wide.txt"),
    ],
)
def test_what_is_no_whole_report_is_never_called_clean(tmp_path: Path, name: str, content: str, told: str) -> None:
    """A report that tells of errors and has none, one that isn't complete, another file: exit code 2, one sentence."""
    feed(tmp_path, "S1")
    write_audit(tmp_path, found(1))
    (tmp_path / name).write_text(content, encoding="utf-8")
    assert told in refused(tmp_path, "feed.tsv", name, "--audit", "all.jsonl")


def test_a_message_leads_to_its_row(tmp_path: Path) -> None:
    """In feeds of messages: without an SKU, and to the very one of several with the same SKU."""
    images = [("A", "Main"), ("A", "PT1"), ("B", "Main")]
    messages = "".join(
        f"<Message><MessageID>{number}</MessageID><ProductImage><SKU>{sku}</SKU><ImageType>{kind}</ImageType>"
        f"<ImageLocation>https://shop.example/{number}.jpg</ImageLocation></ProductImage></Message>"
        for number, (sku, kind) in enumerate(images, 1)
    )
    (tmp_path / "feed.tsv").write_text(f"<?xml version='1.0'?><AmazonEnvelope>{messages}</AmazonEnvelope>")
    complaints = [
        Complaint("A", 1, code="15", message="bad"),
        Complaint("", 3, code="15", message="bad"),
        Complaint("", 0, code="1", message="whole"),
        Complaint("", 9, code="15", message="of no message"),
        Complaint("A", 7, code="20000", message="a message that was another's"),
    ]
    (tmp_path / "report.xml").write_text(xml_report(complaints, COUNTS))
    write_audit(tmp_path, {(1, "MAIN"): [], (2, "PT01"): ["not-found"], (3, "MAIN"): ["not-found"]})
    ran = run(tmp_path, "reconcile", "feed.tsv", "report.xml", "--audit", "all.jsonl")
    assert (ran.code, brief(tmp_path)) == (
        1,
        [
            ("A", "", "15", "", "fine-now"),
            ("A", "PT01", "20000", "not-found", "fault-seen"),
            ("B", "MAIN", "15", "not-found", "fault-seen"),
            ("", "", "1", "", "unplaced"),
            ("", "", "15", "", "unplaced"),
        ],
    )
    assert {line["batch_id"] for line in lines_of(tmp_path)} == {"50018018123"}


def test_a_messages_number_is_no_line_of_a_text(tmp_path: Path) -> None:
    """In a table the rows are lines: nobody knows which one a message is."""
    feed(tmp_path, "A", "B")
    (tmp_path / "report.xml").write_text(xml_report([Complaint("", 2, code="15", message="bad")], COUNTS))
    write_audit(tmp_path, found(2))
    run(tmp_path, "reconcile", "feed.tsv", "report.xml", "--audit", "all.jsonl")
    assert brief(tmp_path) == [("", "", "15", "", "unplaced")]


def test_a_fault_in_any_row_of_a_product_explains(tmp_path: Path) -> None:
    """Where an SKU stands in several rows, the one with the fault counts, and the others say nothing else."""
    (tmp_path / "feed.tsv").write_text(HEADER + "A\t\thttps://h/1.jpg\nB\t\thttps://h/2.jpg\nA\t\thttps://h/3.jpg\n")
    report(
        tmp_path, Complaint("A", code="20000", message="no access"), Complaint("B", code="20000", message="no access")
    )
    write_audit(tmp_path, {(2, "MAIN"): [], (3, "MAIN"): [], (4, "MAIN"): ["not-found"]})
    run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl")
    assert brief(tmp_path) == [("B", "", "20000", "", "fine-now"), ("A", "MAIN", "20000", "not-found", "fault-seen")]


def test_reports_of_several_kinds_are_one(tmp_path: Path) -> None:
    """What two of them say alike is said once; listings tell the ASIN."""
    feed(tmp_path, "A", "B")
    one = Complaint("A", code="20000", message="no access")
    report(tmp_path, one)
    items = [{"sku": "B", "summaries": [{"asin": "B0EXAMPLE1"}], "issues": [{"code": "15", "severity": "ERROR"}]}]
    (tmp_path / "report.json").write_text(json_report([one], COUNTS, items))
    write_audit(tmp_path, found(2))
    ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "report.json", "--audit", "all.jsonl", "--keep", "asin")
    assert [(line["sku"], line["asin"], line["amazon_code"]) for line in lines_of(tmp_path)] == [
        ("A", "", "20000"),
        ("B", "", "15"),
    ]
    assert "Complaints read 3 = told 2 + said again 1" in ran.out
    assert "report.json: complaints: 2; Batch ID 50018018123; records processed: 4, successful: 2" in ran.out


def test_complaints_without_a_name_are_not_one(tmp_path: Path) -> None:
    """The same words of two ASINs, or of a record in each of two reports, are two; of one ASIN in both they are one."""
    feed(tmp_path, "A")
    issue = {"code": "20000", "severity": "ERROR", "message": "no access"}
    items = [{"summaries": [{"asin": asin}], "issues": [issue]} for asin in ("B000000001", "B000000002")]
    unnamed = Complaint("", record=3, code="15", message="invalid")
    for name in ("one", "two"):
        (tmp_path / f"{name}.json").write_text(json_report([], COUNTS._replace(with_errors=0, successful=4), items))
        report(tmp_path, unnamed, unnamed, name=f"{name}.txt")
    write_audit(tmp_path, found(1))
    reports = ("one.json", "one.txt", "two.json", "two.txt")
    told = ("reconcile", "feed.tsv", *reports, "--audit", "all.jsonl", "--state", "state.db")
    ran = run(tmp_path, *told)
    assert [(line["asin"], line["record"], line["verdict"]) for line in lines_of(tmp_path)] == [
        ("B000000001", "", "absent"),
        ("B000000002", "", "absent"),
        ("", "3", "unplaced"),
        ("", "3", "unplaced"),
    ]
    assert "Complaints read 8 = told 4 + said again 4" in ran.out
    assert "3 left to do: 3 new, 0 done" in ran.out
    (tmp_path / "one.json").rename(tmp_path / "three.json")
    ran = run(tmp_path, *(argument.replace("one.json", "three.json") for argument in told))
    assert "3 left to do: 0 new, 0 done" in ran.out


def test_an_asin_leads_to_its_row_where_no_sku_is_named(tmp_path: Path) -> None:
    """Every offer of it is meant, and each complaint has its lines once."""
    rows = "".join(f"{sku}\t{asin}\thttps://h/{sku}.jpg\n" for sku, asin in (("A", "B000000001"), ("B", "B000000002")))
    (tmp_path / "feed.tsv").write_text(HEADER + rows)
    issues = [{"code": "15", "severity": "ERROR", "message": "main_image_url is invalid"}]
    items = [{"summaries": [{"asin": f"B00000000{number}"}], "issues": issues} for number in (2, 3)]
    (tmp_path / "report.json").write_text(json_report([], COUNTS._replace(with_errors=0, successful=4), items))
    write_audit(tmp_path, {(2, "MAIN"): [], (3, "MAIN"): ["not-found"]})
    run(tmp_path, "reconcile", "feed.tsv", "report.json", "--audit", "all.jsonl")
    assert brief(tmp_path) == [("B", "MAIN", "15", "not-found", "fault-seen"), ("", "", "15", "", "absent")]
    assert [line["asin"] for line in lines_of(tmp_path)] == ["B000000002", "B000000003"]


def test_codes_of_ones_own(tmp_path: Path) -> None:
    """A file of codes is heard, and its step is the next step."""
    feed(tmp_path, "A")
    report(tmp_path, Complaint("A", code="4711", severity=Grade.WARNING, message="odd"))
    write_audit(tmp_path, found(1))
    (tmp_path / "mine.toml").write_text('[[code]]\ncode = "4711"\nabout = "content"\nstep = "Ask Ann."\n')
    assert run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl").code == 0
    ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", "--codes", "mine.toml")
    assert (ran.code, lines_of(tmp_path)[0]["next_step"]) == (1, "Ask Ann.")


def test_an_audit_may_have_left_images_out(tmp_path: Path) -> None:
    """Of these no claim is made."""
    feed(tmp_path, "A", "B")
    report(tmp_path, *(Complaint(sku, code="20000", message="no access") for sku in "AB"))
    write_audit(tmp_path, {(3, "MAIN"): [], (3, "PT01"): []})
    run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl")
    assert [line[4] for line in brief(tmp_path)] == ["unchecked", "fine-now"]


def test_an_audit_that_was_cut_short_is_never_called_the_end(tmp_path: Path) -> None:
    """Images that it doesn't have are counted; with nothing else left the round is incomplete: exit code 3."""
    feed(tmp_path, "A", "B")
    report(tmp_path)
    told = ("reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", "--summary", "summary.json")
    write_audit(tmp_path, {(2, "MAIN"): []})
    ran = run(tmp_path, *told)
    assert (ran.code, brief(tmp_path)) == (3, []), ran
    assert "Nothing is left" not in ran.out
    assert "3 of the feed's 4 images aren't in the audit" in ran.out
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert (summary["images"], summary["unaudited"], summary["left"]) == (4, 3, 0)
    assert "chưa được kiểm tra" in run(tmp_path, *told, "--lang", "vi").out
    write_audit(tmp_path, {(2, "MAIN"): ["not-found"]})
    ran = run(tmp_path, *told)
    assert (ran.code, "3 of the feed's 4 images aren't in the audit" in ran.out) == (1, True)
    write_audit(tmp_path, found(2))
    ran = run(tmp_path, *told)
    assert (ran.code, "in the audit" in ran.out) == (0, False)
    assert json.loads((tmp_path / "summary.json").read_text())["unaudited"] == 0


def test_an_audit_of_the_address_before_is_none_of_the_one_now(tmp_path: Path) -> None:
    """Where an address was changed so that neither the size nor the beginning of the feed tells."""
    feed(tmp_path, "A", "B")
    report(tmp_path, *(Complaint(sku, code="20000", message="main_image_url") for sku in "AB"))
    write_audit(tmp_path, found(2, MAIN2="not-found", MAIN3="not-found"))
    path = tmp_path / "all.jsonl"
    at_first, *images = path.read_text().splitlines()
    urls = ("https://shop.example/0.jpg", "https://shop.example/A-2.jpg", "https://shop.example/B.jpg")
    told = [json.dumps({**json.loads(image), "url": url}) for image, url in zip(images, urls, strict=False)]
    path.write_text("\n".join([at_first, *told, *images[3:]]))
    ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl")
    assert brief(tmp_path) == [
        ("A", "MAIN", "20000", "", "unchecked"),
        ("B", "MAIN", "20000", "not-found", "fault-seen"),
    ]
    assert "1 of the feed's 4 images aren't in the audit" in ran.out


def refused(folder: Path, *arguments: str) -> str:
    """Give the one sentence with which it doesn't run; nothing is left behind."""
    ran = run(folder, "reconcile", *arguments)
    assert (ran.code, ran.out) == (2, ""), ran
    assert not [path for path in folder.iterdir() if path.name.startswith("reconcile.csv")]
    return ran.err.splitlines()[-1]


def test_what_cannot_be_joined_is_one_sentence(tmp_path: Path) -> None:
    """An audit of another feed, a damaged one, no audit at all, the wrong order, a feed that comes once."""
    feed(tmp_path, "A", "B")
    report(tmp_path, Complaint("A", code="15", message="bad"))
    both = ("feed.tsv", "report.txt", "--audit", "all.jsonl")
    (tmp_path / "all.jsonl").write_text("x")
    assert "all.jsonl is no audit" in refused(tmp_path, *both)
    for rules in ('{"name": "google-merchant"}', '{"name": "my-merchant", "channel": "Google"}'):
        write_audit(tmp_path, found(2))
        whole = (tmp_path / "all.jsonl").read_text()
        (tmp_path / "all.jsonl").write_text(whole.replace('"schema": 1', f'"schema": 1, "policy": {rules}'))
        assert "-merchant are those of Google, but the report is Amazon's" in refused(tmp_path, *both)
    assert "but the report is Amazon's" in refused(tmp_path, *both[:2], "--policy", "google-merchant")
    write_audit(tmp_path, {(7, "MAIN"): []})
    assert "doesn't fit the feed: it has row 7" in refused(tmp_path, *both)
    write_audit(tmp_path, found(2))
    whole = (tmp_path / "all.jsonl").read_text()
    (tmp_path / "all.jsonl").write_text(whole + '{"feed"')
    assert "all.jsonl is damaged" in refused(tmp_path, *both)
    (tmp_path / "all.jsonl").write_text(whole.replace('"findings": []', '"findings": [{"code": "no-such"}]'))
    assert "all.jsonl is damaged" in refused(tmp_path, *both)
    (tmp_path / "all.jsonl").write_text(whole)
    feed(tmp_path, "A", "B", "C")
    assert "all.jsonl is the audit of another feed, or feed.tsv was changed since" in refused(tmp_path, *both)
    assert "report.txt is a processing report of Amazon's, and no feed" in refused(tmp_path, "report.txt", "feed.tsv")
    assert "no processing report of a kind that is known" in refused(tmp_path, "feed.tsv", "feed.tsv")
    assert "so it can't come through standard input" in refused(tmp_path, "-", "report.txt")
    assert "would be written over" in refused(tmp_path, "feed.tsv", "report.txt", "--out", "report.txt")
    assert "needs REPORT" in refused(tmp_path, "feed.tsv")


def test_a_finding_without_its_values_is_told(tmp_path: Path) -> None:
    """An audit that was changed by hand, or by another version, ends with what to do."""
    feed(tmp_path, "A")
    report(tmp_path, Complaint("A", code="15", message="bad"))
    write_audit(tmp_path, found(1, MAIN2="format-not-accepted"))
    said = refused(tmp_path, "feed.tsv", "report.txt", "--audit", "all.jsonl")
    assert "The audit's findings of format-not-accepted lack" in said


def test_the_feed_is_checked_now_without_an_audit(tmp_path: Path) -> None:
    """A real check before and one made for it say the same; every row of a real audit is understood."""

    async def shop(exchange: Exchange) -> None:
        if exchange.path == "/gone.jpg":
            await exchange.answer("404 Not Found")
        else:
            await exchange.answer_range(JPEG, Content_Type="image/jpeg")

    async def all_of_it() -> None:
        async with serve(shop) as host:
            rows = f'A\t\t{host.url("/gone.jpg")}\nB\t\t{host.url("/b.jpg")}\n"C\t\tftp://h/x\n'
            (tmp_path / "feed.tsv").write_text(HEADER + rows)
            report(tmp_path, *(Complaint(sku, code="20000", message="no access") for sku in "AB"))
            now = await auditor(
                "reconcile", "feed.tsv", "report.txt", "--allow-private", "--out", "now.csv", cwd=tmp_path
            )
            assert (now.code, now.err) == (1, "report.txt: processing report as text, UTF-8\n"), now
            ran = await auditor("check", "feed.tsv", "--allow-private", "--jsonl", "all.jsonl", cwd=tmp_path)
            assert ran.code == 1
            then = await auditor("reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", cwd=tmp_path)
            assert (then.code, then.out.replace("reconcile.csv", "now.csv")) == (1, now.out)

    asyncio.run(all_of_it())
    assert (tmp_path / "now.csv").read_bytes() == (tmp_path / "reconcile.csv").read_bytes()
    assert brief(tmp_path)[:2] == [
        ("A", "MAIN", "20000", "not-found", "fault-seen"),
        ("B", "", "20000", "", "fine-now"),
    ]


def test_a_full_disk_leaves_the_last_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there before stays whole until the new one is."""
    feed(tmp_path, "A")
    report(tmp_path)
    write_audit(tmp_path, found(1))
    (tmp_path / "reconcile.csv").write_text("of last week")

    def full(*_: object) -> None:
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl")
    assert (ran.code, (tmp_path / "reconcile.csv").read_text()) == (2, "of last week")
    assert "No space left on device" in ran.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["all.jsonl", "feed.tsv", "reconcile.csv", "report.txt"]


def test_rounds_are_remembered(tmp_path: Path) -> None:
    """What is left, new and done since the round before, with each round's Batch ID; and when a report was clean."""
    feed(tmp_path, "A", "B")
    told = ("reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", "--state", "state.db")
    rounds: tuple[tuple[list[str], dict[str, str], str, int, tuple[int, ...]], ...] = (
        (["A", "B"], {"PT012": "not-found"}, "1", 1, (2, 3, 3, 0)),
        (["B"], {"PT012": "not-found"}, "2", 1, (1, 2, 0, 1)),
        (["B"], {"PT012": "not-found"}, "2", 1, (1, 2, 0, 0)),
        ([], {}, "3", 0, (0, 0, 0, 2)),
    )
    for skus, faulty, batch, code, counts in rounds:
        report(tmp_path, *(Complaint(sku, code="20005", message="other errors") for sku in skus))
        write_audit(tmp_path, found(2, **faulty))
        ran = run(tmp_path, *told, "--batch-id", batch, "--summary", "summary.json")
        assert ran.code == code, ran
        last = json.loads((tmp_path / "summary.json").read_text())["rounds"][-1]
        assert (last["errors"], last["left"], last["new"], last["fixed"]) == counts
        assert last["batch"] == batch
    assert ran.out.count("(Batch ID 2)") == 2
    with closing(open_database(tmp_path / "state.db")) as database:
        assert list(clean_batches(tmp_path / "state.db", database)) == ["3"]


def test_a_report_is_remembered_under_the_batch_that_it_names(tmp_path: Path) -> None:
    """Another one by mistake in --batch-id isn't called clean for it; the user is told."""
    feed(tmp_path, "A")
    (tmp_path / "report.xml").write_text(xml_report([], ReportSummary("50018018123", 2, 2, 0, 0)))
    write_audit(tmp_path, found(1))
    told = ("reconcile", "feed.tsv", "report.xml", "--audit", "all.jsonl", "--state", "state.db")
    for given, warned in (("7", True), ("50018018123", False), ("", False)):
        ran = run(tmp_path, *told, "--batch-id", given)
        assert ("The reports name batch 50018018123, so --batch-id 7 isn't used." in ran.err) is warned
        with closing(open_database(tmp_path / "state.db")) as database:
            assert list(clean_batches(tmp_path / "state.db", database)) == ["50018018123"]


def test_each_marketplace_of_a_row_stands_for_itself(tmp_path: Path) -> None:
    """In a line of its own that names it, and in the rounds: what is mended for one isn't for the other."""
    images = [{"marketplace_id": shop, "media_location": f"https://shop.example/{shop}.jpg"} for shop in ("CA", "US")]
    message = {"messageId": 1, "sku": "A", "attributes": {"main_product_image_locator": images}}
    (tmp_path / "feed.tsv").write_text(json.dumps({"header": {"version": "2.0"}, "messages": [message]}))
    report(tmp_path)
    for faulty, counts in (
        ({"CA", "US"}, "2 left to do: 2 new, 0 done"),
        ({"US"}, "1 left to do: 0 new, 1 done"),
    ):
        write_audit(tmp_path, {(1, f"MAIN@{shop}"): ["not-found"] if shop in faulty else [] for shop in ("CA", "US")})
        ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", "--state", "state.db")
        assert counts in ran.out.splitlines()[-4], ran
        assert {line["marketplace"] for line in lines_of(tmp_path)} == faulty


def test_what_the_audit_does_not_have_is_not_done(tmp_path: Path) -> None:
    """A round with an audit that was cut short calls nothing done; the next whole one knows."""
    feed(tmp_path, "A", "B")
    report(tmp_path)
    for images, counts in (
        (found(2, MAIN2="not-found", MAIN3="not-found"), "2 left to do: 2 new, 0 done"),
        ({(2, "MAIN"): ["not-found"]}, "1 left to do: 0 new, 0 done"),
        (found(2, MAIN3="not-found"), "1 left to do: 0 new, 1 done"),
    ):
        write_audit(tmp_path, images)
        ran = run(tmp_path, "reconcile", "feed.tsv", "report.txt", "--audit", "all.jsonl", "--state", "state.db")
        assert counts in ran.out.splitlines()[-4], ran


def test_a_round_that_could_not_be_written_is_not_remembered(tmp_path: Path) -> None:
    """The next one is compared with the last whole one; a file that is no state file is left alone."""
    feed(tmp_path, "A")
    report(tmp_path, Complaint("A", code="20005", message="other errors"))
    write_audit(tmp_path, found(1))
    told = ("feed.tsv", "report.txt", "--audit", "all.jsonl", "--state", "state.db")
    (tmp_path / "folder").mkdir()
    assert run(tmp_path, "reconcile", *told, "--out", "folder").code == 2
    ran = run(tmp_path, "reconcile", *told)
    assert "1 left to do: 1 new, 0 done" in ran.out
    assert ran.out.count("left to do:") == 1
    (tmp_path / "state.db").write_bytes(b"x" * 4096)
    ran = run(tmp_path, "reconcile", *told)
    assert (ran.code, (tmp_path / "state.db").read_bytes()) == (2, b"x" * 4096)
    assert "no state file at all" in ran.err
