"""A repair over real sockets: what is asked for, what is made, and what a second run does."""

import asyncio
import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import aiofiles
import openpyxl
import pytest
from hosts import Exchange, Host, serve
from images import made
from repairs import HEADER, asked, audit, listed, mend, settings_in

from auditor.errors import IncompleteError, ReportError
from auditor.pictures.file import look
from auditor.repair.planning import plan
from auditor.repair.repair import Repair, Voice
from auditor.repair.summary import printed
from auditor.run import Interrupt
from auditor.settings import ConversionSettings, DeepSettings, FeedSettings, FurtherSettings

JPEG = made("JPEG", size=(1200, 900))
PNG = made("PNG", size=(1200, 900))
GIF = made("GIF", mode="P", size=(600, 600), frames=2)
WIDE = made("JPEG", size=(11_000, 40))
CMYK = made("JPEG", mode="CMYK", size=(1200, 900))
FEW_PIXELS = ConversionSettings(pixels=1_000_000)
ASSUMED = (
    "its colours are sRGB now; the file names no profile for its CMYK, so it was taken for "
    "“ISO Coated v2 300% (basICColor)”"
)
BASE = "https://cdn.example/fixed/"


async def shop(exchange: Exchange) -> None:
    """A shop with good pictures and bad ones, and an address that moved twice."""
    pictures = {"good": JPEG, "png": PNG, "gif": GIF, "cmyk": CMYK, "wide": WIDE}
    kind, *_ = exchange.path.strip("/").split("/")
    if kind in pictures:
        await exchange.answer_range(pictures[kind])
    elif kind == "moved":
        await exchange.answer("301 Moved Permanently", Location="/moved-again/1.jpg")
    elif kind == "moved-again":
        await exchange.answer("302 Found", Location="/good/target.jpg")
    elif kind == "moved-png":
        await exchange.answer("302 Found", Location="/png/target.png")
    else:
        await exchange.answer("404 Not Found")


def write(folder: Path, host: Host, *rows: tuple[str, str]) -> Path:
    """Write a feed of rows with two images each."""
    feed = folder / "feed.tsv"
    cells = ["\t".join((f"S{number}", *map(host.url, row))) for number, row in enumerate(rows, 1)]
    feed.write_text(HEADER + "\n".join(cells) + "\n")
    return feed


ROWS = (
    ("/good/1.jpg", "/png/1.png"),
    ("/moved/1.jpg", "/gif/1.gif"),
    ("/gone/1.jpg", "/good/2.jpg"),
    ("/cmyk/1.jpg", "/png/1.png"),
    ("/moved-png/1.jpg", "/good/3.jpg"),
)


