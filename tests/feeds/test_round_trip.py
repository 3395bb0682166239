"""Whatever is written comes back, in every dialect, however the bytes are cut."""

import csv
import gzip
import io
from pathlib import Path
from typing import Literal, NamedTuple

import pytest
from feeds.reading import rows_of
from hypothesis import given, settings
from hypothesis import strategies as st

from auditor.feeds.lines import LineCutter
from auditor.feeds.records import Record, RecordReader, Shape, Unreadable
from auditor.model import ImageRef, ProductRow
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

SLOTS = ("MAIN", "PT01", "SWCH")
HEADER = ("asin", "sku", "title", "main_image_url", "other_image_url1", "swatch_image_url")

ids = st.text(st.sampled_from("AB09-é日") | st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=5)
titles = st.text(st.sampled_from('ab"\n\r\t,;| é\u2028\x0b'), max_size=12)
links = st.text(st.sampled_from('ab/:,;|"é \n'), max_size=8)
products = st.tuples(ids, ids, titles, links, links, links)


class Dialect(NamedTuple):
    """One way to write a table."""

    delimiter: str
    line_end: str
    quoting: Literal[0, 1]
    encoding: str
    packed: bool


dialects = st.builds(
    Dialect,
    st.sampled_from("\t,;|"),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.booleans(),
)


def written(rows: list[tuple[str, ...]], dialect: Dialect) -> tuple[bytes, list[int]]:
    """Return a table as bytes, and the physical line on which each row starts."""
    text = io.StringIO(newline="")
    # Up to Python 3.12 the writer leaves a CR without quotes where the line end is LF: that is another table.
    minimal = dialect.quoting == csv.QUOTE_MINIMAL
    writer = csv.writer(text, delimiter=dialect.delimiter, lineterminator=dialect.line_end, quoting=dialect.quoting)
    starts = []
    for row in rows:
        starts.append(text.getvalue().replace("\r\n", "\n").replace("\r", "\n").count("\n") + 1)
        writer.writerow([cell.replace("\r", "") for cell in row] if minimal else row)
    content = text.getvalue().encode(dialect.encoding)
    return gzip.compress(content) if dialect.packed else content, starts


def expected(path: Path, row: tuple[str, ...], line: int) -> ProductRow:
    """Return what a row asks for, by the rules in the plainest words."""
    asin, sku, _, *urls = row
    asin, sku = asin.strip(INVISIBLE), sku.strip(INVISIBLE)
    full = [(slot, url) for slot, url in zip(SLOTS, urls, strict=True) if url.strip(INVISIBLE)]
    if not urls[0].strip(INVISIBLE) and (asin or sku or full):
        full.insert(0, ("MAIN", ""))
    return tuple(ImageRef(str(path), line, asin, sku, "", slot, url) for slot, url in full)


@settings(max_examples=80, deadline=None)
@given(st.lists(products, min_size=1, max_size=5), dialects, st.integers(1, 64))
def test_rows_come_back(
    tmp_path_factory: pytest.TempPathFactory, rows: list[tuple[str, ...]], dialect: Dialect, block: int
) -> None:
    """Rows written in any dialect read back as the same references, with blocks so small that every cut is met."""
    path = tmp_path_factory.getbasetemp() / "round-trip"
    content, starts = written([HEADER, *rows], dialect)
    path.write_bytes(content)
    wanted = [expected(path, row, line) for row, line in zip(rows, starts[1:], strict=True)]
    assert rows_of(path, settings=FeedSettings(block=block)) == wanted


def outcome(content: bytes, cuts: int, limit: int) -> list[Record | Unreadable]:
    """Return the records of a text that comes in blocks of `cuts` bytes."""
    cutter, reader = LineCutter(limit), RecordReader(Shape(",", 3, (2,)), 1, limit)
    parts = []
    for start in range(0, len(content), cuts):
        parts += list(reader.push(cutter.push(content[start : start + cuts])))
    parts += [*reader.push(cutter.end()), *reader.end()]
    found: list[Record | Unreadable] = []
    for part in parts:
        found += [part] if isinstance(part, Unreadable) else part
    return found


broken = st.lists(st.sampled_from(["a", '"', '""', ",", "\n", "\r", "http://", "é"]), max_size=60).map("".join)


@settings(deadline=None)
@given(broken, st.integers(1, 12), st.integers(5, 40))
def test_cuts_never_show(text: str, cuts: int, limit: int) -> None:
    """Any text, quotes stray or not, gives the same records and bad rows however it is cut into blocks."""
    content = text.encode()
    assert outcome(content, cuts, limit) == outcome(content, len(content) + 1, limit)


@settings(deadline=None)
@given(broken, st.integers(5, 40))
def test_every_line_is_accounted_for(text: str, limit: int) -> None:
    """Any text is covered: each line starts a record or belongs to the one before it."""
    line = 1
    for part in outcome(text.encode(), 7, limit):
        assert part[0] == line
        line += 1 if isinstance(part, Unreadable) else 1 + sum(map(line_ends, part[1]))
    assert line == 1 + len(text.encode().splitlines())


def line_ends(cell: str) -> int:
    """Return the physical line ends within a cell."""
    return cell.replace("\r\n", "\n").replace("\r", "\n").count("\n")


@given(st.text(st.sampled_from("ab\t,|; \r\n\x0b\x1c\u2028é'")), st.sampled_from("\t,;|"))
def test_without_quotes_lines_are_cut_as_csv_does(text: str, delimiter: str) -> None:
    """Blank lines, lines of delimiters only, and what other programs take for a line end."""
    cutter = LineCutter(1000)
    portions = (cutter.push(text.encode()), cutter.end())
    records = RecordReader(Shape(delimiter, 1, ()), 1, 1000)
    found = [record for portion in portions for part in records.push(portion) for record in part]
    lines = [line for portion in portions for line in portion.lines]
    assert found == list(enumerate(csv.reader(lines, delimiter=delimiter), 1))
