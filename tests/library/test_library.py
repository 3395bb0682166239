"""The library as its user calls it: audits in feed order, and nothing left behind however it ends."""

import asyncio
import gc
import os
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from pathlib import Path

import pytest
from fakes import FakeProbe, run_virtually
from hosts import Exchange, Host, serve
from images import made, saved
from PIL import Image

import auditor
from auditor import (
    Answered,
    Audit,
    AuditorError,
    Audits,
    BadRow,
    DeepSettings,
    FeedError,
    FeedSettings,
    FrontierSettings,
    FurtherSettings,
    ImageInfo,
    ImageRef,
    IncompleteError,
    Manner,
    ProbeSettings,
    Proxy,
    ProxyError,
    ProxySettings,
    Settings,
    SettingsError,
    Severity,
    Unreached,
    audit_feed,
    codes,
    in_words,
)
from auditor.library.handover import AHEAD
from auditor.probe import Looks
from auditor.settings import ReportSettings

JPEG = made("JPEG", size=(1200, 900))
HEADER = "sku\tasin\tmain_image_url\n"
OPEN = Settings(probe=ProbeSettings(allow_private=True))
FEW = Settings(probe=ProbeSettings(allow_private=True), frontier=FrontierSettings(concurrency=8, per_host=8))


async def shop(exchange: Exchange) -> None:
    """A small shop: good pictures, dead links, and one path that never answers."""
    if exchange.path.startswith("/gone"):
        await exchange.answer("404 Not Found", b"gone")
    elif exchange.path.startswith("/hangs"):
        await exchange.hang()
    else:
        await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def write_feed(folder: Path, host: Host, *paths: str) -> Path:
    """A feed with one row per path."""
    feed = folder / "feed.tsv"
    feed.write_text(HEADER + "".join(f"S{n}\tB{n:09d}\t{host.url(path)}\n" for n, path in enumerate(paths, 1)))
    return feed


@asynccontextmanager
async def nothing_left(grace: int = 0) -> AsyncIterator[None]:
    """Fail unless every task, open file and socket that comes into being here is gone at the end.

    `grace` turns of the loop pass before, where nobody waited for the end.
    """
    tasks, files = asyncio.all_tasks(), _descriptors()
    yield
    for _ in range(grace):
        await asyncio.sleep(0)
    assert asyncio.all_tasks() == tasks
    # A closed transport lets go of its socket a turn later, and a thread takes a moment to end.
    await until(lambda: not _descriptors() - files)
    await until(lambda: not any(thread.name.startswith("dns") for thread in threading.enumerate()))


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something that has no event of its own; the test's time limit bounds it."""
    while not holds():  # noqa: ASYNC110  # that is why
        await asyncio.sleep(0.01)


def _descriptors() -> set[tuple[str, str]]:
    """Open files and sockets, but for the other ends of connections, which belong to the test's own host."""
    found = set()
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208  # each entry may be gone by the time it is looked at
        try:
            found.add((name, os.readlink(f"/proc/self/fd/{name}")))  # noqa: PTH115  # likewise
        except OSError:
            continue
    return found


def with_shop(use: Callable[[Host], Awaitable[None]]) -> None:
    """Run something while a host is there, within a minute."""

    async def main() -> None:
        async with asyncio.timeout(60), serve(shop) as host:
            await use(host)

    asyncio.run(main())


async def gathered(audits: Audits) -> list[Audit]:
    """Everything there is."""
    return [audit async for audit in audits]


def test_audits_come_in_feed_order_with_all_their_facts(tmp_path: Path) -> None:
    """One for each image, whatever the order of the answers; passing ones have their facts and no findings."""

    async def use(host: Host) -> None:
        paths = [f"/{'gone' if number % 3 else 'good'}{number}.jpg" for number in range(300)]
        audits = await gathered(audit_feed(write_feed(tmp_path, host, *paths), OPEN))
        assert [audit.ref.row for audit in audits] == list(range(2, 302))
        assert [bool(audit.findings) for audit in audits] == [bool(number % 3) for number in range(300)]
        good, gone = audits[0], audits[1]
        assert isinstance(good.ref, ImageRef)
        assert good.ref.sku == "S1"
        assert isinstance(good.probe, Answered)
        assert isinstance(good.probe.body, ImageInfo)
        assert good.probe.body.width == 1200
        assert isinstance(gone.probe, Answered)
        assert gone.probe.status == 404

    with_shop(use)
    assert [path.name for path in tmp_path.iterdir()] == ["feed.tsv"]


