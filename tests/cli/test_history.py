"""`auditor history` and `auditor state`: what a state file says to people."""

import asyncio
import re
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from auditor.cli.main import program
from auditor.model import Answered, Format, ImageInfo, ImageRef
from auditor.state import Fact, Found, Ledger, Night, open_database, open_facts
from auditor.state.facts import key_of

DAY = 86_400.0
URL = "https://h.example/a.jpg"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A state file after three nights: one finding was fixed, one lasts; one address is known."""
    path = tmp_path / "nightly.db"
    found = [Found("B000000001", "S1", "US", slot, "redirect", "fail", looked=True) for slot in ("MAIN", "PT01")]
    with closing(open_database(path)) as database:
        ledger = Ledger(path, database, "feed.txt")
        for number, tonight in ((1, found), (2, found), (3, found[:1])):
            slots = ledger.slots()
            for one in found:
                slots.see(ImageRef("feed.txt", 1, one.asin, one.sku, one.marketplace, one.slot, URL))
            ledger.complete(Night(number * DAY, number * DAY + 9, "p", "r", 2, 2, 1), tonight, slots)
    asyncio.run(_keep(path))
    return path


async def _keep(path: Path) -> None:
    facts = open_facts(path, "4096")
    picture = Answered(206, body=ImageInfo(Format.JPEG, 1600, 1200))
    await facts.keep(key_of(URL, "4096"), Fact(picture, int(DAY), int(3 * DAY), int(DAY)))
    await facts.aclose()


def run(*arguments: str) -> Result:
    """Run the command in this process."""
    return CliRunner().invoke(program, list(arguments), standalone_mode=False)


@pytest.mark.parametrize("name", ["B000000001", "S1"])
def test_timeline_of_a_product(path: Path, name: str) -> None:
    """By ASIN or SKU: what came, what went, what lasts."""
    lines = run("history", name, "--state", str(path)).output.splitlines()
    assert [re.split(r"\s{2,}", line)[:2] for line in lines] == [
        ["1970-01-02 00:00", "found"],
        ["1970-01-02 00:00", "found"],
        ["1970-01-04 00:00", "fixed after 2 nights"],
        ["now", "still there, found in 3 nights"],
    ]
    assert "PT01 redirect" in lines[2]
    assert "MAIN redirect" in lines[3]


def test_secrets_and_controls_of_a_shifted_row_are_not_shown(path: Path) -> None:
    """Where a link stands in the SKU's column, its secrets don't get onto the screen, nor what moves a cursor."""
    sku = "https://u:PW@h.example/x.jpg?X-Amz-Signature=SIGNED\x1b]0;x\x07"
    found = [Found("B000000007", sku, "US", "MAIN", "redirect", "fail", looked=True)]
    with closing(open_database(path)) as database:
        ledger = Ledger(path, database, "feed.txt")
        ledger.complete(Night(9 * DAY, 9 * DAY + 9, "p", "r", 1, 1, 1), found, ledger.slots())
    output = run("history", "B000000007", "--state", str(path)).output
    assert "redirect" in output
    assert not any(word in output for word in ("PW", "SIGNED", "\x1b", "\x07"))


def test_what_is_known_of_an_address(path: Path) -> None:
    """Its last answer, and when it was looked at."""
    out = run("history", URL, "--state", str(path)).output
    assert out.startswith("status 206, JPEG, 1600 × 1200 pixels\n")
    assert "1970-01-04 00:00  last known to be unchanged" in out


@pytest.mark.parametrize("name", ["B000000002", "https://h.example/b.jpg"])
def test_what_is_not_known_is_one_sentence(path: Path, name: str) -> None:
    """And exit code 2."""
    ran = run("history", name, "--state", str(path))
    assert (ran.return_value, ran.stdout) == (2, "")
    assert f"knows nothing of {name}." in ran.stderr


def test_state_is_shown_and_pruned(path: Path) -> None:
    """Feeds, runs and addresses; what wasn't seen for long is forgotten, findings never are."""
    out = run("state", str(path)).output
    assert "Addresses known: 1" in out
    assert "Feed feed.txt: 3 completed runs" in out
    assert "1 failing findings in the last" in out
    out = run("state", str(path), "--prune", "90", "--vacuum").output
    assert "Addresses forgotten: 1" in out
    assert "Addresses known: 0" in out
    assert "Feed feed.txt: 3 completed runs" in out


def test_file_with_a_mistyped_name_is_not_made(tmp_path: Path) -> None:
    """Showing a state file makes none."""
    assert run("state", str(tmp_path / "nigthly.db")).return_value == 2
    assert not list(tmp_path.iterdir())