def test_what_can_be_mended_is_and_nothing_else_changes(tmp_path: Path) -> None:
    """Converted files and targets stand in the corrected feed, all other cells as they were; the rest is listed."""

    async def main() -> None:
        async with serve(shop) as host:
            feed = write(tmp_path, host, *ROWS)
            settings = settings_in(tmp_path)
            assert await audit(settings) == 1
            host.asked.clear()
            repaired, _ = await mend(tmp_path, settings, BASE)
            assert repaired is not None
            assert repaired.exit_code == 1
            assert host.asked["/png/1.png"] == 2, "the same address in two rows is looked at and downloaded once"
            assert not host.asked["/gone/1.jpg"] + host.asked["/good/1.jpg"]
            before, after = feed.read_text().split("\n"), (tmp_path / "corrected.tsv").read_text().split("\n")
            changed = {
                (row, column)
                for row, (old, new) in enumerate(zip(before, after, strict=True))
                for column, cells in enumerate(zip(old.split("\t"), new.split("\t"), strict=True))
                if cells[0] != cells[1]
            }
            assert changed == {(1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (5, 1)}
            cells = [line.split("\t") for line in after]
            assert cells[2][1] == host.url("/good/target.jpg")
            assert cells[1][2] == cells[4][2]
            names = {cell.removeprefix(BASE) for row in cells for cell in row if cell.startswith(BASE)}
            assert names == {path.name for path in (tmp_path / "out").iterdir()}

    asyncio.run(main())
    by_place = {(row["row"], row["slot"]): row for row in listed(tmp_path)}
    assert by_place["4", "MAIN"]["action"] == "cannot"
    assert by_place["4", "MAIN"]["code"] == "not-found"
    assert by_place["4", "MAIN"]["solution"]
    assert by_place["3", "MAIN"]["became"] == "replaced"
    assert by_place["6", "MAIN"]["became"] == "converted"


def test_a_second_run_does_nothing_twice(tmp_path: Path) -> None:
    """No file is downloaded or made again, and the same feed is written; a file that was damaged is made anew."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, *ROWS)
            settings = settings_in(tmp_path)
            await audit(settings)
            await mend(tmp_path, settings, BASE)
            first = (tmp_path / "corrected.tsv").read_bytes()
            files = {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()}
            host.asked.clear()
            repaired, _ = await mend(tmp_path, settings, BASE)
            assert repaired is not None
            assert repaired.kept == 3
            assert {path for path in host.asked if "png" in path or "gif" in path or "cmyk" in path} == {
                *("/moved-png/1.jpg", "/png/target.png")
            }, "only where a redirect leads to is looked at again"
            assert repaired.cost["whole_images"]["requests"] == 0
            assert (tmp_path / "corrected.tsv").read_bytes() == first
            assert {path: path.stat().st_mtime_ns for path in (tmp_path / "out").iterdir()} == files
            damaged = min(files)
            damaged.write_bytes(b"")
            await mend(tmp_path, settings, BASE)
            assert damaged.stat().st_size

    asyncio.run(main())


@pytest.mark.parametrize(
    ("language", "clauses"),
    [
        (
            "en",
            [
                "it was scaled down from 11000 × 40 to 10000 × 36 pixels; it was saved anew as JPEG",
                "it was converted from PNG to JPEG",
                "only the first frame of the animation is kept; it was converted from GIF to JPEG",
                f"{ASSUMED}; it was saved anew as JPEG",
                "",
            ],
        ),
        (
            "vi",
            ["hình ảnh đã được thu nhỏ từ 11000 × 40 còn 10000 × 36 pixel; hình ảnh đã được lưu lại dưới dạng JPEG"],
        ),
    ],
)
def test_what_was_done_to_each_picture_is_told(tmp_path: Path, language: str, clauses: list[str]) -> None:
    """In the list, step by step, and again in the list of a run that finds the pictures made."""

    async def main() -> None:
        async with serve(shop) as host:
            write(
                tmp_path,
                host,
                ("/wide/1.jpg", "/png/1.png"),
                ("/gif/1.gif", "/cmyk/1.jpg"),
                ("/moved/1.jpg", "/good/1.jpg"),
            )
            settings = settings_in(tmp_path)
            await audit(settings)
            for _ in range(2):
                await mend(tmp_path, settings, BASE, language=language)
                assert [row["done"] for row in listed(tmp_path)][: len(clauses)] == clauses

    asyncio.run(main())


def test_an_interrupted_run_keeps_what_it_made(tmp_path: Path) -> None:
    """No feed is written, and the next run asks only for what is lacking."""

    async def main() -> None:
        interrupt = Interrupt(lambda: None)

        async def hanging(exchange: Exchange) -> None:
            if exchange.path == "/png/hangs.png" and "range" not in exchange.headers and exchange.times < 5:
                while not list((tmp_path / "out").glob("[!.]*")):  # noqa: ASYNC110  # a process of its own makes it
                    await asyncio.sleep(0.01)
                interrupt.now()
                await exchange.hang()
            await shop(exchange)

        async with serve(hanging) as host:
            write(tmp_path, host, ("/gif/1.gif", "/png/hangs.png"))
            settings = settings_in(tmp_path)
            await audit(settings)
            repaired, _ = await mend(tmp_path, settings, BASE, interrupt=interrupt)
            assert repaired is None
            assert not (tmp_path / "corrected.tsv").exists()
            assert len(list((tmp_path / "out").iterdir())) == 1
            host.asked.clear()
            host.asked["/png/hangs.png"] = 5
            repaired, _ = await mend(tmp_path, settings, BASE)
            assert repaired is not None
            assert repaired.exit_code == 0
            assert not host.asked["/gif/1.gif"]

    asyncio.run(main())


def test_what_is_too_large_is_reduced(tmp_path: Path) -> None:
    """To the longest side that the policy takes, and a swatch and a main image with one address share the new file."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/wide/1.jpg", "/wide/1.jpg"))
            settings = settings_in(tmp_path)
            await audit(settings)
            repaired, _ = await mend(tmp_path, settings, BASE)
            assert repaired is not None
            assert (repaired.exit_code, repaired.rewritten.changed) == (0, 2)

    asyncio.run(main())
    (file,) = (tmp_path / "out").iterdir()
    body = look(str(file)).body
    assert getattr(body, "width", None) == 10_000