def test_several_feeds_are_one_iteration(tmp_path: Path) -> None:
    """Named by text or path, one after another."""
    for name in "ab":
        (tmp_path / name).write_text(HEADER + f"{name}\t\tftp://h.example/{name}.jpg\n")
    audits = asyncio.run(gathered(audit_feed([tmp_path / "a", str(tmp_path / "b")])))
    assert [(audit.ref.feed, audit.findings[0].code) for audit in audits] == [
        (str(tmp_path / "a"), "url-scheme"),
        (str(tmp_path / "b"), "url-scheme"),
    ]


def test_rows_that_cannot_be_read_come_too(tmp_path: Path) -> None:
    """A bad row is an audit of its own."""
    (tmp_path / "feed").write_bytes(HEADER.encode() + b"S1\t\x00\thttp://h.example/a.jpg\n")
    (audit,) = asyncio.run(gathered(audit_feed(tmp_path / "feed")))
    assert isinstance(audit.ref, BadRow)
    assert audit.findings[0].code == "row-malformed"


def test_findings_have_words_and_severities() -> None:
    """What a caller shows to people, and what it decides by."""
    finding = auditor.Finding("redirect", {"status": 301, "target": "https://h.example/b.jpg"})
    assert "https://h.example/b.jpg" in in_words(finding).solution
    assert "chuyển hướng" in in_words(finding, "vi").symptom
    assert codes()["redirect"].severity is Severity.FAIL
    assert codes("amazon-current")["url-query-string"].severity is Severity.WARN
    with pytest.raises(SettingsError, match="amazon-us-2022"):
        codes("amazon-us-2020")


def test_words_name_who_shows_the_images() -> None:
    """Under the rules of another channel than Amazon, Amazon isn't spoken of, in any language."""
    finding = auditor.Finding("access-denied", {"status": 403, "host": "h.example"})
    for language in ("en", "vi"):
        assert "Amazon" in "".join(in_words(finding, language))
        words = "".join(in_words(finding, language, "google-merchant"))
        assert "Google" in words
        assert "Amazon" not in words
    with pytest.raises(SettingsError, match="amazon-us-2022"):
        in_words(finding, policy="amazon-us-2020")


async def leave_by_break(feed: Path) -> None:
    """The loop ends early."""
    async with audit_feed(feed, FEW) as audits:
        async for _ in audits:
            break


async def leave_by_aclosing(feed: Path) -> None:
    """Likewise, as with a generator."""
    async with aclosing(audit_feed(feed, FEW)) as audits:
        async for _ in audits:
            break


async def leave_by_fault(feed: Path) -> None:
    """The loop's body goes wrong."""

    async def read() -> None:
        async with audit_feed(feed, FEW) as audits:
            async for audit in audits:
                _ = audit.ref.row / 0

    with pytest.raises(ZeroDivisionError):
        await read()


async def leave_by_cancellation(feed: Path) -> None:
    """The task around it is cancelled while it waits; a plain `async for` lets go as well."""

    async def read() -> None:
        async for _ in audit_feed(feed, FEW):
            pass

    task = asyncio.create_task(read())
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def leave_at_once(feed: Path) -> None:
    """It is closed before anything was asked for, and again."""
    audits = audit_feed(feed, FEW)
    await audits.aclose()
    await audits.aclose()
    with pytest.raises(StopAsyncIteration):
        await anext(audits)


@pytest.mark.parametrize(
    "leave", [leave_by_break, leave_by_aclosing, leave_by_fault, leave_by_cancellation, leave_at_once]
)
def test_leaving_early_leaves_nothing_open(tmp_path: Path, leave: Callable[[Path], Awaitable[None]]) -> None:
    """While many images are under way, some of which never answer: no task, file, socket or thread is left."""

    async def use(host: Host) -> None:
        paths = ["/good.jpg", *(f"/hangs{number}.jpg" for number in range(20)), *["/good.jpg"] * 2000]
        feed = write_feed(tmp_path, host, *paths)
        async with nothing_left():
            await leave(feed)
            await _goodbyes(host)

    with_shop(use)


