"""The story of seven nights, as whole runs tell it: what is new, still there, fixed or gone, and since when."""

import asyncio
import csv
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hosts import Exchange, Host, serve
from images import made, saved
from nightly import names, on_disk
from PIL import Image

from auditor.errors import AuditorError
from auditor.policies import rules
from auditor.rehearsal import rehearse
from auditor.reports.lines import NIGHTS
from auditor.run import Interrupt, run
from auditor.settings import FeedSettings, FrontierSettings, ProbeSettings, ReportSettings, Settings, UnattendedSettings
from auditor.state import Forecast

FIRST = 1_700_000_000.0
DAY = 86_400.0
HOUR = 3_600.0
FILES = {
    "good": made("JPEG", size=(1200, 1200)),
    "mid": made("JPEG", size=(600, 600)),
    "fine": made("JPEG", size=(1300, 1300)),
    "small": made("JPEG"),
    "white": saved(Image.new("RGB", (1200, 1200), "white"), "JPEG"),
}


async def shop(exchange: Exchange) -> None:
    """A host on which an address says what it leads to: the files above, or trouble."""
    what = exchange.path.strip("/").removesuffix(".jpg").split("-")[0]
    match what:
        case "moved":
            await exchange.answer("301 Moved Permanently", Location="/elsewhere.jpg")
        case "page":
            await exchange.answer("200 OK", b"<!doctype html><title>Shop</title>", Content_Type="text/html")
        case "down":
            await exchange.answer("503 Service Unavailable")
        case "wall":
            await exchange.answer("403 Forbidden")
        case "gone":
            await exchange.answer("404 Not Found")
        case _:
            await exchange.answer_range(FILES[what], Content_Type="image/jpeg", ETag=f'"{what}"')


class Told(NamedTuple):
    """How a night ended: exit code, what changed, and the findings, each as `product/slot code`."""

    code: int
    counts: tuple[int, ...] = ()  # new, still, fixed, gone
    found: tuple[str, ...] = ()  # with change, since which night, in how many
    fixed: tuple[str, ...] = ()  # likewise, with what is left


class Shop:
    """A feed, a state file, a clock and a host."""

    def __init__(self, folder: Path, host: Host) -> None:
        self.folder = folder
        self.host = host
        self.said: list[str] = []
        self.settings = Settings(
            feeds=(str(folder / "feed.tsv"),),
            probe=ProbeSettings(allow_private=True),
            frontier=FrontierSettings(concurrency=1, per_host=1, retries=0, window=1),
            report=ReportSettings(out=folder / "failing.csv", summary=folder / "summary.json", quiet=True),
            unattended=UnattendedSettings(checkpoint_rows=1),
            state=folder / "nightly.db",
        )

    def stock(self, **products: str) -> None:
        """Write the feed: of each product its images, MAIN first; what begins with a capital is an ASIN."""
        lines = ["sku\tasin\tmain_image_url\tother_image_url1"]
        for name, images in products.items():
            main, *more = (image if ":" in image else self.host.url(f"/{image}.jpg") for image in images.split())
            product = f"\tB00000000{name}" if name.isupper() else f"{name}\t"
            lines.append("\t".join([product, main, *(more or [""])]))
        (self.folder / "feed.tsv").write_text("\n".join(lines) + "\n")

    async def night(self, number: float, **others: Any) -> Told:
        """Check the feed on this night; `others` are settings that differ."""
        now = FIRST + number * DAY
        wanted = replace(self.settings, clock=lambda: now, **others)
        try:
            ending = await run(wanted, Interrupt(lambda: None), self.said.append)
        except AuditorError as error:
            self.said.append(str(error))
            return Told(error.exit_code)
        self.said.append(ending.printed())
        changes = json.loads((self.folder / "summary.json").read_text())["changes"]
        counts = tuple(changes[name] for name in ("new", "still", "fixed", "gone") if name in changes)
        return Told(ending.exit_code, counts, self._found(), self._fixed())

    def _found(self) -> tuple[str, ...]:
        names = [header for header, _ in NIGHTS]
        return tuple(
            f"{_slot(row)} {row['code']}: {row['change']} {_night(row['since'])} {row['nights']}"
            for row in _rows(self.folder / "failing.csv")
            if all(row[name] for name in names)
        )

    def _fixed(self) -> tuple[str, ...]:
        rows = _rows(self.folder / "fixed.csv")
        return tuple(
            f"{_slot(row)} {row['code']}: {_night(row['since'])} {row['nights']} {row['left']}".strip() for row in rows
        )


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _slot(row: dict[str, str]) -> str:
    return f"{row['asin'][-1:] or row['sku']}/{row['slot']}"


