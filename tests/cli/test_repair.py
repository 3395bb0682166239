"""`auditor repair` as its user calls it: plans, refusals, exit codes, the verdict on a corrected feed."""

import asyncio
import dataclasses
import json
import os
import signal
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from commands import Ran, auditor, start
from hosts import Exchange, serve
from images import made
from repairs import audit, publish, settings_in

from auditor.cli.main import main
from auditor.settings import RepairSettings

PNG = made("PNG", size=(1200, 900))
FEED = "item_sku\tmain_image_url\nS1\t{}\nS2\t{}\n"


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test runs in a folder of its own, without settings of the machine's."""
    monkeypatch.chdir(tmp_path)
    for name in os.environ:
        if name.lower().endswith("_proxy") or name.startswith("AUDITOR_"):
            monkeypatch.delenv(name)


def called(*arguments: str) -> Ran:
    """Call `auditor repair` in this process."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr("sys.argv", ["auditor", "repair", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
    assert isinstance(end.value.code, int)
    return Ran(end.value.code, out.getvalue(), err.getvalue())


async def shop(exchange: Exchange) -> None:
    """One PNG; everything else is gone."""
    if exchange.path.startswith("/png"):
        await exchange.answer_range(PNG, Content_Type="image/png")
    else:
        await exchange.answer("404 Not Found")


@pytest.fixture
def audited(tmp_path: Path) -> Path:
    """A folder with a feed of two images and its audit: a PNG, and one that is gone."""

    async def made_there() -> None:
        async with serve(shop) as host:
            (tmp_path / "feed.tsv").write_text(FEED.format(host.url("/png/1.png"), host.url("/gone.jpg")))
            await audit(settings_in(tmp_path))

    asyncio.run(made_there())
    return tmp_path


WHOLE = ("--audit", "all.jsonl", "--images-dir", "out", "--base-url", "https://cdn.example/", "--out", "new.tsv")


def test_a_plan_asks_for_nothing(audited: Path) -> None:
    """The host is gone by now; each image is named with what would be done, and the list says the same."""
    ran = called("feed.tsv", "--audit", "all.jsonl", "--plan", "--report", "plan.csv")
    assert (ran.code, ran.err) == (1, "")
    first, second, counts, *_ = ran.out.splitlines()
    assert first.startswith("row 2, MAIN, S1: convert. ")
    assert second.startswith("row 3, MAIN, S2: can't be repaired. ")
    assert "convert 1," in counts
    assert (audited / "plan.csv").read_text().count("\n") == 3
    assert sorted(path.name for path in audited.iterdir()) == [
        *("all.jsonl", "asins.csv", "failing.csv", "feed.tsv", "plan.csv")
    ]


def test_a_plan_from_a_part_of_the_images_is_incomplete(audited: Path) -> None:
    """Nobody knows what the others are; it is said what to do."""
    lines = (audited / "all.jsonl").read_text().splitlines(keepends=True)
    (audited / "all.jsonl").write_text("".join(lines[:2]))
    ran = called("feed.tsv", "--audit", "all.jsonl", "--plan")
    *_, last = ran.out.splitlines()
    assert (ran.code, "hasn't looked at, which stay as they are: 1. So this is incomplete: audit" in last) == (3, True)


def test_of_two_copies_of_a_feed_the_one_that_is_named_counts(tmp_path: Path) -> None:
    """Their images may have had other answers, minutes apart."""
    feeds = ("a/feed.tsv", "b/feed.tsv")
    for feed in map(Path, feeds):
        feed.parent.mkdir()
        feed.write_text(FEED.format("ftp://shop.example/1.jpg", "ftp://shop.example/2.jpg"))
    asyncio.run(audit(dataclasses.replace(settings_in(tmp_path), feeds=feeds)))
    lines = [json.loads(line) for line in (tmp_path / "all.jsonl").read_text().splitlines()]
    for line in lines[1:3]:
        line["findings"] = []
    (tmp_path / "all.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert [called(feed, "--audit", "all.jsonl", "--plan").code for feed in feeds] == [0, 1]


def test_a_plan_is_told_in_vietnamese(audited: Path) -> None:  # noqa: ARG001  # it lies in this folder
    """Reasons, too."""
    ran = called("feed.tsv", "--audit", "all.jsonl", "--plan", "--lang", "vi")
    assert "dòng 2, MAIN, S1: chuyển đổi. " in ran.out
    assert "định dạng" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "auditor repair needs FEED"),
        (("feed.tsv",), "auditor check feed.tsv --jsonl all.jsonl"),
        (("feed.tsv", "--audit", "all.jsonl"), "--images-dir, --base-url, --out"),
        (("feed.tsv", "--audit", "none.jsonl", "--plan"), "none.jsonl can't be read: No such file"),
        (("feed.tsv", "--audit", "feed.tsv", "--plan"), "feed.tsv is no audit of this version"),
        (("feed.tsv", "--audit", "feed.tsv", "--plan"), "--jsonl all.jsonl"),
        ((".", "--audit", "all.jsonl", "--plan"), "holds several feeds"),
        (("", "--audit", "all.jsonl", "--plan"), "no such file"),
        (("feed.tsv", "--audit", ".", "--plan"), "Is a directory"),
        (("none.tsv", "--audit", "all.jsonl", "--plan"), "no such file"),
        (("other.tsv", "--audit", "all.jsonl", "--plan"), "all.jsonl is of feed.tsv, not of other.tsv"),
        (("other.tsv", "--audit", "all.jsonl", "--plan"), "auditor check other.tsv --jsonl all.jsonl"),
        (("later/feed.tsv", "--audit", "all.jsonl", "--plan"), "isn't one of later/feed.tsv as it is now"),
        (("feed.tsv", "--audit", "cut.jsonl", "--plan"), "Line 3 of the audit cut.jsonl is damaged"),
        (("feed.tsv", "--audit", "more.jsonl", "--plan"), "isn't one of feed.tsv as it is now"),
        (("feed.tsv", *WHOLE, "--out", "feed.tsv"), "feed.tsv would be written over"),
        (("feed.tsv", *WHOLE, "--out", "./link.tsv"), "feed.tsv would be written over"),
        (("feed.tsv", *WHOLE, "--report", "all.jsonl"), "all.jsonl would be written over"),
        (("feed.tsv", *WHOLE, "--report", "new.tsv"), "Two files would be written to new.tsv"),
        (("feed.tsv", *WHOLE, "--out", "out/new.tsv"), "out/new.tsv would lie in out, which you publish"),
        (("feed.tsv", *WHOLE, "--out", "out"), "out would lie in out"),
        (("feed.tsv", *WHOLE, "--out", "."), ". is a folder: name a file in it"),
        (("feed.tsv", *WHOLE, "--report", "/"), "/ is a folder"),
        (("feed.tsv", *WHOLE, "--summary", ""), ". is a folder"),
        (("feed.tsv", *WHOLE, "--report", "none/list.csv"), "there is no folder none: make it"),
        (("feed.tsv", *WHOLE, "--summary", "new.tsv.lock"), "Two files would be written to new.tsv.lock"),
        (("feed.tsv", *WHOLE, "--images-dir", "."), "would lie in ., which you publish"),
        (("feed.tsv", *WHOLE, "--images-dir", "feed.tsv"), "The folder feed.tsv can't be made"),
        (("feed.tsv", *WHOLE, "--base-url", "cdn.example/fixed"), "--base-url cdn.example/fixed/ makes no good"),
        (("feed.tsv", *WHOLE, "--base-url", "https://cdn.example/?x="), "has a ? or #"),
        (("feed.tsv", *WHOLE, "--base-url", "https://cdn.example/a b"), "space"),
        (("feed.tsv", *WHOLE, "--base-url", "http://127.0.0.1/x"), "network"),
        (("feed.tsv", *WHOLE, "--base-url", "https://me:secret@cdn.example/"), "user name or a password"),
        (("feed.tsv", *WHOLE, "--policy", "amazon-current"), "--policy is for --verify"),
        (("feed.tsv", *WHOLE, "--as-text"), "leave --as-text out"),
        (("feed.tsv", "--verify", "--plan", "--out", "x"), "takes no --out, --plan"),
    ],
)
def test_what_cannot_be_is_one_sentence(audited: Path, arguments: Sequence[str], said: str) -> None:
    """Exit code 2, the sentence on stderr, no traceback, and neither feed nor audit is touched."""
    feed = (audited / "feed.tsv").read_bytes()
    lines = (audited / "all.jsonl").read_bytes().splitlines(keepends=True)
    (audited / "other.tsv").write_bytes(feed + b"S3\thttps://shop.example/a.jpg\n")
    (audited / "later").mkdir()
    (audited / "later" / "feed.tsv").write_bytes(feed + b"S3\thttps://shop.example/a.jpg\n")
    (audited / "cut.jsonl").write_bytes(b"".join(lines)[:-20])
    (audited / "more.jsonl").write_bytes(b"".join([*lines, lines[-1].replace(b'"row":3', b'"row":4')]))
    (audited / "link.tsv").symlink_to("feed.tsv")
    ran = called(*arguments)
    assert ran.code == 2, ran
    assert said in ran.err
    assert "secret" not in ran.err
    assert ran.err.count("\n") == 1
    assert (audited / "feed.tsv").read_bytes() == feed
    assert (audited / "all.jsonl").read_bytes() == b"".join(lines)


@pytest.mark.parametrize(
    ("name", "place"),
    [
        ("list.csv.part", ("--report", "list.csv")),
        ("counts.json.part", ("--summary", "counts.json")),
        ("new.tsv.part", ()),
        ("new.tsv.lock", ()),
        *((f"out.journal{ending}", ()) for ending in ("", ".lock", "-wal", "-shm")),
    ],
)
@pytest.mark.parametrize("own", ["feed", "audit"])
def test_what_has_the_name_of_a_working_file_stays(audited: Path, own: str, name: str, place: tuple[str, ...]) -> None:
    """What a run writes beside its outputs, and removes, is never the user's own feed or audit."""
    names = {"feed": "feed.tsv", "audit": "all.jsonl"} | {own: name}
    (audited / {"feed": "feed.tsv", "audit": "all.jsonl"}[own]).rename(audited / name)
    before = (audited / name).read_bytes()
    ran = called(names["feed"], *WHOLE, "--audit", names["audit"], *place)
    assert (ran.code, f"{name} would be written over" in ran.err) == (2, True), ran
    assert (audited / name).read_bytes() == before


