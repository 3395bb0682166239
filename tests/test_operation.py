"""A run as its operators see it: events, figures, and a word at the end; none of which ever changes how it ends."""

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hosts import Exchange, Host, serve
from images import made

from auditor.errors import AuditorError, SettingsError
from auditor.operation import operate
from auditor.run import Interrupt
from auditor.settings import FeedSettings, FrontierSettings, ProbeSettings, ReportSettings, Settings, UnattendedSettings

NOW = 1_700_000_000.0
PRIVATE = "T0P-PRIVATE"


class Seen(NamedTuple):
    """How a run ended, what was said meanwhile, and what came to the webhook."""

    code: int
    said: str
    came: list[dict[str, Any]]


def watched(folder: Path, change: Callable[[Settings], Settings] = lambda settings: settings, **feed: str) -> Seen:
    """Check a feed with an image that moved, one that is good, and a secret in an address, with everything told."""
    came: list[dict[str, Any]] = []

    async def shop(exchange: Exchange) -> None:
        if exchange.method == "POST":
            came.append(json.loads(await exchange.reader.readexactly(int(exchange.headers["content-length"]))))
            await exchange.answer("200 OK", b"ok")
        elif "moved" in exchange.path:
            await exchange.answer("301 Moved Permanently", Location=f"/x?token={PRIVATE}")
        else:
            await exchange.answer_range(made("JPEG", size=(1200, 1200)), Content_Type="image/jpeg")

    async def check(host: Host) -> Seen:
        lines = [f"S{n}\tB{n:09d}\t{host.url(path)}" for n, path in enumerate(("/good.jpg", "/moved.jpg"))]
        (folder / "feed.tsv").write_text("\n".join(["sku\tasin\tmain_image_url", *lines, ""]))
        unattended = UnattendedSettings(
            checkpoint_rows=1,
            log_json=folder / "events.jsonl",
            metrics=folder / "auditor.prom",
            notify=f"file:{folder / 'hook'}",
        )
        (folder / "hook").write_text(f"http://127.0.0.1:{host.port}/{PRIVATE}\n")
        settings = Settings(
            feeds=(str(folder / feed.get("name", "feed.tsv")),),
            probe=ProbeSettings(allow_private=True),
            frontier=FrontierSettings(concurrency=2, per_host=2, retries=0),
            report=ReportSettings(out=folder / "failing.csv", quiet=True),
            unattended=unattended,
            state=folder / "nightly.db",
            clock=lambda: NOW,
        )
        said: list[str] = []
        try:
            code = (await operate(change(settings), Interrupt(lambda: None), said.append)).exit_code
        except AuditorError as error:
            code = error.exit_code
            said.append(str(error))
        return Seen(code, "\n".join(said), came)

    return _with_host(check, shop)


def _with_host(use: Callable[[Host], Awaitable[Seen]], script: Callable[[Exchange], Awaitable[None]]) -> Seen:
    async def main() -> Seen:
        async with serve(script) as host:
            return await use(host)

    return asyncio.run(main())


def events(folder: Path) -> list[dict[str, Any]]:
    """The log."""
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_what_happens_is_a_line_each(tmp_path: Path) -> None:
    """From the begin to the end, with times; a second run adds its own. No line holds a secret or a body."""
    assert watched(tmp_path).code == 1
    first = events(tmp_path)
    names = [event["event"] for event in first]
    assert names[:3] == ["started", "feed-opened", "begun"]
    assert names[-3:] == ["compared", "ended", "notice-sent"]
    assert "checkpoint" in names
    assert {event["time"] for event in first} == {"2023-11-14T22:13:20.000+00:00"}
    assert first[-2]["exit_code"] == 1
    assert first[-3] == first[-3] | {"new": 1, "still": 0, "entered": True}
    watched(tmp_path, lambda settings: replace(settings, clock=lambda: NOW + 9))
    assert [event["event"] for event in events(tmp_path)].count("ended") == 2
    assert PRIVATE not in (tmp_path / "events.jsonl").read_text()


