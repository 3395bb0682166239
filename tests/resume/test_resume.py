"""Which run goes on with which: what must be the same, what is said, and what is never gone on with."""

import asyncio
import gzip
import json
import os
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hosts import Exchange, serve
from hypothesis import given
from hypothesis import strategies as st
from images import made
from nightly import NIGHT, Night, changed, compared, names, night, on_disk, settings, write_feed

from auditor.checks import CODES
from auditor.errors import AuditorError
from auditor.feeds import read_feeds
from auditor.model import Outcome
from auditor.policies import rules
from auditor.reports import Checkpoint, Mark, SystemDisk, Tally, Totals
from auditor.reports.part import Held
from auditor.reports.topk import TopK
from auditor.resume import Reading
from auditor.run import Interrupt, run
from auditor.settings import (
    FeedSettings,
    FrontierSettings,
    FurtherSettings,
    Header,
    ProbeSettings,
    ReportSettings,
    Sample,
    Settings,
    UnattendedSettings,
)
from auditor.state import Slots

HOUR = 3600.0
JPEG = made("JPEG", size=(1200, 900))


@pytest.fixture
def cut(tmp_path: Path) -> Settings:
    """Settings of a run that was cut short after twelve rows."""
    write_feed(tmp_path)
    wanted = settings(tmp_path)
    assert night(changed(wanted, max_failures=12)).code == 3
    return wanted


def whole(folder: Path, wanted: Settings) -> dict[str, Any]:
    """What a run gives that isn't cut short."""
    out = folder / "whole"
    out.mkdir()
    report = replace(wanted.report, out=out / "failing.csv", jsonl=out / "all.jsonl", summary=out / "summary.json")
    night(replace(wanted, report=report))
    return compared(on_disk(out))


def test_the_same_command_goes_on(cut: Settings, tmp_path: Path) -> None:
    """It says from which row, in summary.json too, and leaves nothing but reports that are as they should be."""
    ended = night(cut)
    assert ended.told.startswith("auditor: resumed at row 13.")
    assert json.loads((tmp_path / "summary.json").read_bytes())["resumed_from_row"] == 13
    assert names(on_disk(tmp_path)) == ["all.jsonl", "asins.csv", "failing.csv", "feed.tsv", "summary.json"]
    resumed = on_disk(tmp_path)
    night(changed(cut, resume="fresh"))
    assert compared(resumed) == compared(on_disk(tmp_path))
    assert "resumed_from_row" not in json.loads((tmp_path / "summary.json").read_bytes())


def test_the_next_night_starts_over(cut: Settings) -> None:
    """Once the reports are there, nothing is left to go on with."""
    night(cut)
    assert "resumed" not in night(cut).told
    assert "resumed" not in night(cut).told


def test_no_row_is_lost_behind_the_one_that_was_too_many(tmp_path: Path) -> None:
    """Stopped by --max-failures again and again, among rows that pass and have nothing to say, a run finds the same."""
    asked = Settings(
        feeds=(str(tmp_path / "feed.tsv"),),
        probe=ProbeSettings(allow_private=True),
        report=ReportSettings(out=tmp_path / "failing.csv", quiet=True),
    )

    async def answer(exchange: Exchange) -> None:
        await (exchange.answer_range(JPEG) if "good" in exchange.path else exchange.answer("404 Not Found"))

    async def main() -> tuple[list[int], bytes, bytes]:
        async with serve(answer) as host:
            paths = [f"{n}.jpg" if n % 5 == 0 else f"good{n}.jpg" for n in range(60)]
            links = "".join(f"S{n}\tB{n:09d}\t{host.url('/' + path)}\n" for n, path in enumerate(paths))
            (tmp_path / "feed.tsv").write_text("sku\tasin\tmain_image_url\n" + links)
            codes: list[int] = []
            while not codes or codes[-1] == 3:
                codes.append(await _code(changed(asked, max_failures=5)))
            found = asked.report.out.read_bytes()
            await _code(changed(asked, resume="fresh"))
            return codes, found, asked.report.out.read_bytes()

    codes, found, expected = asyncio.run(main())
    assert codes in ([3, 3, 1], [3, 3, 3, 1])
    assert found == expected


