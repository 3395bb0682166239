"""A corrected workbook: the cells of one sheet are patched, and every other part stays as it is packed."""

import io
import zipfile
from pathlib import Path
from typing import Any, BinaryIO

import openpyxl
import pytest
from feeds.books import Linked, Number, Raw, Style, write_book
from feeds.reading import opened
from openpyxl.comments import Comment
from openpyxl.styles import Font
from python_calamine import CalamineWorkbook
from repair.rewriting import change_of, only_differences, refs_of, rewrite

from auditor.errors import AuditorError
from auditor.model import ImageRef
from auditor.repair.feeds.change import Difference, Left
from auditor.repair.feeds.output import Output

SAMPLE = Path(__file__).parents[2] / "data" / "workbook.xlsm"
NEW = "https://cdn.example.net/fixed/{}.jpg?a=1&b=2"
HEADER = ("sku", "image_url", "additional_image_link", "note")


def packed(path: Path) -> dict[str, bytes]:
    """Return every part as it stands in the archive, with its own header."""
    stored = path.read_bytes()
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        places = [(info.header_offset, info.filename) for info in archive.infolist()]
        ends = [place for place, _ in places[1:]] + [archive.start_dir]
    return {name: stored[place:end] for (place, name), end in zip(places, ends, strict=True)}


def listed(path: Path) -> list[tuple[object, ...]]:
    """Return what the directory says of every part but where it stands."""
    with zipfile.ZipFile(path) as archive:
        return [
            (info.filename, info.date_time, info.external_attr, info.extra, info.comment, info.create_system)
            for info in archive.infolist()
        ]


def table(path: Path, style: Style) -> Path:
    """Write a workbook with a table of images in its second sheet."""
    rows = [
        HEADER,
        ("A", "http://h.example/a.png", "http://h.example/a1.png, http://h.example/a2.png", "http://h.example/a.png"),
        ("B", Linked("picture", "http://h.example/b.png"), None, Number("5.056243017393E12")),
        (),
        ("C", "http://h.example/a.png", "_x0041_ http://h.example/a2.png", "&<>"),
    ]
    write_book(path, {"Notes": [("nothing",)], "Products": rows}, style)
    return path


class Pipe(io.RawIOBase):
    """A file that can't go back."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file

    def writable(self) -> bool:
        """It is."""
        return True

    def write(self, block: Any, /) -> int:
        """Write."""
        return self._file.write(block)

    def close(self) -> None:
        """Close the file."""
        self._file.close()
        super().close()


def urls(refs: list[ImageRef]) -> list[tuple[int, str, str]]:
    """Return row, slot and link of images."""
    return [(ref.row, ref.slot, ref.url) for ref in refs]


@pytest.mark.parametrize(
    "style",
    [Style(), Style(shared=False), Style(strict=True), Style(prefix="x"), Style(places=False, shared=False)],
    ids=["shared", "inline", "strict", "prefixed", "placeless"],
)
def test_only_the_sheet_changes_and_it_in_its_cells(tmp_path: Path, style: Style) -> None:
    """All other parts are the same bytes as they are packed, and other cells with the same text keep it."""
    book, out = table(tmp_path / "book.xlsx", style), tmp_path / "out.xlsx"
    refs = refs_of(book)
    news = {(2, "MAIN"): NEW.format(1), (2, "PT02"): NEW.format(2), (3, "MAIN"): NEW.format(3)}
    changes = [change_of(ref, news[ref.row, ref.slot]) for ref in refs if (ref.row, ref.slot) in news]
    told = only_differences(rewrite(book, changes, Output(out)))
    assert [one.column for one in told] == ["B2", "C2", "B3"]
    assert urls(refs_of(out)) == [(row, slot, news.get((row, slot), url)) for row, slot, url in urls(refs)]
    before, after = packed(book), packed(out)
    assert list(before) == list(after)
    assert [name for name in before if before[name] != after[name]] == ["xl/worksheets/sheet2.xml"]
    assert listed(book) == listed(out)


def test_other_readers_see_the_new_links(tmp_path: Path) -> None:
    """Both openpyxl and calamine read them, and every other cell as before."""
    book, out = table(tmp_path / "book.xlsx", Style()), tmp_path / "out.xlsx"
    changes = [change_of(ref, NEW.format(ref.slot)) for ref in refs_of(book) if ref.row == 2]
    rewrite(book, changes, Output(out))
    wanted = [
        ["A", NEW.format("MAIN"), f"{NEW.format('PT01')}, {NEW.format('PT02')}", "http://h.example/a.png"],
        ["C", "http://h.example/a.png"],
    ]
    sheet = openpyxl.load_workbook(out)["Products"]
    assert [[cell.value for cell in sheet[2]], [cell.value for cell in sheet[5]][:2]] == wanted
    rows = CalamineWorkbook.from_path(str(out)).get_sheet_by_name("Products").to_python()
    assert [rows[1], rows[4][:2]] == wanted


def test_styles_stay_with_their_cells(tmp_path: Path) -> None:
    """A workbook of openpyxl's, with fonts, widths and a comment, keeps them all."""
    book, out = tmp_path / "book.xlsx", tmp_path / "out.xlsx"
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    for row in (("sku", "image_url"), ("A", "http://h.example/a.png"), ("B", "http://h.example/b.png")):
        sheet.append(row)
    sheet["B2"].font = Font(bold=True, color="FF0000")
    sheet["B3"].comment = Comment("which one?", "me")
    sheet.column_dimensions["B"].width = 60
    made.save(book)
    rewrite(book, [change_of(ref, NEW.format(ref.sku)) for ref in refs_of(book)], Output(out))
    corrected = openpyxl.load_workbook(out).active
    assert corrected is not None
    assert [corrected["B2"].value, corrected["B3"].value] == [NEW.format("A"), NEW.format("B")]
    assert corrected["B2"].font.bold
    assert corrected["B3"].comment.text == "which one?"
    assert corrected.column_dimensions["B"].width == 60


