"""`auditor submitted`, `pending` and `guide` as their user meets them, by a clock of the test's own."""

import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from commands import HEADER, write_feed

from auditor import texts
from auditor.aftermath.guide import STEPS
from auditor.cli.main import program
from auditor.state import Rounds, open_database

NOON = 1_793_462_400.0  # 2026-10-31 16:00 UTC: noon in New York, on the eve of the day of 25 hours


END = "2026-11-01 11:00 -05:00 (2026-11-01 16:00 UTC)"


class Shop:
    """A folder with a feed, and a clock."""

    def __init__(self) -> None:
        self.now = NOON

    def run(self, *arguments: str) -> Result:
        """Run the command in this process."""
        return CliRunner().invoke(program, list(arguments), standalone_mode=False)

    def submitted(self, *arguments: str) -> Result:
        """Note an upload of the feed."""
        return self.run("submitted", "feed.tsv", "--state", "n.db", *arguments)

    def pending(self, *arguments: str) -> Result:
        """Ask what is pending."""
        return self.run("pending", "--state", "n.db", *arguments)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    """In New York, with a feed of three products."""
    made = Shop()
    with monkeypatch.context() as patch:
        patch.setattr("auditor.cli.clock.now", lambda: made.now)
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        patch.chdir(tmp_path)
        write_feed(tmp_path, *(f"https://h.example/{name}.jpg" for name in "abc"))
        yield made
    time.tzset()


def test_upload_is_noted_with_the_time_until_which_to_wait(shop: Shop) -> None:
    """Both times, local and UTC: 24 hours later the clock shows an hour less, for it is put back in between."""
    ran = shop.submitted("--batch-id", "50123")
    assert ran.stdout.splitlines() == [
        "Noted: feed.tsv. Products with images: 3.",
        "Sent: 2026-10-31 12:00 -04:00 (2026-10-31 16:00 UTC)",
        f"Products whose images weren't sent before: 3. These may take until {END} to appear.",
    ]
    assert ran.return_value == 0


def test_pending_follows_the_clock(shop: Shop) -> None:
    """Within the 24 hours, due from their end on to the second, and overdue where a list says so."""
    shop.submitted("--batch-id", "50123")
    shop.now = NOON + 24 * 3600 - 1
    ran = shop.pending()
    assert ran.stdout.splitlines() == [
        f"batch 50123, feed.tsv: the 24 hours last until {END}",
        "  B000000001  S1  MAIN",
        "  B000000002  S2  MAIN",
        "  B000000003  S3  MAIN",
        "Products pending: 3",
    ]
    assert ran.return_value == 1
    shop.now += 1
    assert "batch 50123, feed.tsv: due for a look since 2026-11-01 11:00" in shop.pending().stdout
    Path("missing.txt").write_text("S2\nS9\n")
    ran = shop.pending("--missing", "missing.txt")
    assert ran.stdout.splitlines() == [
        f"batch 50123, feed.tsv: overdue, without a picture; the 24 hours were over on {END}",
        "  B000000002  S2  MAIN",
        "On the list, and in no upload that was noted:",
        "              S9",
        "Products pending: 2",
        "Products not on the list, whose 24 hours are over: 2",
    ]
    assert ran.stderr == "missing.txt: a list of products; products without a picture: 2\n"


def test_nothing_is_pending_once_all_show(shop: Shop) -> None:
    """Exit code 0: the loop can end."""
    shop.submitted()
    shop.now += 24 * 3600
    Path("report.json").write_text('{"items":[{"sku":"S1","summaries":[{"mainImage":{"link":"https://m.example"}}]}]}')
    ran = shop.pending("--missing", "report.json")
    assert (ran.return_value, "Products pending: 0" in ran.stdout) == (0, True)
    assert "Products that have one: 1" in ran.stderr


def test_corrected_images_wait_from_their_own_upload(shop: Shop, tmp_path: Path) -> None:
    """What was sent again under the same address doesn't."""
    shop.submitted("--batch-id", "1", "--at", "2026-10-30 12:00")
    write_feed(tmp_path, *(f"https://h.example/{name}.jpg" for name in ("a", "new", "c")))
    shop.submitted("--batch-id", "2", "--at", "2026-10-31T01:00 -04:00")
    lines = shop.pending().stdout.splitlines()
    assert [line.split()[1] for line in lines if line.startswith("batch")] == ["1,", "2,"]
    assert [line.split()[1] for line in lines if line.startswith("  ")] == ["S1", "S3", "S2"]