def test_who_interrupts_a_run_is_told_so_though_its_time_ends_meanwhile(tmp_path: Path) -> None:
    """Ctrl-C, and then the end of --max-runtime while what is in flight has its grace: it was the user who ended it."""
    asked = Settings(
        feeds=(str(tmp_path / "feed.tsv"),),
        probe=ProbeSettings(allow_private=True),
        report=ReportSettings(out=tmp_path / "failing.csv", quiet=True),
        unattended=UnattendedSettings(max_runtime=2.0),  # in half of which the alarm goes off
        frontier=FrontierSettings(concurrency=1, per_host=1),
    )
    interrupt = Interrupt(lambda: None)

    async def answer(exchange: Exchange) -> None:
        interrupt.now()
        await asyncio.sleep(1.2)
        await exchange.answer_range(JPEG)

    async def main() -> int:
        async with serve(answer) as host:
            links = "".join(f"S{n}\tB{n:09d}\t{host.url(f'/{n}.jpg')}\n" for n in range(3))
            (tmp_path / "feed.tsv").write_text("sku\tasin\tmain_image_url\n" + links)
            return (await run(asked, interrupt, lambda _: None)).exit_code

    assert asyncio.run(main()) == 130


def test_a_run_whose_time_ends_before_its_first_row_is_incomplete_too(tmp_path: Path) -> None:
    """Who starts it again after exit code 3, as the unit file of the README does, doesn't give up over a slow host."""
    asked = Settings(
        feeds=(str(tmp_path / "feed.tsv"),),
        probe=ProbeSettings(allow_private=True),
        report=ReportSettings(out=tmp_path / "failing.csv", quiet=True),
        unattended=UnattendedSettings(max_runtime=0.1),
    )

    async def main() -> int:
        async with serve(Exchange.hang) as host:
            (tmp_path / "feed.tsv").write_text(f"sku\tasin\tmain_image_url\nS1\tB000000001\t{host.url()}\n")
            return await _code(asked)

    assert asyncio.run(main()) == 3
    assert {path.name for path in tmp_path.iterdir()} == {"feed.tsv"}


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_feed_that_never_comes_takes_no_more_time_than_is_given(tmp_path: Path) -> None:
    """A pipe into which nobody writes keeps the run from beginning at all."""
    os.mkfifo(tmp_path / "feed.tsv")
    assert night(settings(tmp_path, max_runtime=0.1)) == Night(3, "The time that --max-runtime gives is over.")
    assert {path.name for path in tmp_path.iterdir()} == {"feed.tsv"}


def test_a_report_that_was_removed_meanwhile_is_not_gone_on_with(tmp_path: Path) -> None:
    """Whoever starts the same command again is told that it starts over, though every row was done."""
    write_feed(tmp_path)

    class Careless(SystemDisk):
        async def sync_folder(self, folder: Path) -> None:
            (folder / "failing.csv.part").unlink(missing_ok=True)

    ended = night(settings(tmp_path, checkpoint_rows=1000), Careless())
    assert ended.code == 3
    assert "The same command starts over." in ended.told
    assert not (tmp_path / "failing.csv.checkpoint").exists()


def test_what_a_killed_run_has_downloaded_is_gone_after_the_next_one(tmp_path: Path) -> None:
    """Nobody else finds it: its folder has a name that no other run takes."""
    write_feed(tmp_path)
    (tmp_path / ".failing.csv.ab12cd34").mkdir(0o700)
    (tmp_path / ".failing.csv.ab12cd34" / "0.image").write_bytes(JPEG)
    assert night(replace(settings(tmp_path), further=FurtherSettings(deep=True))).code == 1
    assert not list(tmp_path.glob(".*"))


def test_a_run_that_goes_on_under_other_rules_starts_over(tmp_path: Path) -> None:
    """Rows judged by a policy before one of its days, and rows judged by it after, never stand in one report."""
    write_feed(tmp_path)
    mine = tmp_path / "mine.toml"
    mine.write_text(
        f'{rules("amazon-us-2022")}\n[[from]]\ndate = "2023-11-15"\nmaximum_bytes = 1_000_000\n', encoding="utf-8"
    )
    wanted = replace(settings(tmp_path), policy=str(mine))
    assert night(changed(wanted, max_failures=12)).code == 3
    ended = night(replace(wanted, clock=lambda: NIGHT + 2 * HOUR))
    assert "starts over: the policy was changed" in ended.told
    assert ended.code == 1


