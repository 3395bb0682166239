"""A run that remembers: whatever hosts make of conditions, it finds what a run without memory does, for less."""

import asyncio
import csv
import json
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from fakes import Clock
from hosts import Exchange, Host, serve
from images import made

from auditor.engines.nursery import Nursery
from auditor.errors import AuditorError, StateError
from auditor.run import Interrupt, run
from auditor.settings import Client, FrontierSettings, ProbeSettings, ReportSettings, Settings
from auditor.state import database, feed_name, manner_of, open_database

DAY = 86_400
NIGHT = 1_800_000_000.0
DATE = "Mon, 02 Nov 2026 10:00:00 GMT"
GOOD, OTHER, SMALL = (made("JPEG", size=size) for size in ((1200, 900), (1300, 900), (300, 200)))
IMAGES = 20  # enough that the few by which a host is tried are no half of them, in whichever order they end
TOLD = ("asin", "slot", "code", "url", "http_status", "format", "width", "height", "content_length", "row")


@dataclass
class Shop:
    """A host of pictures, with its own idea of validators: the headers of a file, and whether these are still true."""

    validators: Callable[["Shop", bytes], dict[str, str]]
    unchanged: Callable[["Shop", dict[str, str], dict[str, str]], bool]
    pictures: dict[str, bytes] = field(default_factory=dict)
    refusal: str = ""  # its answer to a condition, whatever it is
    night: int = 0
    sent: int = 0  # bytes of bodies

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request."""
        picture = self.pictures.get(exchange.path)
        if picture is None:
            await exchange.answer("404 Not Found", b"gone")
            return
        headers, asked = self.validators(self, picture), exchange.headers
        conditional = "if-none-match" in asked or "if-modified-since" in asked
        if conditional and self.refusal:
            await exchange.answer(self.refusal)
        elif conditional and self.unchanged(self, asked, headers):
            lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
            await exchange.send(f"HTTP/1.1 304 Not Modified\r\n{lines}\r\n")
        else:
            self.sent += min(4096, len(picture))
            await exchange.answer_range(picture, Content_Type="image/jpeg", **headers)


def etag(picture: bytes) -> str:
    """A true one."""
    return f'"{hash(picture) & 0xFFFFFF:x}"'


def as_it_should(_: Shop, asked: dict[str, str], now: dict[str, str]) -> bool:
    """RFC 9110: If-None-Match is compared weakly, and counts alone where it is sent."""
    if "if-none-match" in asked:
        return asked["if-none-match"].removeprefix("W/") == now.get("ETag", "").removeprefix("W/")
    return asked.get("if-modified-since") == now.get("Last_Modified")


def dated(picture: bytes) -> str:
    """A date that tells pictures apart."""
    return DATE if picture == GOOD else DATE.replace("02", "03")


HOSTS: dict[str, Callable[[], Shop]] = {
    "does it right": lambda: Shop(lambda _, picture: {"ETag": etag(picture), "Last_Modified": DATE}, as_it_should),
    "has weak validators": lambda: Shop(lambda _, picture: {"ETag": "W/" + etag(picture)}, as_it_should),
    "makes them weak later": lambda: Shop(
        lambda shop, picture: {"ETag": ("W/" if shop.night else "") + etag(picture)}, as_it_should
    ),
    "has dates only": lambda: Shop(lambda _, picture: {"Last_Modified": dated(picture)}, as_it_should),
    "has no validators": lambda: Shop(lambda *_: {}, as_it_should),
    "has other ones each time": lambda: Shop(lambda shop, _: {"ETag": f'"{shop.night}-{id(shop)}"'}, as_it_should),
    "says unchanged to everything": lambda: Shop(lambda _, picture: {"ETag": etag(picture)}, lambda *_: True),
    "says so to everything without a word": lambda: Shop(
        lambda shop, picture: {} if shop.night else {"ETag": etag(picture)}, lambda *_: True
    ),
    "says so of something else": lambda: Shop(
        lambda _, picture: {"ETag": etag(picture)}, lambda _, asked, __: "auditor" not in asked["if-none-match"]
    ),
    "takes no conditions": lambda: Shop(lambda _, picture: {"ETag": etag(picture)}, lambda *_: False),
    "refuses conditions": lambda: Shop(lambda _, picture: {"ETag": etag(picture)}, as_it_should, refusal="412 No"),
    "chokes on conditions": lambda: Shop(lambda _, picture: {"ETag": etag(picture)}, as_it_should, refusal="400 No"),
    "has ETags that are none": lambda: Shop(lambda *_: {"ETag": "*"}, lambda *_: True),
}
SPARING = {"does it right", "has weak validators", "makes them weak later", "has dates only"}


def settings(folder: Path, host: Host, shop: Shop, **more: Any) -> Settings:
    """A run over all pictures, and one that is gone."""
    paths = [*shop.pictures, "/gone.jpg"]
    feed = folder / "feed.tsv"
    rows = "".join(f"S{n}\tB{n:09d}\t{host.url(path)}\n" for n, path in enumerate(paths))
    feed.write_text("sku\tasin\tmain_image_url\n" + rows)
    report = ReportSettings(out=folder / "failing.csv", summary=folder / "summary.json", quiet=True)
    return Settings(
        feeds=(str(feed),),
        report=report,
        probe=ProbeSettings(allow_private=True),
        frontier=FrontierSettings(concurrency=2, per_host=2, retries=0),
        **more,
    )


async def night(wanted: Settings, shop: Shop, number: int, nursery: Nursery | None = None) -> dict[str, Any]:
    """Run once, so many nights after the first; gives what summary.json says."""
    shop.night, shop.sent = number, 0
    await run(replace(wanted, clock=Clock(NIGHT + number * DAY)), Interrupt(lambda: None), lambda _: None, nursery)
    summary: dict[str, Any] = json.loads((wanted.report.summary or Path()).read_text())
    return summary


def found(folder: Path) -> list[list[str]]:
    """The findings, as far as they are about images."""
    with (folder / "failing.csv").open(newline="", encoding="utf-8") as file:
        return [[line[name] for name in TOLD] for line in csv.DictReader(file)]


def change(shop: Shop) -> None:
    """One picture is another good one, one is too small, and one is gone."""
    *_, good, small, gone = shop.pictures  # not the first, with which hosts are tried
    shop.pictures |= {good: OTHER, small: SMALL}
    del shop.pictures[gone]


@pytest.mark.parametrize(
    ("kind", "client"),
    [*((kind, "lean") for kind in HOSTS), ("does it right", "aiohttp"), ("refuses conditions", "aiohttp")],
)
def test_memory_never_changes_what_is_found(kind: str, client: Client, tmp_path: Path) -> None:
    """Unchanged, changed, and once more: nights with memory find what they find without, whatever a host does."""
    shop = HOSTS[kind]()
    shop.pictures = {f"/{number}.jpg": GOOD for number in range(IMAGES)}

    async def main() -> None:
        async with serve(shop.answer) as host:
            plain = settings(tmp_path, host, shop)
            plain = replace(plain, probe=replace(plain.probe, client=client))
            remembering = replace(plain, state=tmp_path / "nightly.db")
            for number in (0, 2):
                if number:
                    change(shop)
                await night(plain, shop, number)
                told, sent = found(tmp_path), shop.sent
                await night(remembering, shop, number)
                assert told == found(tmp_path)
                summary = await night(remembering, shop, number + 1)
                assert told == found(tmp_path)
                if kind in SPARING:
                    assert shop.sent <= sent / 2
                    assert summary["memory"]["unchanged"] >= IMAGES / 2

    asyncio.run(main())


def test_young_pictures_are_not_asked_for(tmp_path: Path) -> None:
    """With --max-age: a part of what passes each night, all of it in a week, and always what fails."""
    shop = HOSTS["does it right"]()
    shop.pictures = {f"/{number}.jpg": GOOD for number in range(60)} | {"/small.jpg": SMALL}

    async def main() -> None:
        async with serve(shop.answer) as host:
            wanted = settings(tmp_path, host, shop, state=tmp_path / "nightly.db", max_age=7.0 * DAY)
            await night(wanted, shop, 0)
            seen: set[str] = set()
            for number in range(1, 8):
                host.requests.clear()
                summary = await night(wanted, shop, number)
                asked = {request.path for request in host.requests}
                assert asked >= {"/small.jpg", "/gone.jpg"}
                assert summary["memory"]["recalled"] == 62 - len(asked)
                assert summary["urls_fetched"] == len(asked)
                assert summary["rows"]["passing"] == 60
                seen |= asked
            assert len(seen) == 62

    asyncio.run(main())


def test_changed_policy_judges_anew_without_a_request(tmp_path: Path) -> None:
    """What passed is known: where it passes no longer, it is asked for as all that fails is, and judged in any case."""
    shop = HOSTS["does it right"]()
    shop.pictures = {f"/{number}.jpg": made("JPEG", size=(700, 500)) for number in range(8)}

    async def main() -> None:
        async with serve(shop.answer) as host:
            wanted = settings(tmp_path, host, shop, state=tmp_path / "nightly.db", max_age=7.0 * DAY)
            await night(wanted, shop, 0)
            assert [line[2] for line in found(tmp_path)] == ["not-found"]
            host.requests.clear()
            await night(replace(wanted, policy="amazon-current"), shop, 0)
            assert {request.path for request in host.requests} == {"/gone.jpg"}
            await night(replace(wanted, policy="google-merchant"), shop, 0)
            small = [line[2] for line in found(tmp_path)]
            await night(replace(wanted, policy="google-merchant", state=None), shop, 0)
            assert small == [line[2] for line in found(tmp_path)]

    asyncio.run(main())


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """One for all tests, in a Python of its own: this one has threads."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(Path(__file__).parents[1]))
        opened = Nursery(fork=False)
    with opened:
        yield opened


