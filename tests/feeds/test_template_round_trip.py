"""Templates written in any order of columns, any encoding and any place come back as the same references."""

import codecs
import csv
import io
from pathlib import Path
from typing import NamedTuple

import pytest
from feeds.reading import opened, rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import ImageRef, ProductRow
from auditor.settings import SLOTS, FeedSettings
from auditor.urls import INVISIBLE

IMAGES = ("main_image_url", *(f"other_image_url{number}" for number in range(1, 9)), "swatch_image_url")
COLUMNS = ("item_sku", "external_product_id", "external_product_id_type", "parent_child", "update_delete", *IMAGES)
MARKETPLACE = "A1VC38T7YXB528"


class Script(NamedTuple):
    """An encoding: its mark, what is said of it, a label that is evidence of it, and letters it has."""

    codec: str
    mark: bytes
    said: str
    label: str
    letters: str


SCRIPTS = (
    Script("ascii", b"", "UTF-8", "Name", "ab\x1f"),
    Script("utf-8", b"", "UTF-8", "Größe", "é日😀\u2028\x85"),
    Script("utf-8", codecs.BOM_UTF8, "UTF-8 with BOM", "Name", "é日😀\u2028\x85"),
    Script("utf-16-le", codecs.BOM_UTF16_LE, "UTF-16 LE", "Name", "é日😀\u2028ਊഊ"),
    Script("utf-16-be", codecs.BOM_UTF16_BE, "UTF-16 BE", "Name", "é日😀\u2028ਊഊ"),
    Script("cp1252", b"", "Windows-1252", "Grün", "éèÄß€”…™"),
    Script("cp932", b"", "Shift_JIS (cp932)", "商品の名前・メイン画像のリンクです", "日本表示ソ能ポー"),
)


class Sheet(NamedTuple):
    """A template: its script, the order of its columns, its rows in the order of COLUMNS, and where they begin."""

    script: Script
    order: list[int]
    rows: list[tuple[str, ...]]
    examples: int
    line_end: str


@st.composite
def sheets(draw: st.DrawFn) -> Sheet:
    """Return any template."""
    script = draw(st.sampled_from(SCRIPTS))
    words = st.text(st.sampled_from(script.letters + 'aB0"\n\t,; '), max_size=5)
    row = st.tuples(
        words,
        words,
        st.sampled_from(["ASIN", "asin ", "EAN", ""]),
        st.sampled_from(["Parent", "child", ""]),
        st.sampled_from(["Delete", "PartialUpdate", ""]),
        *(words for _ in IMAGES),
    )
    return Sheet(
        script,
        draw(st.permutations(range(len(COLUMNS)))),
        draw(st.lists(row, min_size=1, max_size=4)),
        draw(st.integers(0, 3)),
        draw(st.sampled_from(["\n", "\r\n"])),
    )


def written(sheet: Sheet) -> tuple[bytes, list[int]]:
    """Return a template as bytes, and the physical line on which each product starts."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter="\t", lineterminator=sheet.line_end)
    stated = f"settings=attributeRow=3&dataRow={4 + sheet.examples}&primaryMarketplaceId=amzn1.mp.o.{MARKETPLACE}"
    writer.writerow(["TemplateType=fptcustom", "Version=2021.1014", stated])
    writer.writerow([sheet.script.label, 'Main\n"Image"'])
    writer.writerow([COLUMNS[place] for place in sheet.order])
    for _ in range(sheet.examples):
        writer.writerow(["ABC123"] * len(COLUMNS))
    starts = []
    for row in sheet.rows:
        starts.append(text.getvalue().replace("\r\n", "\n").count("\n") + 1)
        writer.writerow([row[place] for place in sheet.order])
    return sheet.script.mark + text.getvalue().encode(sheet.script.codec), starts


def expected(path: Path, row: tuple[str, ...], line: int) -> ProductRow:
    """Return what a row asks for, by the rules in the plainest words."""
    sku, code, kind, parent, action, *links = (row[0].strip(INVISIBLE), row[1].strip(INVISIBLE), *row[2:])
    asin = code if kind.strip().lower() == "asin" else ""
    found = [(slot, link) for slot, link in zip(SLOTS[:10], links, strict=True) if link.strip(INVISIBLE)]
    exempt = parent == "Parent" or action == "Delete"
    if not links[0].strip(INVISIBLE) and (sku or code or found) and not exempt:
        found.insert(0, ("MAIN", ""))
    return tuple(ImageRef(str(path), line, asin, sku, MARKETPLACE, slot, link) for slot, link in found)


@settings(max_examples=100, deadline=None)
@given(sheets(), st.integers(1, 64))
def test_templates_come_back(tmp_path_factory: pytest.TempPathFactory, sheet: Sheet, block: int) -> None:
    """Any template in any encoding reads back as its references, with blocks so small that every cut is met."""
    path = tmp_path_factory.getbasetemp() / "template"
    content, starts = written(sheet)
    path.write_bytes(content)
    chosen = FeedSettings(block=block)
    assert f"data from row {4 + sheet.examples}, {sheet.script.said}, 10 image" in opened(path)[0].recognised
    assert rows_of(path, settings=chosen) == [
        expected(path, row, line) for row, line in zip(sheet.rows, starts, strict=True)
    ]
