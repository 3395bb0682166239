"""What is told at once of ordinary images is what the checks would say, one by one."""

from collections.abc import Iterable
from typing import Any

import pytest
from checks.scenes import POLICY, URL, answered, image, ref
from hypothesis import given
from hypothesis import strategies as st

from auditor import policies
from auditor.audit import beginning
from auditor.checks import Judge
from auditor.model import Audit, Cause, Color, Finding, Format, ImageRef, Probe, Unreached
from auditor.urls import authority

JUDGES = [
    Judge(policies.load(name), allow_private=allow, placeholders=frozenset(known))
    for name in policies.names()
    for allow in (False, True)
    for known in ((), ("ab" * 32 + "-9000",))
]


URLS = (
    "https://cdn.h.example:8443/a.jpg",
    "http://127.0.0.1/a.jpg",
    "http://0x7f.1/a.jpg",
    "http://[::1]/a.jpg",
    "HTTP://H.Example:80/a.jpg",
    "http://me@h.example/a.jpg",
    "http://h..example/a.jpg",
    "http://é.example/a.jpg",
    "http://h?x/a.jpg",
    "http://h#f/a.jpg",
    "http://h_1:99999/a.jpg",
    "http:/h/a.jpg",
    "/a.jpg",
    "s3://h/a.jpg",
    "ftp://h/a.jpg",
    "",
    *(f"http://h.example{path}" for path in ("", "/", "/a", "/a.JPEG", "/a.tif", "/a.gif", "/.png", "/a.jpg?x.png")),
    *(
        f"http://h.example{path}"
        for path in ("/http://h/a.jpg", "/a.jpg#b", "/a\n.jpg", "/é.jpg", "/a:b.jpg", "/a$@.jpg")
    ),
    " http://h.example/a.jpg",
    "http://h.example/a.jpg\ufeff",
    "http://h.example/" + "a" * 3000 + ".jpg",
)
SIDES = (1, 2, 3, 30, 31, 499, 500, 999, 1000, 10_000, 10_001)


def each(usual: Any, **others: Iterable[object]) -> list[Any]:
    """The record with one thing that isn't as usual, each in turn."""
    return [usual._replace(**{name: value}) for name, values in others.items() for value in values]


REFS = each(ref(), url=URLS, slot=("PT01", "SWCH"), asin=("", "b1"), sku=("",))
SQUARES = [image(width=side, height=side) for side in SIDES]
ODD_IMAGES = each(
    image(),
    format=Format,
    width=SIDES,
    height=SIDES,
    frames=(None, 2),
    color=Color,
    bits=(0,),
    compression=("LZW",),
    pages=(2,),
    orientation=(8,),
)
ANSWERS = each(
    answered(image()),
    status=(200, 404, 302),
    content_type=(None, "image/png", "IMAGE/JPEG; q=1", "text/html"),
    content_length=(None, 0, 9000, 10_000_000, 20_000_000),
    digest=("ab" * 32,),
    body=(None, *ODD_IMAGES, *SQUARES),
)
KNOWN = answered(image(), digest="ab" * 32, content_length=9000)
PROBES = [Unreached(Cause.TIMEOUT), KNOWN, *ANSWERS]


def one_by_one(judge: Judge, row: tuple[ImageRef, ...], probe: Probe) -> list[tuple[Finding, ...]]:
    """Every check of every image of a row."""
    found = []
    for place, this in enumerate(row):
        findings, link = judge.link(this, row[:place])
        found.append(findings + (judge.answer(this, link, probe) if link else ()))
    return found


def under_way(judge: Judge, row: tuple[ImageRef, ...], probe: Probe) -> tuple[list[str], list[Audit]]:
    """Whose queues a row's requests wait in, and its audits once each has had that answer."""
    audit = beginning(judge, list[Audit])(row)
    requests = audit.requests()
    assert [audit.answer(place, probe) for place, _, _ in requests][-1:] in ([], [True])
    return [host for _, _, host in requests], audit.report() if requests else []


def agree(judge: Judge, row: tuple[ImageRef, ...], probe: Probe) -> None:
    """See that what is told at once is what the checks say."""
    hosts, audits = under_way(judge, row, probe)
    links = [judge.link(this, row[:place]).link for place, this in enumerate(row)]
    assert hosts == [authority(link) for link in links if link]
    assert not audits or [audit.findings for audit in audits] == one_by_one(judge, row, probe)


@pytest.mark.parametrize("judge", JUDGES)
def test_one_odd_thing_is_found_as_by_every_check(judge: Judge) -> None:
    """An image that is ordinary but for one thing, of its cell, its host's answer or its picture."""
    for this in REFS:
        agree(judge, (this,), answered(image()))
        agree(judge, (ref(slot="PT01"), this), answered(image()))
        agree(judge, (this, ref(slot="PT02")), answered(image()))
    for probe in PROBES:
        agree(judge, (ref(),), probe)


@given(
    st.sampled_from(JUDGES),
    st.lists(st.builds(ref, st.sampled_from(URLS) | st.text(alphabet="htp:/ab.jg?#@ \n\ufeff"))).map(tuple),
    st.sampled_from(PROBES).filter(lambda probe: probe is not KNOWN),
)
def test_many_odd_things_are_found_as_by_every_check(judge: Judge, row: tuple[ImageRef, ...], probe: Probe) -> None:
    """Rows of any addresses, the same one twice among them."""
    agree(judge, row, probe)


@pytest.mark.parametrize(
    ("cell", "host"),
    [
        (URL, "shop.example"),
        ("https://cdn.shop.example:8443/i/41%20x,y_=+~-.SL1500_.jpg", "cdn.shop.example:8443"),
        ("http://shop.example:80/a.jpg", "shop.example"),
        ("http://127.0.0.1/a.jpg", None),
        ("http://shop.example/a.jpg?v=1", None),
        ("http://shop.example/a.jpg#1", None),
        ("http://shop.example/http://shop.example/a.jpg", None),
        ("http://shop.example/a.jpg ", None),
        ("http://shop.example", None),
        ("", None),
    ],
)
def test_most_addresses_are_told_at_once(cell: str, host: str | None) -> None:
    """What has a query, a raw space or an address of this machine is looked at more closely."""
    assert Judge(POLICY).ordinary.host(cell) == host


def test_a_row_with_nothing_to_say_gives_what_is_usual() -> None:
    """Where all such rows have the same report, none is made; any other row's is made of its audits."""
    begin = beginning(Judge(POLICY), lambda audits: f"{len(audits[0].findings)} found", usual="usual")

    def told(this: ImageRef, probe: Probe) -> str:
        audit = begin((this,))
        assert audit.answer(0, probe)
        return audit.report()

    small = image(width=499, height=499)
    assert told(ref(), answered(image())) == "usual"
    assert told(ref(), answered(small)) == told(ref(asin="b1"), answered(image())) == "1 found"
    assert told(ref(asin="b1"), answered(small)) == "2 found"


def test_most_pictures_are_told_at_once() -> None:
    """A JPEG of a good size is ordinary; one that is too small isn't."""
    ordinary = Judge(POLICY).ordinary
    assert ordinary.picture(ref(), answered(image()))
    assert not ordinary.picture(ref(), answered(image()._replace(width=499, height=499)))
