"""A repair of each kind of feed: the same audit, the same new files, and a corrected feed that passes."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from feeds.books import write_book
from hosts import Exchange, serve
from images import made
from repairs import audit, corrected, mend, publish, settings_in

PNG = made("PNG", size=(1200, 900))
JPEG = made("JPEG", size=(1200, 900))


async def shop(exchange: Exchange) -> None:
    """PNGs and JPEGs."""
    await exchange.answer_range(PNG if "png" in exchange.path else JPEG)


def a_table(path: Path, base: str) -> None:
    """A CSV whose further images stand in one cell."""
    further = f'"{base}/good.jpg, {base}/png/2.png"'
    path.write_text(f"sku,image_url,additional_image_link\r\nS1,{base}/png/1.png,{further}\r\nS2,{base}/good.jpg,\r\n")


def a_template(path: Path, base: str) -> None:
    """A unified template with the same slot for two marketplaces, in UTF-16."""
    place = "main_product_image_locator[marketplace_id={}]#1.media_location"
    names = ("contribution_sku#1.value", place.format("ATVPDKIKX0DER"), place.format("A2EUQ1WTGCTBG2"))
    rows = (
        ("settings=labelRow=2&attributeRow=3&dataRow=4",),
        ("SKU", "Main", "Main"),
        names,
        ("S1", f"{base}/good.jpg", f"{base}/png/2.png"),
        ("S2", f"{base}/png/2.png", f"{base}/good.jpg"),
    )
    path.write_text("".join("\t".join(row) + "\r\n" for row in rows), encoding="utf-16")


def a_listings_feed(path: Path, base: str) -> None:
    """A JSON listings feed with an update and a patch."""
    main = [{"marketplace_id": "ATVPDKIKX0DER", "media_location": f"{base}/png/1.png"}]
    patch = {"op": "replace", "path": "/attributes/main_product_image_locator", "value": main}
    messages = [
        {"messageId": 1, "sku": "S1", "operationType": "UPDATE", "attributes": {"main_product_image_locator": main}},
        {"messageId": 2, "sku": "S2", "operationType": "PATCH", "patches": [patch]},
    ]
    path.write_text(json.dumps({"header": {"sellerId": "A1", "version": "2.0"}, "messages": messages}, indent=1))


def an_xml_feed(path: Path, base: str) -> None:
    """An archived feed of product images."""
    images = "".join(
        f"<Message><MessageID>{number}</MessageID><ProductImage><SKU>S{number}</SKU><ImageType>Main</ImageType>"
        f"<ImageLocation>{base}/{name}</ImageLocation></ProductImage></Message>"
        for number, name in enumerate(("png/1.png", "good.jpg"), 1)
    )
    kind = "<MessageType>ProductImage</MessageType>"
    path.write_text(f'<?xml version="1.0"?>\n<AmazonEnvelope><Header/>{kind}{images}</AmazonEnvelope>')


def a_workbook(path: Path, base: str) -> None:
    """A workbook whose second sheet has the products."""
    rows = [("sku", "main_image_url"), ("S1", f"{base}/png/1.png"), (), ("S2", f"{base}/good.jpg")]
    write_book(path, {"Notes": [("nothing",)], "Products": rows})


@pytest.mark.parametrize(
    ("write", "name", "changed"),
    [
        (a_table, "feed.csv", 2),
        (a_template, "feed.txt", 2),
        (a_listings_feed, "feed.json", 2),
        (an_xml_feed, "feed.xml", 1),
        (a_workbook, "feed.xlsx", 1),
    ],
)
def test_every_kind_of_feed_is_repaired(
    tmp_path: Path, write: Callable[[Path, str], None], name: str, changed: int
) -> None:
    """What failed before passes afterwards, and the feed given is as it was."""

    async def main() -> None:
        async with serve(shop) as host, publish(tmp_path / "out") as cdn:
            write(tmp_path / name, host.url(""))
            given = (tmp_path / name).read_bytes()
            settings = settings_in(tmp_path, name)
            assert await audit(settings) == 1
            repaired, _ = await mend(tmp_path, settings, cdn.url("/fixed"))
            assert repaired is not None
            assert (repaired.exit_code, repaired.rewritten.changed) == (0, changed)
            assert await audit(settings_in(tmp_path, corrected(name))) == 0
            assert (tmp_path / name).read_bytes() == given

    asyncio.run(main())
