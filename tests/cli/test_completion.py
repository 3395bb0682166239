"""Completion after Tab: what the shells ask of us, and a real bash at a terminal of its own."""

import asyncio
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from commands import auditor, plain_environment

from auditor.checks import CODES
from auditor.cli.completion import INSTALL
from auditor.cli.main import COMMANDS

# The installed command: what a shell completes is a name that stands in PATH.
COMMAND = Path(sys.executable).parent / "auditor"


def offered(shell: str, words: str, folder: Path) -> list[str]:
    """Ask as the script of a shell does; the cursor is at the end of the words."""
    before, _, last = words.rpartition(" ")
    count = str(before.count(" ") + 1)
    place = {"bash": count, "zsh": count, "fish": last}
    ran = subprocess.run(  # noqa: S603  # our own program
        [COMMAND],
        capture_output=True,
        text=True,
        check=True,
        cwd=folder,
        env=plain_environment()
        | {"COMP_WORDS": words, "COMP_CWORD": place[shell], "_AUDITOR_COMPLETE": f"{shell}_complete"},
    )
    assert ran.stderr == ""
    lines = ran.stdout.splitlines()
    if shell != "zsh":
        return lines
    return [",".join(pair) for pair in zip(lines[::3], lines[1::3], strict=True)]


@pytest.mark.parametrize("shell", INSTALL)
@pytest.mark.parametrize(
    ("words", "answers"),
    [
        ("auditor ", [f"plain,{name}" for name in COMMANDS]),
        ("auditor check --sa", ["plain,--sample"]),
        ("auditor check --fail-on ", ["plain,fail", "plain,new", "plain,never"]),
        ("auditor check --lang ", ["plain,en", "plain,vi"]),
        ("auditor check --policy amazon-c", ["plain,amazon-current"]),
        ("auditor check --policy own", ["file,own"]),
        ("auditor check --slot S", ["plain,SWCH"]),
        ("auditor check fe", ["file,fe"]),
        ("auditor check --config nowhere.toml --su", ["plain,--summary"]),
        ("auditor explain image-t", [f"plain,{code}" for code in CODES if code.startswith("image-t")]),
        ("auditor policies amazon-u", ["plain,amazon-us-2022"]),
        ("auditor completion z", ["plain,zsh"]),
    ],
)
def test_what_is_begun_is_completed(shell: str, words: str, answers: list[str], tmp_path: Path) -> None:
    """Commands, options and their values, codes, policies and files, each to every shell in its own way."""
    found = offered(shell, words, tmp_path)
    assert [line.partition("\t")[0] for line in found] == answers


@pytest.mark.parametrize("language", ["en", "vi"])
@pytest.mark.parametrize("shell", INSTALL)
def test_the_script_says_how_to_install_it(shell: str, language: str, tmp_path: Path) -> None:
    """A comment names the file and the line that belongs there; zsh's own first line stays the first."""
    ran = asyncio.run(auditor("completion", shell, "--lang", language, cwd=tmp_path))
    assert (ran.code, ran.err) == (0, ""), ran
    first, second = ran.out.splitlines()[:2]
    comment = second if shell == "zsh" else first
    assert comment.startswith("# ")
    assert all(part in comment for part in INSTALL[shell])
    assert first.startswith("#compdef auditor") is (shell == "zsh")
    assert "_AUDITOR_COMPLETE" in ran.out


def test_an_unknown_shell_is_refused(tmp_path: Path) -> None:
    """Exit code 2, and the shells there are."""
    ran = asyncio.run(auditor("completion", "tcsh", cwd=tmp_path))
    assert ran.code == 2
    assert ", ".join(INSTALL) in ran.err


def typed(folder: Path, keys: str) -> str:
    """Type into a bash that has the line of ~/.bashrc, and give all that its terminal shows."""
    bash = shutil.which("bash")
    assert bash is not None, "these tests need a bash"
    (folder / "rc").write_text(f"PS1='$ '\n{INSTALL['bash'][1]}\n")
    ours, its = pty.openpty()
    environment = plain_environment() | {"PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "TERM": "dumb"}
    command = [bash, "--noprofile", "--rcfile", "rc", "-i"]
    with subprocess.Popen(  # noqa: S603  # a shell of our own making
        command, cwd=folder, env=environment, stdin=its, stdout=its, stderr=its, start_new_session=True
    ) as shell:
        os.close(its)
        os.write(ours, f"{keys}\nexit\n".encode())
        shown = b""
        while block := _read(ours):
            shown += block
        shell.wait(timeout=60)
    os.close(ours)
    return shown.decode()


def _read(terminal: int) -> bytes:
    """What the terminal shows next; nothing once nobody is there any more, which Linux calls an error."""
    try:
        return os.read(terminal, 4096)
    except OSError:
        return b""


def test_bash_completes_a_command_and_a_code(tmp_path: Path) -> None:
    """Two Tabs make a whole line of it, which then runs."""
    shown = typed(tmp_path, "auditor expl\timage-trunc\t >out")
    assert (tmp_path / "out").exists(), shown
    assert (tmp_path / "out").read_text().startswith("image-truncated: ")


def test_bash_completes_a_file(tmp_path: Path) -> None:
    """A feed is completed by the shell's own means, blanks and all."""
    (tmp_path / "my feed.tsv").write_text("")
    shown = typed(tmp_path, "auditor check my\t 2>err")
    assert (tmp_path / "err").exists(), shown
    assert "my feed.tsv is empty" in (tmp_path / "err").read_text()
