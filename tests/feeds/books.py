"""Workbooks made by hand, so that tests can give them every shape that Excel, others and attackers do."""

import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape, quoteattr

MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
STRICT_MAIN = "http://purl.oclc.org/ooxml/spreadsheetml/main"
STRICT_REL = "http://purl.oclc.org/ooxml/officeDocument/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


class Number(NamedTuple):
    """A number as the file has it."""

    text: str


class Linked(NamedTuple):
    """A text with a link behind it."""

    text: str
    target: str


class Raw(NamedTuple):
    """What stands within a cell's tags, and the cell's type."""

    xml: str
    kind: str = "str"


Rows = Sequence[Sequence[object]]  # of texts, the above, and None for a cell that only has a style


class Style(NamedTuple):
    """How a workbook is written."""

    shared: bool = True
    strict: bool = False
    prefix: str = ""
    places: bool = True  # whether cells say where they stand
    hidden: frozenset[str] = frozenset()


PLAIN = Style()


class Book:
    """A workbook under construction."""

    def __init__(self, style: Style = PLAIN) -> None:
        self._style = style
        self._strings: list[str] = []
        self._links: list[tuple[str, str]] = []

    def write(self, path: Path, sheets: Mapping[str, Rows]) -> None:
        """Write a workbook."""
        main, rel = (STRICT_MAIN, STRICT_REL) if self._style.strict else (MAIN, REL)
        listed = related = ""
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", content_types(len(sheets)))
            archive.writestr("_rels/.rels", self._relations([("rId1", f"{rel}/officeDocument", "xl/workbook.xml", "")]))
            relations = [("rStrings", f"{rel}/sharedStrings", "sharedStrings.xml", "")]
            for number, (name, rows) in enumerate(sheets.items(), 1):
                self._links = []
                archive.writestr(f"xl/worksheets/sheet{number}.xml", self._sheet(rows, main, rel))
                if self._links:
                    links = [
                        (f"l{n}", f"{rel}/hyperlink", target, ' TargetMode="External"')
                        for n, (_, target) in enumerate(self._links)
                    ]
                    archive.writestr(f"xl/worksheets/_rels/sheet{number}.xml.rels", self._relations(links))
                state = ' state="hidden"' if name in self._style.hidden else ""
                listed += f'<sheet name={quoteattr(name)} sheetId="{number}"{state} r:id="s{number}"/>'
                relations.append((f"s{number}", f"{rel}/worksheet", f"/xl/worksheets/sheet{number}.xml", ""))
            related = self._relations(relations)
            archive.writestr(
                "xl/workbook.xml", f'<workbook xmlns="{main}" xmlns:r="{rel}"><sheets>{listed}</sheets></workbook>'
            )
            archive.writestr("xl/_rels/workbook.xml.rels", related)
            strings = "".join(f"<si><t xml:space='preserve'>{escape(text)}</t></si>" for text in self._strings)
            archive.writestr("xl/sharedStrings.xml", f'<sst xmlns="{main}">{strings}</sst>')

    def _relations(self, relations: Sequence[tuple[str, str, str, str]]) -> str:
        inner = "".join(
            f'<Relationship Id="{key}" Type="{kind}" Target={quoteattr(target)}{mode}/>'
            for key, kind, target, mode in relations
        )
        return f'<Relationships xmlns="{PACKAGE}">{inner}</Relationships>'

    def _sheet(self, rows: Rows, main: str, rel: str) -> str:
        p = f"{self._style.prefix}:" if self._style.prefix else ""
        declared = f'xmlns:{p[:-1]}="{main}"' if p else f'xmlns="{main}"'
        body = "".join(self._row(number, cells, p) for number, cells in enumerate(rows, 1) if cells)
        links = "".join(f'<{p}hyperlink ref="{place}" r:id="l{n}"/>' for n, (place, _) in enumerate(self._links))
        tail = f"<{p}hyperlinks>{links}</{p}hyperlinks>" if links else ""
        return f'<{p}worksheet {declared} xmlns:r="{rel}"><{p}sheetData>{body}</{p}sheetData>{tail}</{p}worksheet>'

    def _row(self, number: int, cells: Sequence[object], p: str) -> str:
        inner = "".join(self._cell(f"{letters(column)}{number}", cell, p) for column, cell in enumerate(cells))
        return f'<{p}row r="{number}">{inner}</{p}row>' if self._style.places else f"<{p}row>{inner}</{p}row>"

    def _cell(self, place: str, cell: object, p: str) -> str:
        at = f' r="{place}"' if self._style.places else ""
        if cell is None:
            return f'<{p}c{at} s="0"/>'
        if isinstance(cell, Number):
            return f"<{p}c{at}><{p}v>{cell.text}</{p}v></{p}c>"
        if isinstance(cell, Raw):
            return f'<{p}c{at} t="{cell.kind}">{cell.xml}</{p}c>'
        if isinstance(cell, Linked):
            self._links.append((place, cell.target))
            cell = cell.text
        assert isinstance(cell, str)
        if self._style.shared:
            self._strings.append(cell)
            return f'<{p}c{at} t="s"><{p}v>{len(self._strings) - 1}</{p}v></{p}c>'
        return f'<{p}c{at} t="inlineStr"><{p}is><{p}t>{escape(cell)}</{p}t></{p}is></{p}c>'


def content_types(sheets: int) -> str:
    """Return the part that tells what the others are: Excel wants one."""
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    parts = [("workbook", "sheet.main"), ("sharedStrings", "sharedStrings")]
    parts += [(f"worksheets/sheet{number}", "worksheet") for number in range(1, sheets + 1)]
    listed = "".join(f'<Override PartName="/xl/{part}.xml" ContentType="{kind}.{what}+xml"/>' for part, what in parts)
    defaults = "".join(
        f'<Default Extension="{suffix}" ContentType="{what}"/>'
        for suffix, what in (
            ("rels", "application/vnd.openxmlformats-package.relationships+xml"),
            ("xml", "application/xml"),
        )
    )
    return f'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">{defaults}{listed}</Types>'


def letters(column: int) -> str:
    """Return a column's letters, from 0."""
    text, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        text = chr(65 + rest) + text
    return text


def write_book(path: Path, sheets: Mapping[str, Rows], style: Style = PLAIN) -> None:
    """Write a workbook of these sheets."""
    Book(style).write(path, sheets)