def test_the_systems_own_names_are_not_replaced(audited: Path) -> None:
    """Such as /dev/stdout behind a `>`, which is a link to a file then; nor is anything written there."""
    with (audited / "redirected.txt").open("wb") as file:
        out = f"/proc/self/fd/{file.fileno()}"
        for place in ("--out", "--report"):
            ran = called("feed.tsv", *WHOLE, place, out)
            assert (ran.code, f"{out} leads to a file here" in ran.err) == (2, True), ran
        ran = called("feed.tsv", "--verify", "--report", out)
        assert (ran.code, f"{out} leads to a file here" in ran.err) == (2, True), ran
    assert not (audited / "redirected.txt").stat().st_size


def test_no_file_is_called_as_other_programs_call_their_output(audited: Path) -> None:
    """A lone - would make a file of that name, which is no end of trouble to remove."""
    ran = called("feed.tsv", *WHOLE, "--out", "-")
    assert (ran.code, "No file is called - here" in ran.err) == (2, True), ran
    assert not (audited / "-").exists()


def test_a_corrected_feed_goes_into_a_pipe(audited: Path) -> None:
    """Beside which nothing can be written."""
    gone, read = (audited / "feed.tsv").read_bytes(), b""
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe:
        try:
            # Its PNG can't be reached any more, so nothing changes.
            ran = called("feed.tsv", *WHOLE, "--out", f"/proc/self/fd/{writing}", "--retries", "0", "--quiet")
        finally:
            os.close(writing)
        read = pipe.read()
    assert (ran.code, read) == (1, gone), ran