async def _goodbyes(host: Host) -> None:
    """Wait until the host has seen all its connections go."""
    await until(lambda: all(exchange.writer.is_closing() for exchange in host.requests))


def test_dropping_it_ends_it(tmp_path: Path) -> None:
    """After a plain `break` nobody waits for the end, but the loop comes to it by itself."""

    async def use(host: Host) -> None:
        feed = write_feed(tmp_path, host, "/good.jpg", *(f"/hangs{number}.jpg" for number in range(20)))
        async with nothing_left(grace=50):
            async for _ in audit_feed(feed, FEW):
                break
            gc.collect()
            await _goodbyes(host)

    with_shop(use)


def test_cancelled_wait_is_not_taken_for_the_end(tmp_path: Path) -> None:
    """Who goes on after a time limit learns that there would have been more."""

    async def use(host: Host) -> None:
        async with audit_feed(write_feed(tmp_path, host, "/hangs.jpg"), FEW) as audits:
            with pytest.raises(TimeoutError):
                await asyncio.wait_for(anext(audits), 0.1)
            with pytest.raises(IncompleteError):
                await anext(audits)

    with_shop(use)


def test_closing_from_elsewhere_ends_the_readers_wait(tmp_path: Path) -> None:
    """A reader who waits in another task comes to an end in good order."""

    async def use(host: Host) -> None:
        audits = audit_feed(write_feed(tmp_path, host, "/hangs.jpg"), FEW)
        reading = asyncio.create_task(gathered(audits))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        await audits.aclose()
        assert await reading == []

    with_shop(use)


@pytest.mark.parametrize(
    ("feed", "settings", "error", "said"),
    [
        (None, Settings(), FeedError, "no such file"),
        ("", Settings(), FeedError, "empty"),
        (HEADER + "S1\t\thttp://h.example/a.jpg\n", Settings(policy="none"), SettingsError, "amazon-us-2022"),
        (
            HEADER + "S1\t\thttp://h.example/a.jpg\n",
            Settings(probe=ProbeSettings(proxy=ProxySettings(http=Proxy("http://127.0.0.1:1")))),
            ProxyError,
            "127.0.0.1:1",
        ),
    ],
)
def test_what_stops_a_run_is_raised(
    tmp_path: Path, feed: str | None, settings: Settings, error: type[AuditorError], said: str
) -> None:
    """One of our own errors, in the iteration, once; after it nothing is open and nothing more comes."""
    if feed is not None:
        (tmp_path / "feed").write_text(feed)

    async def main() -> None:
        async with nothing_left():
            audits = audit_feed(tmp_path / "feed", settings)
            with pytest.raises(error, match=said):
                await anext(audits)
            with pytest.raises(StopAsyncIteration):
                await anext(audits)

    asyncio.run(main())


def test_fault_comes_after_what_was_found_before_it(tmp_path: Path) -> None:
    """The first feed's audits are there before the second one, changed meanwhile, stops the run."""
    (tmp_path / "a").write_text(HEADER + "S1\t\tftp://h.example/a.jpg\n" * 5)
    (tmp_path / "b").write_text(HEADER + "S1\t\tftp://h.example/b.jpg\n" * 30_000)

    found: list[Audit] = []

    async def main() -> None:
        async for audit in audit_feed([tmp_path / "b", tmp_path / "a"]):
            found.append(audit)
            if len(found) == 1:
                (tmp_path / "a").write_text(HEADER + "S2\t\tftp://h.example/a.jpg\n")

    with pytest.raises(FeedError, match="changed") as told:
        asyncio.run(main())
    assert len(found) == 30_000
    assert repr(told.value).startswith("FeedError('")


def test_slow_reader_slows_the_run(tmp_path: Path) -> None:
    """No image is asked for farther ahead of the reader than the window, and what may wait to be taken."""
    rows, window = 20_000, 2000
    settings = Settings(frontier=FrontierSettings(window=window))
    (tmp_path / "feed").write_text(HEADER + "".join(f"S{n}\t\thttps://h{n}.example/a.jpg\n" for n in range(rows)))
    probe = FakeProbe()

    async def main() -> int:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("auditor.library.feed.open_looks", lambda *_: opened(probe))
            count, most = 0, 0
            async for _ in audit_feed(tmp_path / "feed", settings):
                count += 1
                if count < 100:
                    await asyncio.sleep(60)
                most = max(most, len(probe.asked) - count)
            assert count == rows
            return most

    most, _ = run_virtually(main())
    assert AHEAD <= most <= AHEAD + window + 500  # a batch of rows is read at once


