"""The text of a support case: what the help page asks for, no step that isn't on record, and every product once."""

import re
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auditor import texts
from auditor.aftermath.case import Case, Standing
from auditor.aftermath.letter import Claims, write_letters
from auditor.aftermath.methods import METHODS
from auditor.settings import AftermathSettings
from auditor.state import Sent, Upload

FIRST = Upload("50123", "feed.txt", 1_795_000_000.0, 9)
SECOND = Upload("50124", "feed.txt", 1_795_100_000.0, 9)
CLAIMS = Claims("feed", "amazon-us-2022", None, None, {}, "", "case.csv")


def case(number: int, upload: Upload | None = FIRST, *, asin: bool = True) -> Case:
    """A product that is ready."""
    sku = f"S{number}"
    sent = Sent(sku, "", ("MAIN",), 1, upload, upload) if upload else None
    return Case(f"B{number:09d}" if asin else "", sku, Standing.ASK, (("MAIN", "a"),), (), sent)


def letter(*cases: Case, claims: Claims = CLAIMS, language: str = "en") -> str:
    """Write the only text."""
    (text,) = write_letters(cases, claims, texts.load(language), 4000)
    return text


def test_it_says_what_the_help_page_asks_for() -> None:
    """Steps, method, Batch ID, and the ASIN of each product; when an upload was, and with how many of them."""
    text = letter(case(1), case(2, SECOND), case(3))
    assert "on 2026-11-18 11:06 UTC, batch 50123, with images for 2 of these products." in text
    assert "on 2026-11-19 14:53 UTC, batch 50124, with images for 1 of these products." in text
    assert "Method I use to manage products and inventory data: inventory feeds." in text
    assert "\nBatch ID: 50123, 50124\n" in text
    assert "\nB000000001\nB000000002\nB000000003\n" in text
    assert "attached case.csv" in text


def test_it_claims_nothing_that_is_not_on_record() -> None:
    """Without an upload on record, neither one nor a wait; nor dates, nor a clean report; the user's Batch ID alone."""
    text = letter(case(1, None), claims=CLAIMS._replace(batch="77"))
    assert not re.search(r"uploaded|waited|24 hours|20\d\d-\d\d-\d\d|processing report", text)
    assert "\nBatch ID: 77\n" in text
    assert "Batch ID" not in letter(case(1, None))
    assert "24 hours" not in letter(case(1), case(2, None)).partition("steps")[0]


@pytest.mark.parametrize("language", texts.names())
def test_wait_is_told_since_the_last_upload(language: str) -> None:
    """Never since the clean report that was read just now, and never since the first of several uploads alone."""
    text = letter(case(1), case(2, SECOND), claims=CLAIMS._replace(clean={"50124": 1_795_900_000.0}), language=language)
    (step,) = re.findall(r"^\d\. .*24 .*", text, re.MULTILINE)
    assert "(2026-11-19 14:53 UTC)" in step


def test_it_claims_what_is() -> None:
    """When the images were looked at, when the feed was, and when a processing report was clean."""
    day = 86_400
    claims = CLAIMS._replace(audited=day, checked=2 * day, clean={"50123": 3 * day, "9": 4 * day})
    text = letter(case(1), claims=claims)
    assert re.findall(r"1970-01-\d\d", text) == ["1970-01-02", "1970-01-03", "1970-01-04"]
    assert "processing report of batch 50123" in text


@pytest.mark.parametrize("language", texts.names())
@pytest.mark.parametrize("method", METHODS)
def test_it_is_written_in_every_language(language: str, method: str) -> None:
    """For both methods; what stays the same are names."""
    text = letter(case(1), claims=CLAIMS._replace(method=method), language=language)
    assert "B000000001" in text
    assert "{" not in text
    assert ("hàng lưu kho" in text) == (language == "vi")


def test_product_without_asin_is_named_by_its_sku() -> None:
    """On one line, whatever an SKU holds."""
    text = letter(case(1, asin=False), case(2)._replace(asin="", sku="a\nb" + "c" * 500))
    assert "\nSKU S1 (its ASIN isn't known here)\n" in text
    assert "\nSKU a\ufffdb" in text
    assert len(max(text.splitlines(), key=len)) < 400


def test_offers_of_one_asin_are_named_once() -> None:
    """Support looks at the product, not at the offer."""
    assert letter(case(1), case(1)._replace(sku="other")).count("B000000001") == 1


uploads = st.lists(st.sampled_from([FIRST, SECOND, None, FIRST._replace(batch="x" * 90)]), max_size=900)


@given(uploads, st.integers(1000, 6000), st.sampled_from(texts.names()))
def test_texts_fit_and_hold_each_product_once(sent: list[Upload | None], length: int, language: str) -> None:
    """Whatever the limit; in the order of the list; and each text with the uploads of its own products alone."""
    cases = [case(number, upload) for number, upload in enumerate(sent, 1)]
    written = write_letters(cases, CLAIMS, texts.load(language), max(length, 2500))
    assert all(len(text) <= max(length, 2500) for text in written)
    named = [int(found) for text in written for found in re.findall(r"^B(\d{9})$", text, re.MULTILINE)]
    assert named == list(range(1, len(cases) + 1))
    for text in written:
        own = {cases[int(found) - 1].sent for found in re.findall(r"^B(\d{9})$", text, re.MULTILINE)}
        assert (SECOND.batch in text) == any(one is not None and one.first == SECOND for one in own)


def test_texts_are_numbered_and_filled() -> None:
    """Each but the last is as long as the limit lets it, so that they are few."""
    limit = AftermathSettings().case_length
    written = write_letters(map(case, range(2000)), CLAIMS, texts.load("en"), limit)
    assert len(written) == 8
    assert [f"Message {number} of 8;" in text for number, text in enumerate(written, 1)] == [True] * 8
    assert all(limit - len(text) < 100 for text, _ in pairwise(written))