async def _code(wanted: Settings) -> int:
    try:
        return (await run(wanted, Interrupt(lambda: None), lambda _: None)).exit_code
    except AuditorError as error:
        return error.exit_code


def test_now_is_that_of_the_first_start(tmp_path: Path) -> None:
    """A signed link that dies between two stretches of a run is judged as of the first, in every row."""
    signed = "X-Amz-Date=20231114T221300Z&X-Amz-Expires=600&X-Amz-Signature=x"
    links = "".join(f"S{n}\tB{n:09d}\tftp://shop.example/{n}.jpg?{signed}\n" for n in range(20))
    (tmp_path / "feed.tsv").write_text("sku\tasin\tmain_image_url\n" + links)
    wanted = settings(tmp_path, max_failures=8)
    for hours, code in ((0, 3), (1, 3), (2, 1)):
        assert night(replace(wanted, clock=partial(float, NIGHT + hours * HOUR))).code == code
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()[1:]]
    said = {json.dumps(found) for line in lines for found in line["findings"] if found["code"] == "url-signed"}
    assert len(said) == 1
    night(replace(changed(wanted, max_failures=None), clock=lambda: NIGHT + HOUR))
    later = json.loads((tmp_path / "all.jsonl").read_text().splitlines()[1])
    assert not said & {json.dumps(found) for found in later["findings"]}


def feed_written_again(folder: Path, _: Settings) -> None:
    """The same feed, exported anew."""
    os.utime(folder / "feed.tsv", (1, 1))


def feed_longer(folder: Path, _: Settings) -> None:
    """A row more."""
    write_feed(folder, 26)


def feed_edited(folder: Path, _: Settings) -> None:
    """Another SKU in a row that was read, by an editor that leaves size and time alone."""
    feed = folder / "feed.tsv"
    facts = feed.stat()
    feed.write_text(feed.read_text().replace("S7\t", "S8\t"))
    os.utime(feed, ns=(facts.st_atime_ns, facts.st_mtime_ns))


def other_version(folder: Path, _: Settings) -> None:
    """As another version of the program leaves it."""
    forge(folder, version="0.0.9")


def forge(folder: Path, **others: Any) -> None:
    """Change what the checkpoint says the run is, and make its digest anew."""
    path = folder / "failing.csv.checkpoint"
    head, body, _ = path.read_bytes().split(b"\n")
    facts = json.loads(body)
    facts["identity"] |= others
    body = json.dumps(facts).encode()
    path.write_bytes(
        json.dumps(json.loads(head) | {"sha256": sha256(body).hexdigest()}).encode() + b"\n" + body + b"\n"
    )


CHANGES: dict[str, tuple[Callable[[Path, Settings], object], str]] = {
    "feed written again": (feed_written_again, "the feed was changed"),
    "feed longer": (feed_longer, "the feed was changed"),
    "feed edited": (feed_edited, "the feed was changed"),
    "other version": (other_version, "another version of auditor"),
    "batch": (
        lambda _, wanted: replace(wanted, report=replace(wanted.report, batch_id="7")),
        "the setting report.batch_id",
    ),
    "retries": (
        lambda _, wanted: replace(wanted, frontier=replace(wanted.frontier, retries=0)),
        "the setting frontier.retries",
    ),
    "slots": (lambda _, wanted: replace(wanted, feed=FeedSettings(slots=("MAIN",))), "the setting feed.slots"),
    "too old": (lambda _, wanted: replace(wanted, clock=lambda: NIGHT + 13 * HOUR), "longer ago than --resume-within"),
    "from the future": (
        lambda _, wanted: replace(wanted, clock=lambda: NIGHT - 13 * HOUR),
        "longer ago than --resume-within",
    ),
    "damaged": (
        lambda folder, _: (folder / "failing.csv.checkpoint").write_bytes(b"{}"),
        "its checkpoint is damaged",
    ),
    "no file": (lambda folder, _: no_file(folder), "its checkpoint can't be read"),
}