@asynccontextmanager
async def opened(probe: FakeProbe) -> AsyncIterator[Looks]:
    """A probe that needs no opening."""
    yield Looks(probe, {})  # type: ignore[arg-type]  # the one fake there is


def test_settings_that_would_hang_a_run_are_refused() -> None:
    """No hands, no room or no time is a mistake, said at once."""
    for make in (
        lambda: FrontierSettings(concurrency=0),
        lambda: FrontierSettings(per_host=0),
        lambda: FrontierSettings(window=0),
        lambda: FrontierSettings(retries=-1),
        lambda: ProbeSettings(timeout=0),
        lambda: ProbeSettings(timeout=float("nan")),
        lambda: ProbeSettings(hops=0),
        lambda: FeedSettings(block=0),
        lambda: FeedSettings(record_limit=-1),
        lambda: FeedSettings(column_limit=0),
        lambda: ReportSettings(block=0),
        lambda: ReportSettings(backlog=-1),
        lambda: DeepSettings(bytes=-1),
        lambda: DeepSettings(memory=1),
        lambda: DeepSettings(timeout=0),
        lambda: DeepSettings(processes=0),
        lambda: FurtherSettings(deep_sample=0),
        lambda: FurtherSettings(deep_sample=1.5),
        lambda: FurtherSettings(deep_sample=float("nan")),
    ):
        with pytest.raises(SettingsError, match=r"must be (at least|above 0 and at most 1)"):
            make()


def test_public_names_are_all_there() -> None:
    """`__all__`, what can be had, and what type checkers are told are the same."""
    source = Path(auditor.__file__).read_text(encoding="utf-8")
    told = source[source.index("if TYPE_CHECKING:") : source.index("__all__")]
    for name in auditor.__all__:
        assert getattr(auditor, name).__doc__ or not callable(getattr(auditor, name)), name
        assert f" {name}," in told or f" {name}\n" in told, name
    assert sorted(set(auditor.__all__)) == auditor.__all__
    assert set(auditor.__all__) <= set(dir(auditor))
    words = told.replace("(", " ").replace(")", " ").replace(",", " ").split()
    assert {word for word in words if word[0].isupper() and word != "TYPE_CHECKING:"} <= set(auditor.__all__)
    with pytest.raises(AttributeError, match="audit_feeds"):
        _ = auditor.audit_feeds  # type: ignore[attr-defined]  # that is the point, for checkers too
    assert (Path(auditor.__file__).parent / "py.typed").is_file()


def test_importing_it_is_cheap(tmp_path: Path) -> None:
    """The package alone brings nothing along: the command's --help stands on it."""
    code = "import sys, auditor; sys.exit(any(name.startswith(('auditor.', 'asyncio')) for name in sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=False).returncode == 0  # noqa: S603  # our own program


def test_private_hosts_are_refused_as_by_the_program(tmp_path: Path) -> None:
    """The same settings, the same defaults."""
    (tmp_path / "feed").write_text(HEADER + "S1\t\thttp://localhost:9/a.jpg\n")
    (audit,) = asyncio.run(gathered(audit_feed(tmp_path / "feed")))
    assert isinstance(audit.probe, Unreached)
    assert [finding.code for finding in audit.findings] == ["url-private-address"]


def test_closer_looks_are_taken_here_too(tmp_path: Path) -> None:
    """With `further.deep`, an image's audit has what decoding has shown; no file is left of it."""
    cut = saved(Image.effect_noise((600, 500), 60), "JPEG")[:-4000]

    async def half(exchange: Exchange) -> None:
        await exchange.answer_range(cut)

    settings = Settings(probe=ProbeSettings(allow_private=True), further=FurtherSettings(deep=True))

    async def main() -> list[Audit]:
        async with serve(half) as host:
            (tmp_path / "feed").write_text(HEADER + f"S1\t\t{host.url()}\n")
            return [audit async for audit in audit_feed(tmp_path / "feed", settings)]

    (audit,) = asyncio.run(main())
    assert "image-truncated" in [finding.code for finding in audit.findings]
    assert [manner for manner, _ in audit.further] == [Manner.DEEP]
    assert [path.name for path in tmp_path.iterdir()] == ["feed"]
