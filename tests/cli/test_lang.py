"""`--lang`: everything that a seller reads, in the language of their own."""

import asyncio
import csv
import re
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from collections.abc import Iterator
from pathlib import Path

import pytest
from commands import Ran, auditor, check, ended, write_feed

from auditor import texts
from auditor.cli import main
from auditor.cli.lang import spoken

# None of these can be an image: a private address, one that is no address at all, and a host nobody may look up.
LINKS = ("http://127.0.0.1/a.jpg", "C:\\photos\\a.jpg", "ftp://h.example/a.jpg")


# The commonest English words that are no Vietnamese ones.
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """and are but by did for from has have is isn it its none not of one or out than that the there this was what
        when which who will with you your""",
    )
)


def english_words(text: str) -> set[str]:
    """Find them, but not in names, flags and paths."""
    return set(FUNCTION_WORDS) & set(re.findall(r"(?<![\w./-])\w+(?![\w./-])", text.lower()))


def checked(folder: Path, *arguments: str) -> tuple[Ran, list[dict[str, str]]]:
    """Check a feed of faults that no request is needed for, and read the report."""
    write_feed(folder, *LINKS)
    ran = asyncio.run(check(folder, *arguments))
    with (folder / "failing.csv").open(newline="", encoding="utf-8") as file:
        return ran, list(csv.DictReader(file))


@pytest.mark.parametrize("language", texts.names())
def test_report_and_summary_speak_the_language(tmp_path: Path, language: str) -> None:
    """The sentences of failing.csv and each line of the summary are those of the language asked for."""
    ran, lines = checked(tmp_path, "--lang", language, "--insecure")
    assert ran.code == 1, ran
    words = texts.load(language)
    assert [line["code"] for line in lines] == ["url-private-address", "url-malformed", "url-scheme"]
    assert [line["solution"] for line in lines] == [words.codes[line["code"]]["solution"] for line in lines]
    printed = ran.out.splitlines()
    assert printed[0] == words.phrase("headline", failing=3, read=3)
    assert [words.phrase(name) in printed for name in ("codes-fail", "no-promise", "insecure")] == [True] * 3
    assert words.meaning("url-malformed") in ran.out
    assert ran.err == words.phrase("insecure-begin") + "\n"


def test_no_english_is_left(tmp_path: Path) -> None:
    """With --lang vi, nothing that the English run prints or reports is to be found, but for counts of hosts."""
    ran, lines = checked(tmp_path, "--lang", "vi")
    english, english_lines = checked(tmp_path)
    assert english.out.splitlines()[0].endswith("can keep an image from appearing.")
    same = set(ran.out.splitlines()) & set(english.out.splitlines())
    assert {line.strip() for line in same} == {"", "1  127.0.0.1", "1  h.example"}
    for line, other in zip(lines, english_lines, strict=True):
        assert not {line[part] for part in ("symptom", "reason", "solution")} & set(other.values())


def test_codes_and_columns_are_the_same_in_every_language(tmp_path: Path) -> None:
    """What programs read doesn't change with the language: the header and every cell that is no sentence."""
    found = [checked(tmp_path, "--lang", language)[1] for language in texts.names()]
    bare = [
        [{name: cell for name, cell in line.items() if name not in ("symptom", "reason", "solution")} for line in lines]
        for lines in found
    ]
    assert all(lines == bare[0] for lines in bare)


def test_the_demo_speaks_it_too(tmp_path: Path) -> None:
    """What the demo says on both streams is in the language asked for."""
    ran = asyncio.run(auditor("demo", "--rows", "500", "--lang", "vi", cwd=tmp_path))
    assert ran.code in (0, 1), ran  # on a busy machine it may find a timeout more, and says so
    words = texts.load("vi")
    assert words.phrase("demo-table") in ran.out.splitlines()
    assert words.phrase("no-promise") in ran.out
    assert "500 dòng dữ liệu sản phẩm" in ran.err
    assert "The " not in ran.out + ran.err
    assert re.search(r"^ +" + words.phrase("codes-more", count=1).replace("1", r"\d+") + "$", ran.out, re.MULTILINE)
    compared = re.findall(r"^[✓✗] +\S+ +\S+  \S+ +", ran.out, re.MULTILINE)
    assert len({len(line) for line in compared}) == 1, "its columns aren't straight"