def test_a_feed_that_goes_to_stdout_is_alone_there(audited: Path) -> None:
    """What is said besides goes to stderr."""
    arguments = ("feed.tsv", *WHOLE, "--out", "/proc/self/fd/1", "--retries", "0", "--diff")
    ran = asyncio.run(auditor("repair", *arguments, cwd=audited))
    assert (ran.code, ran.out) == (1, (audited / "feed.tsv").read_text())
    assert "Images converted 0," in ran.err


def test_from_the_audit_to_a_feed_that_is_ready(tmp_path: Path) -> None:
    """Diff, list and counts agree; before the files are published the corrected feed isn't ready, afterwards it is."""

    async def main() -> None:
        async with serve(shop) as host, publish(tmp_path / "www") as cdn:
            (tmp_path / "feed.tsv").write_text(FEED.format(host.url("/png/1.png"), host.url("/png/2.png")))
            await audit(settings_in(tmp_path))
            places = ("--images-dir", "out", "--base-url", cdn.url("/fixed"), "--out", "new.tsv")
            access = ("--allow-private", "--quiet")
            wanted = ("--diff", "--only-changed", "--summary", "summary.json")
            ran = await auditor("repair", "feed.tsv", "--audit", "all.jsonl", *places, *access, *wanted, cwd=tmp_path)
            assert (ran.code, ran.err) == (0, "")
            assert ran.out.startswith(f"row 2, main_image_url: {host.url('/png/1.png')} → {cdn.url('/fixed/')}")
            counts = json.loads((tmp_path / "summary.json").read_text())
            assert counts["became"]["converted"] == counts["changed_links"] == 2
            names = sorted(path.name for path in (tmp_path / "out").iterdir())
            assert [name[:2] for name in names] == ["1-", "2-"], "each is called as before, with a digest"
            verify = ("repair", "--verify", "new.tsv", *access)
            ran = await auditor(*verify, cwd=tmp_path)
            assert ran.code == 1
            assert ran.out.splitlines()[-1].startswith("new.tsv isn't ready to submit")
            (tmp_path / "out").rename(tmp_path / "www")
            ran = await auditor(*verify, "--lang", "vi", cwd=tmp_path)
            assert ran.code == 0
            assert ran.out.splitlines()[-1] == "new.tsv đã sẵn sàng để gửi."

    asyncio.run(main())
    assert (tmp_path / "new-failing.csv").read_text().count("\n") == 1


