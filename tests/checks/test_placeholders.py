"""Pictures that are no picture of the product: those the user knows, and those that a row shows twice."""

from pathlib import Path

import pytest
from checks.scenes import POLICY, answered, image, ref

from auditor.audit import RowAudit
from auditor.checks import Judge
from auditor.contents import read_contents
from auditor.errors import SettingsError
from auditor.model import Audit, ImageRef, Kind, NotAnImage, Probe

A, B = "a1" * 32, "b2" * 32


def shown(digest: str | None = A, length: int | None = 9_000) -> Probe:
    """An image with that content."""
    return answered(image(), digest=digest, content_length=length)


def row(*images: tuple[ImageRef, Probe], known: frozenset[str] = frozenset()) -> list[list[str]]:
    """The findings of each image of a row, with what chooses their wording."""
    audits: list[list[Audit]] = []
    judge = Judge(POLICY, placeholders=known)
    under_way = RowAudit(judge, audits.append, tuple(ref for ref, _ in images))
    for place, (_, probe) in enumerate(images):
        under_way.answer(place, probe)
    under_way.report()
    return [
        [
            f"{finding.code} {finding.values.get('case', '')} {finding.values.get('slot', '')}".strip()
            for finding in all_
        ]
        for all_ in (audit.findings for audit in audits[0])
    ]


MAIN = ref("http://h.example/1.jpg")
PT01 = ref("http://h.example/2.jpg", "PT01")
SAME = "placeholder-suspected same-row MAIN"


def test_a_known_placeholder_is_told() -> None:
    """A content that the user has named is found, whatever its address; another of the same beginning isn't."""
    known = frozenset({f"{A}-9000"})
    assert row((MAIN, shown()), known=known) == [["placeholder-suspected"]]
    assert row((MAIN, shown(length=9_001)), known=known) == [[]]
    assert row((MAIN, shown(B)), known=known) == [[]]
    assert row((MAIN, shown())) == [[]]


def test_the_same_picture_under_two_addresses_of_a_row_is_told() -> None:
    """The later slot says where the picture stood before; of one whose length isn't known, nothing can be said."""
    assert row((MAIN, shown()), (PT01, shown())) == [[], [SAME]]
    assert row((MAIN, shown()), (PT01, shown(B))) == [[], []]
    assert row((MAIN, shown()), (PT01, shown(length=8))) == [[], []]
    assert row((MAIN, shown(length=None)), (PT01, shown(length=None))) == [[], []]
    third = ref("http://h.example/3.jpg", "PT02")
    assert row((MAIN, shown()), (PT01, shown(B)), (third, shown())) == [[], [], [SAME]]


def test_one_address_twice_is_told_once() -> None:
    """The same address in two slots is url-repeated, and nothing more; another marketplace is another row."""
    assert row((MAIN, shown()), (PT01._replace(url=MAIN.url), shown())) == [[], ["url-repeated  MAIN"]]
    assert row((MAIN, shown()), (PT01._replace(marketplace="ATVPDKIKX0DER"), shown())) == [[], []]


def test_pages_are_no_pictures() -> None:
    """A page that is sent for every missing picture has a code of its own."""
    page = answered(NotAnImage(Kind.HTML), digest=A, content_length=9_000)
    assert row((MAIN, page), (PT01, page), known=frozenset({f"{A}-9000"})) == [["html-page"], ["html-page"]]


def test_a_file_of_placeholders_is_read(tmp_path: Path) -> None:
    """One content a line, copied with or without the quotes of JSON; the rest is remarks."""
    path = tmp_path / "known.txt"
    path.write_text(f'\ufeff# ours\n\n{A}-9000  # the gray one\n  "{B.upper()}-12",\n', encoding="utf-8")
    assert read_contents(path) == {f"{A}-9000", f"{B}-12"}
    assert read_contents(None) == frozenset()


@pytest.mark.parametrize("line", ["gray.jpg", A, f"{A}-", f"{A}-9000 gray", f"{A[:-1]}-9000", f"{A}-\u0663"])
def test_a_slip_in_the_file_is_one_sentence(tmp_path: Path, line: str) -> None:
    """What names no content is told with its line."""
    path = tmp_path / "known.txt"
    path.write_text(f"# ours\n{line}\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"Line 2 of the file .*known\.txt names no content"):
        read_contents(path)


def test_a_file_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    """A missing file and one that is no text are told."""
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        read_contents(tmp_path / "none.txt")
    (tmp_path / "a.jpg").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(SettingsError, match="no text in UTF-8"):
        read_contents(tmp_path / "a.jpg")
