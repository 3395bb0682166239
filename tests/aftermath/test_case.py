"""Where each product without a picture stands: what comes first is said first, and none is left out."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from auditor.aftermath.case import Case, Records, Standing, sort_products
from auditor.aftermath.looks import Audited, Look, read_audit, take_audits
from auditor.aftermath.missing import Missing
from auditor.aftermath.wanted import Wanted
from auditor.checks import CODES
from auditor.errors import FeedError
from auditor.model import (
    Answered,
    Audit,
    Cause,
    Finding,
    Format,
    ImageInfo,
    ImageRef,
    Kind,
    NotAnImage,
    Probe,
    Unreached,
)
from auditor.settings import FeedSettings
from auditor.state import Sent, Upload, images_of

HOUR = 3600.0
NOW = 100 * HOUR
OVER = NOW - 24 * HOUR
REDIRECT = Finding("redirect", {"status": 301, "target": "https://h.example/b.jpg"})


def refs(sku: str, url: str) -> tuple[ImageRef, ...]:
    """A row with a main image."""
    return (ImageRef("feed.txt", 2, "B000000001", sku, "US", "MAIN", url),)


def sort(url: str, looks: Sequence[Look], sent_url: str | None, sent: float = OVER) -> Case:
    """Sort one product: with the address in the feed, what the audit saw, and the address sent when (None: never)."""
    missing = Missing("list.txt", 10)
    missing.add("B000000001", "", 1)
    wanted = Wanted(0)
    wanted.add(refs("S1", url))
    audited = Audited("p")
    audited.looks["S1"] = list(looks)
    known = None
    if sent_url is not None:
        upload = Upload("7", "feed.txt", sent, 1)
        known = Sent("S1", "B000000001", ("MAIN",), images_of(refs("S1", sent_url)).digest, upload, upload)
    (case,) = sort_products(missing, {"S1": wanted}, Records(audited, lambda _sku, _asin: known, OVER))
    return case


def look(url: str, *faults: Finding, seen: bool = True) -> Look:
    """What the audit saw of the main image."""
    return Look("MAIN", url, faults, seen)


@pytest.mark.parametrize(
    ("looks", "sent_url", "sent", "standing"),
    [
        ([look("a", REDIRECT)], "a", OVER, Standing.FIX),
        ([look("a", REDIRECT)], "a", NOW, Standing.FIX),
        ([look("before", REDIRECT)], "a", OVER, Standing.CHECK),
        ([look("before")], "a", OVER, Standing.CHECK),
        ([look("a", seen=False)], "a", OVER, Standing.CHECK),
        ([], "a", OVER, Standing.CHECK),
        ([look("a")], None, OVER, Standing.SEND),
        ([look("a")], "before", OVER, Standing.SEND),
        ([look("a")], "a", OVER + 1, Standing.WAIT),
        ([look("a")], "a", NOW, Standing.WAIT),
        ([look("a")], "a", OVER, Standing.ASK),
        ([look("a"), look("before", REDIRECT)], "a", OVER, Standing.ASK),
    ],
)
def test_each_product_stands_where_its_records_put_it(
    looks: list[Look], sent_url: str | None, sent: float, standing: Standing
) -> None:
    """Faults first, then an audit of the very images, then their upload, then the 24 hours to the second."""
    assert sort("a", looks, sent_url, sent).standing is standing


def test_empty_main_image_is_a_fault_to_correct() -> None:
    """What is only a warning for others is the very reason here."""
    case = sort("", [look("", Finding("main-image-missing", {}))], None)
    assert (case.standing, [fault.finding.code for fault in case.faults]) == (Standing.FIX, ["main-image-missing"])


def test_products_come_in_the_lists_order_and_none_is_left_out() -> None:
    """Those that the feed lacks, too; each offer of one ASIN stands for itself."""
    missing = Missing("list.txt", 10)
    for name in ("B000000009", "B000000001"):
        missing.add_name(name, 1)
    found = {sku: Wanted(1) for sku in ("S1", "S2")}
    for sku, wanted in found.items():
        wanted.add(refs(sku, "a"))
    audited = Audited()
    audited.looks["S2"] = [look("a", REDIRECT)]
    cases = sort_products(missing, found, Records(audited, None, OVER))
    assert [(case.asin, case.sku, case.standing) for case in cases] == [
        ("B000000009", "", Standing.ABSENT),
        ("B000000001", "S1", Standing.CHECK),
        ("B000000001", "S2", Standing.FIX),
    ]


HEAD = '{"schema":1,"version":"0","policy":{"name":"amazon-current"}}\n'
IMAGE = '{"status":206,"body":{"what":"ImageInfo"}}'


def audit(path: Path, content: str) -> Audited:
    """Read what an audit says of one product."""
    path.write_text(content, encoding="utf-8")
    return asyncio.run(read_audit(str(path), {"S1"}, FeedSettings(block=7)))


def test_audit_is_read_back_for_listed_products_alone(tmp_path: Path) -> None:
    """Faults are what fails; a line that was cut off, or that is none, is no audit of its product."""
    image = (
        '{"feed":"f","row":2,"asin":"B000000001","sku":"S1","slot":"%s","url":"%s","findings":[{"code":"%s",'
        '"kind":"%s","severity":"%s","values":{"a":1}}],"probe":' + IMAGE + "}\n"
    )
    found = audit(
        tmp_path / "all.jsonl",
        HEAD
        + image % ("MAIN", "a", "redirect", "wrong", "fail")
        + image % ("PT01", "b", "image-undetermined", "unchecked", "warn")
        + (image % ("MAIN", "c", "redirect", "wrong", "fail")).replace("S1", "S2").replace("B000000001", "B2")
        + '{"feed":"f","row":3,"unreadable":"not-json","text":"x","findings":[]}\n[1]\nnonsense\n'
        + '{"feed":"f","row":9,"asin":"B000000001","sku":"S1","slot":"PT02","url":"d","find',
    )
    assert found.policy == "amazon-current"
    assert found.looks == {
        "S1": [Look("MAIN", "a", (Finding("redirect", {"a": 1}),), seen=True), Look("PT01", "b", (), seen=False)]
    }


@pytest.mark.parametrize(
    ("probe", "seen"),
    [
        (IMAGE, True),
        ('{"status":301,"body":null}', False),
        ('{"status":404,"body":{"what":"ImageInfo"}}', False),
        ('{"status":200,"body":{"what":"NotAnImage"}}', False),
        ('{"cause":"timeout","detail":""}', False),
        ("null", False),
    ],
)
def test_only_an_address_that_gave_an_image_was_seen(tmp_path: Path, *, probe: str, seen: bool) -> None:
    """Rules of one's own may say nothing of a redirect or a page; the text still says that there is an image."""
    line = f'{{"sku":"S1","slot":"MAIN","url":"a","findings":[],"probe":{probe}}}\n'
    assert [one.seen for one in audit(tmp_path / "all.jsonl", HEAD + line).looks["S1"]] == [seen]


