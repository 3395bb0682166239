"""`auditor policies`, and `--policy` with a file of one's own."""

import asyncio
import csv
import json
from pathlib import Path

import pytest
from commands import Ran, auditor, check, write_feed

from auditor import policies, texts
from auditor.errors import Sentence
from auditor.model import Format

RULES = Path(policies.__file__).parent


def show(folder: Path, *arguments: str) -> Ran:
    """Run the command."""
    return asyncio.run(auditor("policies", *arguments, cwd=folder))


@pytest.mark.parametrize("language", texts.names())
def test_policies_are_listed(tmp_path: Path, language: str) -> None:
    """Each with title, date and source, and the one that is used without a flag."""
    ran = show(tmp_path, "--lang", language)
    assert (ran.code, ran.err) == (0, ""), ran
    words, lines = texts.load(language), ran.out.splitlines()
    for policy in map(policies.load, policies.names()):
        for key in ("title", "date", "source"):
            assert "  " + words.phrase(f"policy-{key}", text=words.said(Sentence(getattr(policy, key)))) in lines
    assert words.phrase("policy-default", name="amazon-us-2022") in lines
    assert "amazon-current" in lines


@pytest.mark.parametrize("name", policies.names())
def test_rules_are_shown_as_the_file_has_them(tmp_path: Path, name: str) -> None:
    """Byte for byte, comments too, so that what is saved is a policy of one's own."""
    ran = show(tmp_path, name)
    assert (ran.code, ran.err) == (0, ""), ran
    assert ran.out.encode() == (RULES / f"{name}.toml").read_bytes()
    mine = tmp_path / "mine.toml"
    mine.write_text(ran.out)
    assert policies.load_file(mine).formats == policies.load(name).formats


def test_an_unknown_policy_is_one_sentence(tmp_path: Path) -> None:
    """Exit code 2, with the closest name."""
    ran = show(tmp_path, "amazon-curent")
    assert (ran.code, ran.out) == (2, ""), ran
    assert "did you mean amazon-current?" in ran.err
    assert len(ran.err.splitlines()) == 1


def judged(folder: Path, rules: str, *, name: str = "mine.toml") -> Ran:
    """Check a feed with one address that is no web address, by rules of one's own."""
    write_feed(folder, "photo of a chair")
    (folder / "mine.toml").write_text(rules)
    return asyncio.run(check(folder, "--policy", name, "--include", "warn"))


OWN = (RULES / "amazon-us-2022.toml").read_text() + 'url-malformed = "warn"\nurl-relative = "warn"\n'


@pytest.mark.parametrize("name", ["mine.toml", "./mine.toml", "{folder}/mine.toml", "./mine"])
def test_rules_of_ones_own_judge(tmp_path: Path, name: str) -> None:
    """A path that ends in .toml or holds a slash is a file; its severities count."""
    (tmp_path / "mine").write_text(OWN)
    ran = judged(tmp_path, OWN, name=name.format(folder=tmp_path))
    assert ran.code == 0, ran
    with (tmp_path / "failing.csv").open(newline="") as file:
        assert [line["severity"] for line in csv.DictReader(file)] == ["warn"]


def test_a_mark_at_the_beginning_is_no_mistake(tmp_path: Path) -> None:
    """Editors on Windows save UTF-8 with a byte order mark."""
    assert judged(tmp_path, "\ufeff" + OWN).code == 0


@pytest.mark.parametrize(
    ("old", "new", "key", "allowed"),
    [
        ("zoom_longest =", "zoom_longst =", "zoom_longst", "zoom_longest"),
        ("zoom_longest =", "qqq =", "qqq", "it takes title, date"),
        ("zoom_longest = 1_000", "", "zoom_longest", "a whole number of at least 1"),
        ("zoom_longest = 1_000", "zoom_longest = 0", "zoom_longest", "a whole number of at least 1"),
        ("zoom_longest = 1_000", 'zoom_longest = "1000"', "zoom_longest", "a whole number of at least 1"),
        ('["JPEG", "TIFF", "GIF"]', '["JPG"]', "formats", ", ".join(Format)),
        ('["JPEG", "TIFF", "GIF"]', "[]", "formats", ", ".join(Format)),
        ('date = "2022"', 'date = "May"', "date", 'such as "2022"'),
        ('date = "2022"', "date = 2022-05-31", "date", "in quotes"),
        ('"warn"', '"error"', "severity", "fail, warn, off"),
        ("[severity]", "[severities]", "severities", "severity"),
        ("url-malformed", "url-malfromed", "url-malfromed", "url-malformed"),
        ('date = "2022"', 'date = "2022', "isn't a TOML file", "line 2"),
        ("[severity]", "[severity]\n[severity]", "isn't a TOML file", "says again what a line above it does"),
    ],
)
def test_a_mistake_is_one_sentence(tmp_path: Path, old: str, new: str, key: str, allowed: str) -> None:
    """Exit code 2; the sentence names the file, the key and what is allowed, and nothing is written."""
    assert old in OWN
    ran = judged(tmp_path, OWN.replace(old, new, 1))
    assert (ran.code, ran.out) == (2, ""), ran
    assert "The policy mine.toml " in ran.err
    assert key in ran.err
    assert allowed in ran.err
    assert len(ran.err.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"feed.tsv", "mine.toml"}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("none.toml", "The policy none.toml can't be read: No such file or directory."),
        ("./none", "can't be read: No such file or directory."),
        ("/", "can't be read: Is a directory."),
        ("mine", "a file of your own is named with its .toml."),
        ("feed.tsv", "a file of your own is named with its .toml."),
    ],
)
def test_a_policy_that_isnt_there_is_one_sentence(tmp_path: Path, name: str, said: str) -> None:
    """A file that can't be read, and a name that is none."""
    ran = judged(tmp_path, OWN, name=name)
    assert ran.code == 2, ran
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_a_feed_of_google_is_told_of_googles_rules(tmp_path: Path) -> None:
    """Under the default rules, once; never switched silently, nor told when those rules are chosen."""
    (tmp_path / "feed.tsv").write_text("id\timage link\nA\thttps://[h/a.jpg\n")
    ran = asyncio.run(check(tmp_path))
    assert "the rules of Amazon; those of Google are --policy google-merchant." in ran.err, ran
    assert "Amazon fetches the image" in (tmp_path / "failing.csv").read_text()
    ran = asyncio.run(check(tmp_path, "--policy", "google-merchant"))
    assert ran.err == "", ran
    assert "Google fetches the image" in (tmp_path / "failing.csv").read_text()
    (change,) = json.loads((tmp_path / "summary.json").read_text())["policy"]["changes"]
    assert change["date"] == "2027-01-31"
    assert change["holds"] in {True, False}
    assert "Google approves a product" in ran.out
    assert "Amazon" not in ran.out


def test_dated_rules_are_listed(tmp_path: Path) -> None:
    """Each with its day and what changes then."""
    assert "  From 2027-01-31: minimum_shortest = 500\n" in show(tmp_path).out