def test_a_verdict_is_about_what_is_published_by_now(tmp_path: Path) -> None:
    """One that was cut short is begun anew: what was missing then may be there since."""

    async def main() -> None:
        waiting, stopping, published = asyncio.Event(), asyncio.Event(), asyncio.Event()

        async def cdn(exchange: Exchange) -> None:
            if published.is_set():
                await exchange.answer_range(made("JPEG", size=(1200, 900)), Content_Type="image/jpeg")
            else:
                if exchange.path == "/2.jpg":
                    waiting.set()
                    await stopping.wait()
                await exchange.answer("404 Not Found")

        async with serve(cdn) as host:
            rows = "".join(f"S{number}\t{host.url(f'/{number}.jpg')}\n" for number in range(5))
            (tmp_path / "new.tsv").write_text("item_sku\tmain_image_url\n" + rows)
            verify = ("repair", "--verify", "new.tsv", "--allow-private", "--per-host", "1")
            ran = await start(*verify, cwd=tmp_path)
            await waiting.wait()
            ran.send_signal(signal.SIGINT)
            assert ran.stderr is not None
            while b"stopping" not in await ran.stderr.readline():
                pass
            stopping.set()
            _, told = await ran.communicate()
            assert (ran.returncode, b"The same command starts over." in told) == (130, True), told
            published.set()
            again = await auditor(*verify, cwd=tmp_path)
            assert (again.code, again.out.splitlines()[-1]) == (0, "new.tsv is ready to submit.")

    asyncio.run(main())


