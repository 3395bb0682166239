"""`auditor check --second-look`, against hosts that send something else to browsers."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

from commands import Ran, check, write_feed
from hosts import Exchange, Host, serve
from images import made

JPEG = made("JPEG", size=(1200, 900))
WEBP = made("WEBP", size=(1200, 900))


async def negotiating(exchange: Exchange) -> None:
    """Sends WebP to whoever takes it, and nothing to others where the path says so."""
    if exchange.path == "/gone.jpg":
        await exchange.answer("404 Not Found")
    elif exchange.path == "/plain.jpg":
        await exchange.answer_range(JPEG, Content_Type="image/jpeg")
    elif "image/webp" in exchange.headers.get("accept", ""):
        await exchange.answer_range(WEBP, Content_Type="image/webp")
    elif exchange.path == "/picky.jpg":
        await exchange.answer("406 Not Acceptable")
    else:
        await exchange.answer_range(JPEG, Content_Type="image/jpeg")


def checked(folder: Path, paths: Sequence[str], *arguments: str) -> tuple[Ran, Host]:
    """Check these paths of the host."""

    async def main() -> tuple[Ran, Host]:
        async with serve(negotiating) as host:
            write_feed(folder, *map(host.url, paths))
            return await check(folder, "--allow-private", "--include", "warn", *arguments), host

    return asyncio.run(main())


def findings(folder: Path) -> list[list[str]]:
    """The codes of each image."""
    _, *audits = map(json.loads, (folder / "all.jsonl").read_text().splitlines())
    return [[finding["code"] for finding in audit["findings"]] for audit in audits]


PATHS = ("/photo.jpg", "/plain.jpg", "/picky.jpg", "/gone.jpg", "/photo.jpg")


def test_what_browsers_get_is_told(tmp_path: Path) -> None:
    """One more small request for what passed or was refused tells where browsers get another format."""
    ran, host = checked(tmp_path, PATHS, "--second-look", "--header", "Accept: image/jpeg", "--user-agent", "shop/1")
    assert ran.code == 1, ran.err
    negotiated = ["format-negotiated"]
    assert findings(tmp_path) == [negotiated, [], ["http-error", *negotiated], ["not-found"], negotiated]
    assert sorted((request.path, "webp" in request.headers["accept"]) for request in host.requests) == [
        ("/gone.jpg", False),
        ("/photo.jpg", False),
        ("/photo.jpg", True),
        ("/picky.jpg", False),
        ("/picky.jpg", True),
        ("/plain.jpg", False),
        ("/plain.jpg", True),
    ]
    assert {request.headers["accept"] for request in host.requests if "webp" not in request.headers["accept"]} == {
        "image/jpeg"
    }
    assert all(request.headers["user-agent"] == "shop/1" for request in host.requests)
    assert all(request.headers["range"] == "bytes=0-4095" for request in host.requests)


def test_both_answers_and_their_cost_stand_in_the_reports(tmp_path: Path) -> None:
    """all.jsonl has what each look was answered; summary.json says what the second looks cost."""
    checked(tmp_path, PATHS, "--second-look")
    photo = json.loads((tmp_path / "all.jsonl").read_text().splitlines()[1])
    assert (photo["probe"]["body"]["format"], photo["second_look"]["body"]["format"]) == ("JPEG", "WebP")
    summary = json.loads((tmp_path / "summary.json").read_text())
    assert summary["urls_fetched"] == summary["requests"] == 4
    assert summary["further_looks"]["second_look"]["requests"] == 3
    assert 0 < summary["further_looks"]["second_look"]["bytes"] <= 3 * 4096


def test_without_the_option_nothing_more_is_asked(tmp_path: Path) -> None:
    """A plain check asks once, and its reports know of no further look."""
    _, host = checked(tmp_path, PATHS)
    assert len(host.requests) == 4
    assert "second_look" not in (tmp_path / "all.jsonl").read_text().split("\n", 1)[1]
    assert "further_looks" not in json.loads((tmp_path / "summary.json").read_text())
