"""`--lang`: everything that a seller reads, in the language of their own."""

import asyncio
import csv
import signal
import socket
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest
from commands import Ran, auditor, check, write_feed

from auditor import texts

# None of these can be an image: a private address, one that is no address at all, and a host nobody may look up.
LINKS = ("http://127.0.0.1/a.jpg", "C:\\photos\\a.jpg", "ftp://h.example/a.jpg")


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
    assert all(repr(name) in ran.err for name in texts.names())
    assert not list(tmp_path.iterdir())
