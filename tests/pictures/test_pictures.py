"""Single pictures in place of a feed: each gets its verdict, in the order in which they were named."""

import asyncio
import os
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NamedTuple

import pytest
from hosts import Exchange, Host, serve
from images import made, segment

from auditor.errors import AuditorError, PictureError, SettingsError
from auditor.model import Corrupt, Doubt, Flaw, Format, ImageInfo, Kind, NotAnImage, Page, Undetermined
from auditor.pictures import are_pictures, check
from auditor.pictures import file as file_module
from auditor.pictures.file import look
from auditor.settings import (
    FeedSettings,
    FrontierSettings,
    ProbeSettings,
    Proxy,
    ProxySettings,
    ReportSettings,
    Settings,
)

JPEG = made("JPEG", size=(1200, 900))
PNG = made("PNG", size=(1200, 900))
PAGE = b"<!DOCTYPE html><html><head><title>Login</title></head><body>Please log in</body></html>"


class Said(NamedTuple):
    """What was printed, a verdict each and the words at the end, and the exit code."""

    shown: list[str]
    told: list[str]
    code: int


async def checked(*names: str | Path, slots: tuple[str, ...] = (), language: str = "en", **probe: object) -> Said:
    """Check pictures."""
    shown: list[str] = []
    told: list[str] = []
    settings = Settings(
        feeds=tuple(map(str, names)),
        feed=FeedSettings(slots=slots),
        probe=ProbeSettings(allow_private=True, **probe),  # type: ignore[arg-type]  # names are the test's
        frontier=FrontierSettings(per_host=4, retries=0),
        report=ReportSettings(language=language),
    )
    return Said(shown, told, await check(settings, told.append, shown.append))


async def shop(exchange: Exchange) -> None:
    """A small shop; /late answers only once /soon was asked for."""
    if exchange.path.startswith("/gone"):
        await exchange.answer("404 Not Found", b"gone")
    elif exchange.path.startswith("/moved"):
        await exchange.answer("301 Moved Permanently", Location="/good.jpg?token=SECRET")
    else:
        await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def with_shop(use: Callable[[Host], Awaitable[Said]], script: Callable[[Exchange], Awaitable[None]] = shop) -> Said:
    """Run something while a host is there."""

    async def main() -> Said:
        async with asyncio.timeout(60), serve(script) as host:
            return await use(host)

    return asyncio.run(main())


def codes(verdict: str) -> list[str]:
    """The codes of a verdict, as printed."""
    return re.findall(r"^  ([a-z-]+) \((?:fail|warn)\): ", verdict, re.MULTILINE)


def first(verdict: str) -> str:
    """What is said of the picture as a whole."""
    return verdict.splitlines()[0].rpartition(": ")[2]


