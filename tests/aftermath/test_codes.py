"""What Amazon's codes say of images: those known, patterns for the rest, and the user's own."""

import re
from importlib.resources import files
from pathlib import Path
from tomllib import loads

import pytest

from auditor import texts
from auditor.aftermath.codes import About, Codes, load_codes
from auditor.aftermath.complaint import Complaint
from auditor.checks import CODES
from auditor.errors import SettingsError

KNOWN = load_codes()
FILE = loads(files("auditor.aftermath").joinpath("codes.toml").read_text(encoding="utf-8"))


def about(code: str = "", message: str = "", attribute: str = "", codes: Codes = KNOWN) -> tuple[str, ...]:
    """Return what a complaint is about, and the slots it means."""
    found = codes.meaning(Complaint("S", code=code, message=message, attribute=attribute))
    return found.about, *found.slots


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("15", ("link",)),
        ("20000", ("link",)),
        ("20005", ("elsewhere",)),
        ("18027", ("content", "MAIN")),
        ("18320", ("link", "MAIN")),
        ("99040", ("missing", "MAIN")),
        ("5000", ("identical",)),
        ("6024", ("elsewhere",)),
        ("300403", ("link",)),
        ("300404", ("link",)),
        ("300999", ("other",)),
        ("90220", ("other",)),
        ("8541", ("other",)),
        ("123", ("other",)),
    ],
)
def test_codes_that_are_known(code: str, wanted: tuple[str, ...]) -> None:
    """Those of the trade's lists, 300000 with an HTTP status, and all others."""
    assert about(code) == wanted


def test_words_name_an_image() -> None:
    """An unknown code is about an image if its attribute or its text names one, in many languages."""
    assert about("777", attribute="other_product_image_locator_2") == ("link", "PT02")
    assert about("777", attribute="brand,main_product_image_locator[marketplace_id=X]#1.media_location") == (
        "link",
        "MAIN",
    )
    for said in ("Bad swatch_image_url.", "Swatch: swatch_product_image_locator"):
        assert about("777", said) == ("link", "SWCH")
    assert about("777", "other_image_url3 and other_image_url4 are bad") == ("link", "PT03", "PT04")
    assert about("777", "The main image is too small") == ("link", "MAIN")
    for said in (
        "Das Bild fehlt",
        "La imagen no existe",
        "image introuvable",
        "画像がありません",
        "Không tải được hình ảnh",
    ):
        assert about("777", said) == ("link",), said
    for said in ("The brand is gated", "imaginary", "Bildschirmgröße fehlt", "pilgrimages"):
        assert about("777", said) == ("other",), said


def test_what_a_complaint_names_goes_before_its_code() -> None:
    """A main image's code about another image is about that."""
    assert about("18320", "see other_image_url1") == ("link", "PT01")


def test_a_hostile_message_takes_no_time() -> None:
    """A message made of what attributes are made of is looked at up to a bound."""
    assert about("777", "a_b_c_d-" * 100_000) == ("other",)


def test_a_file_of_ones_own_comes_first(tmp_path: Path) -> None:
    """It adds codes, patterns and steps in its own words, and may say otherwise of a known code."""
    path = tmp_path / "mine.toml"
    path.write_text(
        '[[code]]\ncode = 4711\nabout = "content"\nslot = "SWCH"\nours = ["image-too-small"]\nstep = "Call Ann."\n'
        '[[code]]\ncode = "15"\nabout = "other"\n[[pattern]]\ncode = "77\\\\d"\nattribute = "^pic"\nabout = "link"\n'
    )
    own = load_codes(path)
    found = own.meaning(Complaint(code="4711"))
    assert (found.about, found.slots, found.ours, found.step) == (
        About.CONTENT,
        ("SWCH",),
        frozenset({"image-too-small"}),
        "Call Ann.",
    )
    assert about("15", codes=own) == ("other",)
    assert about("777", attribute="picture", codes=own) == ("link",)
    assert about("777", attribute="a picture", codes=own) == ("other",)
    assert about("20000", codes=own) == ("link",)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff", "isn't a TOML file"),
        (b"[[code]", "isn't a TOML file"),
        (b"[[codes]]\ncode = 1", "holds something else than"),
        (b"code = 1", "holds something else than"),
        (b'[[code]]\ncode = "1"\nabout = "links"', "Entry 1 .* wrong value for the key about: it takes link, missing"),
        (b'[[code]]\ncode = "1"\nabout = "link"\nslot = "PT99"', "wrong value for the key slot: it takes MAIN"),
        (b'[[code]]\nabout = "link"', "lacks the key that says what it is for: code"),
        (b'[[pattern]]\nabout = "link"', "lacks the key that says what it is for: code, attribute, text"),
        (b'[[code]]\ncode = "1"\nabout = "link"\nwhy = "x"', "has the unknown key why"),
        (b'[[code]]\ncode="1"\nabout="link"\n[[pattern]]\ntext = "("\nabout = "link"', "Entry 2 .* pattern that can't"),
    ],
)
def test_a_wrong_file_is_one_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    """It names the entry, and what is allowed."""
    (tmp_path / "mine.toml").write_bytes(content)
    with pytest.raises(SettingsError, match=said):
        load_codes(tmp_path / "mine.toml")


def test_a_missing_file_is_one_sentence(tmp_path: Path) -> None:
    """As elsewhere."""
    with pytest.raises(SettingsError, match=r"The file of codes .* can't be read: No such file"):
        load_codes(tmp_path / "mine.toml")


def test_each_entry_has_its_source_and_our_codes_exist() -> None:
    """Where each comes from and how sure that is stands beside it; codes of ours are spelt right."""
    for entry in [*FILE["code"], *FILE["pattern"]]:
        assert entry["source"], entry
        assert entry["confidence"] in {"A", "C", "I"}, entry
        assert set(entry.get("ours", ())) <= set(CODES), entry


@pytest.mark.parametrize("language", texts.names())
def test_what_is_not_about_the_address_has_its_own_advice(language: str) -> None:
    """A code known to be about something else says what to do instead, and no advice is without its code."""
    wanted = {entry["code"] for entry in FILE["code"] if entry["about"] in ("elsewhere", "content")}
    steps = {found[1] for key in texts.load(language).summary if (found := re.fullmatch(r"step-(\d+)", key))}
    assert steps == wanted
