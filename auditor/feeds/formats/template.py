"""Amazon's templates as text: rows of settings and labels, a row of attribute names, maybe examples, then products.

The legacy generation begins with `TemplateType=…`, the unified one (from 2023 on) with `settings=…`. Where that row was
deleted, the attribute names below the labels still tell. Columns go by attribute name: labels are localised.
"""

import csv
from collections.abc import Iterator, Sequence
from itertools import islice

from auditor.errors import FeedError, Sentence
from auditor.feeds.columns import find_columns, plain
from auditor.feeds.encoding import find_encoding
from auditor.feeds.foreign import foreign
from auditor.feeds.formats import FeedFormat
from auditor.feeds.head import read_head
from auditor.feeds.names import (
    BEGINNINGS,
    HEADER_ROWS,
    Names,
    are_attributes,
    choose_names,
    data_row,
    generation,
    image_columns,
    placed,
)
from auditor.feeds.records import allow_cells, literal
from auditor.feeds.settings_row import read_settings
from auditor.feeds.source import Source
from auditor.feeds.table import DELIMITERS, Layout, TableReader
from auditor.settings import FeedSettings
from auditor.urls import INVISIBLE

_BEGINNING = 1024  # bytes in which these are looked for
_HEADER_LINES = 100  # physical lines of the rows above the products: labels may have line ends in them
# What templates alone call their columns, as `plain` makes it.
_OWN_NAMES = frozenset(
    (
        *("itemsku", "externalproductid", "mainimageurl", "otherimageurl1", "swatchimageurl", "contributionsku"),
        *("mainproductimagelocator", "otherproductimagelocator1", "merchantsuggestedasin", "recordaction"),
    )
)
_WITHOUT_SETTINGS = 2  # columns in use that make a row below the first one of attribute names


def _recognise(head: bytes) -> float | None:
    """Be sure of what begins as templates do, and rather sure of attribute names below another row."""
    start = find_encoding(head[:_BEGINNING]).text(head[:_BEGINNING])
    if start.lstrip(INVISIBLE + '"').casefold().startswith(BEGINNINGS):
        return 1.0
    if foreign(head):
        return None
    allow_cells(len(head))
    lines = read_head(head, whole=True).lines
    return 0.7 if any(_is_template(names, lines) for names in _candidates(lines, FeedSettings())) else None


def _is_template(names: Names, lines: Sequence[str]) -> bool:
    """Say whether a row below others is one of attribute names, and not the header of a table, or that header again."""
    if names.columns.used < _WITHOUT_SETTINGS or _OWN_NAMES.isdisjoint(map(plain, names.columns.header)):
        return False
    first = next(csv.reader(lines, delimiter=names.delimiter))
    return not are_attributes(first) or find_columns(first, FeedSettings()).used < names.columns.used


async def _reader(source: Source, settings: FeedSettings) -> TableReader:
    """Return a reader of the template. Raises FeedError if it has no attribute names, or lacks columns or rows."""
    await source.look_further()
    allow_cells(len(source.head))
    stated = read_settings(read_head(source.head, whole=True).lines)
    head = read_head(source.head, whole=source.whole, language=stated.language)
    names = choose_names(_candidates(head.lines, settings), stated)
    if names is None:
        raise FeedError(
            "{name} is a template without a row of attribute names such as item_sku, main_image_url; copy the "
            "products into a template as Amazon has it.",
            name=source.name,
        )
    first = data_row(stated, names.row)
    layout = Layout(names.delimiter, names.columns, names.lines, first - names.row - 1, stated.marketplace)
    recognised = (
        generation(names.columns),
        *((DELIMITERS[names.delimiter],) if names.delimiter != "\t" else ()),
        *((Sentence("gzip"),) if source.packed else ()),
        *placed(stated, names.row, first),
        head.encoding.said,
        *image_columns(names.columns),
    )
    return TableReader(source, head, layout, recognised, settings)


def _candidates(lines: Sequence[str], settings: FeedSettings) -> Iterator[Names]:
    """Yield all rows below the first whose cells look like attribute names, by each delimiter, with quotes or not."""
    lines = lines[:_HEADER_LINES]
    for delimiter in DELIMITERS:
        reader = csv.reader(lines, delimiter=delimiter)
        quoted = ((True, cells, reader.line_num) for cells in reader)
        bare = ((False, literal(line, delimiter), number) for number, line in enumerate(lines, 1))
        for rows in (quoted, bare):
            for row, (as_quoted, cells, end) in enumerate(islice(rows, HEADER_ROWS), 1):
                if row > 1 and are_attributes(cells):
                    yield Names(row, end, find_columns(cells, settings), delimiter, as_quoted)


FORMAT = FeedFormat("template", (".txt", ".tsv", ".csv"), _recognise, _reader)
