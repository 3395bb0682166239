"""Whatever a text feed looks like, its corrected form differs in the changed links and in no other byte."""

import codecs
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple
from xml.sax.saxutils import escape

import pytest
from feeds.reading import rows_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from repair.rewriting import change_of, replaced, rewrite

from auditor.errors import AuditorError, FeedError
from auditor.model import BadRow, ImageRef, ProductRow
from auditor.repair.feeds.change import Change, Difference, Told
from auditor.repair.feeds.output import Output

NEW = "https://cdn.example.net/{:04d}.jpg"
CODECS = (
    ("utf-8", b"", "Größe"),
    ("utf-8", codecs.BOM_UTF8, "日é😀\u2028\x85"),
    ("utf-16-le", codecs.BOM_UTF16_LE, "日é😀\u2028ਊഊ"),
    ("utf-16-be", codecs.BOM_UTF16_BE, "日é😀ਊ"),
    ("cp1252", b"", "éèÄß€”…™"),
    ("cp932", b"", "日本表示ソ能ポー"),
)
LABELS = {"cp1252": "Grün", "cp932": "商品の名前・メイン画像のリンクです"}


class Written(NamedTuple):
    """A feed: its bytes, and the name that it goes by."""

    stored: bytes
    codec: str
    name: str


@cache  # strategies are costly to make, and each row asks for some
def links(letters: str) -> st.SearchStrategy[str]:
    """Return links as sellers write them, good and bad, and what is none."""
    path = st.text(st.sampled_from(letters + "ab-_/.,;|'&=é"[: 12 + len(letters)]), max_size=6)
    clean = st.text(st.sampled_from("ab-_/.&;=%"), min_size=1, max_size=6)
    return st.one_of(
        st.just(""),
        st.builds("http://h.example/{}".format, clean),
        st.builds("https://h.example/{}".format, path),
        st.builds("http://h.example/{} ".format, clean),
        st.builds("http://h.example/{0},  https://h.example/{0}b".format, clean),
        path,
    )


@cache
def cells(letters: str) -> st.SearchStrategy[str]:
    """Return any cell, with what is quoted and what only looks so."""
    return st.text(st.sampled_from(letters + "ab0\"'\n\t,; |\\"), max_size=6)


def quoted(cell: str, delimiter: str, always: bool) -> str:  # noqa: FBT001
    """Write a cell by the rules, with quotes where it needs them, or always."""
    if always or any(sign in cell for sign in f'{delimiter}"\r\n'):
        return '"{}"'.format(cell.replace('"', '""'))
    return cell


@st.composite
def tables(draw: st.DrawFn, *, wild: bool = False) -> Written:
    """Return a table or template in any encoding, with rows written by the rules of quotes or without any.

    No link has the delimiter or a single quote in it, unless they are `wild`. Behind a quoted line end, a line with the
    first is as wide as a row and is taken for one, as it should be where a quote is stray; what quotes a file has, is
    judged by all of it. Whether either still holds then depends on the link. Wild ones also have several line ends,
    rows cut short or with more cells than names, and NUL characters.
    """
    codec, mark, letters = draw(st.sampled_from(CODECS))
    delimiter = draw(st.sampled_from("\t,;|"))
    ends = st.sampled_from(["\n", "\r\n", "\r"])
    end = draw(ends)
    letters += "\0" * wild
    images = draw(st.sampled_from([("image_url",), ("main_image_url", "other_image_url1", "swatch_image_url")]))
    listed = ("additional_image_link",) if draw(st.booleans()) else ()
    names = ["item_sku", LABELS.get(codec, letters[:3]), *images, *listed]
    names = [names[0], *draw(st.permutations(names[1:]))]
    lines = [delimiter.join(names)]
    for number in range(draw(st.integers(1, 5))):
        row = [
            f"S{number}" if name == "item_sku" else draw(_cell_of(name, letters, "" if wild else f"{delimiter}'"))
            for name in names
        ]
        always, literal = draw(st.booleans()), draw(st.integers(0, 4)) == 0
        written = [cell if literal else quoted(cell, delimiter, always) for cell in row]
        if wild:
            written = draw(st.sampled_from([written, written[:-1], [*written, "x"]]))
        lines.append(delimiter.join(written))
    text = lines[0] + "".join((draw(ends) if wild else end) + line for line in lines[1:])
    text += draw(st.sampled_from(["", end, end + end, end + "\x1a"]))
    return Written(mark + text.encode(codec, "replace"), codec, "feed.txt")


@cache
def _cell_of(name: str, letters: str, without: str) -> st.SearchStrategy[str]:
    if "image" not in name:
        return cells(letters)
    return links("").map(lambda link: "".join("-" if sign in without else sign for sign in link))


