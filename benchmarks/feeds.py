"""How fast feeds are read, and in how much memory: each format beside its bare reader, in the same run.

    python benchmarks/feeds.py [--rows 100000] [--only "Google RSS"]
    python benchmarks/feeds.py --memory [--rows 100000] [--only "Google RSS"]

The ratio is of CPU times: reading a feed to product rows against the underlying reader alone doing nothing with what it
reads: `csv.reader`; expat with three handlers that are empty; ijson's `items`, which builds each message; `json.loads`
of each line; pyarrow, the columns wanted as Python's values. All are the best of three. Listings and XML messages are
built as Amazon's own samples are.

With --memory: the peak of resident memory at ten times the rows (workbooks: twice), beside that at the rows. Each
measurement runs in a process of its own, so the peaks are its own too.
"""

import argparse
import asyncio
import csv
import gc
import gzip
import json
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.parsers import expat

import ijson  # type: ignore[import-untyped]  # it has no types

from auditor.feeds import read_feeds
from auditor.settings import FeedSettings

BASE = "https://cdn.example.com/catalogue/"
PLACE = "[marketplace_id=ATVPDKIKX0DER]#1"
COLUMNS = (
    "contribution_sku#1.value",
    f"main_product_image_locator{PLACE}.media_location",
    *(f"other_product_image_locator_{number}{PLACE}.media_location" for number in range(1, 9)),
    *(f"filler_{number}#1.value" for number in range(14)),
)


def cells(number: int) -> list[str]:
    """Return one product: a SKU, three images, six empty cells, fourteen others."""
    links = [f"{BASE}{number}.jpg", f"{BASE}{number}-1.jpg", f"{BASE}{number}-2.jpg"]
    return [f"SKU-{number}", *links, *[""] * 6, *[f"value {number % 1000}"] * 14]


def write_text(path: Path, rows: int) -> None:
    """Write a unified template as text."""
    with path.open("w") as file:
        file.write("settings=attributeRow=3&dataRow=4\nlabels\n" + "\t".join(COLUMNS) + "\n")
        file.writelines("\t".join(cells(number)) + "\n" for number in range(rows))


def write_workbook(path: Path, rows: int) -> None:
    """Write the same as a workbook with strings in their cells."""
    relation = '<Relationship Id="{}" Type="x/{}" Target="{}"/>'
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("_rels/.rels", f"<R>{relation.format('a', 'officeDocument', 'xl/workbook.xml')}</R>")
        archive.writestr("xl/_rels/workbook.xml.rels", f"<R>{relation.format('b', 'worksheet', 'sheet.xml')}</R>")
        archive.writestr("xl/workbook.xml", '<w xmlns:r="r"><sheets><sheet name="T" r:id="b"/></sheets></w>')
        with archive.open("xl/sheet.xml", "w", force_zip64=True) as part:
            part.write(b"<worksheet><sheetData>")
            for number, row in enumerate(sheet_rows(rows), 1):
                inner = "".join(
                    f'<c r="{chr(65 + column)}{number}" t="inlineStr"><is><t>{text}</t></is></c>'
                    for column, text in enumerate(row)
                    if text
                )
                part.write(f'<row r="{number}">{inner}</row>'.encode())
            part.write(b"</sheetData></worksheet>")


def sheet_rows(rows: int) -> Iterator[list[str]]:
    """Yield the rows of the workbook's sheet."""
    yield ["settings=attributeRow=3&amp;dataRow=4"]
    yield ["labels"]
    yield list(COLUMNS)
    yield from map(cells, range(rows))


def write_csv(path: Path, rows: int) -> None:
    """Write a table with quoted cells."""
    with path.open("w") as file:
        writer = csv.writer(file)
        writer.writerow(("sku", "title", "main_image_url", "other_image_url1"))
        for number in range(rows):
            writer.writerow((f"SKU-{number}", 'Cup, 5" high', f"{BASE}{number}.jpg", f"{BASE}{number}-1.jpg"))


def write_lines(path: Path, rows: int) -> None:
    """Write JSON Lines."""
    with path.open("w") as file:
        for number in range(rows):
            row = {"sku": f"SKU-{number}", "title": 'Cup, 5" high', "image_link": f"{BASE}{number}.jpg"}
            file.write(json.dumps(row) + "\n")


