"""Whatever is written as JSON Lines, as an array, in gzip or in a zip archive of several feeds comes back."""

import codecs
import gzip
import json
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import pytest
from feeds.reading import opened, rows_of
from feeds.test_round_trip import HEADER, SLOTS, dialects, expected, products, written
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.model import ImageRef, ProductRow
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

Product = tuple[str | None, ...]
CODECS = {
    "UTF-8": ("utf-8", b""),
    "UTF-8 with BOM": ("utf-8", codecs.BOM_UTF8),
    "UTF-16 LE": ("utf-16-le", codecs.BOM_UTF16_LE),
    "UTF-16 BE": ("utf-16-be", codecs.BOM_UTF16_BE),
}

texts = st.text(
    st.sampled_from('ab/:,"\\é日😀 \n\u2028') | st.characters(exclude_categories=["Cs"], exclude_characters="\0"),
    max_size=6,
)
objects = st.tuples(*(st.none() | texts for _ in HEADER))


class Json(NamedTuple):
    """One way to write objects."""

    said: str
    array: bool
    escaped: bool
    indent: int | None
    packed: bool


ways = st.builds(
    Json, st.sampled_from(list(CODECS)), st.booleans(), st.booleans(), st.sampled_from([None, 2]), st.booleans()
)


def as_json(rows: Sequence[Product], way: Json) -> bytes:
    """Write objects; names without a value are left out of all but the first."""
    found = [dict(zip(HEADER, row, strict=True)) for row in rows]
    found = [{name: text for name, text in one.items() if text is not None or one is found[0]} for one in found]
    if way.array:
        text = json.dumps(found, ensure_ascii=way.escaped, indent=way.indent)
    else:
        text = "\n".join(json.dumps(one, ensure_ascii=way.escaped) for one in found)
    codec, mark = CODECS[way.said]
    content = mark + text.encode(codec)
    return gzip.compress(content) if way.packed else content


def asked(path: Path, row: Product, number: int) -> ProductRow:
    """Return what an object asks for, by the rules in the plainest words: a name that is there may miss its image."""
    asin, sku, _, *links = row
    ids = ((asin or "").strip(INVISIBLE), (sku or "").strip(INVISIBLE))
    full = [(slot, link) for slot, link in zip(SLOTS, links, strict=True) if link and link.strip(INVISIBLE)]
    stated = links[0] is not None or number == 1
    if stated and not (links[0] or "").strip(INVISIBLE) and (any(ids) or full):
        full.insert(0, ("MAIN", ""))
    return tuple(ImageRef(str(path), number, *ids, "", slot, link) for slot, link in full)


@settings(max_examples=100, deadline=None)
@given(st.lists(objects, min_size=1, max_size=5), ways, st.integers(1, 64))
def test_objects_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Product], way: Json, block: int
) -> None:
    """Objects one a line or in an array, in any encoding, escaped or not, packed or not, read back as they were."""
    path = tmp_path_factory.getbasetemp() / "objects"
    path.write_bytes(as_json(rows, way))
    (feed,) = opened(path)
    assert feed.recognised.startswith("array of JSON objects" if way.array else "JSON Lines")
    if not way.escaped:
        assert f", {way.said}, " in feed.recognised
    wanted = [asked(path, row, number) for number, row in enumerate(rows, 1)]
    assert rows_of(path, settings=FeedSettings(block=block)) == wanted


tables = st.tuples(st.lists(products, min_size=1, max_size=3), dialects)
lines = st.tuples(st.lists(objects, min_size=1, max_size=3), ways)
names = st.sampled_from(["a.csv", "ordner/ü.txt", "README", "b c.gz", "日.json", "x.jpg"])


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(names, tables | lines, min_size=1), st.booleans(), st.integers(1, 64))
def test_archives_come_back(
    tmp_path_factory: pytest.TempPathFactory,
    feeds: dict[str, tuple[list[tuple[str, ...]], object]],
    deflated: bool,  # noqa: FBT001  # drawn
    block: int,
) -> None:
    """Feeds of any kind in one archive, whatever they are called, read back one after the other."""
    path = tmp_path_factory.getbasetemp() / "archive"
    wanted: list[ProductRow] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as packed:
        for name, (rows, way) in feeds.items():
            member = path / name
            if isinstance(way, Json):
                packed.writestr(name, as_json(rows, way))
                wanted += [asked(member, row, number) for number, row in enumerate(rows, 1)]
            else:
                content, starts = written([HEADER, *rows], way)  # type: ignore[arg-type]  # the other kind of pair
                packed.writestr(name, content)
                wanted += [expected(member, row, line) for row, line in zip(rows, starts[1:], strict=True)]
    assert rows_of(path, settings=FeedSettings(block=block)) == wanted