def _night(since: str) -> str:
    days = (datetime.fromisoformat(since) - datetime.fromtimestamp(FIRST, UTC)).total_seconds() / DAY
    return f"{days:g}"


def tell(story: Callable[[Shop], Any], folder: Path) -> None:
    """Run a story."""

    async def main() -> None:
        async with serve(shop) as host:
            await story(Shop(folder, host))

    asyncio.run(main())


def stricter(folder: Path) -> str:
    """A policy of one's own, by which 600 pixels are too few."""
    path = folder / "mine.toml"
    path.write_text(rules("amazon-us-2022").replace("minimum_longest = 500", "minimum_longest = 700"))
    return str(path)


def without(folder: Path, *codes: str) -> str:
    """A policy of one's own that has switched these codes off."""
    path = folder / "lax.toml"
    path.write_text("\n".join([rules("amazon-us-2022"), *(f'{code} = "off"' for code in codes), ""]))
    return str(path)


def test_seven_nights(tmp_path: Path) -> None:
    """Faults appear, are fixed, move; rows leave and return; a night crashes, one is cut short, the policy changes."""

    async def story(shop: Shop) -> None:
        shop.stock(A="moved", B="good", c="gone", D="small good-d", E="mid")
        assert await shop.night(1) == Told(
            *(1, (3, 0, 0, 0)),
            ("A/MAIN redirect: new 1 1", "c/MAIN not-found: new 1 1", "D/MAIN image-too-small: new 1 1"),
        )
        assert "first complete run of feed.tsv" in shop.said[-1]
        # c gets a picture under a new address, B's is taken away.
        shop.stock(A="moved", B="page", c="good-new", D="small good-d", E="mid")
        assert await shop.night(2) == Told(
            *(1, (1, 2, 1, 0)),
            ("A/MAIN redirect: still 1 2", "B/MAIN html-page: new 2 1", "D/MAIN image-too-small: still 1 2"),
            ("c/MAIN not-found: 1 1",),
        )
        assert shop.said[-1].startswith("Faults since the completed run of 2023-11-15 22:13 (UTC): 1 new, 2 still")
        # The third night breaks off: it leaves no trace.
        shop.stock(A="gone", B="gone", c="gone", D="gone", E="gone")
        assert await shop.night(3, unattended=UnattendedSettings(checkpoint_rows=1, max_failures=2)) == Told(3)
        assert "nightly.db" in shop.said[-1]
        # A's fault moves to its second picture, B's row has left, D's host is down.
        shop.stock(A="good-a moved", c="good-new", D="down good-d", E="mid")
        assert await shop.night(4) == Told(
            *(1, (2, 0, 1, 1)),
            ("A/PT01 redirect: new 4 1", "D/MAIN server-error: new 4 1"),
            ("A/MAIN redirect: 1 2",),
        )
        # B returns with the fault it had, and D answers again; the run is cut short, and gone on with: one night.
        shop.stock(A="good-a moved", B="page", c="good-new", D="small good-d", E="mid")
        assert await shop.night(5, unattended=UnattendedSettings(checkpoint_rows=1, max_failures=1)) == Told(3)
        assert await shop.night(5 + HOUR / DAY) == Told(
            *(1, (1, 2, 1, 0)),
            ("A/PT01 redirect: still 4 2", "B/MAIN html-page: new 5 1", "D/MAIN image-too-small: still 1 3"),
            ("D/MAIN server-error: 4 1 image-too-small",),
        )
        assert any("resumed at row" in said for said in shop.said)
        # The rules are others: what was large enough isn't any more.
        policy = stricter(tmp_path)
        assert await shop.night(6, policy=policy) == Told(
            *(1, (1, 3, 0, 0)),
            (
                *("A/PT01 redirect: still 4 3", "B/MAIN html-page: still 5 2"),
                *("D/MAIN image-too-small: still 1 4", "E/MAIN image-too-small: new 6 1"),
            ),
        )
        assert "judged by other rules" in shop.said[-1]
        # All is mended, but what has no row any more.
        shop.stock(A="good-a fine", D="good-d fine", E="good-f")
        assert await shop.night(7, policy=policy) == Told(
            *(0, (0, 0, 3, 1)),
            (),
            ("A/PT01 redirect: 4 3", "D/MAIN image-too-small: 1 4", "E/MAIN image-too-small: 6 1"),
        )
        assert "other rules" not in shop.said[-1]

    tell(story, tmp_path)