def write_listings(path: Path, rows: int) -> None:
    """Write a JSON listings feed, with as many attributes as a listing needs."""
    place = {"marketplace_id": "ATVPDKIKX0DER"}
    attributes: dict[str, Any] = {f"attribute_{number}": [{"value": "some value", **place}] for number in range(12)}
    attributes["bullet_point"] = [{"value": "x" * 80, "language_tag": "en_US", **place}] * 5
    locators = ("main_product_image_locator", *(f"other_product_image_locator_{number}" for number in range(1, 4)))
    with path.open("w") as file:
        file.write('{"header":{"sellerId":"A","version":"2.0"},"messages":[')
        for number in range(rows):
            for slot, name in enumerate(locators):
                attributes[name] = [{**place, "media_location": f"{BASE}{number}-{slot}.jpg"}]
            message = {"messageId": number + 1, "sku": f"SKU-{number}", "operationType": "UPDATE", "productType": "CUP"}
            file.write("," * bool(number) + json.dumps({**message, "attributes": attributes}))
        file.write("]}")


MESSAGE = """\
    <Message>
        <MessageID>{number}</MessageID>
        <OperationType>Update</OperationType>
        <ProductImage>
            <SKU>SKU-{number}</SKU>
            <ImageType>Main</ImageType>
            <ImageLocation>{link}</ImageLocation>
        </ProductImage>
    </Message>
"""


def write_images(path: Path, rows: int) -> None:
    """Write an XML feed of product images."""
    with path.open("w") as file:
        file.write("<AmazonEnvelope>\n    <MessageType>ProductImage</MessageType>\n")
        for number in range(rows):
            file.write(MESSAGE.format(number=number + 1, link=f"{BASE}{number}.jpg"))
        file.write("</AmazonEnvelope>")


def write_gzip(path: Path, rows: int) -> None:
    """Write the template as text, in gzip."""
    plain = path.with_suffix(".plain")
    write_text(plain, rows)
    with plain.open("rb") as text, gzip.open(path, "wb", 1) as packed:
        shutil.copyfileobj(text, packed)
    plain.unlink()


def write_zip(path: Path, rows: int) -> None:
    """Write the template as text, in a zip archive."""
    plain = path.with_suffix(".plain")
    write_text(plain, rows)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.write(plain, "feed.txt")
    plain.unlink()


GOOGLE = ("id", "title", "description", "link", "image link", "additional image link", "price", "availability")


def google(number: int) -> list[str]:
    """Return one product as Google Merchant has it: three images."""
    further = f"{BASE}{number}-1.jpg,{BASE}{number}-2.jpg"
    about = [f"Chair {number}", "A chair of oak. " * 10, f"{BASE}{number}"]
    return [f"SKU-{number}", *about, f"{BASE}{number}.jpg", further, "9.00 USD", "in_stock"]


def write_google_table(path: Path, rows: int) -> None:
    """Write a table of Google Merchant."""
    with path.open("w") as file:
        file.write("\t".join(GOOGLE) + "\n")
        file.writelines("\t".join(google(number)) + "\n" for number in range(rows))


def write_google_xml(path: Path, rows: int) -> None:
    """Write the same as RSS."""
    with path.open("w") as file:
        file.write('<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel><title>T</title>\n')
        for number in range(rows):
            cells = zip(GOOGLE, google(number), strict=True)
            each = ((name.replace(" ", "_"), text) for name, cell in cells for text in cell.split(","))
            inner = "".join(f"<g:{name}>{text}</g:{name}>\n" for name, text in each)
            file.write(f"<item>{inner}</item>\n")
        file.write("</channel></rss>")


def write_shopify(path: Path, rows: int) -> None:
    """Write a product table of Shopify: three rows a product."""
    with path.open("w") as file:
        file.write("Handle,Title,Body (HTML),Variant SKU,Variant Price,Image Src,Image Position,Variant Image,Status\n")
        for number in range(rows):
            product, place = divmod(number, 3)
            about = f"Chair {product},{'A chair of oak. ' * 10}" if not place else ","
            image = f"{BASE}{number}.jpg"
            file.write(f"chair-{product},{about},SKU-{number},9.00,{image},{place + 1},{image},active\n")


def write_parquet(path: Path, rows: int) -> None:
    """Write a Parquet file, in row groups of 100,000 rows."""
    import pyarrow as pa  # type: ignore[import-untyped]  # noqa: PLC0415  # it would be in every peak
    from pyarrow import parquet  # noqa: PLC0415  # likewise

    schema = pa.schema([(name.replace(" ", "_"), pa.string()) for name in GOOGLE])
    with parquet.ParquetWriter(path, schema) as writer:
        for start in range(0, rows, 100_000):
            columns = zip(*map(google, range(start, min(rows, start + 100_000))), strict=True)
            writer.write_table(pa.table([pa.array(column) for column in columns], schema=schema))


def bare_csv(path: Path) -> None:
    """Read with csv alone."""
    with path.open(newline="") as file:
        delimiter = "\t" if "\t" in file.readline() else ","
        for _ in csv.reader(file, delimiter=delimiter):
            pass