def test_upload_noted_again_keeps_its_time(shop: Shop) -> None:
    """A second call an hour later moves nothing, unless a time is given with it."""
    shop.submitted("--batch-id", "50123")
    shop.now += 3600
    ran = shop.submitted("--batch-id", "50123")
    assert ran.stdout.splitlines() == [
        "Noted already: feed.tsv. Products with images: 3.",
        "Sent: 2026-10-31 12:00 -04:00 (2026-10-31 16:00 UTC)",
    ]
    assert END in shop.pending().stdout
    assert "Sent: 2026-10-31 11:30" in shop.submitted("--batch-id", "50123", "--at", "2026-10-31 11:30").stdout
    assert "until 2026-11-01 10:30" in shop.pending().stdout


def test_name_that_is_no_text_is_noted_all_the_same(shop: Shop) -> None:
    """A file from another system may have a name, and a shell may hand over an ID, that UTF-8 can't write."""
    name = os.fsdecode(b"fe\xe9d.tsv")
    Path("feed.tsv").rename(name)
    flags = ("--state", "n.db", "--batch-id", "7\udcff")
    assert shop.run("submitted", name, *flags).return_value == 0
    assert shop.run("submitted", name, *flags).stdout.startswith("Noted already")
    assert "batch 7?, fe?d.tsv" in shop.pending().stdout
    with closing(Rounds(Path("n.db"), name)) as rounds:
        assert rounds.enter("7\udcff", NOON, 0).batch == "7?"
        rounds.commit()
    Path("list.txt").write_text("S9\n")
    assert shop.run("case", name, "--missing", "list.txt", *flags).return_value == 1


def test_time_to_come_is_refused(shop: Shop) -> None:
    """One sentence, exit code 2, and nothing is noted."""
    ran = shop.submitted("--at", "2026-10-31 12:01")
    assert (ran.return_value, ran.stdout) == (2, "")
    assert "--at lies in the future" in ran.stderr
    assert not Path("n.db").exists()


def test_text_that_is_no_time_is_refused(shop: Shop) -> None:
    """With an example of one."""
    ran = shop.submitted("--at", "yesterday")
    assert "'yesterday' is no date and time: write it as 2026-11-24 09:30" in str(ran.exception)


def test_feed_that_is_not_there_makes_no_state_file(shop: Shop) -> None:
    """Nor does one without any product, and pending makes none at all."""
    Path("feed.tsv").unlink()
    assert shop.submitted().return_value == 2
    Path("feed.tsv").write_text(HEADER)
    assert shop.submitted().return_value == 2
    assert shop.pending().return_value == 2
    assert [path.name for path in Path.cwd().iterdir()] == ["feed.tsv"]


def test_empty_file_is_no_state_file(shop: Shop) -> None:
    """It is left as it is, whatever it was to be; and the file of a check is one in which no upload is noted yet."""
    Path("n.db").touch()
    ran = shop.pending()
    assert (ran.return_value, Path("n.db").read_bytes()) == (2, b"")
    assert "There is no state file n.db" in ran.stderr
    shop.submitted()
    with closing(open_database(Path("checked.db"))):
        pass
    ran = shop.run("pending", "--state", "checked.db")
    assert ran.stdout.startswith("No upload is noted in checked.db: auditor submitted FEED notes one.\n")
    assert ran.return_value == 0


@pytest.mark.parametrize("language", texts.names())
def test_pending_speaks_every_language(shop: Shop, language: str) -> None:
    """Headings and counts; names stay."""
    shop.submitted("--batch-id", "5", "--lang", language)
    out = shop.pending("--lang", language).stdout
    assert ("mã lô hàng 5" in out) == (language == "vi")
    assert "  B000000001  S1  MAIN" in out


@pytest.mark.parametrize("language", texts.names())
def test_guide_begins_with_the_submission_and_has_both_methods(shop: Shop, language: str) -> None:
    """All steps of each, or of the one asked for; and no promise."""
    words = texts.load(language)
    ran = shop.run("guide", "--lang", language)
    lines = ran.stdout.splitlines()
    assert lines[0] == words.phrase("guide-begin")
    assert lines[-1] == words.phrase("guide-end")
    assert sum(line.startswith("  ") for line in lines) == sum(map(len, STEPS.values())) == 13
    one = shop.run("guide", "--lang", language, "--method", "feed").stdout
    assert words.phrase("guide-method-feed") in one
    assert words.phrase("guide-method-add-a-product") not in one
    assert ran.return_value == 0