async def served(folder: Path, port: int) -> Ran:
    """Run the demo's host until Ctrl-C."""
    command = (sys.executable, "-m", "auditor", "demo", "--serve", "--port", str(port), "--lang", "vi")
    ran = await asyncio.create_subprocess_exec(*command, stdout=PIPE, stderr=PIPE, cwd=folder)
    assert ran.stdout is not None
    said = await ran.stdout.readline()
    ran.send_signal(signal.SIGINT)
    out, err = await ran.communicate()
    return Ran(ran.returncode or 0, (said + out).decode(), err.decode())


def test_ctrl_c_is_answered_in_it(tmp_path: Path) -> None:
    """What is said on the way out has the language too."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    ran = asyncio.run(served(tmp_path, port))
    words = texts.load("vi")
    assert ran.out == words.phrase("demo-serving", base=f"http://127.0.0.1:{port}") + "\n"
    assert ran.err == f"\nauditor: {words.phrase('stopping')}\n"


@pytest.mark.parametrize("command", ["check", "demo", "explain", "policies", "completion"])
def test_an_unknown_language_is_refused(tmp_path: Path, command: str) -> None:
    """Exit code 2, and the languages there are."""
    ran = asyncio.run(auditor(command, "--lang", "de", cwd=tmp_path))
    assert ran.code == 2, ran
    assert ran.err == "auditor: --lang: there are texts in en, vi.\n"
    assert not list(tmp_path.iterdir())


MISTAKES = (
    ("check",),
    ("chek", "feed.tsv"),
    ("feed.tsv",),
    ("check", "nowhere.tsv"),
    ("check", "."),
    ("check", "empty.tsv"),
    ("check", "picture.jpg", "--limit", "5"),
    ("check", "plain.tsv"),
    ("check", "feed.tsv", "feed.tsv"),
    ("check", "feed.tsv", "--url-column", "main_image_ul"),
    ("check", "feed.tsv", "--url-column", "qqq"),
    ("check", "feed.tsv", "--slot", "PT01"),
    ("check", "feed.tsv", "--slot", "FRONT"),
    ("check", "feed.tsv", "--outt", "x.csv"),
    ("check", "feed.tsv", "--qqqqq"),
    ("check", "feed.tsv", "--out"),
    ("check", "feed.tsv", "--bom=1"),
    ("check", "feed.tsv", "--out", "nowhere/x.csv"),
    ("check", "feed.tsv", "--out", "feed.tsv"),
    ("check", "feed.tsv", "--include", "all"),
    ("check", "feed.tsv", "--retries", "99"),
    ("check", "feed.tsv", "--limit", "0"),
    ("check", "feed.tsv", "--timeout", "soon"),
    ("check", "feed.tsv", "--header", "X-Audit"),
    ("check", "feed.tsv", "--header", "Host: a"),
    ("check", "feed.tsv", "--policy", "amazon"),
    ("check", "feed.tsv", "--policy", "broken.toml"),
    ("check", "feed.tsv", "--policy", "mine.toml"),
    ("check", "feed.tsv", "--policy", "nowhere.toml"),
    ("check", "feed.tsv", "--config", "broken.toml"),
    ("check", "feed.tsv", "--config", "mine.toml"),
    ("check", "feed.tsv", "--proxy", "socks5://127.0.0.1"),
    ("check", "feed.tsv", "--proxy", "http://127.0.0.1:1"),
    ("check", "feed.tsv", "--ca-file", "empty.tsv"),
    ("demo", "--rows", "7"),
    ("demo", "--dir", "feed.tsv"),
    ("explain", "qqq"),
    ("explain", "redirect", "timeout"),
    ("policies", "qqq"),
)


def mistaken(folder: Path, capfd: pytest.CaptureFixture[str], *before: str) -> Iterator[Ran]:
    """Make every mistake of the table, in this process."""
    write_feed(folder, *LINKS)
    (folder / "empty.tsv").touch()
    (folder / "picture.jpg").write_bytes(b"\xff\xd8\xff\xe0")
    (folder / "plain.tsv").write_text("x\ty\n1\t2\n")
    (folder / "broken.toml").write_text("title = \n")
    (folder / "mine.toml").write_text('titel = "x"\n')
    for arguments in MISTAKES:
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(folder)
            patch.setattr(sys, "argv", ["auditor", *before, *arguments])
            # It ends the process, where other tests have left threads.
            patch.setattr(sys.modules["auditor.cli.main"], "leave", sys.exit)
            with pytest.raises(SystemExit) as end:
                main()
        out, err = capfd.readouterr()
        assert isinstance(end.value.code, int)
        yield ended(end.value.code, out.encode(), err.encode())


def test_a_mistake_is_told_in_it(tmp_path: Path) -> None:
    """By the program as it is called."""
    ran = asyncio.run(auditor("check", "nowhere.tsv", "--lang", "vi", cwd=tmp_path))
    assert (ran.code, ran.out) == (2, "")
    assert ran.err.startswith("auditor: "), ran
    assert not english_words(ran.err), ran


def test_mistakes_are_told_in_it(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Each is one sentence on stderr, exit code 2, with nothing of what the English run says but names."""
    told_in_it, told_in_english = (list(mistaken(tmp_path, capfd, *before)) for before in (("--lang", "vi"), ()))
    for arguments, ran, english in zip(MISTAKES, told_in_it, told_in_english, strict=True):
        for told in (ran, english):
            assert (told.code, told.out) == (2, ""), (arguments, told)
            assert told.err.startswith("auditor: "), (arguments, told)
            assert len(told.err.splitlines()) == 1, (arguments, told)
        assert not english_words(ran.err), (arguments, ran)
        assert re.search(r"[à-ỹ]", ran.err), (arguments, ran)