def no_file(folder: Path) -> None:
    """Something else under its name."""
    (folder / "failing.csv.checkpoint").unlink()
    (folder / "failing.csv.checkpoint").mkdir()


@pytest.mark.parametrize("change", CHANGES)
def test_what_has_changed_is_told_and_starts_over(change: str, cut: Settings, tmp_path: Path) -> None:
    """In one line that says what; the report is that of a run that knows of no other. --resume refuses with 2."""
    make, said = CHANGES[change]
    made = make(tmp_path, cut)
    wanted = made if isinstance(made, Settings) else cut
    before = names(on_disk(tmp_path))
    refused = night(changed(wanted, resume="insist"))
    assert (refused.code, names(on_disk(tmp_path))) == (2, before)
    assert refused.told.startswith("--resume can't go on: ")
    assert said in refused.told
    ended = night(wanted)
    if change == "no file":
        assert ended.code == 2
        return
    assert ended.told.splitlines()[0].startswith("auditor: starts over: ")
    assert said in ended.told.splitlines()[0]
    found, straight = compared(on_disk(tmp_path)), whole(tmp_path, wanted)
    for name in ("failing.csv", "asins.csv"):  # in the others stands where they are
        assert found[name] == straight[name]


def test_contents_of_policy_and_placeholders_count(tmp_path: Path) -> None:
    """A file under the same name with something else in it is another policy, another list of placeholders."""
    write_feed(tmp_path)
    own, known = tmp_path / "own.toml", tmp_path / "known.txt"
    own.write_text(rules("amazon-us-2022"))
    known.write_text("0" * 64 + "-1\n")
    wanted = replace(settings(tmp_path), policy=str(own), further=FurtherSettings(placeholders=known))
    stopping = changed(wanted, max_failures=5)
    assert night(stopping).code == 3
    own.write_text("# a remark\n" + rules("amazon-us-2022"))
    known.write_text("# a remark\n" + "0" * 64 + "-1\n")
    assert "resumed at row 6" in night(stopping).told
    own.write_text(rules("amazon-us-2022").replace("minimum_longest = 500", "minimum_longest = 501"))
    assert "the policy was changed" in night(stopping).told
    known.write_text("1" * 64 + "-1\n")
    assert "the file of placeholders was changed" in night(stopping).told


def test_pace_and_tone_may_change(cut: Settings) -> None:
    """Fewer requests at once, a quiet run, another exit code: none of it changes a line."""
    other = replace(
        cut,
        frontier=replace(cut.frontier, concurrency=1, per_host=1),
        report=replace(cut.report, quiet=False, fail_on="never"),
    )
    assert "resumed at row 13" in night(other).told


@pytest.mark.parametrize("hours", [-11.9, 0.0, 11.9])
def test_a_clock_that_was_set_does_no_harm(hours: float, cut: Settings) -> None:
    """Within --resume-within, forwards or backwards, the run goes on."""
    assert "resumed at row 13" in night(replace(cut, clock=lambda: NIGHT + hours * HOUR)).told


def test_a_clock_that_jumps_while_it_runs_keeps_no_checkpoint_back(tmp_path: Path) -> None:
    """Years forwards and backwards between two readings: checkpoints come by a clock that nobody sets."""
    write_feed(tmp_path)
    times = iter(range(1000))
    wanted = settings(tmp_path, checkpoint_seconds=0.0, checkpoint_rows=1000, max_failures=12)
    jumping = replace(wanted, clock=lambda: NIGHT + (-1) ** next(times) * 1e9)
    assert night(jumping).code == 3
    assert (tmp_path / "failing.csv.checkpoint").exists()


def test_fresh_starts_over_without_a_word(cut: Settings) -> None:
    """--fresh is what the user said."""
    told = night(changed(cut, resume="fresh")).told
    assert "starts over" not in told
    assert "resumed" not in told


def test_resume_needs_something_to_go_on_with(tmp_path: Path) -> None:
    """--resume without an unfinished run: exit code 2, and no file is made."""
    write_feed(tmp_path)
    refused = night(settings(tmp_path, resume="insist"))
    assert refused.code == 2
    assert "there is no unfinished run" in refused.told
    assert names(on_disk(tmp_path)) == ["feed.tsv"]


