"""The languages beside each other: the same things said, and each in its own words."""

import re
import unicodedata
from collections.abc import Iterator

import pytest

from auditor import texts
from auditor.checks import CODES
from auditor.model import Finding
from auditor.texts import Text

OTHERS = [name for name in texts.names() if name != "en"]
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
# Names, formats, units and words of the trade that a Vietnamese seller meets in these very letters.
NAMES = frozenset(
    re.findall(
        r"\w+",
        """amazon america apple ascii asin atom auditor avif bash bit bot byte c center cmyk content csv ctrl d dns
        doctype dropbox excel false feff fish flickr gib gif google gzip h heic hosts hotlink http https icc icloud
        imgbb imgur install internet ip isocoated items jpeg jpg json libreoffice linux m macos mainimage mb megabyte
        merchant mib microsoft n nul numbers onedrive parquet pdf pip pixel postimages prometheus proxy repair rgb
        rss s sharepoint shell shopify sku snappy srgb swch tab tif tiff tls tmpdir toml true type url utc utf video
        warn web webp wetransfer www txt xlsx xml xn z zip zsh zstd""",
    )
)
# The commonest English words, but for those that are Vietnamese ones too (an, be, can, he, in, no, on, to).
FUNCTION_WORDS = frozenset(
    re.findall(
        r"\w+",
        """and are but by for from has have if is it its not of or than that the their them then there they this was
        what when which who will with you your""",
    )
)
# What a Vietnamese syllable without any mark can look like: before c, ch, p and t there is always a tone mark.
UNMARKED = re.compile(
    r"(?:[bcdghklmnpqrstvx]|ch|gh|gi|kh|ngh?|nh|ph|qu|th|tr)?"
    r"(?:[aeiouy]|a[iouy]|eo|i[au]|o[aei]|oa[iy]|u[aiy]|uya)(?:m|n|ng|nh)?"
)


def sentences(language: str) -> Iterator[tuple[str, str]]:
    """Give everything that a language says, each under its place in the file."""
    catalogue = texts.load(language)
    yield from ((f"summary.{name}", phrase) for name, phrase in catalogue.summary.items())
    yield from ((f"placeholders.{name}", said) for name, said in catalogue.placeholders.items())
    for table, words in catalogue.words.items():
        yield from ((f"words.{table}.{slug}", word) for slug, word in words.items())
    for code, entry in catalogue.codes.items():
        for part, said in entry.items():
            if isinstance(said, str):
                yield f"codes.{code}.{part}", said
            else:
                yield from ((f"codes.{code}.{part}.{name}", text) for name, text in said.items())
    for channel, own in catalogue.channels.items():
        yield from ((f"channels.{channel}.summary.{name}", phrase) for name, phrase in own["summary"].items())
        for code, entry in own["codes"].items():
            yield from ((f"channels.{channel}.codes.{code}.{part}", said) for part, said in entry.items())


def spoken(language: str) -> Iterator[tuple[str, str]]:
    """Give everything above, and the sentences that other languages have under their English."""
    yield from sentences(language)
    yield from ((f"messages.{english}", said) for english, said in texts.load(language).messages.items())


def own_words(text: str) -> list[str]:
    """List a text's words, but for placeholders, addresses, file names, settings in capitals, commands and flags."""
    bare = re.sub(
        r"\{[^{}]*\}|\w+://\S*|(?:\w+\.)+example[.\w:]*|[\w-]+(?:/[\w-]+)*\.(?:[ct]sv|toml|txt|jsonl)|-----[A-Z ]+-----"
        r"|--include warn|--[\w-]+|\w+_\w+|\bUser-Agent\b|\bX-Audit\b|\bMAIN,PT01\b"
        r"|\bSeller Central US\b|\bImages và Data Definitions\b|\bG9\w+",
        " ",
        text,
    )
    bare = re.sub(
        r"\bdata:|ulimit -n|amazon-current"
        r"|auditor (?:explain|policies|check|inspect|submitted|pending|case|guide|reconcile|repair)"
        r"|summary.json|pip install|aiohttp|aiodns"
        r"|`inspect`|brand|\blean\b",
        " ",
        bare,
    )
    bare = re.sub(r"\bGoogle (?:Drive|Photos)\b|\bBox\b|\b(?:raw|dl)=1\b|\buc\?export=view\b", " ", bare)
    return re.findall(r"[^\W\d_]+", bare.lower())


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_keys(language: str) -> None:
    """A translation has the summary, words, codes, cases and parts of the English, and no others."""
    assert dict(sentences(language)).keys() == dict(sentences("en")).keys()


@pytest.mark.parametrize("language", OTHERS)
def test_languages_have_the_same_placeholders(language: str) -> None:
    """Each sentence shows the values of its English counterpart, in the same format, and no others."""
    english, other = dict(sentences("en")), dict(sentences(language))
    for key, text in english.items():
        assert set(PLACEHOLDER.findall(other[key])) == set(PLACEHOLDER.findall(text)), key


@pytest.mark.parametrize("language", texts.names())
def test_every_case_of_every_code_can_be_filled_in(language: str) -> None:
    """No brace is left where the values are given, whichever case is asked for."""
    for code, entry in texts.load(language).codes.items():
        for case in ("", *(name for name, said in entry.items() if not isinstance(said, str))):
            said = [text for key, text in sentences(language) if key.startswith(f"codes.{code}.")]
            values: dict[str, str | int] = {name: 1 for text in said for name in re.findall(r"\{(\w+)", text)}
            for sentence in texts.load(language).of(Finding(code, {**values, "case": case})):
                assert sentence, (code, case)
                assert not re.search(r"[{}]", sentence), (code, case)