def test_workers_remember_in_one_file(tmp_path: Path, nursery: Nursery) -> None:
    """What one has found out, another knows the next night; what they were spared is told of all together."""
    shop = HOSTS["does it right"]()
    shop.pictures = {f"/{number}.jpg": GOOD for number in range(40)}

    async def main() -> None:
        async with serve(shop.answer) as host:
            wanted = settings(tmp_path, host, shop, state=tmp_path / "nightly.db", workers=2)
            await night(wanted, shop, 0, nursery)
            summary = await night(wanted, shop, 1, nursery)
            assert summary["workers"] == 2
            assert summary["memory"]["recalled"] == 0
            assert 40 - 10 <= summary["memory"]["unchanged"] < 40
            aged = replace(wanted, max_age=7.0 * DAY)
            summary = await night(aged, shop, 1, nursery)
            assert summary["memory"]["recalled"] >= 40 - 10
            assert len(found(tmp_path)) == 1

    asyncio.run(main())


def test_state_file_that_is_damaged_stops_the_run_before_it_asks(tmp_path: Path, nursery: Nursery) -> None:
    """With and without workers it is named, with exit code 2, and left as it is."""
    shop = HOSTS["does it right"]()
    (tmp_path / "nightly.db").write_bytes(b"sku\tasin\n" * 400)

    async def main(nursery: Nursery | None) -> None:
        async with serve(shop.answer) as host:
            wanted = settings(tmp_path, host, shop, state=tmp_path / "nightly.db", workers=2)
            with pytest.raises(StateError, match="damaged, or no state file") as error:
                await night(wanted, shop, 0, nursery)
            assert error.value.exit_code == 2
            assert not host.requests

    for one in (None, nursery):
        asyncio.run(main(one))
        assert (tmp_path / "nightly.db").read_bytes() == b"sku\tasin\n" * 400


def test_state_file_that_another_run_holds_leaves_the_run_incomplete(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found so far stays; once the other one is done, the same command goes on."""
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.01)
    shop = HOSTS["does it right"]()
    shop.pictures = {f"/{number}.jpg": GOOD for number in range(8)}

    async def main() -> None:
        async with serve(shop.answer) as host:
            wanted = settings(tmp_path, host, shop, state=tmp_path / "nightly.db")
            with closing(open_database(tmp_path / "nightly.db")) as other:
                other.execute("INSERT INTO manners VALUES (?)", (manner_of(wanted.probe),))
                other.execute("INSERT INTO feeds (name) VALUES (?)", (feed_name(wanted),))
                other.execute("BEGIN IMMEDIATE")
                with pytest.raises(AuditorError, match="in use by another run") as error:
                    await night(wanted, shop, 0)
                assert error.value.exit_code == 3
            host.requests.clear()
            await night(wanted, shop, 0)
            assert not host.requests
            assert len(found(tmp_path)) == 1

    asyncio.run(main())