def bare_expat(path: Path) -> None:
    """Read with expat alone: a sheet within its archive, or the file itself."""
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler = lambda _, __: None
    parser.EndElementHandler = lambda _: None
    parser.CharacterDataHandler = lambda _: None
    with zipfile.ZipFile(path).open("xl/sheet.xml") if zipfile.is_zipfile(path) else path.open("rb") as file:
        while block := file.read(262_144):
            parser.Parse(block)


def bare_ijson(path: Path) -> None:
    """Read with ijson alone."""
    with path.open("rb") as file:
        for _ in ijson.items(file, "messages.item", use_float=True, buf_size=262_144):
            pass


def bare_loads(path: Path) -> None:
    """Read lines with json alone."""
    with path.open() as file:
        for line in file:
            json.loads(line)


def bare_pyarrow(path: Path) -> None:
    """Read with pyarrow alone: the columns that auditor reads, as Python's own values."""
    from pyarrow import parquet  # noqa: PLC0415  # it would be in every peak

    wanted = ["id", "image_link", "additional_image_link"]
    for batch in parquet.ParquetFile(path).iter_batches(columns=wanted, use_threads=False):
        batch.to_pylist()


def auditor(path: Path) -> None:
    """Read to product rows."""

    async def read() -> None:
        async for _ in read_feeds([str(path)], FeedSettings()):
            pass

    asyncio.run(read())


Reader = Callable[[Path], None]
Formats = Mapping[str, tuple[Callable[[Path, int], None], Reader | None]]
FORMATS: Formats = {
    "template as text": (write_text, bare_csv),
    "template in gzip": (write_gzip, None),
    "template in zip": (write_zip, None),
    "CSV": (write_csv, None),
    "JSON Lines": (write_lines, bare_loads),
    "workbook": (write_workbook, bare_expat),
    "JSON listings feed": (write_listings, bare_ijson),
    "XML product images": (write_images, bare_expat),
    "Google table": (write_google_table, bare_csv),
    "Google RSS": (write_google_xml, bare_expat),
    "Shopify table": (write_shopify, bare_csv),
    "Parquet": (write_parquet, bare_pyarrow),
}
TURNS = 3


def measure(reader: Reader, path: Path) -> tuple[float, float]:
    """Return CPU seconds and peak MiB of a reader in a process of its own."""
    command = (sys.executable, __file__, "--reader", reader.__name__, "--path", str(path))
    out = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    seconds, peak = map(float, out.split())
    return seconds, peak


def compare_times(formats: Formats, folder: Path, rows: int) -> None:
    """Print one line per format that has an underlying reader."""
    print(f"{rows:,} rows  {'auditor':>10} {'bare':>9} {'ratio':>6}")
    for name, (write, bare) in formats.items():
        if bare is None:
            continue
        path = folder / "feed"
        write(path, rows)
        turns = [(measure(auditor, path)[0], measure(bare, path)[0]) for _ in range(TURNS)]
        ours, alone = (min(times) for times in zip(*turns, strict=True))
        print(f"{name:20} {ours:8.2f}s {alone:8.2f}s {ours / alone:6.2f}", flush=True)


def compare_memory(formats: Formats, folder: Path, rows: int) -> None:
    """Print one line per format."""
    print(f"{'peak of memory':20} {'rows':>10} {'MiB':>5} {'rows':>10} {'MiB':>5} {'ratio':>6}")
    for name, (write, _) in formats.items():
        path = folder / "feed"
        many = rows * (2 if name == "workbook" else 10)
        write(path, rows)
        _, few_peak = measure(auditor, path)
        write(path, many)
        _, peak = measure(auditor, path)
        print(f"{name:20} {rows:10,} {few_peak:5.0f} {many:10,} {peak:5.0f} {peak / few_peak:6.2f}", flush=True)


def peak_memory() -> float:
    """Return the most resident memory that this process has had, in MiB."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def main() -> None:
    """Compare, or be one of the processes compared."""
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--memory", action="store_true")
    options.add_argument("--only", choices=FORMATS)
    options.add_argument("--reader", help=argparse.SUPPRESS)
    options.add_argument("--path", type=Path, help=argparse.SUPPRESS)
    chosen = options.parse_args()
    if chosen.reader:
        gc.set_threshold(20_000, 50, 1000)  # as the program does
        readers = (auditor, bare_csv, bare_expat, bare_ijson, bare_loads, bare_pyarrow)
        reader = {one.__name__: one for one in readers}[chosen.reader]
        started = time.process_time()
        reader(chosen.path)
        print(time.process_time() - started, peak_memory())
        return
    formats = FORMATS if chosen.only is None else {chosen.only: FORMATS[chosen.only]}
    with tempfile.TemporaryDirectory() as folder:
        (compare_memory if chosen.memory else compare_times)(formats, Path(folder), chosen.rows)


if __name__ == "__main__":
    main()
