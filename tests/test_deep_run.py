"""A whole run with --deep against a host full of bombs: everyone gets the right code, within bounds."""

import asyncio
import json
import resource
from pathlib import Path

from hosts import Exchange, serve
from images import made
from pixels.bombs import BOMBS, MIB

from auditor import policies
from auditor.run import Interrupt, run
from auditor.settings import DeepSettings, FrontierSettings, FurtherSettings, ProbeSettings, ReportSettings, Settings

GOOD = made("JPEG", size=(600, 500))
FILES = {f"/{bomb.name}": bomb for bomb in BOMBS}
ENDLESS = tuple(f"/endless-{number}.jpg" for number in range(4))
FINE = tuple(f"/good-{number}.jpg" for number in range(40))
LIMITS = DeepSettings(memory=300 * MIB, seconds=1, bytes=4 * MIB, processes=2, timeout=30)


async def host(exchange: Exchange) -> None:
    """Bombs, downloads that never end, and good pictures."""
    if exchange.path in FILES:
        await exchange.answer_range(CONTENTS[exchange.path])
    elif exchange.path in ENDLESS and "range" not in exchange.headers:
        await exchange.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + GOOD)
        while not exchange.writer.transport.is_closing():
            await exchange.send(bytes(65_536))
    else:
        await exchange.answer_range(GOOD)


CONTENTS = {path: bomb.make() for path, bomb in FILES.items()}


def permissive(folder: Path) -> str:
    """A policy that takes every format and any size, so that nothing stops a bomb before it is decoded."""
    rules = policies.rules("amazon-current").replace('"PNG"]', '"PNG", "WebP"]')
    rules = rules.replace("maximum_longest = 10_000", "maximum_longest = 1_000_000")
    rules = rules.replace("minimum_longest = 500", "minimum_longest = 3").replace(
        "zoom_longest = 1_000", "zoom_longest = 3"
    )
    off = ("background-not-white", "gif-animated", "tiff-compressed", "image-blank")
    rules += "".join(f'{code} = "off"\n' for code in off)
    (folder / "any.toml").write_text(rules)
    return str(folder / "any.toml")


async def checked(folder: Path) -> dict[str, list[str]]:
    """Check everything the host has; give the codes of each path."""
    async with serve(host) as shop:
        paths = [*FINE[:20], *FILES, *ENDLESS, *FINE[20:]]
        rows = "".join(f"S{number}\t{shop.url(path)}\n" for number, path in enumerate(paths))
        (folder / "feed.tsv").write_text("sku\tmain_image_url\n" + rows)
        settings = Settings(
            feeds=(str(folder / "feed.tsv"),),
            policy=permissive(folder),
            probe=ProbeSettings(allow_private=True),
            frontier=FrontierSettings(retries=0),
            further=FurtherSettings(deep=True, decoding=LIMITS),
            report=ReportSettings(out=folder / "failing.csv", jsonl=folder / "all.jsonl", quiet=True),
        )
        await run(settings, Interrupt(lambda: None), print)
    _, *audits = map(json.loads, (folder / "all.jsonl").read_text().splitlines())
    return {path: [f["code"] for f in audit["findings"]] for path, audit in zip(paths, audits, strict=True)}


def test_bombs_and_endless_downloads_are_told_and_stop_nobody(tmp_path: Path) -> None:
    """Ten and more bombs are image-too-large, endless files are said to be large, and every good image passes."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = asyncio.run(checked(tmp_path))
    assert {path: found[path] for path in FINE} == {path: [] for path in FINE}
    assert {path: found[path] for path in FILES} == {path: ["image-too-large"] for path in FILES}
    assert {path: found[path] for path in ENDLESS} == {path: ["file-too-large"] for path in ENDLESS}
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB
