"""`--check-tail`: uploads that broke off in their pixels."""

import asyncio
import csv
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from random import Random

import pytest
from commands import check, write_feed
from hosts import Exchange, Host, serve
from PIL import Image

from auditor import demo
from auditor.demo.scenes import faulty, good


def noise() -> bytes:
    """A JPEG of 500 KB."""
    file = BytesIO()
    Image.frombytes("RGB", (1200, 1000), Random(1).randbytes(3_600_000)).save(file, "JPEG")
    return file.getvalue()


def codes(folder: Path) -> list[str]:
    """The codes in the report."""
    with (folder / "failing.csv").open(newline="") as file:
        return [line["code"] for line in csv.DictReader(file)]


@pytest.mark.parametrize(("flags", "found"), [((), []), (("--check-tail",), ["image-truncated"])])
def test_picture_that_breaks_off_is_found_by_its_end(tmp_path: Path, flags: Sequence[str], found: list[str]) -> None:
    """Of two pictures with good headers one breaks off: with the option it fails, for one request per picture more."""
    whole = noise()

    async def script(exchange: Exchange) -> None:
        await exchange.answer_range(whole if "whole" in exchange.path else whole[:300_000], Content_Type="image/jpeg")

    async def main() -> Host:
        async with serve(script) as host:
            write_feed(tmp_path, host.url("/whole.jpg"), host.url("/cut.jpg"))
            ran = await check(tmp_path, "--allow-private", *flags)
            assert ran.code == bool(found), ran
            return host

    host = asyncio.run(main())
    assert codes(tmp_path) == found
    assert host.asked["/whole.jpg"] == (2 if flags else 1)
    assert host.asked["/cut.jpg"] == (3 if flags else 1)


def test_no_alarm_about_whole_pictures(tmp_path: Path) -> None:
    """Of the demo's pictures, good and faulty, the same are found with and without looking at their ends."""
    # Hosts that turn away every other request would turn away the look at the end, too.
    plants = [plant._replace(copies=1) for plant in (*good.PLANTS, *faulty.PLANTS) if "once" not in plant.name]

    async def main() -> list[bytes]:
        reports = []
        async with demo.serve() as host:
            demo.write_feed(tmp_path / "feed.tsv", host.base, 80, plants)
            for flags in ((), ("--check-tail",)):
                ran = await check(tmp_path, "--allow-private", "--include", "warn", *flags)
                assert ran.code == 1, ran
                reports.append((tmp_path / "failing.csv").read_bytes())
        return reports

    without, with_end = asyncio.run(main())
    assert without == with_end