@pytest.mark.parametrize(("policy", "changed"), [("amazon-us-2022", 1), ("amazon-current", 0)])
def test_the_audits_policy_decides(tmp_path: Path, policy: str, changed: int) -> None:
    """A PNG is left in peace where PNGs are taken."""

    async def main() -> None:
        async with serve(shop) as host:
            feed = write(tmp_path, host, ("/png/1.png", "/good/1.jpg"))
            settings = settings_in(tmp_path, policy=policy)
            await audit(settings)
            repaired, _ = await mend(tmp_path, settings_in(tmp_path), BASE)
            assert repaired is not None
            assert repaired.rewritten.changed == changed
            same = (tmp_path / "corrected.tsv").read_bytes() == feed.read_bytes()
            assert same == (not changed)

    asyncio.run(main())


def test_links_that_could_not_be_changed_are_counted(tmp_path: Path) -> None:
    """A good new file is of no use where the feed still names the old one: the summary says how often that is so."""

    async def main() -> None:
        async with serve(shop) as host:
            book = openpyxl.Workbook()
            sheet = book.create_sheet("Template", 0)
            for row in (HEADER.split(), ["S1", f'=HYPERLINK("{host.url("/png/1.png")}")', host.url("/png/2.png")]):
                sheet.append(row)
            book.save(tmp_path / "feed.xlsx")
            settings = settings_in(tmp_path, "feed.xlsx")
            await audit(settings)
            wanted, basis = await asked(tmp_path, settings, BASE)
            told: list[str] = []
            repaired = await Repair(settings, wanted, basis, Voice(told.append, told.append)).run(Interrupt(print))
            assert repaired is not None
            assert (repaired.rewritten.changed, repaired.rewritten.left, repaired.exit_code) == (1, 1, 1)
            assert len([line for line in told if "holds a formula" in line]) == 1
            said = printed(repaired, wanted, basis)
            assert "couldn't be changed in it, named above with the reason: 1" in said

    asyncio.run(main())


def test_columns_of_ones_own_are_known_from_the_audit(tmp_path: Path) -> None:
    """They need not be said again, and the command that comes next says them; what wasn't audited stays and is told."""

    async def main() -> None:
        async with serve(shop) as host:
            feed = tmp_path / "feed.tsv"
            feed.write_text("".join(("no;a photo\n", *(f"{n};{host.url(f'/png/{n}.png')}\n" for n in range(1, 4)))))
            columns = FeedSettings(sku_column="no", url_columns=("a photo",), limit=2)
            await audit(settings_in(tmp_path, feed=columns))
            repaired, _ = await mend(tmp_path, settings_in(tmp_path), BASE)
            assert repaired is not None
            assert (repaired.rewritten.changed, repaired.account.unaudited) == (2, 1)
            assert repaired.exit_code == 3, "nobody knows whether the third is good"
            said = printed(repaired, *await asked(tmp_path, settings_in(tmp_path), BASE))
            assert "corrected.tsv --sku-column no --url-column 'a photo'" in said
            nightly = {"policy": "amazon-current", "config": Path("nightly.toml")}
            said = printed(repaired, *await asked(tmp_path, settings_in(tmp_path), BASE, **nightly))
            assert "corrected.tsv --config nightly.toml --policy amazon-us-2022 --sku-column" in said
            assert (tmp_path / "corrected.tsv").read_text().splitlines()[3] == feed.read_text().splitlines()[3]

    asyncio.run(main())


def test_only_some_slots_are_repaired_of_a_whole_audit(tmp_path: Path) -> None:
    """Where the user wants that; what the others lack, and rows without such an image, are no matter."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/png/2.png"), ("/good/1.jpg", "/png/3.png"))
            with (tmp_path / "feed.tsv").open("a") as feed:
                feed.write(f"S3\t\t{host.url('/png/4.png')}\nS4\t{host.url('/png/5.png')}\t\n")
            await audit(settings_in(tmp_path))
            main_only = settings_in(tmp_path, feed=FeedSettings(slots=("MAIN",)))
            repaired, _ = await mend(tmp_path, main_only, BASE)
            assert repaired is not None
            assert (repaired.exit_code, repaired.rewritten.changed, repaired.account.nothing) == (0, 2, 2)

    asyncio.run(main())


def test_an_audit_of_some_slots_is_one_of_a_part(tmp_path: Path) -> None:
    """The other images stay as they are, and the repair is incomplete until the user himself leaves them out."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/png/2.png"), ("/good/1.jpg", "/png/3.png"))
            main_only = settings_in(tmp_path, feed=FeedSettings(slots=("MAIN",)))
            await audit(main_only)
            repaired, _ = await mend(tmp_path, settings_in(tmp_path), BASE)
            assert repaired is not None
            assert (repaired.exit_code, repaired.rewritten.changed, repaired.account.unaudited) == (3, 1, 2)
            repaired, _ = await mend(tmp_path, main_only, BASE)
            assert repaired is not None
            assert (repaired.exit_code, repaired.account.unaudited) == (0, 0)

    asyncio.run(main())