def test_what_is_behind_a_cell_is_told(tmp_path: Path) -> None:
    """A hyperlink goes on leading to the old address, and a formula is left as it is."""
    out = tmp_path / SAMPLE.name
    told = rewrite(SAMPLE, [change_of(ref, NEW.format(0)) for ref in refs_of(SAMPLE) if ref.url], Output(out))
    assert [(one.column, str(one.note)) for one in told if isinstance(one, Difference) and one.note] == [
        ("F8", "the hyperlink behind the cell still leads to the old address"),
        ("G41", "the hyperlink behind the cell still leads to the old address"),
    ]
    assert [(one.change.row, str(one.why)) for one in told if isinstance(one, Left)] == [
        (9, "its cell holds a formula; write the address itself into it, then repair again")
    ]
    assert sum(ref.url == NEW.format(0) for ref in refs_of(out)) == 4


def test_sizes_behind_the_parts(tmp_path: Path) -> None:
    """An archive that was written as a stream is copied as well."""
    plain, book, out = table(tmp_path / "plain.xlsx", Style()), tmp_path / "book.xlsx", tmp_path / "out.xlsx"
    stream = io.BufferedWriter(Pipe(book.open("wb")))
    with zipfile.ZipFile(plain) as archive, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as streamed:
        for name in archive.namelist():
            streamed.writestr(name, archive.read(name))
    stream.close()
    rewrite(book, [change_of(refs_of(book)[0], NEW.format(0))], Output(out))
    assert refs_of(out)[0].url == NEW.format(0)
    before, after = packed(book), packed(out)
    (changed,) = [name for name in before if before[name] != after[name]]
    with zipfile.ZipFile(out) as archive:
        flags = {info.filename: info.flag_bits & 8 for info in archive.infolist()}
    assert {name for name, follow in flags.items() if not follow} == {changed} == {"xl/worksheets/sheet2.xml"}
    assert int.from_bytes(before[changed][6:8], "little") & 8 > int.from_bytes(after[changed][6:8], "little") & 8


def test_rows_of_a_workbook_cannot_be_left_out(tmp_path: Path) -> None:
    """It says so, and what to add."""
    with pytest.raises(AuditorError, match=r"rows can't be left out; add --as-text"):
        rewrite(SAMPLE, [], Output(tmp_path / "out.xlsm", only_changed=True))


@pytest.mark.parametrize(("name", "as_text"), [("out.csv", False), ("out.TXT.gz", False), ("out.xlsx", True)])
def test_no_text_is_called_a_workbook_nor_a_workbook_text(tmp_path: Path, name: str, *, as_text: bool) -> None:
    """No program would open what has the other's name, so it says what to add, or how to call it."""
    with pytest.raises(AuditorError, match="would be no workbook" if as_text else "add --as-text"):
        rewrite(SAMPLE, [], Output(tmp_path / name, as_text=as_text))
    assert list(tmp_path.iterdir()) == []


def test_a_workbook_as_text(tmp_path: Path) -> None:
    """The sheet with products becomes a template as text, row for row, with its changes made."""
    out = tmp_path / "out.txt"
    refs = refs_of(SAMPLE)
    told = rewrite(SAMPLE, [change_of(refs[2], NEW.format(0))], Output(out, as_text=True))
    assert [one.row for one in only_differences(told)] == [9]
    news = {2: NEW.format(0)}
    assert [one._replace(feed="") for one in refs_of(out)] == [
        ref._replace(feed="", url=news.get(at, ref.url)) for at, ref in enumerate(refs)
    ]
    assert "unified template, attribute row 5, data from row 7" in opened(out)[0].recognised


def test_changed_rows_of_a_workbook_as_text(tmp_path: Path) -> None:
    """What stands above the products comes along, blank rows too; of the products only those that changed."""
    out = tmp_path / "out.txt"
    refs = refs_of(SAMPLE)
    rewrite(SAMPLE, [change_of(refs[-1], NEW.format(0))], Output(out, as_text=True, only_changed=True))
    assert urls(refs_of(out)) == [(7, refs[-1].slot, NEW.format(0))] or [
        ref.url for ref in refs_of(out) if ref.url
    ] == [NEW.format(0)]


