"""The texts: every finding in a seller's words."""

import re
from collections.abc import Iterator

import pytest
from checks.scenes import BAD_ROWS, DEEP, FILES, JUDGE, NOW, SCENES, answered, deep, image, play, ref

from auditor import policies, texts
from auditor.checks import CODES, Judge
from auditor.errors import SettingsError
from auditor.model import BadRowReason, Body, Doubt, Excess, Finding, Flaw, Format, Kind
from auditor.repair.pictures.converted import Refusal, Step
from auditor.texts import Text


def google(name: str, body: Body) -> tuple[Finding, ...]:
    """Judge a picture by the rules of Google."""
    return Judge(policies.load("google-merchant"), now=NOW).file(name, "MAIN", 1, body)


FINDINGS = [
    *(finding for scene in SCENES for finding in play(scene)),
    *(finding for name, body, _ in FILES for finding in JUDGE.file(name, "MAIN", 1, body)),
    *(finding for row in BAD_ROWS for finding in JUDGE.row(row)),
    *JUDGE.twin(ref("http://h.example/2.jpg", "PT01"), ref()),
    *(finding for what, _ in DEEP for finding in deep(what)),
    *JUDGE.unsurvived(ref()),
    *(
        finding
        for size in ((90, 900), (400, 900), (9_000, 9_000))
        for finding in google("a.jpg", image(Format.JPEG, *size))
    ),
    *JUDGE.second(answered(image()), answered(image(Format.WEBP))),
    *JUDGE.second(answered(None, 403), answered(image(Format.WEBP))),
]


def entries(language: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """Give every wording of a language: its code, its case (or ""), and its parts."""
    for code, entry in texts.load(language).codes.items():
        yield code, "", {part: text for part, text in entry.items() if isinstance(text, str)}
        for case, parts in entry.items():
            if isinstance(parts, dict):
                yield code, case, parts


def test_english_is_there() -> None:
    """The languages are found by looking for their files."""
    assert "en" in texts.names()
    assert texts.load("en") is texts.load("en")


def test_an_unknown_language_is_one_sentence() -> None:
    """A language without texts is answered with those there are."""
    with pytest.raises(SettingsError, match=r"no texts in the language 'xx': there are .*en"):
        texts.load("xx")


@pytest.mark.parametrize("language", texts.names())
def test_every_code_has_its_texts(language: str) -> None:
    """No code without words, no words without a code."""
    assert set(texts.load(language).codes) == set(CODES)
    for code, case, parts in entries(language):
        allowed = {*Text._fields, "meaning"}
        assert set(parts) == allowed if not case else set(parts) <= allowed, (code, case)
        assert all(parts.values())


@pytest.mark.parametrize("language", texts.names())
def test_every_finding_can_be_put_into_words(language: str) -> None:
    """Each check supplies what its texts ask for; no brace, no empty word and no bare slug is left."""
    for finding in FINDINGS:
        for sentence in texts.load(language).of(finding):
            assert not re.search(r"[{}]|\(\)|“”|  |None", sentence.replace("“{”", "").replace("“}”", "")), finding


@pytest.mark.parametrize("language", texts.names())
def test_every_case_is_one_that_a_check_names(language: str) -> None:
    """Wordings for cases that no check names would never be read; cases without wording need none."""
    named = {(finding.code, finding.values["case"]) for finding in FINDINGS if "case" in finding.values}
    worded = {(code, case) for code, case, _ in entries(language) if case}
    assert worded == named


@pytest.mark.parametrize("language", texts.names())
def test_every_slug_has_its_word(language: str) -> None:
    """The closed lists of the records have words in every language."""
    words = texts.load(language).words
    assert set(words["reason"]) == set(BadRowReason)
    assert set(words["flaw"]) == set(Flaw) - {Flaw.ENDS_EARLY, Flaw.NO_END_MARK}
    assert set(words["doubt"]) == set(Doubt)
    assert set(words["excess"]) == set(Excess) - {Excess.BYTES}
    assert set(words["kind"]) == set(Kind) - {Kind.EMPTY, Kind.HTML}
    assert set(texts.load(language).steps) == {*Step}
    assert set(texts.load(language).refusals) == set(Refusal)


@pytest.mark.parametrize("language", texts.names())
def test_every_word_is_used(language: str) -> None:
    """A table of words belongs to a placeholder, and each of its slugs comes from a check."""
    supplied: dict[str, set[str]] = {}
    for finding in FINDINGS:
        for name, value in finding.values.items():
            supplied.setdefault(name, set()).add(str(value))
    for name, table in texts.load(language).words.items():
        assert set(table) <= supplied[name]


def test_no_text_promises_display_or_speaks_for_amazons_fetcher() -> None:
    """Amazon chooses what it shows, and publishes nothing about how it fetches."""
    told = " ".join(text for _, _, parts in entries("en") for text in parts.values()).lower()
    for word in ("will appear", "will be shown", "will be displayed", "amazonbot", "amazon's fetcher", "user agent"):
        assert word not in told


def told(code: str, **values: str | int) -> Text:
    """Word one finding in English."""
    return texts.load("en").of(Finding(code, values))


def test_a_redirect_shows_the_target_and_asks_for_the_direct_address() -> None:
    """The seller can copy the target from the solution."""
    text = told("redirect", status=301, target="https://cdn.example/b.jpg")
    assert "https://cdn.example/b.jpg" in text.symptom
    assert "direct address" in text.solution
    assert text.solution.endswith("https://cdn.example/b.jpg")


def test_a_redirect_to_nowhere_names_no_target() -> None:
    """A case has its own symptom and solution, and the reason of its code."""
    text = told("redirect", status=301, case="nowhere")
    assert "where" in text.symptom
    assert text.reason == told("redirect", status=301, target="x").reason


def test_a_foreign_format_names_formats_and_asks_for_a_new_address() -> None:
    """The seller learns what was found, what is taken, and that the converted file needs a new address."""
    text = told("format-not-accepted", format="WebP", accepted="JPEG, TIFF, GIF")
    assert "WebP" in text.symptom
    assert "JPEG, TIFF, GIF" in text.solution
    assert "new address" in text.solution


def test_a_slug_is_shown_by_its_word() -> None:
    """What a check names by a slug, the seller reads in words; what isn't a slug is shown as it is."""
    assert "a space" in told("url-unsafe-characters", character="space").symptom
    assert "ö" in told("url-unsafe-characters", character="ö").symptom


@pytest.mark.parametrize(("size", "shown"), [(10_000_001, "10.1 MB"), (12_345_678, "12.4 MB"), (20_000_000, "20 MB")])
def test_bytes_are_shown_in_megabytes(size: int, shown: str) -> None:
    """A file over the limit is never said to have the limit's size."""
    text = told("file-too-large", size=size, limit=10_000_000)
    assert shown in text.symptom
    assert "10 MB" in text.reason


def test_what_a_server_sends_is_never_taken_for_a_placeholder() -> None:
    """Braces in a page's title stay braces."""
    assert "{host} {0.__class__}" in told("html-page", title="{host} {0.__class__}").symptom


@pytest.mark.parametrize("language", texts.names())
def test_a_page_without_a_title_has_no_empty_brackets(language: str) -> None:
    """A title is an aside: where there is none, nothing shows that there could be one."""
    with_title = texts.load(language).of(Finding("html-page", {"title": "Our shop"})).symptom
    without = texts.load(language).of(Finding("html-page", {"title": ""})).symptom
    assert with_title.replace(" (“Our shop”)", "") == without