def test_figures_are_whole_and_of_this_run(tmp_path: Path) -> None:
    """What failed, what changed, the exit code; nothing half written is left beside them."""
    watched(tmp_path)
    lines = (tmp_path / "auditor.prom").read_text().splitlines()
    assert 'auditor_exit_code{feed="feed.tsv"} 1' in lines
    assert 'auditor_product_rows{feed="feed.tsv",outcome="failing"} 1' in lines
    assert 'auditor_changes{feed="feed.tsv",change="new"} 1' in lines
    assert not (tmp_path / "auditor.prom.part").exists()


def test_figures_of_a_part_of_a_feed(tmp_path: Path) -> None:
    """What ended isn't known of a part, and stands in no figure."""
    watched(tmp_path)
    seen = watched(tmp_path, lambda settings: replace(settings, clock=lambda: NOW + 9, feed=FeedSettings(limit=1)))
    assert seen.code == 0
    changes = [line for line in (tmp_path / "auditor.prom").read_text().splitlines() if "auditor_changes{" in line]
    assert [line.split("change=")[1] for line in changes] == ['"new"} 0', '"still"} 0']


def test_word_at_the_end_leads_with_what_matters(tmp_path: Path) -> None:
    """A chat shows what changed and how much fails."""
    watched(tmp_path)
    seen = watched(tmp_path, lambda settings: replace(settings, clock=lambda: NOW + 9))
    (notice,) = seen.came
    assert notice["text"].startswith("auditor, feed.tsv: Faults since the completed run of 2023-11-14 22:13 (UTC)")
    assert "1 of 2 product rows" in notice["text"]
    assert notice["auditor"]["changes"]["still"] == 1


def test_run_that_could_not_begin_is_told_too(tmp_path: Path) -> None:
    """Its exit code stands in the figures, in the log and in the notice."""
    seen = watched(tmp_path, name="nowhere.tsv")
    assert seen.code == 2
    assert seen.came[0]["auditor"]["exit_code"] == 2
    assert "no such file" in seen.came[0]["text"]
    assert (tmp_path / "auditor.prom").read_text().splitlines()[2] == 'auditor_exit_code{feed="nowhere.tsv"} 2'
    assert events(tmp_path)[0]["event"] == "ended"


def test_incomplete_run_is_told_too(tmp_path: Path) -> None:
    """It isn't a night, and its figures are no last night's."""
    watched(tmp_path)
    seen = watched(
        tmp_path,
        lambda settings: replace(
            settings, clock=lambda: NOW + 9, unattended=replace(settings.unattended, max_failures=1)
        ),
    )
    assert seen.code == 3
    assert "Only a complete run counts for" in seen.said
    assert "auditor_product_rows" not in (tmp_path / "auditor.prom").read_text()
    assert events(tmp_path)[-2]["exit_code"] == 3


def test_who_interrupts_a_run_waits_for_no_chat(tmp_path: Path) -> None:
    """A run that was stopped in order sends no notice: its address may be one that never answers."""
    interrupt = Interrupt(lambda: None)
    asked: list[str] = []

    async def shop(exchange: Exchange) -> None:
        asked.append(exchange.method)
        interrupt.now()
        await exchange.answer("404 Not Found")

    async def check(host: Host) -> Seen:
        lines = "".join(f"S{n}\tB{n:09d}\t{host.url(f'/{n}.jpg')}\n" for n in range(9))
        (tmp_path / "feed.tsv").write_text("sku\tasin\tmain_image_url\n" + lines)
        settings = Settings(
            feeds=(str(tmp_path / "feed.tsv"),),
            probe=ProbeSettings(allow_private=True),
            frontier=FrontierSettings(concurrency=1, per_host=1),
            report=ReportSettings(out=tmp_path / "failing.csv", quiet=True),
            unattended=UnattendedSettings(notify=host.url("/hook")),
        )
        return Seen((await operate(settings, interrupt, lambda _: None)).exit_code, "", [])

    assert _with_host(check, shop).code == 130
    assert "POST" not in asked