def test_a_feed_that_cannot_be_written_leaves_a_repair_incomplete(tmp_path: Path) -> None:
    """Exit code 3 once images were converted, which stay for the next run."""

    async def main() -> None:
        async with serve(shop) as host:
            (tmp_path / "feed.tsv").write_text(FEED.format(host.url("/png/1.png"), host.url("/png/2.png")))
            await audit(settings_in(tmp_path))
            wanted = ("--images-dir", "out", "--base-url", "https://cdn.example/", "--allow-private", "--quiet")
            ran = await auditor(
                "repair", "feed.tsv", "--audit", "all.jsonl", *wanted, "--out", "/dev/full", cwd=tmp_path
            )
            assert ran.code == 3, ran
            assert "can't be written" in ran.err
            assert ran.err.endswith("the same command goes on with it.\n")

    asyncio.run(main())
    assert len(list((tmp_path / "out").glob("*.jpg"))) == 2


def test_a_config_of_nightly_checks_serves_here_too(audited: Path) -> None:
    """What only check knows is passed over, also where both have an option of that name; a slip is still told."""
    (audited / "nightly.toml").write_text('out = "report.csv"\nsample = "10%"\nretries = 0\nquiet = true\n')
    ran = called("feed.tsv", "--audit", "all.jsonl", "--plan", "--config", "nightly.toml")
    assert ran.code == 1, ran
    ran = called("feed.tsv", "--audit", "all.jsonl", "--config", "nightly.toml")
    assert "--out" in ran.err
    (audited / "nightly.toml").write_text("retrys = 0\n")
    ran = called("feed.tsv", "--audit", "all.jsonl", "--plan", "--config", "nightly.toml")
    assert (ran.code, "retries" in ran.err) == (2, True)


def test_help_says_how_many_requests_there_are() -> None:
    """A repair holds whole files meanwhile, so it has fewer at once than a check may have."""
    ran = called("--help")
    at_once = RepairSettings("", Path(), Path(), "", Path()).at_once
    assert f"without --verify, at most {at_once}," in " ".join(ran.out.split())


def test_a_verdict_goes_by_the_policy_of_the_nightly_checks(audited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether a file or the environment names it; a repair passes it over, for it goes by its audit's."""
    (audited / "nightly.toml").write_text('policy = "none-such"\n')
    ran = called("feed.tsv", "--verify", "--config", "nightly.toml")
    assert (ran.code, "none-such" in ran.err) == (2, True)
    assert called("feed.tsv", "--audit", "all.jsonl", "--plan", "--config", "nightly.toml").code == 1
    monkeypatch.setenv("AUDITOR_POLICY", "none-such")
    ran = called("feed.tsv", "--verify")
    assert (ran.code, "none-such" in ran.err) == (2, True)
    assert called("feed.tsv", "--audit", "all.jsonl", "--plan").code == 1


@pytest.mark.parametrize(
    ("feed", "listed"),
    [
        ("ready/feed.tsv", "ready/feed-failing.csv"),
        ("ready", "ready-failing.csv"),
        ("ready/.", "ready-failing.csv"),
        ("ready/*.tsv", "corrected-failing.csv"),
    ],
)
def test_what_fails_is_listed_beside_the_feed(audited: Path, feed: str, listed: str) -> None:
    """After whose name it is called; a pattern gives none."""
    (audited / "ready").mkdir()
    (audited / "feed.tsv").rename(audited / "ready" / "feed.tsv")
    ran = called(feed, "--verify", "--retries", "0", "--quiet")
    assert (ran.code, f"Reports: {listed}, " in ran.out) == (1, True), ran
    assert "url-private-address" in (audited / listed).read_text()


def test_the_folder_itself_may_be_the_feed(audited: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It has a name, too."""
    (audited / "ready").mkdir()
    (audited / "feed.tsv").rename(audited / "ready" / "feed.tsv")
    monkeypatch.chdir(audited / "ready")
    assert called(".", "--verify", "--retries", "0", "--quiet").code == 1
    assert (audited / "ready" / "ready-failing.csv").exists()
