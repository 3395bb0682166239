"""What is found in a row, a link, an answer and an image."""

import pickle
import re
from dataclasses import replace
from pathlib import Path

import pytest
from checks.scenes import (
    BAD_ROWS,
    CAUSES,
    FILES,
    JUDGE,
    POLICY,
    SCENES,
    SIGNED,
    URL,
    Scene,
    answered,
    body,
    image,
    play,
    ref,
)
from hypothesis import given
from hypothesis import strategies as st

from auditor import checks, policies
from auditor.checks import CODES, Judge
from auditor.errors import SettingsError
from auditor.model import Body, Cause, Finding, Format, Kind, NotAnImage, Page, Severity, Unreached, Verdict

# The table of the published contract, by kind; what other modules find (later, or from several images) is left out.
FAIL = {
    Verdict.BROKEN: "url-malformed url-relative url-scheme not-found http-error unexpected-status "
    "image-truncated image-corrupt",
    Verdict.WRONG: "row-malformed product-id-missing url-unsafe-characters url-several url-credentials redirect "
    "html-page not-an-image empty-body format-not-accepted image-too-small image-too-large gif-animated tracking-pixel",
    Verdict.BLOCKED: "access-denied rate-limited",
    Verdict.UNREACHABLE: "url-private-address dns-failure connect-failure tls-failure timeout connection-lost "
    "host-suspended protocol-error server-error",
}
WARN = {
    Verdict.WRONG: "asin-malformed main-image-missing url-query-string url-discouraged-characters url-signed "
    "url-repeated url-too-long cell-repaired content-type-mismatch extension-mismatch image-without-zoom "
    "placeholder-suspected format-negotiated image-blank background-not-white fails-later "
    "file-too-large color-cmyk tiff-compressed tiff-several-pages swatch-too-large",
    Verdict.UNCHECKED: "url-not-checkable image-undetermined",
}
# What takes more than one answer to be found is played in tests of its own.
ELSEWHERE = {
    *("row-malformed", "placeholder-suspected", "format-negotiated", "image-blank", "background-not-white"),
    "fails-later",  # under a policy with dated rules
}
CONTRACT = {
    slug: (kind, severity)
    for severity, table in ((Severity.FAIL, FAIL), (Severity.WARN, WARN))
    for kind, slugs in table.items()
    for slug in slugs.split()
}


def under(**severity: str) -> Judge:
    """Give a judge under the default policy with other severities."""
    overrides = {code.replace("_", "-"): Severity(word) for code, word in severity.items()}
    return Judge(replace(POLICY, severity=overrides))


def first(url: str, **facts: object) -> Finding:
    """Give the only finding of an answer, in which nothing is hidden behind another."""
    this = ref(url)
    link = JUDGE.link(this).link
    assert link is not None
    (finding,) = JUDGE.answer(this, link, answered(**facts))  # type: ignore[arg-type]  # names are the test's
    return finding


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: f"{scene.codes or 'nothing'}")
def test_these_facts_give_exactly_these_codes(scene: Scene) -> None:
    """Every code is found on its side of every limit, and nothing else with it."""
    assert [finding.code for finding in play(scene)] == scene.codes.split()


@pytest.mark.parametrize(("name", "what", "codes"), FILES)
def test_files_are_judged_like_answers(name: str, what: Body, codes: str) -> None:
    """A file on this computer gets the codes that it would get behind an address, but for those of the way there."""
    assert [finding.code for finding in JUDGE.file(name, "MAIN", 1, what)] == codes.split()


def test_files_have_a_weight_and_a_slot() -> None:
    """Too many bytes are told, and a swatch is judged as one."""
    assert [finding.code for finding in JUDGE.file("a.jpg", "MAIN", 10_000_001, image())] == ["file-too-large"]
    assert [finding.code for finding in JUDGE.file("a.jpg", "SWCH", 1, image())] == ["swatch-too-large"]
    assert JUDGE.file("a.jpg", "SWCH", 1, image(width=30, height=20)) == ()