@pytest.mark.skipif(sys.platform in ("darwin", "win32"), reason="file names are texts there")
def test_name_that_is_no_text_stops_nothing(tmp_path: Path) -> None:
    """A feed whose file name is in an old encoding is checked, remembered and counted."""

    def renamed(settings: Settings) -> Settings:
        name = os.fsdecode(b"f\xff.tsv")
        (tmp_path / "feed.tsv").rename(tmp_path / name)
        return replace(settings, feeds=(str(tmp_path / name),))

    assert watched(tmp_path, renamed).code == 1
    assert "auditor_exit_code" in (tmp_path / "auditor.prom").read_text()


def test_notice_that_nobody_takes_changes_nothing(tmp_path: Path) -> None:
    """It is told why, without the address; the run ends as it would have."""

    def deaf(settings: Settings) -> Settings:
        address = f"http://127.0.0.1:1/{PRIVATE}"
        return replace(settings, unattended=replace(settings.unattended, notify=address))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("auditor.notice.PAUSES", ())
        seen = watched(tmp_path, deaf)
    assert seen.code == 1
    assert "The notice couldn't be sent: no connection came about" in seen.said
    assert PRIVATE not in seen.said
    assert events(tmp_path)[-1]["event"] == "notice-failed"


def test_figures_that_cannot_be_written_change_nothing(tmp_path: Path) -> None:
    """The run ends as it would have, and says so."""

    def blocked(settings: Settings) -> Settings:
        (tmp_path / "auditor.prom.part").mkdir()
        return settings

    seen = watched(tmp_path, blocked)
    assert seen.code == 1
    assert "--metrics can't be written" in seen.said
    assert len(seen.came) == 1


@pytest.mark.parametrize("flag", ["log_json", "metrics"])
@pytest.mark.parametrize("name", ["feed.tsv", "hook", "nowhere/x", ".", "pipe"])
def test_nothing_else_is_written_over(tmp_path: Path, flag: str, name: str) -> None:
    """A feed, or any other file, named as log or figures by mistake stays so; a folder or pipe is told at once."""
    kept: dict[str, bytes] = {}
    os.mkfifo(tmp_path / "pipe")

    def mistaken(settings: Settings) -> Settings:
        if (tmp_path / name).is_file():
            kept[name] = (tmp_path / name).read_bytes()
        other: dict[str, Any] = {flag: tmp_path / name}
        return replace(settings, unattended=replace(settings.unattended, **other))

    seen = watched(tmp_path, mistaken)
    assert seen.code == SettingsError.exit_code
    assert seen.came == []
    assert all((tmp_path / name).read_bytes() == content for name, content in kept.items())


@pytest.mark.parametrize("flag", ["log_json", "metrics"])
@pytest.mark.parametrize("name", ["failing.csv", "fixed.csv", "failing.csv.part", "nightly.db", "twice"])
def test_file_that_is_named_twice_is_not_even_begun(tmp_path: Path, flag: str, name: str) -> None:
    """Where log or figures have the name of a report, or each other's, nothing is made before that is refused."""

    def mistaken(settings: Settings) -> Settings:
        path = settings.unattended.metrics if flag == "log_json" else settings.unattended.log_json
        other: dict[str, Any] = {flag: path if name == "twice" else tmp_path / name}
        return replace(settings, unattended=replace(settings.unattended, **other))

    seen = watched(tmp_path, mistaken)
    assert seen.code == SettingsError.exit_code
    assert "Two reports would be written to" in seen.said
    assert sorted(path.name for path in tmp_path.iterdir()) == ["feed.tsv", "hook"]


def test_log_and_report_cannot_be_the_same_file(tmp_path: Path) -> None:
    """Nor can the state file be one of the reports."""
    for path in ("failing.csv", "asins.csv", "fixed.csv", "failing.csv.part"):

        def mistaken(settings: Settings, path: str = path) -> Settings:
            return replace(settings, state=tmp_path / path)

        seen = watched(tmp_path, mistaken)
        assert seen.code == 2, path
        assert "Two reports would be written to" in seen.said
