"""`auditor explain`: what the codes of the reports mean, on the command line."""

import asyncio
import re
from pathlib import Path

import pytest
from commands import Ran, auditor

from auditor import policies, texts
from auditor.checks import CODES


def explain(folder: Path, *arguments: str, **environment: str) -> Ran:
    """Run the command."""
    return asyncio.run(auditor("explain", *arguments, cwd=folder, environment=environment))


@pytest.mark.parametrize("language", texts.names())
def test_a_code_is_explained(tmp_path: Path, language: str) -> None:
    """Meaning, kind, severity by default and per policy, symptom, reason and solution, in the language asked for."""
    ran = explain(tmp_path, "image-too-small", "--lang", language)
    assert (ran.code, ran.err) == (0, ""), ran
    words = texts.load(language)
    lines = ran.out.splitlines()
    assert lines[0] == f"image-too-small: {words.meaning('image-too-small')}"
    fail = f"fail ({words.phrase('severity-fail')})"
    assert words.phrase("explain-severity", severity=fail) in lines
    assert all(f"  {name}  {fail}" in lines for name in policies.names())
    assert words.phrase("explain-kind", kind="wrong", meaning=words.phrase("kind-wrong")) in lines
    assert words.phrase("explain-solution", text=words.codes["image-too-small"]["solution"]) in lines


def test_values_are_named(tmp_path: Path) -> None:
    """What a report fills in stands there as its name, units and all."""
    assert "‹width› × ‹height› pixels" in explain(tmp_path, "image-too-small").out
    assert "‹chiều rộng› × ‹chiều cao› pixel" in explain(tmp_path, "image-too-small", "--lang", "vi").out
    assert "more than ‹limit› MB" in explain(tmp_path, "file-too-large").out


def test_cases_are_listed(tmp_path: Path) -> None:
    """A code that is worded case by case shows each case, and only what differs."""
    out = explain(tmp_path, "redirect").out
    general, _, nowhere = out.partition("In the case nowhere, this is said instead:\n")
    assert "‹the other address›" in general
    assert "doesn't say where to" in nowhere
    assert explain(tmp_path, "tls-failure").out.count("In the case ") == 11


@pytest.mark.parametrize("language", texts.names())
def test_without_a_code_all_are_listed(tmp_path: Path, language: str) -> None:
    """Every code stands once, under its kind, with severity and meaning."""
    ran = explain(tmp_path, "--lang", language)
    assert (ran.code, ran.err) == (0, ""), ran
    kind, found = "", {}
    for line in ran.out.splitlines():
        if heading := re.match(r"(\w+): ", line):
            kind = heading[1]
        elif line.startswith("  "):
            slug, severity, meaning = line.split(maxsplit=2)
            assert slug not in found
            found[slug] = (kind, severity, meaning)
    meaning_of = texts.load(language).meaning
    assert found == {slug: (code.kind, code.severity, meaning_of(slug)) for slug, code in CODES.items()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("image-to-smal",), "There is no code image-to-smal; did you mean image-too-small?"),
        (("Redirect",), "did you mean redirect?"),
        (("qqq",), "auditor explain lists them."),
        (("nonsense",), "There is no code nonsense, nor one like it: auditor explain lists them."),
        (("too-large",), "did you mean file-too-large, image-too-large, swatch-too-large?"),
        (("image-to-smal", "--lang", "vi"), "có phải ý bạn là image-too-small?"),
    ],
)
def test_an_unknown_code_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...], said: str) -> None:
    """Exit code 2, with the closest code if one is close."""
    ran = explain(tmp_path, *arguments)
    assert (ran.code, ran.out) == (2, ""), ran
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


@pytest.mark.parametrize("language", texts.names())
def test_every_code_can_be_explained(language: str) -> None:
    """Each value that a text shows has a name, and each part of each code its sentence."""
    for code in CODES:
        wordings = texts.load(language).wordings(code)
        assert list(wordings[""]) == ["symptom", "reason", "solution"]
        assert not [text for parts in wordings.values() for text in parts.values() if re.search(r"[{}]", text)]
        assert all(wordings.values())


def test_a_terminal_without_the_letters_stops_nothing(tmp_path: Path) -> None:
    """Where stdout can't show a letter, a question mark stands in its place."""
    ran = explain(tmp_path, "redirect", "--lang", "vi", PYTHONIOENCODING="shift_jis")
    assert (ran.code, ran.err) == (0, ""), ran
    assert "?" in ran.out