def test_what_rules_no_longer_mind_is_not_fixed(tmp_path: Path) -> None:
    """A code that was switched off, or a bar that was lowered, mends nothing; what was mended that night is fixed."""

    async def story(shop: Shop) -> None:
        policy = stricter(tmp_path)
        shop.stock(A="moved", B="mid", c="gone", D="small", E="good moved-e")
        assert (await shop.night(1, policy=policy)).counts == (5, 0, 0, 0)
        # A still moves, B is as it was, c and D got pictures; of E the second picture is no longer in the feed.
        shop.stock(A="moved", B="mid", c="good-c", D="good-d", E="good")
        lax = without(tmp_path, "redirect")
        fixed = ("D/MAIN image-too-small: 1 1", "c/MAIN not-found: 1 1")
        assert await shop.night(2, policy=lax) == Told(0, (0, 0, 2, 1), (), fixed)
        assert json.loads((tmp_path / "summary.json").read_text())["changes"]["unjudged"] == 2
        assert "2 known faults are no fault by the rules of this run" in shop.said[-1]
        assert (await shop.night(3, policy=lax)).counts == (0, 0, 0, 0)
        assert "by the rules of this run" not in shop.said[-1]
        # Minded again, it is new: nobody has counted meanwhile.
        assert (await shop.night(4)).found == ("A/MAIN redirect: new 4 1",)

    tell(story, tmp_path)


def test_image_that_nobody_saw_is_not_fixed_though_the_rules_say_nothing_of_it(tmp_path: Path) -> None:
    """Where a host's trouble is switched off, an image keeps the faults it had, under whichever rules."""

    async def story(shop: Shop) -> None:
        lax = without(tmp_path, "server-error")
        shop.stock(A="small good-a", B="small")
        assert (await shop.night(1)).counts == (2, 0, 0, 0)
        shop.stock(A="small good-a", B="down")
        assert (await shop.night(1.5)).counts == (1, 1, 0, 0)
        shop.stock(A="down good-a", B="down")
        for number, unjudged in ((2, 1), (3, 0)):
            assert await shop.night(number, policy=lax) == Told(0, (0, 0, 0, 0))
            assert json.loads((tmp_path / "summary.json").read_text())["changes"]["unjudged"] == unjudged
        shop.stock(A="small good-a", B="good")
        assert await shop.night(4, policy=lax) == Told(
            *(1, (0, 1, 1, 0)), ("A/MAIN image-too-small: still 1 3",), ("B/MAIN image-too-small: 1 1",)
        )

    tell(story, tmp_path)


