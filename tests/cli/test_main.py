"""The group of commands: what it lists, and how soon."""

import asyncio
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from commands import auditor, plain_environment

from auditor.cli.main import COMMANDS


def test_help_lists_every_command(tmp_path: Path) -> None:
    """Each stands there with its line, and its own help begins with a sentence."""
    out = asyncio.run(auditor("--help", cwd=tmp_path)).out
    for name in COMMANDS:
        assert f"\n  {name} " in out
        ran = asyncio.run(auditor(name, "--help", cwd=tmp_path))
        assert (ran.code, ran.err) == (0, ""), ran
        assert ran.out.startswith(f"Usage: auditor {name} ")


def test_help_is_cheap(tmp_path: Path) -> None:
    """It costs less than 0.15 s of processor time, or than twice what Python and click do where that is slow."""
    help_, click_ = ("-m", "auditor", "--help"), ("-c", "import click")
    pairs = [(seconds(tmp_path, *help_), seconds(tmp_path, *click_)) for _ in range(5)]
    assert min(own for own, _ in pairs) < max(0.15, 2 * min(bare for _, bare in pairs))


def seconds(folder: Path, *arguments: str) -> float:
    """Processor time of one run."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(  # noqa: S603  # our own program
        [sys.executable, *arguments],
        cwd=folder,
        env=plain_environment(),
        stdout=subprocess.DEVNULL,
        check=True,
    )
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@pytest.mark.parametrize("module", ["aiohttp", "PIL", "tqdm", "uvloop", "asyncio", "auditor.texts", "auditor.run"])
def test_help_imports_nothing_it_doesnt_need(tmp_path: Path, module: str) -> None:
    """A command and what it stands on are imported when it is used."""
    code = f"import sys, auditor.cli; sys.exit({module!r} in sys.modules)"
    command = [sys.executable, "-c", code]
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0  # noqa: S603  # likewise