@pytest.mark.parametrize("language", texts.names())
def test_every_phrase_can_be_filled_in(language: str) -> None:
    """What the program itself says has no brace left either."""
    for name, phrase in texts.load(language).summary.items():
        values = dict.fromkeys(re.findall(r"\{(\w+)", phrase), 1000)
        assert not re.search(r"[{}]", texts.load(language).phrase(name, **values)), name


@pytest.mark.parametrize("language", texts.names())
def test_the_demos_table_stands_under_its_headings(language: str) -> None:
    """Both counts are seven places wide and right-aligned, whatever their headings are called."""
    heading = texts.load(language).phrase("demo-table")
    assert [heading[place].isspace() for place in (8, 9, 16, 17, 18, 19)] == [False, True, False, True, True, False]


@pytest.mark.parametrize("language", texts.names())
def test_every_code_has_a_short_meaning(language: str) -> None:
    """The summary lists codes by a few words, which start small and have no full stop."""
    for code in CODES:
        meaning = texts.load(language).meaning(code)
        assert 0 < len(meaning) < 50
        assert not meaning.endswith(".")


@pytest.mark.parametrize("language", texts.names())
def test_texts_are_composed_and_without_stray_blanks(language: str) -> None:
    """A letter with its marks is one character, so that columns line up, and no sentence has blanks around it."""
    for key, text in spoken(language):
        assert unicodedata.is_normalized("NFC", text), key
        assert key == "summary.demo-table" or "  " not in text, key
        part = key.startswith(("messages. ", "summary.demo-table"))  # it follows on another sentence's heels
        assert part or text == text.strip(), key


@pytest.mark.parametrize("language", OTHERS)
def test_no_text_is_left_as_it_is_in_english(language: str) -> None:
    """A sentence that equals its English counterpart was forgotten."""
    english = dict(sentences("en")) | {f"messages.{said}": said for said in texts.load(language).messages}
    assert [key for key, text in spoken(language) if text == english[key]] == []


def test_no_english_word_is_left_in_vietnamese() -> None:
    """Every word bears a Vietnamese mark, could be a Vietnamese syllable, or is a name that has no other form."""
    for key, text in spoken("vi"):
        for word in own_words(text):
            assert not word.isascii() or word in NAMES or UNMARKED.fullmatch(word), (key, word)
            assert word not in FUNCTION_WORDS, (key, word)


@pytest.mark.parametrize("word", ["the", "is", "of", "and", "with", "your", "host", "feed", "image", "server", "that"])
def test_english_words_would_be_noticed(word: str) -> None:
    """The test above sees what it is for."""
    assert word in FUNCTION_WORDS or not UNMARKED.fullmatch(word)
    assert own_words(f"URL {word} {{host}} --flag https://the.example/of") == ["url", word]


def told(code: str, **values: str | int) -> Text:
    """Word one finding in Vietnamese."""
    return texts.load("vi").of(Finding(code, values))


def test_vietnamese_speaks_as_seller_central_does() -> None:
    """The words of Amazon's own page stand where a seller looks for them."""
    redirect = told("redirect", status=301, target="https://cdn.example/b.jpg")
    assert "chuyển hướng" in redirect.symptom
    assert "URL trực tiếp" in redirect.solution
    assert redirect.solution.endswith(": https://cdn.example/b.jpg")
    assert "dữ liệu hàng lưu kho" in redirect.solution
    assert "cửa sổ bật lên" in told("html-page", case="opening", title="", target="https://cdn.example/").reason
    assert "hình ảnh sản phẩm" in told("access-denied", status=403, host="shop.example").solution


def test_vietnamese_shows_slugs_by_their_words() -> None:
    """What a check names by a slug is read in Vietnamese; what isn't a slug is shown as it is."""
    assert "dấu cách" in told("url-unsafe-characters", character="space").symptom
    assert "“ö”" not in told("url-unsafe-characters", character="ö").symptom
    assert "ö" in told("url-unsafe-characters", character="ö").symptom
    assert "10,1 MB" in told("file-too-large", size=10_000_001, limit=10_000_000).symptom


def test_vietnamese_promises_no_display_either() -> None:
    """Amazon chooses what it shows, and publishes nothing about how it fetches."""
    for key, text in sentences("vi"):
        if key.startswith("codes."):
            assert not re.search(r"sẽ (?:xuất hiện|(?:được )?hiển thị)|chắc chắn", text.lower()), key
    assert "chưa chắc" in texts.load("vi").phrase("no-promise")


def test_vietnamese_writes_numbers_its_own_way() -> None:
    """A point between thousands, a comma before tenths; a row's number, a status or a year has neither."""
    words = texts.load("vi")
    assert words.phrase("headline", failing=1234, read=1234567).startswith("1.234 trong số 1.234.567 dòng")
    assert (words.number(1234.5, ",.1f"), texts.load("en").number(1234.5, ",.1f")) == ("1.234,5", "1,234.5")
    assert "3000 × 2000 pixel" in told("image-too-small", width=3000, height=2000, minimum=1).symptom


def test_a_row_is_never_mistaken_for_goods() -> None:
    """“Hàng” is goods, and a “dòng sản phẩm” is a product line: a row of the feed is a “dòng dữ liệu sản phẩm”."""
    for key, text in spoken("vi"):
        assert not re.search(r"dòng sản phẩm|hàng(?! lưu kho)", re.sub("cửa hàng|mã lô hàng", "", text.lower())), key