def test_the_codes_are_those_of_the_contract() -> None:
    """The published slugs, kinds and severities are declared, no more and no fewer."""
    assert {slug: (code.kind, code.severity) for slug, code in CODES.items()} == CONTRACT
    assert dict(JUDGE.codes) == dict(CODES)


def test_every_code_has_a_scene() -> None:
    """No code is declared that nothing leads to."""
    played = {code for scene in SCENES for code in scene.codes.split()}
    assert played | ELSEWHERE == set(CODES)


def test_every_cause_has_a_code() -> None:
    """Whatever keeps a server from answering is told."""
    assert set(CAUSES) == set(Cause)


@pytest.mark.parametrize("row", BAD_ROWS)
def test_an_unreadable_row_is_told_with_its_reason(row: object) -> None:
    """A row that can't be read is a finding, never an exception."""
    assert JUDGE.row(row) == (Finding("row-malformed", {"reason": row.reason}),)  # type: ignore[arg-type,attr-defined]  # a BadRow


@pytest.mark.parametrize(
    "url",
    [
        "none",
        "a.jpg",
        "ftp://h.example/a.jpg",
        "http://h.example/a b.jpg",
        "http://h.example/1.jpg http://h.example/2.jpg",
        "http://10.0.0.1/a.jpg",
        "s3://bucket/a.jpg",
        "http://me:pw@h.example/a.jpg",
        "",
        "\xa0",
    ],
)
def test_a_link_that_cannot_work_is_not_requested(url: str) -> None:
    """Nobody is asked for what can't be had."""
    assert JUDGE.link(ref(url)).link is None


@pytest.mark.parametrize("code", ["url-several", "url-relative", "url-malformed", "url-scheme", "url-private-address"])
def test_switching_a_code_off_does_not_make_its_link_requested(code: str) -> None:
    """A policy may silence a finding about a link; it can't send us to an address inside, or to none."""
    silent = under(**{code: "off"})
    for scene in SCENES:
        if scene.codes == code and scene.probe is None:
            assert silent.link(ref(scene.url)) == ((), None)


def test_a_repaired_link_is_requested_without_what_was_around_it() -> None:
    """The URL alone goes out."""
    link = JUDGE.link(ref(f"\ufeff {URL}\xa0")).link
    assert link is not None
    assert link.text == URL


def test_private_addresses_may_be_allowed() -> None:
    """Someone who audits a server of their own says so."""
    finding, link = Judge(POLICY, allow_private=True).link(ref("http://127.0.0.1:8765/a.jpg"))
    assert finding == ()
    assert link is not None


@pytest.mark.parametrize("word", list(Severity))
def test_a_policy_overrides_severity(word: Severity) -> None:
    """A code counts as the policy says; one that is off is never found."""
    judge = under(image_too_small=word)
    assert judge.codes["image-too-small"] == CODES["image-too-small"]._replace(severity=word)
    assert judge.codes["image-too-large"] == CODES["image-too-large"]
    found = play(body(image(width=9, height=9), ""), judge)
    assert bool(found) == (word is not Severity.OFF)


def test_everything_can_be_switched_off() -> None:
    """Under a policy that silences every code, nothing is found anywhere."""
    silent = under(**dict.fromkeys(CODES, "off"))
    for scene in SCENES:
        assert play(scene, silent) == ()
    assert all(silent.row(row) == () for row in BAD_ROWS)


def test_an_unknown_code_in_a_policy_is_one_sentence() -> None:
    """A slip in a code's name is answered with the closest that exists."""
    with pytest.raises(SettingsError, match="unknown code image-too-smal; did you mean image-too-small"):
        under(image_too_smal="off")
    with pytest.raises(SettingsError, match=r"unknown code qqq\."):
        under(qqq="off")