def test_standard_input_cannot_be_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said where it matters: with --resume, and when the run is cut short. Other runs aren't bothered."""
    feed = write_feed(tmp_path)
    wanted = replace(settings(tmp_path), feeds=("-",))
    ends = []
    for unattended in ({"resume": "insist"}, {"max_failures": 5}, {}):
        with feed.open("rb") as file:
            monkeypatch.setattr("sys.stdin", file)
            ends.append(night(changed(wanted, **unattended)))
    assert [end.code for end in ends] == [2, 3, 1]
    said = "what was read from standard input or a pipe can't be read again"
    assert [said in end.told for end in ends] == [True, True, False]
    assert not (tmp_path / "failing.csv.checkpoint").exists()


def test_a_report_that_is_a_pipe_cannot_be_gone_on_with(tmp_path: Path) -> None:
    """What was written there is gone."""
    write_feed(tmp_path)
    wanted = settings(tmp_path, max_failures=5)
    ended = night(replace(wanted, report=replace(wanted.report, jsonl=Path("/dev/null"))))
    assert ended.code == 3
    assert "/dev/null is no file that can be gone on with" in ended.told
    assert not (tmp_path / "failing.csv.checkpoint").exists()


@pytest.mark.parametrize("sample", [Sample(rows=12), Sample(share=0.6)])
def test_a_sample_goes_on_with_the_same_rows(tmp_path: Path, sample: Sample) -> None:
    """It is chosen anew, which gives the same rows, and counts what it left out as it would have."""
    write_feed(tmp_path, 40)
    wanted = replace(settings(tmp_path), feed=FeedSettings(sample=sample))
    assert night(changed(wanted, max_failures=7)).code == 3
    assert "resumed at row 8" in night(wanted).told
    resumed = compared(on_disk(tmp_path))
    night(wanted)
    assert resumed == compared(on_disk(tmp_path))


def test_several_feeds_go_on_where_they_were(tmp_path: Path) -> None:
    """Each has its identity, and the place may be in any of them; another one in their midst starts over."""
    paths = []
    for number in range(3):
        folder = tmp_path / str(number)
        folder.mkdir()
        paths.append(str(write_feed(folder, 9)))
    with gzip.open(tmp_path / "last.tsv.gz", "wb") as file:
        file.write(Path(paths[2]).read_bytes())
    wanted = replace(settings(tmp_path), feeds=(*paths[:2], str(tmp_path / "last.tsv.gz")))
    assert night(changed(wanted, max_failures=13)).code == 3
    assert "starts over: the feed" in night(replace(changed(wanted, max_failures=13), feeds=wanted.feeds[1:])).told
    assert night(changed(wanted, max_failures=13, resume="fresh")).code == 3
    assert "resumed at row 14" in night(changed(wanted, max_failures=9)).told
    assert "resumed at row 23" in night(wanted).told
    resumed = compared(on_disk(tmp_path))
    night(wanted)
    assert resumed == compared(on_disk(tmp_path))


def test_a_limit_of_failures_never_wedges_a_night(tmp_path: Path) -> None:
    """It counts from where a run goes on: the same command comes on each time, and ends."""
    write_feed(tmp_path)
    wanted = settings(tmp_path, max_failures=10)
    ends = [night(wanted) for _ in range(3)]
    assert [end.code for end in ends] == [3, 3, 1]
    assert "It stopped after 20 product rows" in ends[1].told


def test_secrets_are_in_no_checkpoint(tmp_path: Path) -> None:
    """Signatures of links and passwords of proxies and headers: nothing of them waits beside the report."""
    feed = tmp_path / "feed.tsv"
    feed.write_text(
        "sku\tasin\tmain_image_url\n"
        + "".join(f"S{n}\tB{n:09d}\tftp://me:S3CRET@h.example/{n}.jpg?sig=S3CRET\n" for n in range(9))
    )
    wanted = replace(
        settings(tmp_path, max_failures=7), probe=ProbeSettings(extra_headers=(Header("X-Key", "S3CRET"),))
    )
    assert night(wanted).code == 3
    assert b"S3CRET" not in (tmp_path / "failing.csv.checkpoint").read_bytes()


