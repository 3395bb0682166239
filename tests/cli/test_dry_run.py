"""`auditor check --dry-run`: whom a run would ask for what; and options that need a state file."""

import asyncio
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from commands import write_feed
from fakes import GOOD

from auditor.cli.main import program
from auditor.settings import ProbeSettings
from auditor.state import Fact, manner_of, open_facts
from auditor.state.facts import key_of

NOW = int(time.time())


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a feed of four images on two hosts; one of them is known, one can't be asked for."""
    monkeypatch.chdir(tmp_path)
    write_feed(
        tmp_path, "https://a.example/1.jpg", "https://a.example/2.jpg", "https://b.example/3.jpg", "ftp://c/4.jpg"
    )
    return tmp_path


async def _keep(path: Path) -> None:
    manner = manner_of(ProbeSettings())
    facts = open_facts(path, manner)
    await facts.keep(key_of("https://a.example/2.jpg", manner), Fact(GOOD._replace(etag='"x"'), NOW, NOW, NOW))
    await facts.aclose()


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(program, ["check", "feed.tsv", *arguments], standalone_mode=False)


def test_run_is_told_without_a_request(feed: Path) -> None:
    """Feeds, images and hosts; neither a report nor a state file is made."""
    ran = run("--dry-run", "--state", "nightly.db")
    assert ran.return_value == 0
    assert "Product rows: 4. Images: 4; 3 of them would be asked for." in ran.output
    assert "Hosts: 2\n  2  a.example\n  1  b.example\n" in ran.output
    assert [path.name for path in feed.iterdir()] == ["feed.tsv"]


def test_memory_tells_how_many_would_be_asked_again(feed: Path) -> None:
    """What is known with a validator would be asked only whether it has changed; young ones not at all."""
    asyncio.run(_keep(feed / "nightly.db"))
    out = run("--dry-run", "--state", "nightly.db").output
    assert "0 needn't be asked for, 1 only whether they have changed; 2 would be looked at" in out
    out = run("--dry-run", "--state", "nightly.db", "--max-age", "3650d").output
    assert "1 needn't be asked for, 0 only whether they have changed; 2 would be looked at" in out


def test_nothing_is_written_into_the_state_file(feed: Path) -> None:
    """However the run would ask, and whichever version wrote it: it stays as it was, and nothing is left beside it."""
    path = feed / "nightly.db"
    asyncio.run(_keep(path))
    with closing(sqlite3.connect(path)) as database:
        database.execute("ALTER TABLE runs DROP COLUMN unjudged")
        database.execute("PRAGMA user_version = 3")
    before = path.read_bytes()
    for flags in ((), ("--insecure",), ("--feed-name", "other")):
        assert run("--dry-run", "--state", "nightly.db", *flags).return_value == 0
    assert path.read_bytes() == before
    assert sorted(path.name for path in feed.iterdir()) == ["feed.tsv", "nightly.db"]


def test_empty_file_is_no_memory_yet(feed: Path) -> None:
    """A run would make it a state file; until then nothing is known."""
    (feed / "nightly.db").touch()
    out = run("--dry-run", "--state", "nightly.db").output
    assert "4; 3 of them would be asked for." in out
    assert (feed / "nightly.db").read_bytes() == b""


@pytest.mark.parametrize("flags", [("--only", "new"), ("--fail-on", "new")])
def test_what_is_new_is_known_with_a_state_file_only(feed: Path, flags: tuple[str, ...]) -> None:
    """One sentence, before anything begins."""
    ran = run(*flags)
    assert ran.return_value == 2
    assert f"{' '.join(flags)} needs --state" in ran.stderr
    assert [path.name for path in feed.iterdir()] == ["feed.tsv"]


def test_feed_that_cannot_be_read_is_told_as_in_a_run(feed: Path) -> None:
    """With the exit code that the run would have."""
    (feed / "feed.tsv").unlink()
    assert run("--dry-run").return_value == 2