def test_the_current_policy_takes_png() -> None:
    """What is accepted is the policy's."""
    judge = Judge(policies.load("amazon-current"))
    assert play(body(image(Format.PNG), "", "http://h.example/a.png"), judge) == ()
    (finding,) = play(body(image(Format.WEBP), "", "http://h.example/a.webp"), judge)
    assert finding.values == {"format": "WebP", "accepted": "JPEG, TIFF, GIF, PNG"}


def test_what_concerns_the_row_is_said_once() -> None:
    """The first image of a row tells of its missing ids, the others don't."""
    row = (ref(asin="", sku=""), ref("http://h.example/2.jpg", "PT01", "", ""))
    assert [finding.code for finding in JUDGE.link(row[0]).findings] == ["product-id-missing"]
    assert JUDGE.link(row[1], row[:1]).findings == ()


def test_a_passing_image_shares_the_empty_answer() -> None:
    """Most images have nothing wrong, and cost no findings."""
    link = JUDGE.link(ref())
    assert link.findings is ()  # noqa: F632  # the very object is the promise
    assert JUDGE.answer(ref(), link.link, answered(image())) is ()  # type: ignore[arg-type]  # noqa: F632  # likewise


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("https://cdn.example/b.jpg", "https://cdn.example/b.jpg"),
        ("/b.jpg", "http://shop.example/b.jpg"),
        ("b.jpg", "http://shop.example/b.jpg"),
        ("//cdn.example/b.jpg", "http://cdn.example/b.jpg"),
        ("/b.jpg?X-Amz-Signature=SECRET&w=1", "http://shop.example/b.jpg?X-Amz-Signature=…&w=1"),
        ("http://me:SECRET@h.example/", "http://…@h.example/"),
        ("http://[broken", "http://[broken"),
        ("/a\r\nb\udce9", "http://shop.example/ab"),
        ("/" + "a" * 9000, "http://shop.example/" + "a" * 1979 + "…"),
    ],
)
def test_a_redirect_shows_its_target(location: str, target: str) -> None:
    """The target is a whole URL that can be copied, without secrets or unprintable characters."""
    assert first(URL, body=None, status=302, location=location).values == {"status": 302, "target": target}


def test_a_redirect_to_nowhere_says_so() -> None:
    """A redirect without Location has wording of its own."""
    assert first(URL, body=None, status=301).values == {"status": 301, "case": "nowhere"}


def test_a_page_is_told_by_what_is_known_of_it() -> None:
    """What the page does, where it leads, its title: whatever helps the seller recognise the page."""

    def page(title: str = "", opens: str = "", does: Page | None = None) -> object:
        return first(URL, body=NotAnImage(Kind.HTML, title, opens, does), status=200).values

    target = "http://shop.example/b?token=…"
    assert page() == {"title": ""}
    assert page(" Our\n shop ") == {"title": "Our shop"}
    assert page("x" * 500) == {"title": "x" * 119 + "…"}
    assert page("Sign in", "/b?token=SECRET", Page.LOGIN) == {"title": "Sign in", "case": "login"}
    assert page("", "/b?token=SECRET", Page.OPENING) == {"title": "", "case": "opening", "target": target}
    assert page("", "/b?token=SECRET", Page.POP_UP) == {"title": "", "case": "pop-up", "target": target}


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        ("http://a.example/1.jpg http://a.example/2.jpg", 2),
        ('"http://a.example/1.jpg", "http://a.example/2.jpg"', 2),
        ("http://a.example/1.jpg,http://a.example/2.jpg;http://cdn.example/i?u=http://a.example/3.jpg", 3),
    ],
)
def test_several_urls_are_counted(cell: str, count: int) -> None:
    """The seller learns how many addresses share the cell; one inside another isn't counted."""
    assert JUDGE.link(ref(cell)).findings == (Finding("url-several", {"count": count}),)