@pytest.mark.parametrize(
    ("probe", "seen"),
    [
        (Answered(200, body=ImageInfo(Format.JPEG, 1200, 1200)), True),
        (Answered(301, "https://h.example/b.jpg"), False),
        (Answered(200, body=NotAnImage(Kind.HTML)), False),
        (Unreached(Cause.TIMEOUT), False),
        (None, False),
    ],
)
def test_only_an_address_that_gives_an_image_now_is_seen(*, probe: Probe | None, seen: bool) -> None:
    """As in an audit that is read back."""

    async def audits() -> AsyncIterator[Audit]:
        yield Audit(refs("S1", "a")[0], probe, ())

    found = asyncio.run(take_audits(audits(), CODES, "mine"))
    assert [one.seen for one in found.looks["S1"]] == [seen]


@pytest.mark.parametrize("code", ["redirect", "html-page", "not-found", "image-too-small", "main-image-missing"])
def test_what_the_case_denies_is_a_fault_by_any_rules(tmp_path: Path, code: str) -> None:
    """Rules of one's own may make it a warning; the text still says that there is none."""
    finding = f'{{"code":"{code}","kind":"wrong","severity":"warn","values":{{}}}}'
    found = audit(tmp_path / "all.jsonl", f'{HEAD}{{"sku":"S1","slot":"MAIN","url":"a","findings":[{finding}]}}\n')
    assert [one.faults for one in found.looks["S1"]] == [(Finding(code, {}),)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("sku\tasin\n", "is no audit"),
        ('{"schema":1}\n', "is no audit"),
        (HEAD.replace("1", "99"), "newer version of auditor"),
        ("", "is no audit"),
    ],
)
def test_what_is_no_audit_is_told(tmp_path: Path, content: str, said: str) -> None:
    """In one sentence that names the file."""
    with pytest.raises(FeedError, match=said):
        audit(tmp_path / "all.jsonl", content)