@st.composite
def json_feeds(draw: st.DrawFn) -> Written:
    """Return JSON Lines, an array of objects or a listings feed, in any encoding and with any escapes."""
    codec, mark, letters = draw(st.sampled_from(CODECS[:4]))
    kind = draw(st.sampled_from(["lines", "array", "listings"]))
    word = st.text(st.sampled_from(letters + 'ab"\\/\n{}[],: '), max_size=6)
    rows: list[Any] = []
    for number in range(1, draw(st.integers(1, 4)) + 1):
        link = draw(links(letters))
        if kind == "listings":
            rows.append(_message(number, draw(word), [draw(links(letters)), link], patched=draw(st.booleans())))
        else:
            further: Any = draw(st.one_of(links(letters), st.lists(links(""), max_size=3)))
            row = {"sku": f"S{number}", "note": draw(word), "image_url": link, "additional_image_link": further}
            rows.append(dict(draw(st.permutations(list(row.items())))))
    indent = None if kind == "lines" else draw(st.sampled_from([None, 1]))
    ascii_only, slashes = draw(st.booleans()), draw(st.booleans())

    def dump(value: Any) -> str:
        text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
        return text.replace("/", "\\/") if slashes else text

    if kind == "lines":
        text = draw(st.sampled_from(["\n", "\r\n"])).join(f" {dump(row)} " for row in rows)
    elif kind == "array":
        text = f" {dump(rows)}\n"
    else:
        text = dump({"header": {"sellerId": "A1", "version": "2.0"}, "messages": rows})
    return Written(mark + text.encode(codec, "surrogatepass"), codec, "feed.json")


def _message(number: int, word: str, urls: Sequence[str], *, patched: bool) -> dict[str, Any]:
    attributes = {
        "item_name": [{"value": word}],
        "main_product_image_locator": [
            {"marketplace_id": place, "media_location": url} for place, url in zip("XY", urls, strict=True)
        ],
        "other_product_image_locator_1": [{"media_location": urls[0], "marketplace_id": "X"}],
    }
    message: dict[str, Any] = {"messageId": number, "sku": f"S{number}", "productType": "MUG"}
    if not patched:
        return {**message, "operationType": "UPDATE", "attributes": attributes}
    patches = [{"op": "replace", "path": f"/attributes/{name}", "value": value} for name, value in attributes.items()]
    return {**message, "operationType": "PATCH", "patches": patches}


@st.composite
def xml_feeds(draw: st.DrawFn) -> Written:
    """Return product images, or Google's items, with sections, entities, indents and comments."""
    codec, mark, letters = draw(st.sampled_from([*CODECS[:4], ("iso-8859-1", b"", "éß")]))
    google = draw(st.booleans())
    stated = draw(
        st.sampled_from(["", f'<?xml version="1.0" encoding="{codec.removesuffix("-le").removesuffix("-be")}"?>'])
    )
    stated = '<?xml version="1.0" encoding="iso-8859-1"?>' if codec == "iso-8859-1" else stated
    blank = draw(st.sampled_from(["", "\n  ", "\r\n\t"]))
    records = [draw(_record(number, blank, letters, google=google)) for number in range(1, draw(st.integers(2, 5)))]
    between = draw(st.sampled_from(["", "\n", "<!-- a > b -->"]))
    inner = between.join(records) + between
    if google:
        text = f'<rss xmlns:g="http://base.google.com/ns/1.0"><channel><title>T</title>{inner}</channel></rss>'
    else:
        text = f"<AmazonEnvelope><MessageType>ProductImage</MessageType>{inner}</AmazonEnvelope>"
    return Written(mark + (stated + text).encode(codec), codec, "feed.xml")


@st.composite
def _record(draw: st.DrawFn, number: int, blank: str, letters: str, *, google: bool) -> str:
    name = escape(draw(st.text(st.sampled_from(letters.replace("\x85", "") + "ab&<"), max_size=4)))

    def written(link: str) -> str:
        form = draw(st.sampled_from(["plain", "section", "indent", "number"]))
        if form == "section":
            return f"{blank}<![CDATA[{link}]]>"
        if form == "number":
            return escape(link).replace("h", "&#104;").replace(".", "&#x2e;")
        return f"{blank}{escape(link)}{blank}" if form == "indent" else escape(link)

    if google:
        more = "".join(
            f'{blank}<g:additional_image_link note="a > b">{written(link)}</g:additional_image_link>'
            for link in draw(st.lists(links(""), max_size=2))
        )
        main = written(draw(links("")))
        ids = f"<g:id>S{number}</g:id><g:title>{name}</g:title>"
        return f"<item>{blank}{ids}<g:image_link>{main}</g:image_link>{more}</item >"
    kind = draw(st.sampled_from(["Main", "PT1", "Swatch"]))
    link = written(draw(links("")))
    return (
        f"<Message><MessageID>{number}</MessageID>{blank}<ProductImage><SKU>{name}</SKU><ImageType>{kind}</ImageType>"
        f"<ImageLocation>{link}</ImageLocation></ProductImage></Message>"
    )


