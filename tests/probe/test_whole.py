"""Whole images from real hosts: downloaded within bounds, decoded, and nothing left behind."""

import asyncio
import gzip
import resource
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import aiofiles
import pytest
from hosts import Exchange, Host, Script, serve
from images import made

from auditor.errors import ReportError
from auditor.model import (
    Answered,
    Cause,
    Corrupt,
    Excess,
    Excessive,
    Flaw,
    Format,
    Further,
    Kind,
    Manner,
    NotAnImage,
    Pixels,
    Probe,
    Unreached,
)
from auditor.probe import Looks, open_looks
from auditor.probe.spool import clear_spools, spool_folder
from auditor.settings import DeepSettings, FurtherSettings, ProbeSettings, ReportSettings, Settings

MIB = 1024 * 1024
JPEG = made("JPEG", size=(400, 300), quality=95)
SMALL = DeepSettings(timeout=20, bytes=MIB, processes=1)


def deep(folder: Path, decoding: DeepSettings = SMALL, **probe: float) -> Settings:
    """Settings for deep looks, with reports in a folder."""
    return Settings(
        probe=ProbeSettings(allow_private=True, **probe),  # type: ignore[arg-type]  # seconds
        further=FurtherSettings(deep=True, decoding=decoding),
        report=ReportSettings(out=folder / "failing.csv"),
    )


def with_looks(script: Script, settings: Settings, use: Callable[[Looks, Host], Awaitable[Any]]) -> Any:
    """Look at a host, and see that no file is left afterwards."""
    folder = settings.report.out.parent

    async def main() -> Any:
        async with serve(script) as host, open_looks(settings, settings.report.out) as looks:
            outcome = await use(looks, host)
            left.extend(path.name for path in folder.rglob("*.image"))
            return outcome

    left: list[str] = []
    outcome = asyncio.run(main())
    assert not left
    assert not list(folder.iterdir())
    return outcome


def look(script: Script, folder: Path, settings: Settings | None = None) -> Probe:
    """Make one deep look."""

    async def use(looks: Looks, host: Host) -> Probe:
        return await looks(Further(host.url(), Manner.DEEP))

    probe: Probe = with_looks(script, settings or deep(folder), use)
    return probe


def body_of(probe: Probe) -> object:
    """What the answer held."""
    assert isinstance(probe, Answered), probe
    return probe.body


def answer(status: str, body: bytes = b"", **headers: str) -> Script:
    """The same answer to everything."""

    async def script(exchange: Exchange) -> None:
        await exchange.answer(status, body, **headers)

    return script


