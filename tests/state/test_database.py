"""The state file: what isn't ours, is damaged or locked is told in a sentence and left as it is."""

import asyncio
import sqlite3
from pathlib import Path

import pytest

from auditor.errors import StateError
from auditor.model import Answered
from auditor.state import Fact, database, open_database, open_facts


def test_new_file_is_made_and_found_again(tmp_path: Path) -> None:
    """Opening twice brings it up to date once."""
    for _ in range(2):
        opened = open_database(tmp_path / "nightly.db")
        assert opened.execute("SELECT count(*) FROM facts").fetchone() == (0,)
        opened.close()


@pytest.mark.parametrize("content", [b"sku\tasin\n" * 400, b"\x00" * 8192])
def test_file_that_is_no_database_is_left_alone(tmp_path: Path, content: bytes) -> None:
    """A feed named as --state by mistake keeps its bytes."""
    path = tmp_path / "feed.txt"
    path.write_bytes(content)
    with pytest.raises(StateError, match=r"damaged, or no state file at all"):
        open_database(path)
    assert path.read_bytes() == content


def test_database_of_another_program_is_left_alone(tmp_path: Path) -> None:
    """Nothing of ours is added to it."""
    path = tmp_path / "other.db"
    other = sqlite3.connect(path)
    other.execute("CREATE TABLE things (x)")
    other.close()
    before = path.read_bytes()
    with pytest.raises(StateError, match="another program"):
        open_database(path)
    assert path.read_bytes() == before


def test_newer_file_is_left_alone(tmp_path: Path) -> None:
    """What a newer version wrote isn't understood by guessing."""
    path = tmp_path / "nightly.db"
    opened = open_database(path)
    opened.execute("PRAGMA user_version = 99")
    opened.close()
    with pytest.raises(StateError, match="newer version"):
        open_database(path)


def test_damage_in_the_middle_is_told(tmp_path: Path) -> None:
    """A torn page is noticed when it is read, not taken for facts."""
    path = tmp_path / "nightly.db"
    opened = open_database(path)
    opened.executemany(
        "INSERT INTO facts (key, fetched, confirmed, changed, status) VALUES (?, 0, 0, 0, 200)",
        ((number.to_bytes(16),) for number in range(2000)),
    )
    opened.close()
    content = bytearray(path.read_bytes())
    content[-4096 * 8 :] = b"\xff" * 4096 * 8  # what was written last
    path.write_bytes(content)
    reopened = open_database(path)
    with pytest.raises(StateError, match="damaged"), database.told(path):
        reopened.execute("SELECT count(*) FROM facts").fetchone()
    reopened.close()
    assert path.read_bytes() == content


def test_folder_that_is_not_there_is_one_sentence(tmp_path: Path) -> None:
    """So is a folder in place of a file."""
    for path in (tmp_path / "no" / "nightly.db", tmp_path):
        with pytest.raises(StateError, match="can't be used"):
            open_database(path)


def test_file_that_must_be_there_is_not_made(tmp_path: Path) -> None:
    """Who asks for history in a file that isn't there has mistyped its name."""
    with pytest.raises(StateError, match="There is no state file"):
        open_database(tmp_path / "nigthly.db", create=False)
    assert not list(tmp_path.iterdir())


async def _keep(path: Path) -> None:
    facts = open_facts(path)
    await facts.keep(b"k" * 16, Fact(Answered(206), 1, 1, 1))
    await facts.aclose()


def test_write_lock_of_another_run_is_waited_for_then_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two runs take turns; one that never lets go is named as the reason."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    path = tmp_path / "nightly.db"
    other = open_database(path)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StateError, match="in use by another run"):
        asyncio.run(_keep(path))
    other.execute("ROLLBACK")
    asyncio.run(_keep(path))
    assert other.execute("SELECT count(*) FROM facts").fetchone() == (1,)
    other.close()
