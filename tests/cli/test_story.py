"""From a feed with ten faults to a support case, as its user goes through it, by a clock of the test's own."""

import asyncio
import csv
import json
import re
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from commands import HEADER, Ran, auditor, write_feed
from hosts import Exchange, Host, serve
from images import made

from auditor.cli.main import program
from auditor.state import Rounds, open_database

HOUR = 3600.0
SENT = 1_795_000_000.0  # 2026-11-18 11:06 UTC
GOOD = made("JPEG", size=(1200, 900))
# A fault each: what the host has at the address, and what is found.
FAULTS = {
    "moved": "redirect",
    "gone": "not-found",
    "page": "html-page",
    "png": "format-not-accepted",
    "small": "image-too-small",
    "cut": "image-truncated",
    "empty": "empty-body",
    "wall": "access-denied",
    "dot": "tracking-pixel",
    "moving": "gif-animated",
}
FILES = {
    "png": made("PNG", size=(1200, 900)),
    "small": made("JPEG", size=(200, 200)),
    "cut": GOOD[:300],
    "empty": b"",
    "page": b"<!doctype html><title>Our shop</title>",
    "dot": made("GIF", "P", size=(1, 1)),
    "moving": made("GIF", "P", size=(1200, 900), frames=2),
}


async def shop(exchange: Exchange) -> None:
    """Has all that is good, and ten that aren't."""
    name = exchange.path.strip("/").removesuffix(".jpg")
    if name == "moved":
        await exchange.answer("301 Moved Permanently", Location="/good1.jpg")
    elif name == "gone":
        await exchange.answer("404 Not Found")
    elif name == "wall":
        await exchange.answer("403 Forbidden")
    else:
        await exchange.answer_range(FILES.get(name, GOOD))


def images(*corrected: str) -> list[str]:
    """Two good images, then the ten: of those corrected, a new address."""
    return ["good1", "good2", *(f"{name}-new" if name in corrected else name for name in FAULTS)]


CORRECTED = ("moved", "png", "small", "moving")  # products 3, 6, 7 and 12


async def checks(folder: Path) -> tuple[Ran, Ran]:
    """Check the feed, correct four of its faults, and check again."""

    async def check(host: Host, names: list[str]) -> Ran:
        write_feed(folder, *(host.url(f"/{name}.jpg") for name in names))
        files = ("--jsonl", "all.jsonl", "--state", "nightly.db")
        return await auditor("check", "feed.tsv", "--allow-private", *files, cwd=folder)

    async with serve(shop) as host:
        return await check(host, images()), await check(host, images(*CORRECTED))


class Seller:
    """What the seller runs after that, and the clock on the wall."""

    def __init__(self) -> None:
        self.now = SENT

    def run(self, *arguments: str) -> Result:
        """Run the command in this process."""
        return CliRunner().invoke(program, list(arguments), standalone_mode=False)

    def reconcile(self) -> Result:
        """Set the processing report beside the feed."""
        files = ("report.txt", "--audit", "all.jsonl", "--state", "nightly.db", "--batch-id", "50123")
        return self.run("reconcile", "feed.tsv", *files)

    def case(self, *arguments: str) -> Result:
        """Ask for the case."""
        files = ("--missing", "searched.json", "--audit", "all.jsonl", "--state", "nightly.db")
        return self.run("case", "feed.tsv", *files, *arguments)


