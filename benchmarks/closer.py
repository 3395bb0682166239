"""Set --second-look and --deep beside the plain look: what they cost in requests, bytes and time.

    python benchmarks/closer.py [IMAGES]

Serves so many different JPEGs of 1600 x 1600 pixels on loopback (200 by default), and checks them plainly, with a
second look, and deep. Requests and bytes are those of summary.json. Decoding is set beside Pillow in this very process,
which does nothing else: the ratio is what keeping it at arm's length costs.
"""

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from io import BytesIO
from pathlib import Path
from random import Random

from aiohttp import web
from PIL import Image, ImageDraw

from auditor.model import Doubt, Format, Undetermined
from auditor.pixels import open_decoders
from auditor.run import Interrupt, run
from auditor.settings import DeepSettings, FurtherSettings, ProbeSettings, ReportSettings, Settings

SIDE = 1600


def photo(number: int) -> bytes:
    """A product on white, with enough in it to weigh what a shop's picture weighs."""
    rng = Random(number)  # noqa: S311  # pictures, no secrets
    image = Image.new("RGB", (SIDE, SIDE), "white")
    texture = Image.frombytes("RGB", (400, 400), rng.randbytes(480_000)).resize((1000, 1000))
    image.paste(texture, (300, 300))
    ImageDraw.Draw(image).ellipse((400, 400, 900, 900), fill=(rng.randrange(255), 80, 60))
    file = BytesIO()
    image.save(file, "JPEG", quality=85)
    return file.getvalue()


async def checked(folder: Path, base: str, images: int, further: FurtherSettings) -> tuple[float, dict[str, object]]:
    """Check all images; give the seconds it took and summary.json."""
    feed = folder / "feed.tsv"
    rows = "".join(f"S{number}\tB{number:09d}\t{base}/{number}.jpg\n" for number in range(images))
    feed.write_text("sku\tasin\tmain_image_url\n" + rows)
    report = ReportSettings(out=folder / "failing.csv", summary=folder / "summary.json", quiet=True)
    settings = Settings(feeds=(str(feed),), probe=ProbeSettings(allow_private=True), further=further, report=report)
    start = time.perf_counter()
    ending = await run(settings, Interrupt(lambda: None), print)
    assert ending.exit_code == 0  # noqa: S101  # every image is good
    seconds = time.perf_counter() - start
    return seconds, json.loads((folder / "summary.json").read_text())


async def decoded(folder: Path, files: list[bytes]) -> tuple[float, float]:
    """Seconds to decode the files here, and in one process at arm's length."""
    paths = []
    for number, content in enumerate(files):
        paths.append(folder / f"{number}.jpg")
        paths[-1].write_bytes(content)
    start = time.perf_counter()
    for path in paths:
        with Image.open(path) as image:
            image.load()
    here = time.perf_counter() - start
    async with open_decoders(DeepSettings(processes=1)) as decoders:
        unknown = Undetermined(Format.JPEG, Doubt.TOO_MANY_BYTES)
        await decoders.decode(paths[0], unknown)
        start = time.perf_counter()
        for path in paths:
            await decoders.decode(path, unknown)
        return here, time.perf_counter() - start


async def main(images: int) -> None:
    """Print a line for each way."""
    files = [photo(number) for number in range(images)]
    runner = web.ServerRunner(web.Server(_serving(files)))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    base = f"http://127.0.0.1:{runner.addresses[0][1]}"
    print(f"{images} JPEGs of {SIDE} x {SIDE}, {sum(map(len, files)) // images:,} bytes each on average")
    ways = {
        "plain": FurtherSettings(),
        "--second-look": FurtherSettings(second_look=True),
        "--deep": FurtherSettings(deep=True),
    }
    with tempfile.TemporaryDirectory() as name:
        for way, further in ways.items():
            seconds, summary = await checked(Path(name), base, images, further)
            costs = [summary, *dict(summary.get("further_looks", {})).values()]  # type: ignore[call-overload]  # JSON
            requests, count = (sum(cost[key] for cost in costs) for key in ("requests", "bytes"))
            print(
                f"{way:<14} {requests / images:5.2f} requests {count / images:>12,.0f} bytes an image {seconds:7.2f} s"
            )
        here, there = await decoded(Path(name), files)
    await runner.cleanup()
    print(f"decoding       {1000 * here / images:.1f} ms an image here, {there / here:.2f} x that at arm's length")


def _serving(files: list[bytes]) -> Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        content = files[int(request.path.strip("/").removesuffix(".jpg"))]
        asked = request.http_range
        if asked.stop is None:
            return web.Response(body=content, content_type="image/jpeg")
        part = content[asked]
        span = {"Content-Range": f"bytes {asked.start}-{asked.start + len(part) - 1}/{len(content)}"}
        return web.Response(status=206, body=part, content_type="image/jpeg", headers=span)

    return answer


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]) if len(sys.argv) > 1 else 200))