@pytest.mark.parametrize(
    ("name", "data", "verdict", "found"),
    [
        ("a.jpg", JPEG, "passes", []),
        ("a", JPEG, "passes", []),
        ("a.png", JPEG, "passes with warnings", ["extension-mismatch"]),
        ("a.jpg", PNG, "fails", ["format-not-accepted", "extension-mismatch"]),
        ("a.jpg", JPEG[: len(JPEG) // 2], "fails", ["image-truncated"]),
        ("a.jpg", PAGE, "fails", ["html-page"]),
        ("a.jpg", b"", "fails", ["empty-body"]),
        ("a.jpg", b"sku\turl\n", "fails", ["not-an-image"]),
        ("a.tif", made("TIFF", "CMYK", (1200, 900)), "passes with warnings", ["color-cmyk"]),
        ("a.gif", made("GIF", size=(1200, 900), frames=2), "fails", ["gif-animated"]),
        ("a.jpg", made("JPEG", size=(400, 300)), "fails", ["image-too-small"]),
    ],
)
def test_files_get_their_verdict(tmp_path: Path, name: str, data: bytes, verdict: str, found: list[str]) -> None:
    """By the same checks as behind an address, without a request; a phrase says what a file can't tell."""
    (tmp_path / name).write_bytes(data)
    said = asyncio.run(checked(tmp_path / name, proxy=ProxySettings()))
    assert (first(said.shown[0]), codes(said.shown[0])) == (verdict, found)
    assert "Only the file was looked at" in said.shown[0]
    assert f"{len(data):,} bytes" in said.shown[0]
    assert said.code == (1 if verdict == "fails" else 0)


def test_facts_stand_under_the_verdict(tmp_path: Path) -> None:
    """Format, pixels, colour, bytes; of an address its status, and no word of files."""
    (tmp_path / "a.tif").write_bytes(made("TIFF", "L", (1200, 900)))

    async def use(host: Host) -> Said:
        return await checked(tmp_path / "a.tif", host.url("/a.jpg"))

    said = with_shop(use)
    size = (tmp_path / "a.tif").stat().st_size
    assert said.shown[0].splitlines()[1] == f"  TIFF, 1200 × 900 pixels, shades of grey, {size:,} bytes"
    assert said.shown[1].splitlines()[1:] == [f"  JPEG, 1200 × 900 pixels, RGB, {len(JPEG):,} bytes, status 206"]
    assert "doesn't promise" in said.shown[-1]


def test_addresses_are_asked_at_once_and_told_in_order(tmp_path: Path) -> None:
    """The first answers only after the last was asked for; files stand between them where they were named."""
    asked = asyncio.Event()

    async def script(exchange: Exchange) -> None:
        if exchange.path == "/late.jpg":
            await asked.wait()
        if exchange.path == "/soon.jpg":
            asked.set()
        await shop(exchange)

    (tmp_path / "b.jpg").write_bytes(JPEG)

    async def use(host: Host) -> Said:
        names = (host.url("/late.jpg"), tmp_path / "b.jpg", host.url("/gone.jpg"), host.url("/soon.jpg"))
        return await checked(*names)

    said = with_shop(use, script)
    assert [first(verdict) for verdict in said.shown[:-1]] == ["passes", "passes", "fails", "passes"]
    assert codes(said.shown[2]) == ["not-found"]
    assert said.code == 1


@pytest.mark.parametrize(
    ("address", "verdict", "code"),
    [
        ("ftp://h.example/a.jpg", "fails", "url-scheme"),
        ("data:image/png;base64,AAAA", "fails", "url-malformed"),
        ("file:///home/me/a.jpg", "fails", "url-malformed"),
        ("http:/a.jpg", "fails", "url-malformed"),
        ("HTTPS://user:pw@h.example/a.jpg", "fails", "url-credentials"),
        ("http://h.example/a b.jpg", "fails", "url-unsafe-characters"),
        ("s3://bucket/a.jpg", "can't be checked from here", "url-not-checkable"),
    ],
)
def test_addresses_that_cannot_be_asked_get_their_finding(address: str, verdict: str, code: str) -> None:
    """What has a scheme is an address, never a missing file."""
    assert are_pictures([address])
    said = asyncio.run(checked(address))
    assert (first(said.shown[0]), codes(said.shown[0])) == (verdict, [code])
    assert said.code == (1 if verdict == "fails" else 0)


def test_secrets_and_controls_are_not_printed() -> None:
    """A verdict shows neither a password nor a signature, nor what a terminal would obey."""

    async def use(host: Host) -> Said:
        return await checked(host.url("/moved.jpg?sig=SECRET"), "ftp://me:SECRET@h.example/\x1b[2J.jpg")

    said = with_shop(use)
    assert "redirect" in codes(said.shown[0])
    assert "SECRET" not in "".join(said.shown)
    assert "\x1b" not in "".join(said.shown)


def test_swatches_are_judged_as_such(tmp_path: Path) -> None:
    """--slot SWCH; more than one slot makes no sense."""
    (tmp_path / "a.jpg").write_bytes(made("JPEG", size=(30, 20)))
    assert asyncio.run(checked(tmp_path / "a.jpg", slots=("SWCH",))).code == 0
    assert asyncio.run(checked(tmp_path / "a.jpg")).code == 1
    with pytest.raises(SettingsError, match="single --slot"):
        asyncio.run(checked(tmp_path / "a.jpg", slots=("MAIN", "SWCH")))


def test_verdicts_speak_vietnamese(tmp_path: Path) -> None:
    """In the language chosen."""
    (tmp_path / "a.jpg").write_bytes(PAGE)
    said = asyncio.run(checked(tmp_path / "a.jpg", language="vi"))
    assert first(said.shown[0]) == "không đạt"
    assert "Triệu chứng: " in said.shown[0]


def test_large_files_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a file of 3 GB that is mostly a hole, only what tells the picture is held."""
    monkeypatch.setattr(file_module, "WHOLE", 256 * 1024)
    comments = b"".join(segment(0xFE, bytes(65_000)) for _ in range(8))
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG[:2] + comments + JPEG[2:])
    os.truncate(path, 3 * 1024**3)
    seen = look(str(path))
    assert isinstance(seen.body, ImageInfo)
    assert (seen.body.width, seen.size) == (1200, 3 * 1024**3)


def test_large_files_that_lead_on_are_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However a file is made, there is an end to reading it."""
    monkeypatch.setattr(file_module, "WHOLE", 1024)
    monkeypatch.setattr(file_module, "HEAD", 512)
    monkeypatch.setattr(file_module, "BLOCK", 1)
    path = tmp_path / "a.jpg"
    path.write_bytes(JPEG[:2] + segment(0xFE, bytes(100)) * 500 + JPEG[2:])
    assert look(str(path)).body == Undetermined(Format.JPEG, Doubt.TOO_MANY_BYTES)
    monkeypatch.setattr(file_module, "WHOLE", 30_000)
    monkeypatch.setattr(file_module, "HOPS", 3)
    path.write_bytes(JPEG[:2] + segment(0xFE, bytes(60_000)) * 9 + JPEG[2:])
    assert look(str(path)).body == Undetermined(Format.JPEG, Doubt.TOO_MANY_HOPS)


def test_looking_tells_what_is_no_picture(tmp_path: Path) -> None:
    """A page, nothing, and half a picture."""
    for data, body in (
        (PAGE, NotAnImage(Kind.HTML, "Login", does=Page.LOGIN)),
        (b"", NotAnImage(Kind.EMPTY)),
        (JPEG[:5000], Corrupt(Format.JPEG, Flaw.NO_END_MARK)),
    ):
        (tmp_path / "a").write_bytes(data)
        assert look(str(tmp_path / "a")).body == body


def test_feeds_are_no_pictures(tmp_path: Path) -> None:
    """Neither tables, nor what is missing or a folder, nor standard input: those are told as feeds."""
    (tmp_path / "feed.tsv").write_text("sku\turl\nS1\thttps://h.example/a.jpg\n")
    (tmp_path / "http.tsv").write_text("https://h.example/a.jpg\n")
    for name in ("feed.tsv", "http.tsv", "none.tsv", "."):
        assert not are_pictures([str(tmp_path / name)])
    assert not are_pictures(["-", "/dev/null"])


@pytest.mark.parametrize(
    ("names", "error", "said"),
    [
        (("good.jpg", "feed.tsv"), SettingsError, "good.jpg is a picture and feed.tsv is none"),
        (("https://h.example/a.jpg?sig=SECRET", "-"), SettingsError, "sig=… is a picture and - is none"),
        (("good.jpg", "none"), PictureError, "none: there is no such file"),
        (("good.jpg", "folder"), PictureError, "folder is a folder"),
        (("none.jpg",), PictureError, "an address begins with https://"),
        (("shop.example/a.jpg",), PictureError, "an address begins with https://"),
        (("folder.jpg",), PictureError, "is a folder; name the pictures"),
        (("a\0.jpg",), PictureError, "null"),
    ],
)
def test_what_cannot_be_a_picture_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: tuple[str, ...], error: type[AuditorError], said: str
) -> None:
    """Before the first request: feeds among pictures, missing files, folders."""
    monkeypatch.chdir(tmp_path)
    Path("good.jpg").write_bytes(JPEG)
    Path("feed.tsv").write_text("sku\turl\n")
    Path("folder").mkdir()
    Path("folder.jpg").mkdir()
    with pytest.raises(error, match=re.escape(said)) as told:
        are_pictures(names)
    assert "SECRET" not in str(told.value)


def test_unreadable_files_are_told(tmp_path: Path) -> None:
    """A name that leads round in a circle, which even root can't read."""
    (tmp_path / "a.jpg").symlink_to("a.jpg")
    with pytest.raises(PictureError, match="can't be read: Too many levels"):
        are_pictures([str(tmp_path / "a.jpg")])


def test_what_stops_it_halfway_says_how_far_it_came(tmp_path: Path) -> None:
    """A proxy that isn't there: after a file's verdict the run is incomplete, before one it couldn't begin."""
    (tmp_path / "a.jpg").write_bytes(JPEG)
    dead = ProxySettings(http=Proxy("http://127.0.0.1:1"))
    with pytest.raises(AuditorError, match=r"127\.0\.0\.1:1") as told:
        asyncio.run(checked("http://h.example/a.jpg", proxy=dead))
    assert told.value.exit_code == 2
    with pytest.raises(AuditorError, match="stopped after 1 of 2 pictures") as told:
        asyncio.run(checked(tmp_path / "a.jpg", "http://h.example/a.jpg", proxy=dead))
    assert told.value.exit_code == 3


def test_unchecked_certificates_are_told(tmp_path: Path) -> None:
    """Before and after, as with a feed."""
    (tmp_path / "a.jpg").write_bytes(JPEG)
    said = asyncio.run(checked(tmp_path / "a.jpg", insecure=True))
    assert "--insecure" in said.told[0]
    assert "--insecure" in said.shown[-2]