@pytest.mark.parametrize("unseen", ["down", "wall", "s3://bucket/a.jpg"])
def test_image_that_nobody_could_look_at_keeps_its_faults(tmp_path: Path, unseen: str) -> None:
    """Behind a wall, out of reach, or where nobody here can look, nothing is known to be fixed."""

    async def story(shop: Shop) -> None:
        shop.stock(A="small", B="moved")
        assert (await shop.night(1)).counts == (2, 0, 0, 0)
        shop.stock(A=unseen, B="moved")
        assert (await shop.night(2)).fixed == ()
        shop.stock(A="small", B="moved")
        found = ("A/MAIN image-too-small: still 1 2", "B/MAIN redirect: still 1 3")
        assert (await shop.night(3)).found == found

    tell(story, tmp_path)


def test_what_only_a_closer_look_tells_is_not_fixed_without_one(tmp_path: Path) -> None:
    """A run without the look that found a fault doesn't know; one with the same looks does."""

    async def story(shop: Shop) -> None:
        deep = replace(shop.settings.further, deep=True)
        shop.settings = replace(shop.settings, report=replace(shop.settings.report, include_warnings=True))
        shop.stock(A="good")
        assert (await shop.night(1, further=deep)).found == ("A/MAIN background-not-white: new 1 1",)
        assert await shop.night(2) == Told(0, (0, 0, 0, 0))
        assert (await shop.night(3, further=deep)).found == ("A/MAIN background-not-white: new 3 1",)
        shop.stock(A="white-a")
        assert (await shop.night(4, further=deep)).fixed == ("A/MAIN background-not-white: 3 1 image-blank",)

    tell(story, tmp_path)


def test_other_rules_judge_from_memory(tmp_path: Path) -> None:
    """What passed isn't asked for because the policy has changed; what fails is asked for every night, as ever."""

    async def story(shop: Shop) -> None:
        shop.settings = replace(shop.settings, max_age=3650 * DAY)
        shop.stock(A="mid", B="good", C="small")
        asked = shop.host.asked
        assert (await shop.night(1)).found == ("C/MAIN image-too-small: new 1 1",)
        assert (asked["/mid.jpg"], asked["/good.jpg"]) == (1, 1)
        small = asked["/small.jpg"]
        policy = stricter(tmp_path)
        assert (await shop.night(1.01, policy=policy)).found == (
            *("A/MAIN image-too-small: new 1.01 1", "C/MAIN image-too-small: still 1 2"),
        )
        assert (asked["/mid.jpg"], asked["/good.jpg"]) == (1, 1)
        assert asked["/small.jpg"] > small
        await shop.night(1.02, policy=policy)
        assert asked["/mid.jpg"] > 1
        assert asked["/good.jpg"] == 1

    tell(story, tmp_path)


@pytest.mark.parametrize("policy", ["same", "stricter"])
def test_rehearsal_foresees_the_night(tmp_path: Path, policy: str) -> None:
    """What it says of the memory is what the run then does, on a night of other rules, too."""

    async def story(shop: Shop) -> None:
        shop.settings = replace(shop.settings, max_age=3650 * DAY)
        shop.stock(A="mid", B="good", C="small", D="gone")
        await shop.night(1)
        rules = shop.settings.policy if policy == "same" else stricter(tmp_path)
        tonight = replace(shop.settings, clock=lambda: FIRST + 1.01 * DAY, policy=rules)
        assert (await rehearse(tonight)).forecast == Forecast(recalled=2, conditional=1, looked=1)
        await shop.night(1.01, policy=rules)
        assert json.loads((tmp_path / "summary.json").read_text())["memory"]["recalled"] == 2

    tell(story, tmp_path)


