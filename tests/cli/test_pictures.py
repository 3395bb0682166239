"""`auditor check` with pictures in place of a feed, as its user runs it."""

import asyncio
from pathlib import Path

import pytest
from commands import Ran, auditor
from hosts import Exchange, serve
from images import made

JPEG = made("JPEG", size=(1200, 900))


async def shop(exchange: Exchange) -> None:
    """Every picture is there, but for those that are gone."""
    if exchange.path.startswith("/gone"):
        await exchange.answer("404 Not Found", b"gone")
    else:
        await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def test_a_seller_tries_pictures_before_uploading_them(tmp_path: Path) -> None:
    """A verdict for each on stdout, no report, exit code 1 because one fails."""
    (tmp_path / "photo.tif").write_bytes(made("TIFF", size=(1200, 900)))

    async def main() -> Ran:
        async with serve(shop) as host:
            addresses = (host.url("/a.jpg"), host.url("/gone.jpg"))
            return await auditor("check", *addresses, "photo.tif", "--allow-private", cwd=tmp_path)

    ran = asyncio.run(main())
    assert (ran.code, ran.err) == (1, ""), ran
    verdicts = [line.rpartition(": ")[2] for line in ran.out.splitlines() if line.startswith(("http", "photo"))]
    assert verdicts == ["passes", "fails", "passes"]
    assert "Solution: " in ran.out
    assert [path.name for path in tmp_path.iterdir()] == ["photo.tif"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("photo.jpg",), 0, ""),
        (("photo.jpg", "--policy", "amazon-current", "--lang", "vi"), 0, ""),
        (("photo.jpg", "--out", "failing.csv"), 2, "--out"),
        (("photo.jpg", "--jsonl", "all.jsonl", "--limit", "3"), 2, "--jsonl, --limit"),
        (("photo.jpg", "feed.tsv"), 2, "calls of their own"),
        (("none.jpg",), 2, "no such file"),
        (("none.jpg", "--lang", "vi"), 2, "không có tệp này"),
        (("folder",), 2, "folder"),
        (("photo.jpg", "--policy", "amazon-2020"), 2, "amazon-us-2022"),
    ],
)
def test_exit_codes_are_those_of_feeds(tmp_path: Path, arguments: tuple[str, ...], code: int, said: str) -> None:
    """0 where nothing fails; 2 with one sentence where it can't run; never a traceback or a file."""
    (tmp_path / "photo.jpg").write_bytes(JPEG)
    (tmp_path / "feed.tsv").write_text("sku\turl\nS1\thttps://h.example/a.jpg\n")
    (tmp_path / "folder").mkdir()
    ran = asyncio.run(auditor("check", *arguments, cwd=tmp_path))
    assert ran.code == code, ran
    assert said in ran.err
    assert len(ran.err.splitlines()) == (1 if code else 0)
    assert bool(ran.out) == (code == 0)
    assert {path.name for path in tmp_path.iterdir()} == {"photo.jpg", "feed.tsv", "folder"}