def test_a_signature_is_told_where_access_is_denied() -> None:
    """A signed link that is denied has wording of its own, with its expiry where it says one."""
    values = {"status": 403, "host": "shop.example"}
    assert first(URL + "?sig=SECRET", body=None, status=403).values == values | {"case": "signed"}
    dated = {"case": "signed-until", "expiry": "1970-01-01 00:00:01 UTC"}
    assert first(SIGNED, body=None, status=403).values == values | dated


def test_a_signed_link_says_when_it_dies() -> None:
    """Before its expiry a signed link is one that expires, from then on one that has expired; without one, neither."""

    def signed(query: str, now: float) -> object:
        (_, finding) = Judge(POLICY, now=now).link(ref(f"{URL}?{query}&Signature=SECRET")).findings
        return finding.values

    told = {"parameter": "Signature", "expiry": "2026-11-23 00:00:00 UTC"}
    assert signed("Expires=1795392000", 1795391999) == told | {"case": "expires"}
    assert signed("Expires=1795392000", 1795392000) == told | {"case": "expired"}
    assert signed("w=1", 1795392000) == {"parameter": "Signature"}


def test_no_secret_stands_in_any_value() -> None:
    """What is signed or has a password is never quoted in a finding."""
    told = [str(finding.values) for scene in SCENES for finding in play(scene)]
    assert not [text for text in told if "SECRET" in text or ":pw" in text]


def test_findings_can_be_sent_to_another_process() -> None:
    """Findings are plain records."""
    findings = tuple(finding for scene in SCENES for finding in play(scene))
    assert pickle.loads(pickle.dumps(findings)) == findings  # noqa: S301  # our own records


CELL = st.one_of(
    st.text(max_size=50),
    st.text(alphabet=st.sampled_from("htps3f:/.@?#&=\\ \xa0\ufeffé,;0123[]%x\n"), max_size=40),
    st.text(max_size=20).map(lambda text: f"http://h.example/{text}"),
)


@given(CELL, st.text(max_size=12))
def test_any_cell_is_judged(url: str, asin: str) -> None:
    """No cell makes a check fail; what isn't requested has a finding that says why, unless it is empty."""
    findings, link = JUDGE.link(ref(url, "PT01", asin))
    told = {finding.code for finding in findings}
    assert told <= set(CODES)
    assert link is not None or told or not url
    if link is not None:
        assert link.scheme in ("http", "https")
        assert not {code for code in told if CODES[code].severity is Severity.FAIL} - {"product-id-missing"}


@given(
    st.one_of(
        st.builds(Unreached, st.sampled_from(Cause), st.text(max_size=20)),
        st.builds(
            answered,
            st.one_of(
                st.none(),
                st.builds(NotAnImage, st.sampled_from(Kind), st.text(max_size=20), st.text(max_size=20)),
                st.builds(image, st.sampled_from(Format), st.integers(1, 2**31), st.integers(1, 2**31)),
            ),
            st.integers(0, 999),
            location=st.none() | st.text(max_size=30),
            content_type=st.none() | st.text(max_size=30),
            content_length=st.none() | st.integers(0, 2**60),
        ),
    )
)
def test_any_answer_is_judged(probe: object) -> None:
    """No answer makes a check fail, and none but a good image passes."""
    this = ref()
    link = JUDGE.link(this).link
    assert link is not None
    findings = JUDGE.answer(this, link, probe)  # type: ignore[arg-type]  # a Probe
    assert {finding.code for finding in findings} <= set(CODES)
    assert findings or getattr(probe, "status", 0) in (200, 206)


def test_checks_hold_no_prose() -> None:
    """Words for sellers stand in the texts, never in a check."""
    for path in Path(checks.__file__).parent.glob("*.py"):
        if path.name == "judge.py":
            continue  # its one sentence is an error about a policy
        code = re.sub(r'""".*?"""|#.*', "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert not re.findall(r'"[A-Za-z]+ [a-z]+ [a-z]+[^"]*"', code)