def test_only_what_is_new_fails(tmp_path: Path) -> None:
    """With --only new the report has that alone, and with --fail-on new the exit code is 1 for that alone."""

    async def story(shop: Shop) -> None:
        shop.settings = replace(shop.settings, report=replace(shop.settings.report, only_new=True, fail_on="new"))
        shop.stock(A="moved", B="good")
        assert await shop.night(1) == Told(1, (1, 0, 0, 0), ("A/MAIN redirect: new 1 1",))
        assert await shop.night(2) == Told(0, (0, 1, 0, 0))
        shop.stock(A="moved", B="gone")
        assert await shop.night(3) == Told(1, (1, 1, 0, 0), ("B/MAIN not-found: new 3 1",))
        assert [row["asin"] for row in _rows(tmp_path / "asins.csv")] == ["B00000000B"]

    tell(story, tmp_path)


@pytest.mark.parametrize("part", [{"limit": 1}, {"slots": ("MAIN",)}])
def test_part_of_a_feed_is_no_night(tmp_path: Path, part: dict[str, Any]) -> None:
    """It is compared, and what it didn't look at is neither fixed nor gone."""

    async def story(shop: Shop) -> None:
        shop.stock(A="good moved", B="moved")
        await shop.night(1)
        assert (await shop.night(2, feed=FeedSettings(**part))).counts in ((0, 0), (0, 1))
        assert "isn't entered" in shop.said[-1]
        assert not (tmp_path / "failing.csv.night.part").exists()
        assert (await shop.night(3)).found == ("A/PT01 redirect: still 1 2", "B/MAIN redirect: still 1 2")

    tell(story, tmp_path)


class CrashError(Exception):
    """The power is gone."""


@pytest.mark.parametrize("place", ["seal", "_summarise", "_write_fixed", "_sync_folders"])
@pytest.mark.parametrize("when", ["before", "after"])
def test_crash_at_the_end_neither_loses_a_night_nor_counts_it_twice(
    place: str, when: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever between the last row and the last name the run dies, the same command ends it as one night."""
    from auditor.reports import Reports

    async def story(shop: Shop) -> None:
        shop.stock(A="moved", B="gone")
        await shop.night(1)
        shop.stock(A="moved", B="good", C="gone")
        whole = getattr(Reports, place)
        opened: list[int] = []

        async def dies(*arguments: Any) -> None:
            if place == "_sync_folders" and not opened:
                opened.append(1)  # the first time is at the start
                await whole(*arguments)
                return
            if when == "after":
                await whole(*arguments)
            raise CrashError

        with monkeypatch.context() as patch:
            patch.setattr(Reports, place, dies)
            with pytest.raises(CrashError):
                await shop.night(2)
        assert await shop.night(2 + HOUR / DAY) == Told(
            *(1, (1, 1, 1, 0)),
            ("A/MAIN redirect: still 1 2", "C/MAIN not-found: new 2 1"),
            ("B/MAIN not-found: 1 1",),
        )
        assert names(on_disk(tmp_path)) == [
            *("asins.csv", "failing.csv", "feed.tsv", "fixed.csv", "nightly.db", "summary.json")
        ]
        assert (await shop.night(3)).found == ("A/MAIN redirect: still 1 3", "C/MAIN not-found: still 2 2")

    tell(story, tmp_path)


def test_report_is_not_gone_on_with_once_it_would_be_compared_with_another_night(tmp_path: Path) -> None:
    """A run that was cut short while another of the same feed came to its end starts over, and says why."""

    async def story(shop: Shop) -> None:
        shop.stock(A="moved", B="moved")
        await shop.night(1, unattended=UnattendedSettings(checkpoint_rows=1, max_failures=1))
        elsewhere = replace(shop.settings.report, out=tmp_path / "other" / "failing.csv", summary=None)
        elsewhere.out.parent.mkdir()
        other = replace(shop.settings, report=elsewhere, clock=lambda: FIRST + DAY + 60)
        await run(other, Interrupt(lambda: None), lambda _: None)
        assert (await shop.night(1 + HOUR / DAY)).counts == (0, 2, 0, 0)
        assert any("another run of this feed was completed since" in said for said in shop.said)

    tell(story, tmp_path)
