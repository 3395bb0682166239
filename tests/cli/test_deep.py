"""`auditor check --deep` as its user runs it."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE
from collections.abc import Sequence
from pathlib import Path

import pytest
from commands import Ran, check, plain_environment, write_feed
from hosts import Exchange, Host, serve
from images import made, saved
from PIL import Image, ImageDraw

from auditor.plan import in_sample


def product(ground: str = "white") -> bytes:
    """A product on a ground."""
    image = Image.new("RGB", (1200, 1000), ground)
    ImageDraw.Draw(image).ellipse((300, 200, 900, 800), fill=(180, 90, 60))
    return saved(image, "JPEG")


FILES = {
    "/good.jpg": product(),
    "/gray.jpg": product("#d0d0d0"),
    "/cut.jpg": product()[:-4000],
    "/blank.gif": saved(Image.new("P", (1000, 1000)), "GIF"),
    "/broken.gif": made("GIF", "P", size=(1000, 1000))[:60_000] + b"\xff" * 3000 + b"\0;",
    "/small.jpg": made("JPEG", size=(200, 200)),
}
WANTED = {
    "/good.jpg": [],
    "/gray.jpg": ["background-not-white"],
    "/cut.jpg": ["image-truncated"],
    "/blank.gif": ["image-blank"],
    "/broken.gif": ["image-corrupt"],
    "/small.jpg": ["image-too-small"],
    "/gone.jpg": ["not-found"],
}


async def shop(exchange: Exchange) -> None:
    """Serves the files, and nothing else."""
    if exchange.path in FILES:
        await exchange.answer_range(FILES[exchange.path])
    else:
        await exchange.answer("404 Not Found")


def checked(folder: Path, paths: Sequence[str], *arguments: str) -> tuple[Ran, Host]:
    """Check these paths of the shop."""

    async def main() -> tuple[Ran, Host]:
        async with serve(shop) as host:
            write_feed(folder, *map(host.url, paths))
            return await check(folder, "--allow-private", "--include", "warn", *arguments), host

    return asyncio.run(main())


def audits(folder: Path) -> list[dict[str, dict[str, object]]]:
    """The lines of all.jsonl, one per image."""
    return [json.loads(line) for line in (folder / "all.jsonl").read_text().splitlines()[1:]]


def codes(folder: Path) -> list[list[str]]:
    """The codes of each image."""
    return [[str(finding["code"]) for finding in audit["findings"]] for audit in audits(folder)]  # type: ignore[index]  # a list


def test_what_headers_cannot_show_is_found(tmp_path: Path) -> None:
    """Damage, one colour and a gray background are told; only what passed the first look is downloaded."""
    ran, host = checked(tmp_path, list(WANTED), "--deep")
    assert ran.code == 1, ran.err
    assert codes(tmp_path) == list(WANTED.values())
    whole = {request.path for request in host.requests if "range" not in request.headers}
    assert whole == set(FILES) - {"/small.jpg"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        *("all.jsonl", "asins.csv", "failing.csv", "feed.tsv", "summary.json")
    ]


def test_facts_and_cost_stand_in_the_reports(tmp_path: Path) -> None:
    """all.jsonl has what the pixels showed, so that another policy could judge it; summary.json what it cost."""
    checked(tmp_path, ["/gray.jpg", "/good.jpg", "/gray.jpg"], "--deep")
    facts = audits(tmp_path)[0]["deep_look"]["body"]
    assert isinstance(facts, dict)
    assert facts["what"] == "Pixels"
    assert facts["border"] > sum(facts["white"]) == 0
    summary = json.loads((tmp_path / "summary.json").read_text())
    size = len(FILES["/gray.jpg"]) + len(FILES["/good.jpg"])
    assert summary["further_looks"]["deep_look"] == {"requests": 2, "bytes": size}


def test_a_sample_is_the_same_in_every_run(tmp_path: Path) -> None:
    """Whether an image is looked at depends on its address alone, and about the share asked for is."""
    urls = [f"https://h.example/{number}.jpg" for number in range(20_000)]
    some = {url for url in urls if in_sample(url, 0.1)}
    assert 1800 < len(some) < 2200
    assert {url for url in urls if in_sample(url, 0.2)} >= some
    assert all(in_sample(url, 1.0) for url in urls)
    _, host = checked(
        tmp_path, [f"/{name}" for name in ("good.jpg", "gray.jpg", "cut.jpg")], "--deep", "--deep-sample", "0.5"
    )
    asked = {request.path for request in host.requests if "range" not in request.headers}
    assert asked == {path for path in ("/good.jpg", "/gray.jpg", "/cut.jpg") if in_sample(host.url(path), 0.5)}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--deep-sample", "0.5"], "--deep-sample says how many images --deep looks at: give both, or neither."),
        (["--deep", "--deep-sample", "0"], "--deep-sample: '0' is no share: write one such as 5% or 0.05."),
        (["--deep", "--deep-sample", "2"], "--deep-sample: '2' is no share: write one such as 5% or 0.05."),
    ],
)
def test_a_slip_in_the_options_is_one_sentence(tmp_path: Path, arguments: list[str], told: str) -> None:
    """What makes no sense is told before anything is asked."""
    ran, host = checked(tmp_path, ["/good.jpg"], *arguments)
    assert ran.code == 2
    assert told in ran.err
    assert not host.requests


def test_an_interrupt_leaves_no_process_and_no_folder(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a download ends in order: decoders and what was downloaded are gone."""

    async def main() -> tuple[int | None, str]:
        started = asyncio.Event()

        async def slow(exchange: Exchange) -> None:
            if "range" in exchange.headers:
                await shop(exchange)
                return
            await exchange.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n" + FILES["/good.jpg"][:9000])
            started.set()
            await exchange.hang()

        async with serve(slow) as host:
            write_feed(tmp_path, *(host.url("/good.jpg") for _ in range(3)), host.url("/gray.jpg"))
            command = (sys.executable, "-m", "auditor", "check", "feed.tsv", "--deep", "--allow-private")
            ran = await asyncio.create_subprocess_exec(
                *command, cwd=tmp_path, stdout=DEVNULL, stderr=PIPE, env=plain_environment(), start_new_session=True
            )
            await started.wait()
            ran.send_signal(signal.SIGINT)
            _, err = await ran.communicate()
            return ran.returncode, err.decode()

    code, err = asyncio.run(main())
    assert code == 130, err
    assert "Traceback" not in err
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["asins.csv.part", "failing.csv.part", "feed.tsv"]