def test_repeated_contents_are_kept_without_secrets() -> None:
    """An address that is shown as one of a content's is kept as it is shown."""
    totals = Totals(CODES)
    for _ in range(12):
        totals.add(Tally(Outcome.PASSING, 1, (), (), (("c", "https://h.example/a.jpg?sig=S3CRET"),)))
    assert "S3CRET" not in json.dumps(totals.state())
    (found,) = totals.facts()["repeated_contents"]
    assert found["urls"] == ["https://h.example/a.jpg?sig=…"]


# ── the checkpoint itself ─────────────────────────────────────────────────────────────────────────────────────────

SOUND = Checkpoint(
    {"version": "1"}, NIGHT, NIGHT, 7, Mark(5, "ab"), [Held(9, "cd")], Totals(CODES).state(), whole=False
)


def test_a_checkpoint_reads_back() -> None:
    """What is written is what is read."""
    assert Checkpoint.read(SOUND.printed()) == SOUND


@given(st.binary())
def test_anything_else_is_no_checkpoint(content: bytes) -> None:
    """Whatever stands in its place, nothing is raised."""
    assert Checkpoint.read(content) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(st.sampled_from(Checkpoint._fields), values)
def test_a_forged_value_is_seen(name: str, value: Any) -> None:
    """A value of another kind under a digest that fits is damage, not a crash; counters are looked at by themselves."""
    found = Checkpoint.read(SOUND._replace(**{name: value}).printed())
    if found is None:
        return
    assert type(getattr(found, name)) is type(getattr(SOUND, name))
    Totals.restored(CODES, found.totals)


@given(st.sampled_from(["rows", "images", "by_code", "hosts", "repeats"]), values)
def test_forged_counters_are_seen(name: str, value: object) -> None:
    """Likewise for each of the counters: what is taken can be told."""
    totals = Totals.restored(CODES, Totals(CODES).state() | {name: value})
    if totals is not None:
        json.dumps(totals.facts())


@given(st.lists(st.sampled_from("abcdefgh"), max_size=60), st.lists(st.sampled_from("abcdefgh"), max_size=60))
def test_counters_go_on_as_if_nothing_had_been(before: list[str], after: list[str]) -> None:
    """The most frequent keys, with all their ties, are the same whether or not they were written down in between."""
    straight, first = TopK(4), TopK(4)
    for key in before:
        straight.add(key)
        first.add(key)
    second = TopK(4)
    second.restore(json.loads(json.dumps(first.state())))
    for key in after:
        assert straight.add(key) == second.add(key)
    assert straight.state() == second.state()


@pytest.mark.parametrize("rows", [0, 1, 255, 256, 257, 700, 1000])
def test_rows_are_passed_over_exactly(rows: int, tmp_path: Path) -> None:
    """Wherever the place is in a batch, what comes behind it is what a whole reading has there."""
    write_feed(tmp_path, 1000)
    wanted = settings(tmp_path)

    async def main() -> tuple[list[Any], list[Any]]:
        every = [row async for batch in read_feeds(wanted.feeds, wanted.feed) for row in batch.rows]
        first = await Reading.open(wanted)
        async for _ in first.rows():
            pass
        again = await Reading.open(wanted)
        assert await again.pass_over(rows, first.mark(rows))
        return every[rows:], [row async for batch in again.rows() for row in batch.rows]

    wanted_rows, found = asyncio.run(main())
    assert found == wanted_rows


def test_rows_of_a_feed_that_was_changed_meanwhile_are_not_taken_for_seen(tmp_path: Path) -> None:
    """What was passed over before the run had to start over may be in the feed no longer: it is gone, not fixed."""
    feed = write_feed(tmp_path, 3)

    async def main() -> list[bool]:
        reading = await Reading.open(settings(tmp_path))
        reading.slots = Slots([(f"B{number:09d}", "", "MAIN") for number in range(3)])
        assert not await reading.pass_over(3, Mark(3, "another"))
        feed.write_text("".join(feed.read_text().splitlines(keepends=True)[:-1]))
        await reading.restart()
        async for _ in reading.rows():
            pass
        return [reading.slots.has_seen(f"B{number:09d}", "", "MAIN") for number in range(3)]

    assert asyncio.run(main()) == [True, True, False]