@pytest.fixture
def seller(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Seller:
    """At work in a folder of his own."""
    made = Seller()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("auditor.cli.clock.now", lambda: made.now)
    return made


def searched(missing: set[int]) -> str:
    """What Amazon says of each of the products: which of them have a main image; and of one that the feed hasn't."""
    return json.dumps(
        {
            "items": [
                {
                    "sku": f"S{number}",
                    "summaries": [{"asin": f"B{number:09d}"} | ({} if number in missing else PICTURE)],
                }
                for number in range(1, 14)
            ]
        }
    )


PICTURE = {"mainImage": {"link": "https://m.example/i.jpg", "height": 900, "width": 1200}}


REPORT = """Feed Processing Summary:
\tNumber of records processed\t\t12
\tNumber of records successful\t\t9

original-record-number\tsku\terror-code\terror-type\terror-message
3\tS3\t20000\tError\tWe couldn't access the image.
4\tS4\t20000\tError\tWe couldn't access the image.
5\tS5\t15\tError\tThe image URL is invalid.
"""


def verdicts() -> dict[str, str]:
    """What reconcile.csv says of each product."""
    with Path("reconcile.csv").open(encoding="utf-8", newline="") as lines:
        return {line["sku"]: line["verdict"] for line in csv.DictReader(lines)}


def standings() -> dict[str, str]:
    """Where todo.csv has each product."""
    lines = Path("case/todo.csv").read_text(encoding="utf-8").splitlines()[1:]
    return {cells[1]: cells[2] for cells in (line.split(",") for line in lines)}


def test_from_ten_faults_to_the_support_case(seller: Seller, tmp_path: Path) -> None:
    """The case names exactly the products that qualify: their images pass, and were sent more than 24 hours ago."""
    before, after = asyncio.run(checks(tmp_path))
    assert (before.code, after.code) == (1, 1)
    assert '"channel":"Amazon"' in Path("all.jsonl").read_text().splitlines()[0]
    assert [count for ran in (before, after) for count in re.findall(r"failing (\d+)", ran.out)] == ["10", "6"]

    assert seller.run("submitted", "feed.tsv", "--batch-id", "50123", "--state", "nightly.db").return_value == 0

    Path("report.txt").write_text(REPORT)
    ran = seller.reconcile()
    assert ran.return_value == 1
    assert verdicts() == {"S3": "fine-now", "S4": "fault-seen", "S5": "fault-seen"} | dict.fromkeys(
        ("S8", "S9", "S10", "S11"), "unreported"
    )

    # Two of the four that were corrected show by then; one that was good all along doesn't.
    still = {number for number, name in enumerate(images(), 1) if name in FAULTS and name not in CORRECTED}
    Path("searched.json").write_text(searched({1, 3, 6, 13} | still))
    seller.now = SENT + 24 * HOUR - 1
    assert seller.case().return_value == 1
    assert {name for name, standing in standings().items() if standing == "wait"} == {"S1", "S3", "S6"}
    assert not Path("case/case-1.txt").exists()

    seller.now = SENT + 24 * HOUR
    ran = seller.case()
    assert ran.return_value == 1
    assert standings() == {f"S{number}": "fix-first" for number in still} | {"S13": "not-in-feed"}
    letter = Path("case/case-1.txt").read_text(encoding="utf-8")
    assert re.findall(r"^B\d+$", letter, re.MULTILINE) == ["B000000001", "B000000003", "B000000006"]
    assert "2026-11-18 11:06 UTC, batch 50123, with images for 3 of these products" in letter
    assert "rule set amazon-us-2022" in letter
    assert re.search(r"The last complete check of this feed ended on 20\d\d-\d\d-\d\d", letter)
    assert "processing report" not in letter
    assert "batch 50123 still had errors" in ran.stdout

    # The next report is clean: now that is on record, too.
    Path("report.txt").write_text(REPORT.partition("original")[0].replace("9", "12"))
    seller.now += HOUR
    seller.reconcile()
    ran = seller.case()
    letter = Path("case/case-1.txt").read_text(encoding="utf-8")
    assert "processing report of batch 50123; on 2026-11-19 12:06 UTC it showed no errors any more" in letter
    assert "\n5. 24 hours or more have passed since the upload (2026-11-18 11:06 UTC).\n" in letter
    assert "still had errors" not in ran.stdout
    attached = Path("case/case.csv").read_text(encoding="utf-8").splitlines()
    assert [line.split(",")[1:3] for line in attached[1:]] == [[f"S{number}", "50123"] for number in (1, 3, 6)]


def one_good_product(folder: Path) -> tuple[str, ...]:
    """Write a feed, its audit and a list, and say how they are named."""
    address = "https://h.example/a.jpg"
    write_feed(folder, address)
    look: dict[str, object] = {"sku": "S1", "asin": "B000000001", "slot": "MAIN", "url": address, "findings": []}
    look["probe"] = {"status": 206, "body": {"what": "ImageInfo"}}
    about = {"schema": 1, "policy": {"name": "amazon-us-2022"}}
    Path("audit.jsonl").write_text(f"{json.dumps(about)}\n{json.dumps(look)}\n")
    Path("list.txt").write_text("S1\n")
    return ("--missing", "list.txt", "--audit", "audit.jsonl", "--state", "nightly.db")


def reconciled(batch: str, now: float, errors: int) -> None:
    """Let the processing report of an upload be on record."""
    with closing(Rounds(Path("nightly.db"), "feed.tsv")) as rounds:
        rounds.enter(batch, now, errors)
        rounds.commit()


@pytest.mark.parametrize(("noted", "told"), [("", "77"), ("50 123", ""), ("50 123", "77")])
def test_batch_id_is_the_users_word_where_none_was_noted(seller: Seller, tmp_path: Path, noted: str, told: str) -> None:
    """In the text and in the table, with its clean report; one that was noted stays, even with a space in it."""
    files = one_good_product(tmp_path)
    seller.run("submitted", "feed.tsv", "--batch-id", noted, "--state", "nightly.db")
    batch = noted or told
    reconciled(batch, seller.now, 0)
    seller.now += 24 * HOUR
    seller.run("case", "feed.tsv", *files, "--batch-id", told)
    letter = Path("case/case-1.txt").read_text(encoding="utf-8")
    assert f"\nBatch ID: {batch}\n" in letter
    assert f"processing report of batch {batch};" in letter
    assert f"B000000001,S1,{batch}," in Path("case/case.csv").read_text(encoding="utf-8")


def test_upload_that_was_rejected_is_none_to_wait_from(seller: Seller, tmp_path: Path) -> None:
    """The same image sent again waits from then on, for `pending` as for `case`, whose text names that upload."""
    files = one_good_product(tmp_path)
    for batch, errors in (("1001", 1), ("1002", 0)):
        seller.run("submitted", "feed.tsv", "--batch-id", batch, "--state", "nightly.db")
        reconciled(batch, seller.now, errors)
        seller.now += 49 * HOUR if errors else HOUR
    seller.run("case", "feed.tsv", *files)
    assert standings() == {"S1": "wait"}
    pending = seller.run("pending", "--state", "nightly.db").stdout
    assert pending.startswith("batch 1002, feed.tsv: the 24 hours last until 2026-11-21 12:06")
    seller.now += 23 * HOUR
    ran = seller.run("case", "feed.tsv", *files)
    letter = Path("case/case-1.txt").read_text(encoding="utf-8")
    assert "\nBatch ID: 1002\n" in letter
    assert "processing report of batch 1002" in letter
    assert "1001" not in letter + ran.stdout


def test_check_of_a_feed_with_a_name_of_its_own_is_told(seller: Seller, tmp_path: Path) -> None:
    """Under the name that it was checked by; without it, no check of this feed is on record."""
    files = one_good_product(tmp_path)
    with closing(open_database(Path("nightly.db"))) as opened:
        opened.execute("INSERT INTO feeds (id, name) VALUES (1, 'catalogue')")
        runs = "INSERT INTO runs VALUES (?, 1, ?3, ?3, ?2, '', 1, 1, 0, 0, 0, 0, 0, 0)"
        opened.execute(runs, (1, '{"channel": "Amazon"}', SENT))
        opened.execute(runs, (2, '{"channel": "Google"}', SENT + 3 * HOUR))  # which is nothing that Amazon asks for
    seller.run("submitted", "feed.tsv", "--state", "nightly.db")
    seller.now += 24 * HOUR
    for flags, told in (((), False), (("--feed-name", "catalogue"), True)):
        seller.run("case", "feed.tsv", *files, *flags)
        letter = Path("case/case-1.txt").read_text(encoding="utf-8")
        assert ("last complete check of this feed ended on 2026-11-18 11:06 UTC" in letter) is told


def test_texts_are_as_short_as_the_form_for_them(seller: Seller, tmp_path: Path) -> None:
    """A form that takes less gets more texts; one too short for any is refused."""
    files = one_good_product(tmp_path)
    write_feed(tmp_path, *["https://h.example/a.jpg"] * 300)
    names = [f"S{number}" for number in range(1, 301)]
    Path("list.txt").write_text("\n".join(names))
    about, look = Path("audit.jsonl").read_text().splitlines()
    Path("audit.jsonl").write_text("\n".join([about, *(look.replace("S1", name) for name in names)]))
    seller.run("submitted", "feed.tsv", "--state", "nightly.db")
    seller.now += 24 * HOUR
    for length, texts in ((4000, 2), (2500, 3)):
        seller.run("case", "feed.tsv", *files, "--max-length", str(length))
        written = [path.read_text(encoding="utf-8") for path in sorted(Path("case").glob("*.txt"))]
        assert (len(written), max(map(len, written)) <= length) == (texts, True)
    assert "2500" in str(seller.run("case", "feed.tsv", *files, "--max-length", "100").exception)


OWN_RULES = '{"name":"my-merchant","channel":"Google"}'


@pytest.mark.parametrize("flags", [(), ("--policy", "google-merchant")])
def test_case_for_amazon_needs_an_audit_by_its_rules(seller: Seller, tmp_path: Path, flags: tuple[str, ...]) -> None:
    """One by those of another is refused, whether it was made before or is to be made now."""
    write_feed(tmp_path, "https://h.example/a.jpg")
    Path("list.txt").write_text("S1\n")
    audits = ['{"name":"google-merchant"}', '{"name":"google-merchant","channel":"Google"}', OWN_RULES]
    for rules in audits[: 1 if flags else 3]:
        Path("audit.jsonl").write_text(f'{{"schema":1,"policy":{rules}}}\n')
        audit = () if flags else ("--audit", "audit.jsonl")
        ran = seller.run("case", "feed.tsv", "--missing", "list.txt", *audit, *flags)
        assert ran.return_value == 2
        assert "-merchant are those of Google, but a support case goes to Amazon" in ran.stderr


@pytest.mark.parametrize("kept", [0, 1])
def test_image_that_the_audit_does_not_have_is_not_called_checked(seller: Seller, tmp_path: Path, kept: int) -> None:
    """An audit that was cut short before a product, or within it, is none of that product."""
    files = one_good_product(tmp_path)
    header = HEADER.replace("\n", "\tother_image_url1\n")
    Path("feed.tsv").write_text(f"{header}S1\tB000000001\thttps://h.example/a.jpg\thttps://h.example/b.jpg\n")
    Path("audit.jsonl").write_text("".join(Path("audit.jsonl").read_text().splitlines(keepends=True)[: 1 + kept]))
    seller.run("submitted", "feed.tsv", "--state", "nightly.db")
    seller.now += 25 * HOUR
    assert seller.run("case", "feed.tsv", *files).return_value == 1
    assert (standings(), Path("case/case-1.txt").exists()) == ({"S1": "check-first"}, False)


@pytest.mark.parametrize("language", ["en", "vi"])
def test_case_is_closed_once_all_products_show(seller: Seller, language: str, tmp_path: Path) -> None:
    """Exit code 0, in every language, and what was to be sent before is gone."""
    write_feed(tmp_path, "https://h.example/a.jpg")
    Path("all.jsonl").write_text('{"schema":1,"policy":{"name":"p"}}\n')
    Path("searched.json").write_text(searched(set()))
    seller.run("submitted", "feed.tsv", "--state", "nightly.db")
    Path("case").mkdir()
    Path("case/case-1.txt").write_text("old")
    ran = seller.case("--lang", language)
    assert (ran.return_value, list(Path("case").iterdir())) == (0, [])
    assert len(ran.stdout.splitlines()) == 1


def test_list_that_leaves_products_open_is_no_end(seller: Seller, tmp_path: Path) -> None:
    """One product shows, of another nothing is told: so nobody can say that nothing is left to do."""
    write_feed(tmp_path, "https://h.example/a.jpg")
    Path("searched.json").write_text(json.dumps([{"sku": "S1", "summaries": [PICTURE]}, {"sku": "S2"}]))
    Path("all.jsonl").write_text('{"schema":1,"policy":{"name":"p"}}\n')
    seller.run("submitted", "feed.tsv", "--state", "nightly.db")
    ran = seller.case()
    assert ran.return_value == 1
    assert "1 of its entries don't tell" in ran.stdout
    assert "nothing left to do" not in ran.stdout


def test_without_an_audit_the_images_are_looked_at(tmp_path: Path) -> None:
    """Those of the listed products alone; without records of uploads, the 24 hours are left to the user's word."""

    async def main() -> tuple[Ran, Host]:
        async with serve(shop) as host:
            write_feed(tmp_path, *(host.url(f"/{name}.jpg") for name in ("good1", "gone", "good2")))
            (tmp_path / "list.txt").write_text("S1\nS2\n")
            flags = ("--missing", "list.txt", "--batch-id", "77", "--allow-private", "--method", "add-a-product")
            return await auditor("case", "feed.tsv", *flags, "--lang", "vi", cwd=tmp_path), host

    ran, host = asyncio.run(main())
    assert sorted(host.asked) == ["/gone.jpg", "/good1.jpg"]
    assert ran.code == 1
    assert "--state" in ran.out
    letter = (tmp_path / "case/case-1.txt").read_text(encoding="utf-8")
    assert "\nB000000001\n" in letter
    assert "Mã lô hàng: 77" in letter
    assert "Thêm một sản phẩm" in letter
    assert "24 giờ" not in letter
    assert "not-found" in (tmp_path / "case/todo.csv").read_text(encoding="utf-8")