def read(path: Path) -> list[ProductRow]:
    """Return a feed's rows; none of one that isn't a feed, as a table of nonsense may turn out."""
    try:
        return rows_of(path)
    except FeedError:
        return []


def holds(feed: Written, chosen: Sequence[bool], folder: Path, *, or_refused: bool = False) -> None:
    """Change the chosen links of a feed, and hold the outcome to the promise; or see that none is written."""
    path, out = folder / feed.name, folder / f"out-{feed.name}"
    path.write_bytes(feed.stored)
    rows = read(path)
    refs = [ref for row in rows if not isinstance(row, BadRow) for ref in row]
    picked = [at for at, ref in enumerate(refs) if ref.url and chosen[at % len(chosen)]]
    if not rows:
        return
    out.unlink(missing_ok=True)
    told = written_or_why_not(path, [change_of(refs[at], NEW.format(at)) for at in picked], out)
    if isinstance(told, str):
        assert or_refused, told
        assert "would be read otherwise" in told
        assert not out.exists()
        return
    differences = [one for one in told if isinstance(one, Difference)]
    news = {one.new: one for one in differences}
    if not differences:
        assert out.read_bytes() == feed.stored
        return
    written = out.read_bytes()
    forms = [(new.encode(feed.codec), new.replace("/", "\\/").encode(feed.codec)) for new in news]
    stood = replaced(feed.stored, written, [plain if plain in written else escaped for plain, escaped in forms])
    assert len(stood) == len(differences)
    after = [_placed(row) for row in read(out)]
    wanted = {at: NEW.format(at) for at in picked if NEW.format(at) in news}
    flat = iter(range(len(refs)))
    assert after == [
        _placed(row if isinstance(row, BadRow) else tuple(_changed(ref, wanted.get(next(flat))) for ref in row))
        for row in rows
    ]


def written_or_why_not(path: Path, changes: Sequence[Change], out: Path) -> list[Told] | str:
    """Write a feed anew, and return what was told, or why it isn't written."""
    try:
        return rewrite(path, changes, Output(out))
    except AuditorError as error:
        return str(error)


def _changed(ref: ImageRef, new: str | None) -> ImageRef:
    return ref if new is None else ref._replace(url=new)


def _placed(row: ProductRow) -> object:
    return row._replace(feed="", text="") if isinstance(row, BadRow) else tuple(ref._replace(feed="") for ref in row)


CHOICES = st.lists(st.booleans(), min_size=1, max_size=5)
ONCE = settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
KINDS = {"tables": tables(), "wild": tables(wild=True), "json": json_feeds(), "xml": xml_feeds()}
LONG = settings(ONCE, max_examples=5_000)


@ONCE
@given(tables(), CHOICES)
def test_tables(tmp_path: Path, feed: Written, chosen: list[bool]) -> None:
    """Tables of any encoding, delimiter, line end and quoting."""
    holds(feed, chosen, tmp_path)


@ONCE
@given(tables(wild=True), CHOICES)
def test_wild_tables(tmp_path: Path, feed: Written, chosen: list[bool]) -> None:
    """The same with delimiters and single quotes in links: corrected as promised, or not at all."""
    holds(feed, chosen, tmp_path, or_refused=True)


@ONCE
@given(json_feeds(), CHOICES)
def test_json(tmp_path: Path, feed: Written, chosen: list[bool]) -> None:
    """JSON of every shape, with any escapes and indents."""
    holds(feed, chosen, tmp_path)


@ONCE
@given(xml_feeds(), CHOICES)
def test_xml(tmp_path: Path, feed: Written, chosen: list[bool]) -> None:
    """XML of every shape, with sections, entities and blanks."""
    holds(feed, chosen, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("kind", KINDS)
def test_many(tmp_path: Path, kind: str) -> None:
    """The same, five thousand times each: pytest -m long tests/repair/test_rewrite_anything.py."""

    @LONG
    @given(KINDS[kind], CHOICES)
    def many(feed: Written, chosen: list[bool]) -> None:
        holds(feed, chosen, tmp_path, or_refused=kind == "wild")

    many()