def test_an_audit_of_several_feeds_serves_each(tmp_path: Path) -> None:
    """The second of two is repaired by its own lines, though both have images in the same rows."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/gif/1.gif", "/gone/1.jpg")).rename(tmp_path / "first.tsv")
            write(tmp_path, host, ("/good/1.jpg", "/png/1.png"))
            one = settings_in(tmp_path)
            await audit(dataclasses.replace(one, feeds=(str(tmp_path / "first.tsv"), *one.feeds)))
            host.asked.clear()
            repaired, _ = await mend(tmp_path, settings_in(tmp_path), BASE)
            assert repaired is not None
            assert (repaired.exit_code, repaired.rewritten.changed) == (0, 1)
            assert list(host.asked) == ["/png/1.png"]

    asyncio.run(main())


LATER: Mapping[str, tuple[bytes | str, str, str]] = {
    "/png/good.png": (JPEG, "sound", ""),
    "/gif/good.gif": (made("GIF", "P", size=(1200, 900)), "sound", ""),
    "/cmyk/good.jpg": (JPEG, "sound", ""),
    "/moved/1.jpg": (JPEG, "sound", ""),
    "/png/page.png": (b"<!doctype html><title>Sold out</title>", "left", "html-page"),
    "/png/cut.png": (PNG[:-2000], "left", "format-not-accepted"),
    "/png/small.png": (made("PNG", size=(300, 300)), "left", "image-too-small"),
    "/cmyk/small.jpg": (made("JPEG", size=(300, 300)), "left", "image-too-small"),
    "/gone-since/1.png": ("404 Not Found", "left", "not-found"),
    "/walled/1.png": ("403 Forbidden", "left", "access-denied"),
    "/png/moved.png": ("301 Moved Permanently", "replaced", ""),
    "/png/cmyk.png": (CMYK, "converted", ""),
}


def test_what_became_another_since_the_audit_is_judged_as_it_is(tmp_path: Path) -> None:
    """What is good by now keeps its address and isn't converted; what got worse is told as it is now, and left."""

    async def main() -> None:
        audited = False

        async def changing(exchange: Exchange) -> None:
            body = LATER[exchange.path][0] if exchange.path in LATER else None
            if exchange.path == "/moved/1.jpg" and not audited:
                await shop(exchange)
            elif not audited and exchange.path.split("/")[1] in ("gone-since", "walled"):
                await exchange.answer_range(PNG)
            elif not audited or body is None:
                await shop(exchange)
            elif isinstance(body, str):
                await exchange.answer(body, Location="/good/target.jpg")
            else:
                await exchange.answer_range(body)

        async with serve(changing) as host:
            paths = [*LATER]
            feed = write(tmp_path, host, *zip(paths[::2], paths[1::2], strict=True))
            settings = settings_in(tmp_path)
            await audit(settings)
            audited = True
            host.asked.clear()
            repaired, _ = await mend(tmp_path, settings, BASE)
            assert repaired is not None
            assert (repaired.exit_code, repaired.rewritten.changed) == (1, 2)
            before, after = feed.read_text(), (tmp_path / "corrected.tsv").read_text()
            assert [cell for cell in before.split() if cell not in after.split()] == [
                host.url("/png/moved.png"),
                host.url("/png/cmyk.png"),
            ]
            assert host.asked["/png/good.png"] == 1, "what is good isn't downloaded"

    asyncio.run(main())
    told = {"/" + row["url"].split("/", 3)[3]: row for row in listed(tmp_path)}
    found = {path: (row["became"], row["code"] if row["became"] == "left" else "") for path, row in told.items()}
    assert found == {path: (became, code) for path, (_, became, code) in LATER.items()}
    assert len([*(tmp_path / "out").iterdir()]) == 1
    assert "404" in told["/gone-since/1.png"]["reason"]
    assert "PNG" not in told["/gone-since/1.png"]["reason"], "what it was isn't why it is left"
    assert "converted" not in told["/png/good.png"]["reason"]


@pytest.mark.parametrize(
    ("caps", "more"),
    [(ConversionSettings(bytes=min(map(len, (PNG, CMYK))) - 1), "more bytes"), (FEW_PIXELS, "more pixels")],
)
def test_what_is_too_much_is_known_beforehand(tmp_path: Path, caps: ConversionSettings, more: str) -> None:
    """The plan promises nothing that the repair then refuses, be it a fault or a drawback; nothing is asked for it."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/cmyk/1.jpg"))
            settings = settings_in(tmp_path)
            await audit(settings)
            host.asked.clear()
            wanted, basis = await asked(tmp_path, settings, BASE, conversion=caps)
            said: list[str] = []
            assert await plan(basis, wanted, said.append) == 1
            assert all("can't be repaired" in line and more in line for line in said[:2])
            assert "can't be repaired 2" in said[2]
            repaired, _ = await mend(tmp_path, settings, BASE, conversion=caps)
            assert repaired is not None
            assert repaired.exit_code == 1
            assert not host.asked
            told = "\n".join(repaired.account.told(basis.words))
            assert told.count(more) == 2, "the summary says what to do about it, too"
            assert "Tried" not in told

    asyncio.run(main())


def test_a_file_that_has_grown_since_is_told(tmp_path: Path) -> None:
    """Its length is known from the look before, and from the download where a host doesn't say it."""

    async def main() -> None:
        audited = False

        async def growing(exchange: Exchange) -> None:
            content = PNG + bytes(200_000 if audited else 0)
            if exchange.path == "/png/untold.png" and "range" not in exchange.headers:
                await exchange.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + content)
                exchange.close()
            elif exchange.path == "/png/untold.png":
                await exchange.answer("206 Partial Content", content[:4096], Content_Range="bytes 0-4095/*")
            else:
                await exchange.answer_range(content)

        async with serve(growing) as host:
            write(tmp_path, host, ("/png/told.png", "/png/untold.png"))
            settings = settings_in(tmp_path)
            await audit(settings)
            audited = True
            host.asked.clear()
            await mend(tmp_path, settings, BASE, conversion=ConversionSettings(bytes=len(PNG) + 100_000))
            assert host.asked["/png/told.png"] == 1

    asyncio.run(main())
    assert [(row["became"], "more bytes" in row["reason"]) for row in listed(tmp_path)] == [("left", True)] * 2