@pytest.mark.parametrize("arguments", [(), ("check",), ("demo",), ("explain",), ("policies",)])
def test_help_speaks_it(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """By the flag, wherever it stands, and by the environment; and no English word is left."""
    said = asyncio.run(auditor(*arguments, "--help", "--lang", "vi", cwd=tmp_path))
    assert (said.code, said.err) == (0, ""), said
    assert said.out.startswith("Cách dùng: auditor")
    assert not english_words(said.out), said
    assert asyncio.run(auditor("--lang=vi", *arguments, "--help", cwd=tmp_path)) == said
    assert asyncio.run(auditor(*arguments, "--help", cwd=tmp_path, environment={"AUDITOR_LANG": "vi"})) == said


@pytest.mark.parametrize(
    ("arguments", "variable", "language"),
    [
        (("check", "a"), None, "en"),
        (("check", "a", "--lang", "vi"), None, "vi"),
        (("--lang=vi", "chek"), "en", "vi"),
        (("--lang", "en", "check"), "vi", "en"),
        (("check",), "vi", "vi"),
        (("check",), "xx", "en"),
        (("check", "--lang", "xx"), None, "en"),
        (("check", "--lang"), None, "en"),
        (("check", "--", "--lang", "vi"), None, "en"),
    ],
)
def test_the_language_is_known_before_anything_else(
    arguments: tuple[str, ...], variable: str | None, language: str
) -> None:
    """The flag beats the environment; what isn't a language there are texts for is answered in English."""
    assert spoken(arguments, {} if variable is None else {"AUDITOR_LANG": variable}) == language


def test_the_flag_counts_before_the_command_too(tmp_path: Path) -> None:
    """`auditor --lang vi check` writes the same report and the same summary as `auditor check --lang vi`."""
    ran, lines = checked(tmp_path, "--lang", "vi")
    before = asyncio.run(auditor("--lang", "vi", "check", "feed.tsv", cwd=tmp_path))
    assert before.code == ran.code
    assert before.out.splitlines()[0] == ran.out.splitlines()[0]
    with (tmp_path / "failing.csv").open(newline="", encoding="utf-8") as file:
        assert list(csv.DictReader(file)) == lines