def test_text_shows_what_a_sheet_shows(tmp_path: Path) -> None:
    """Dates, times, switches, and numbers with the zeros before them; tabs, quotes and line ends are quoted."""
    book, out = tmp_path / "book.xlsx", tmp_path / "out.txt"
    made = openpyxl.Workbook()
    sheet = made.active
    assert sheet is not None
    sheet.append(("sku", "image_url", "when", "at", "time", "new", "count", "price", "code", "weight", "note"))
    shown = (45_000, 45_000.5, 0.5000000001, True, 5056243017393, 19.989999999999998, 12345678905, 12.5)
    sheet.append(("A", "http://h.example/a.png", *shown, 'a "b"\tc\nd'))
    sheet["C2"].number_format = "dd/mm/yyyy"
    sheet["D2"].number_format = 'yyyy"y" hh:mm'
    sheet["E2"].number_format = "h:mm"
    sheet["I2"].number_format = sheet["J2"].number_format = "0000000000000"
    made.save(book)
    assert rewrite(book, [], Output(out, as_text=True)) == []
    assert out.read_bytes().decode().split("\r\n")[1].split("\t", 2)[2] == (
        '2023-03-15\t2023-03-15 12:00:00\t12:00:00\tTRUE\t5056243017393\t19.99\t0012345678905\t12.5\t"a ""b""\tc\nd"'
    )


def test_formulas_that_nobody_has_reckoned(tmp_path: Path) -> None:
    """Their cells are empty in a text, which is told once; what came out empty, or is a link, isn't one of them."""
    book, out = tmp_path / "book.xlsx", tmp_path / "out.txt"
    formulas = (
        Raw("<f>1+1</f>", "n"),
        Raw("<f>1+1</f><v></v>", "n"),
        Raw('<f t="shared" si="0"/>', "str"),
        Raw("<f>A1</f><v></v>"),
        Raw('<f>HYPERLINK("http://h.example/c.png")</f>', "n"),
        Raw("<f>1+1</f><v>2</v>", "n"),
    )
    rows = [("sku", "image_url"), ("A", "http://h.example/a.png", *formulas), ("B", "u", formulas[0])]
    write_book(book, {"S": rows})
    (told,) = rewrite(book, [], Output(out, as_text=True))
    assert "their cells are empty in the text: 4 in all, the first in row 2" in str(told)
    assert out.read_text().splitlines()[1].split("\t")[2:] == ["", "", "", "", "http://h.example/c.png", "2"]
    assert rewrite(book, [], Output(out, as_text=True, only_changed=True)) == []


def test_a_text_that_would_be_read_otherwise_is_not_written(tmp_path: Path) -> None:
    """What stands above the columns in a sheet may mean something in a text: nothing is published then."""
    book, out = tmp_path / "book.xlsx", tmp_path / "out.txt"
    write_book(book, {"S": [("sep=,",), HEADER[:2], ("A", "http://h.example/a.png")]})
    with pytest.raises(AuditorError, match=r"out\.txt isn't written, for it couldn't be read again"):
        rewrite(book, [], Output(out, as_text=True))
    assert [path.name for path in tmp_path.iterdir()] == ["book.xlsx"]


def test_ids_may_be_shown_otherwise_in_a_text(tmp_path: Path) -> None:
    """A date or a switch in the place of an SKU, and lines in a cell, don't keep a text from being written."""
    book, out = tmp_path / "book.xlsx", tmp_path / "out.txt"
    switch = Raw("<v>1</v>", "b")
    rows = [
        (*HEADER[:2], "note"),
        (switch, "http://h.example/a.png", "x\ny"),
        ("B", "http://h.example/b.png"),
        ("C", switch),
    ]
    write_book(book, {"S": rows})
    changes = [change_of(ref, NEW.format(ref.row)) for ref in refs_of(book) if "://" in ref.url]
    only_differences(rewrite(book, changes, Output(out, as_text=True)))
    assert urls(refs_of(out)) == [(2, "MAIN", NEW.format(2)), (4, "MAIN", NEW.format(3)), (5, "MAIN", "TRUE")]
    assert refs_of(out)[0].sku == "TRUE"


def test_a_cell_of_markup(tmp_path: Path) -> None:
    """Texts with several fonts, and a cell that only has a style, are left or replaced and never broken."""
    book, out = tmp_path / "book.xlsx", tmp_path / "out.xlsx"
    rich = Raw("<is><r><t>http://h.example/</t></r><r><t>a.png</t></r></is>", "inlineStr")
    write_book(book, {"S": [HEADER[:2], ("A", rich), ("B", None), ("C", Raw("<v>http://h.example/c.png</v>"))]})
    refs = refs_of(book)
    told = rewrite(book, [change_of(ref, NEW.format(ref.sku)) for ref in refs if ref.url], Output(out))
    assert len(only_differences(told)) == 2
    assert [ref.url for ref in refs_of(out)] == [NEW.format("A"), "", NEW.format("C")]