def test_a_repair_has_a_limit_of_bytes_of_its_own(tmp_path: Path) -> None:
    """What a deep check gives up downloading may well be what a repair is for."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/good/1.jpg"))
            settings = settings_in(tmp_path, further=FurtherSettings(decoding=DeepSettings(bytes=1000)))
            await audit(settings)
            repaired, _ = await mend(tmp_path, settings, BASE)
            assert repaired is not None
            assert repaired.exit_code == 0

    asyncio.run(main())


def test_a_damaged_journal_is_told(tmp_path: Path) -> None:
    """In one sentence that says what to do; so is a second repair at the same time."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/good/1.jpg"))
            settings = settings_in(tmp_path)
            await audit(settings)
            (tmp_path / "out.journal").write_bytes(b"no database" * 100)
            with pytest.raises(ReportError, match=r"out\.journal is damaged: remove it"):
                await mend(tmp_path, settings, BASE)
            (tmp_path / "out.journal").unlink()
            first = asyncio.create_task(mend(tmp_path, settings, BASE))
            while not (tmp_path / "out.journal.lock").exists():  # noqa: ASYNC110  # the other task's own file
                await asyncio.sleep(0)
            with pytest.raises(ReportError, match="Another run"):
                await mend(tmp_path, settings, BASE)
            await first

    asyncio.run(main())


def test_a_full_disk_stops_it_in_order(tmp_path: Path) -> None:
    """A folder that can't be written ends the run with exit code 3, and no feed is written."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/good/1.jpg"))
            settings = settings_in(tmp_path)
            await audit(settings)
            (tmp_path / "out").symlink_to("/proc/self")
            with pytest.raises(IncompleteError, match="the same command goes on") as unwritten:
                await mend(tmp_path, settings, BASE)
            assert "report" not in str(unwritten.value)

    asyncio.run(main())
    assert not (tmp_path / "corrected.tsv").exists()


def test_no_room_for_downloads_is_told_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They lie beside the folder for new pictures, which is no report."""
    opened = aiofiles.open

    def refusing(path: Path, *options: Any) -> Any:
        if Path(path).suffix == ".image":
            raise OSError(28, "No space left on device")
        return opened(path, *options)

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/good/1.jpg"))
            settings = settings_in(tmp_path)
            await audit(settings)
            monkeypatch.setattr(aiofiles, "open", refusing)
            with pytest.raises(IncompleteError) as full:
                await mend(tmp_path, settings, BASE)
            assert f"written in the folder {tmp_path}: No space left on device." in str(full.value)
            assert "report" not in str(full.value)

    asyncio.run(main())
    assert {path.name for path in tmp_path.iterdir()} >= {"feed.tsv", "out.journal"}
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_where_nothing_can_be_converted_no_host_is_blamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A system that starts no processes ends the run with exit code 3."""

    async def main() -> None:
        async with serve(shop) as host:
            write(tmp_path, host, ("/png/1.png", "/good/1.jpg"))
            settings = settings_in(tmp_path)
            await audit(settings)
            monkeypatch.setattr("sys.executable", str(tmp_path / "feed.tsv"))
            with pytest.raises(IncompleteError, match=r"No process can be started .* Permission denied"):
                await mend(tmp_path, settings, BASE)

    asyncio.run(main())
    assert not (tmp_path / "corrected.tsv").exists()