async def endless(exchange: Exchange) -> None:
    """A JPEG whose data never end."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: image/jpeg\r\nConnection: close\r\n\r\n" + JPEG[:-2])
    while not exchange.writer.transport.is_closing():
        await exchange.send(bytes(65_536))


async def trickling(exchange: Exchange) -> None:
    """A byte now and then."""
    await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + JPEG[:500])
    while not exchange.writer.transport.is_closing():
        await exchange.send(b"\0")
        await asyncio.sleep(0.05)


def test_a_whole_image_is_downloaded_and_decoded(tmp_path: Path) -> None:
    """One request without Range brings everything, and the pixels are seen."""

    async def use(looks: Looks, host: Host) -> None:
        probe = await looks(Further(host.url(), Manner.DEEP))
        body = body_of(probe)
        assert isinstance(body, Pixels)
        assert (body.format, body.width, body.height) == (Format.JPEG, 400, 300)
        (request,) = host.requests
        assert "range" not in request.headers
        assert request.headers["accept"] == "*/*"
        assert looks.cost["further_looks"]["deep_look"] == {"requests": 1, "bytes": len(JPEG)}

    with_looks(answer("200 OK", JPEG), deep(tmp_path), use)


@pytest.mark.parametrize(
    ("content", "wanted"),
    [
        (JPEG[: len(JPEG) // 2], Corrupt(Format.JPEG, Flaw.NO_END_MARK)),
        (b"<!doctype html><title>Gone</title>", NotAnImage(Kind.HTML, "Gone")),
        (b"", NotAnImage(Kind.EMPTY)),
        (JPEG[:100], Corrupt(Format.JPEG, Flaw.ENDS_EARLY)),
        (JPEG + bytes(MIB), Excessive(Format.JPEG, Excess.BYTES)),
    ],
)
def test_what_the_file_holds_is_told(content: bytes, wanted: object, tmp_path: Path) -> None:
    """Damage, another kind of file, nothing, or too much: each is what it is."""
    assert body_of(look(answer("200 OK", content), tmp_path)) == wanted


@pytest.mark.parametrize(
    ("status", "headers", "wanted"),
    [
        ("403 Forbidden", {}, 403),
        ("404 Not Found", {}, 404),
        ("302 Found", {"Location": "/b.jpg"}, 302),
        ("503 Busy", {"Retry_After": "1"}, 503),
    ],
)
def test_another_status_is_told_as_it_is(status: str, headers: dict[str, str], wanted: int, tmp_path: Path) -> None:
    """No redirect is followed, and nothing of such an answer is read."""
    probe = look(answer(status, b"x" * 100_000, **headers), tmp_path)
    assert isinstance(probe, Answered)
    assert (probe.status, probe.body) == (wanted, None)


def test_a_part_that_nobody_asked_for_is_no_image(tmp_path: Path) -> None:
    """206 to a request without Range breaks the rules of HTTP."""
    span = f"bytes 0-{len(JPEG) - 1}/{len(JPEG)}"
    probe = look(answer("206 Partial Content", JPEG, Content_Range=span), tmp_path)
    assert isinstance(probe, Unreached)
    assert probe.cause is Cause.PROTOCOL_ERROR


def test_a_compressed_body_is_undone(tmp_path: Path) -> None:
    """A host that compresses though nobody asked for it is understood; a bomb of it is given up."""
    packed = answer("200 OK", gzip.compress(JPEG), Content_Encoding="gzip")
    assert isinstance(body_of(look(packed, tmp_path)), Pixels)
    bomb = answer("200 OK", gzip.compress(JPEG + bytes(50 * MIB)), Content_Encoding="gzip")
    assert body_of(look(bomb, tmp_path)) == Excessive(Format.JPEG, Excess.BYTES)


def test_an_endless_download_is_given_up(tmp_path: Path) -> None:
    """Ten endless downloads at once take neither memory nor disk beyond their bound, and are told."""

    async def use(looks: Looks, host: Host) -> None:
        asks = [Further(host.url(f"/{number}.jpg"), Manner.DEEP) for number in range(10)]
        probes = await asyncio.gather(*map(looks, asks))
        assert {body_of(probe) for probe in probes} == {Excessive(Format.JPEG, Excess.BYTES)}
        assert looks.cost["further_looks"]["deep_look"]["bytes"] < 10 * (8 * MIB + MIB)

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with_looks(endless, deep(tmp_path, replace(SMALL, bytes=8 * MIB)), use)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024  # KiB: 80 MiB were downloaded


def test_a_file_said_to_be_too_large_is_left_at_its_beginning(tmp_path: Path) -> None:
    """Where the host tells the length, nobody downloads up to the limit to find out."""

    async def use(looks: Looks, host: Host) -> None:
        probe = await looks(Further(host.url(), Manner.DEEP))
        assert body_of(probe) == Excessive(Format.JPEG, Excess.BYTES)
        assert looks.cost["further_looks"]["deep_look"]["bytes"] < 2 * MIB

    with_looks(answer("200 OK", JPEG + bytes(30 * MIB)), deep(tmp_path), use)


def test_a_trickling_download_times_out(tmp_path: Path) -> None:
    """A download has a time limit of its own, all its bytes together."""
    probe = look(trickling, tmp_path, deep(tmp_path, replace(SMALL, timeout=0.5), timeout=0.5))
    assert isinstance(probe, Unreached)
    assert probe.cause is Cause.TIMEOUT


def test_a_body_shorter_than_promised_is_a_lost_connection(tmp_path: Path) -> None:
    """What breaks off on the way is the connection's fault, not the file's."""

    async def script(exchange: Exchange) -> None:
        await exchange.send(f"HTTP/1.1 200 OK\r\nContent-Length: {len(JPEG)}\r\n\r\n".encode() + JPEG[:900])
        exchange.close()

    probe = look(script, tmp_path)
    assert isinstance(probe, Unreached)
    assert probe.cause is Cause.CONNECTION_LOST


def test_a_kept_connection_that_has_died_says_nothing(tmp_path: Path) -> None:
    """A host that closes a kept connection just as the next request comes is asked once more, on a new one."""

    async def script(exchange: Exchange) -> None:
        if exchange.number == 2:
            exchange.close()
        else:
            await exchange.answer("200 OK", JPEG)

    async def use(looks: Looks, host: Host) -> None:
        for _ in range(3):
            assert isinstance(body_of(await looks(Further(host.url(), Manner.DEEP))), Pixels)
        assert host.connections >= 2

    with_looks(script, deep(tmp_path), use)


def test_a_private_address_is_refused_here_too(tmp_path: Path) -> None:
    """A deep look goes nowhere that the first look wouldn't have gone."""
    settings = deep(tmp_path)
    guarded = replace(settings, probe=replace(settings.probe, allow_private=False))
    probe = look(answer("200 OK", JPEG), tmp_path, guarded)
    assert isinstance(probe, Unreached)
    assert probe.cause is Cause.PRIVATE_ADDRESS


def test_a_disk_without_room_stops_the_run_with_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """That an image can't be kept says nothing of the image, and nothing more can be decoded."""
    monkeypatch.setattr(aiofiles, "open", _no_room)
    with pytest.raises(
        ReportError, match=r"Nothing can be written in the folder .*: No space left on device\. Images are kept there"
    ):
        look(answer("200 OK", JPEG), tmp_path)


async def _no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_folder_that_cannot_be_written_is_one_sentence(tmp_path: Path) -> None:
    """The place for the reports must be there before anything is asked."""
    with pytest.raises(ReportError, match="Nothing can be written in the folder"):
        look(answer("200 OK", JPEG), tmp_path, deep(tmp_path / "nowhere"))


def test_temporary_files_are_no_report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can stand beside a report, it is the temporary files that are told of."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    said = r"among the temporary files: .*; make room, or name another folder in TMPDIR"
    with pytest.raises(ReportError, match=said), spool_folder(Path("/dev/null")):
        pass


def test_what_killed_runs_have_left_is_removed(tmp_path: Path) -> None:
    """Their folders with half of an image, of their workers too; nothing that isn't ours, whatever it is called."""
    out = tmp_path / "failing[1].csv"
    ours = (".failing[1].csv.ab12cd34", ".failing[1].csv.ab12cd34/.worker.x1y2z3w4", ".failing[1].csv.zz12cd34")
    others = (".failing[1].csv.notes_of", ".failing[1].csv.holidays", ".other.csv.ab12cd34")
    for name in (*ours, *others):
        (tmp_path / name).mkdir(mode=0o700)
    (tmp_path / ours[1] / "0.image").write_bytes(JPEG)
    (tmp_path / ours[2] / "7.image").write_bytes(b"")
    (tmp_path / others[0] / "notes.txt").write_text("mine")
    (tmp_path / others[1] / "beach.image").write_bytes(JPEG)
    (tmp_path / ".failing[1].csv.shared00").mkdir(mode=0o755)
    (tmp_path / ".failing[1].csv.linked00").symlink_to(tmp_path / others[0])
    clear_spools(out)
    kept = {*others, ".failing[1].csv.shared00", ".failing[1].csv.linked00"}
    assert {path.name for path in tmp_path.iterdir()} == kept
