"""What is wrong at the start is said at the start, in one sentence; what goes wrong later, where it does."""

import asyncio
import gzip
import zipfile
from pathlib import Path

import pytest
from feeds.reading import DEFAULT, batches_of, opened, rows_of, urls

from auditor.errors import FeedError
from auditor.feeds import open_feeds, read_feeds, read_opened
from auditor.settings import FeedSettings

GOOD = b"asin,sku,url\nA,S,http://h/1.jpg\n"


def sentence(*paths: Path | str, settings: FeedSettings = DEFAULT) -> str:
    """Return the one sentence with which feeds are refused."""
    with pytest.raises(FeedError) as caught:
        opened(*paths, settings=settings)
    said = str(caught.value)
    assert said.endswith((".", "?"))
    assert "\n" not in said
    return said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "is empty"),
        (b"asin,url\n", "has a header row and no products below it"),
        (b"asin,url\r\n\r\n\n", "has a header row and no products below it"),
        (b"\n\n\n", "has no header row"),
        (b"name,price\nx,1\n", "has no column of image links; looked for main_image_url"),
        (b"name,price\nx,1\n", "its columns are name, price; name yours with --url-column."),
        (b"A1,http://h/1.jpg\nA2,http://h/2.jpg\n", "has links in its first row, where the column names should be"),
        ("asin\turl\nA\tu\n".encode("utf-32"), "is UTF-32 text; open it in a spreadsheet and save it as “CSV UTF-8”."),
        ("asin\turl\nA\tu\n".encode("utf-16-le"), "is UTF-16 text without its mark"),
        (bytes(range(256)) * 10, "is a binary file, not text"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "is an image; name the feed that lists the images instead."),
        (b"\xff\xd8\xff\xe0" + bytes(100), "is an image"),
        (b"%PDF-1.7\n", "is a PDF"),
        (b"BZh91AY&SY", "unpack it first"),
        (b"<!DOCTYPE html><html>", "is a web page, not a table"),
        (
            b'\xef\xbb\xbf {"header": {}}',
            "nor objects with a product each, one a line or in an array: what it has is header;",
        ),
        (b'{\n "name": "x",\n "version": 1\n}', "what it has is name, version; save the products"),
        (b'[{"name": "x", "Bild": "u"}]', "did you mean --url-column 'Bild'?"),
        (
            b"Feed Processing Summary:\n\tNumber of records processed\t\t6\n",
            "is a processing report of Amazon's, and no feed;",
        ),
        (b"original-record-number\tsku\terror-code\terror-message\n1\tS\t15\tx\n", "is a processing report"),
        (b'{"header":{"feedId":"1"},"issues":[{"sku":"S"}]}', "is a processing report"),
        ("<?xml version='1.0'?><AmazonEnvelope><ProcessingReport>".encode("utf-16"), "is a processing report"),
        (
            b"<?xml version='1.0'?><AmazonEnvelope><Inventory>",
            "is XML, and neither a feed of product images (AmazonEnvelope",
        ),
        (b"<rss version='2.0'>", "nor one for Google Merchant (RSS or Atom"),
        (
            b'<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">',
            "is an old Excel workbook",
        ),
        (b"sku,mian_imgae_url\nS,u\n", "did you mean --url-column 'mian_imgae_url'?"),
        (
            b"TemplateType=x\tVersion=1\nSKU\tBild\nitem_sku\tmain_image_ur1\nS\tu\n",
            "did you mean --url-column 'main_image_ur1'?",
        ),
        (b"TemplateType=x\tVersion=1\nSKU\tMain Image\nS\tu\n", "is a template without a row of attribute names"),
        ('[{"sku": "S"}]'.encode("utf-16"), "has no column of image links"),
        (b"[1, 2, 3]", "is JSON, and neither a listings feed (an object with messages) nor objects"),
        (b"{", "is JSON, and neither a listings feed (an object with messages) nor objects"),
        (b"\xff\xfe" + b"\1\0\2\0" * 50, "is a binary file, not text"),
        # Without a time: these bytes name the tests, and each worker that runs some of them must find the same names.
        (gzip.compress(gzip.compress(GOOD, mtime=0), mtime=0), "is gzip data within gzip data"),
        (gzip.compress(b"", mtime=0), "is empty"),
        (gzip.compress(GOOD, mtime=0)[:8], "ends early"),
        (b"\x1f\x8b\x08" + b"\xff" * 50, "is damaged"),
        (b"x" * 4_300_000, "has no header row in its first"),
    ],
)
def test_what_is_no_feed_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    """Each file that can't be read as a feed is named, with what it is and what to do."""
    path = tmp_path / "feed.csv"
    path.write_bytes(content)
    assert sentence(path).startswith(f"{path} ")
    assert said in sentence(path)


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(1016)


@pytest.mark.parametrize(
    ("stream", "said"),
    [
        ("EncryptedPackage", "is protected by a password; open it in a spreadsheet and save it as .xlsx without a p"),
        ("Workbook", "is an old Excel workbook; open it in a spreadsheet and save it as .xlsx"),
        ("WordDocument", "is a Word document;"),
        ("Anything", "is an old Excel workbook, or one with a password; open it in a spreadsheet and save it as .xlsx"),
    ],
)
def test_old_and_protected_workbooks_are_refused(tmp_path: Path, stream: str, said: str) -> None:
    """A workbook with a password is a container, as old workbooks are: the streams in it tell them apart."""
    path = tmp_path / "feed.xlsx"
    path.write_bytes(OLE + stream.encode("utf-16-le") + bytes(1024))
    assert said in sentence(path)


@pytest.mark.parametrize("parts", [("mimetype", "content.xml"), ("Data/x.jpg", "Index/Document.iwa")])
def test_documents_of_other_spreadsheets_are_refused(tmp_path: Path, parts: tuple[str, ...]) -> None:
    """Spreadsheets of LibreOffice and Numbers are archives, too: no feed is looked for in them."""
    path = tmp_path / "feed.ods"
    with zipfile.ZipFile(path, "w") as archive:
        for part in parts:
            archive.writestr(part, "x")
    assert sentence(path).endswith("is a document of LibreOffice or Numbers; save it as .xlsx, or as “CSV UTF-8”.")


def test_temporary_files_that_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A feed that has to be copied, and can't be, is told so, with what to do."""

    def refuse() -> None:
        raise OSError(28, "No space left on device")

    path = tmp_path / "feed.xlsx.gz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("feed.csv", GOOD)
    path.write_bytes(gzip.compress(path.read_bytes()))
    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    assert "the temporary files can't be written: No space left on device; make room, name another" in sentence(path)


def test_an_archive_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    """Documents of other programs are archives too, and told to be no workbook."""
    path = tmp_path / "feed.csv"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("word/document.xml", "<document/>")
    assert "is a zip archive and no workbook that is read here" in sentence(path)
    assert "“CSV UTF-8”" in sentence(path)


def test_paths_that_cannot_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A missing file, a folder, a file without permission and a broken path are told apart."""
    assert "there is no such file" in sentence(tmp_path / "none.csv")
    assert "is a folder" in sentence(tmp_path)
    assert "can't be read: embedded null byte" in sentence("a\0b")

    async def refuse(*_: object, **__: object) -> None:
        await asyncio.sleep(0)
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("auditor.feeds.opened._open", refuse)
    assert "may not be read by this user" in sentence(tmp_path / "mine.csv")


def test_a_column_that_is_not_there(tmp_path: Path) -> None:
    """A column named by the user that the header lacks is refused, with the columns there are and the closest."""
    path = tmp_path / "feed.csv"
    path.write_bytes(b"Article,Picture Link\n1,u\n")
    said = sentence(path, settings=FeedSettings(url_columns=("picture_lnk",)))
    assert said.endswith(
        "has no column 'picture_lnk'; its columns are Article, Picture Link; did you mean 'Picture Link'?"
    )
    assert "no column 'zzz'" in sentence(path, settings=FeedSettings(asin_column="zzz"))
    many = FeedSettings(url_columns=("Article",) * 10)
    assert "at most 9 columns of image links, not 10" in sentence(path, settings=many)


def test_a_message_lists_columns_within_reason(tmp_path: Path) -> None:
    """A header of thousands of columns doesn't fill the screen, and one of too many is no header."""
    path = tmp_path / "feed.csv"
    path.write_bytes(b",".join(b"column%d" % number for number in range(1000)) + b"\n1\n")
    assert "column29 and 970 more" in sentence(path)
    assert "has 1,000 columns, more than the 500" in sentence(path, settings=FeedSettings(column_limit=500))


def test_a_message_is_one_line(tmp_path: Path) -> None:
    """Column names with line ends, escape sequences or broken bytes can't garble the message."""
    path = tmp_path / "feed.csv"
    path.write_bytes(b'"pri\nce",\x1b[31mred,caf\x81\n1,2,3\n')
    assert "its columns are price, \ufffd[31mred, caf\ufffd; name yours with --url-column." in sentence(path)


def test_a_feed_named_twice(tmp_path: Path) -> None:
    """The same file twice is refused, also under two names; so is standard input."""
    path = tmp_path / "feed.csv"
    path.write_bytes(GOOD)
    link = tmp_path / "link.csv"
    link.symlink_to(path)
    assert "is named twice" in sentence(path, path)
    assert "are the same file" in sentence(path, link)


def test_one_bad_feed_among_several(tmp_path: Path) -> None:
    """One feed without products refuses them all, before anything starts."""
    good, bad = tmp_path / "good.csv", tmp_path / "bad.csv"
    good.write_bytes(GOOD)
    bad.write_bytes(b"asin,url\n")
    assert sentence(good, bad).startswith(f"{bad} has a header row and no products")


def test_slots_that_no_feed_has(tmp_path: Path) -> None:
    """A choice of slots that leaves nothing in any feed is refused; in one of several it is not."""
    main, swatch = tmp_path / "main.csv", tmp_path / "swatch.csv"
    main.write_bytes(GOOD)
    swatch.write_bytes(b"sku,swatch_image_url\nS,s\n")
    chosen = FeedSettings(slots=("SWCH",))
    assert "No feed has a column for SWCH" in sentence(main, settings=chosen)
    assert urls(rows_of(main, swatch, settings=chosen)) == ["s"]


def test_several_feeds_in_order(tmp_path: Path) -> None:
    """Feeds are read one after the other; each row names its feed, and the share grows to one over all of them."""
    paths = [tmp_path / "1.csv", tmp_path / "2.csv.gz"]
    paths[0].write_bytes(b"sku,url\n" + b"S,u\n" * 2000)
    paths[1].write_bytes(gzip.compress(b"sku\turl\n" + b"S\tv\n" * 2000))
    batches = batches_of(paths)
    assert urls([row for batch in batches for row in batch.rows]) == ["u"] * 2000 + ["v"] * 2000
    shares = [batch.share or 0 for batch in batches]
    assert shares == sorted(shares)
    assert shares[-1] == 1
    assert max(len(batch.rows) for batch in batches) <= 500
    assert {ref.feed for row in batches[-1].rows for ref in row if isinstance(ref, tuple)} == {str(paths[1])}


@pytest.mark.parametrize("limit", [0, 1, 3, 4, 5, 100])
def test_the_limit_counts_rows_over_all_feeds(tmp_path: Path, limit: int) -> None:
    """The limit is of product rows, bad ones among them, over all feeds."""
    paths = [tmp_path / f"{name}.csv" for name in "ab"]
    for path in paths:
        path.write_bytes(b"sku,url\nS1,u\nS\0,u\nS3,u\n")
    assert len(rows_of(*paths, settings=FeedSettings(limit=limit))) == min(limit, 6)


def test_a_gzip_file_that_ends_early(tmp_path: Path) -> None:
    """The rows before the end are yielded, then the error is raised."""
    path = tmp_path / "feed.gz"
    body = b"sku,url\n" + b"".join(b"S%d,http://h/%d.jpg\n" % (number, number * 7919) for number in range(50_000))
    path.write_bytes(gzip.compress(body)[:-200])

    links: list[str] = []

    async def read() -> None:
        async for batch in read_feeds([str(path)], DEFAULT):
            links.extend(urls(batch.rows))

    with pytest.raises(FeedError, match="ends early: its gzip data stops in the middle"):
        asyncio.run(read())
    assert 49_000 < len(links) < 50_000
    assert links == [f"http://h/{number * 7919}.jpg" for number in range(len(links))]


def test_a_gzip_file_of_several_members(tmp_path: Path) -> None:
    """Members that were put one after the other are one feed, with zeros behind them or not, whatever the suffix."""
    path = tmp_path / "feed.csv"
    path.write_bytes(gzip.compress(b"sku,url\nS1,") + gzip.compress(b"u1\nS2,u2\n") + bytes(20_000))
    assert urls(rows_of(path)) == ["u1", "u2"]
    path.write_bytes(gzip.compress(GOOD) + b"more")
    with pytest.raises(FeedError, match="is damaged"):
        rows_of(path)


def test_a_feed_without_products_beyond_the_head(tmp_path: Path) -> None:
    """A header and nothing but blank lines is refused, if only at the end where they are many."""
    path = tmp_path / "feed.csv"
    path.write_bytes(b"sku,url\n" + b"\n" * 200_000)
    with pytest.raises(FeedError, match="no products below it"):
        rows_of(path, settings=FeedSettings(block=4096))


def test_a_feed_that_changes_after_the_look(tmp_path: Path) -> None:
    """A feed that was replaced between the look and the reading is not read with the columns of the old one."""
    path = tmp_path / "feed.csv"
    path.write_bytes(GOOD)

    async def read() -> None:
        feeds = await open_feeds([str(path)], DEFAULT)
        path.write_bytes(b"url,asin,sku\nhttp://h/2.jpg,A,S\n")
        async for _ in read_opened(feeds, DEFAULT):
            pass

    with pytest.raises(FeedError, match="was changed after it was looked at"):
        asyncio.run(read())


def test_a_disk_error_in_the_middle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says while reading becomes one sentence."""
    path = tmp_path / "feed.csv"
    path.write_bytes(b"sku,url\n" + b"S,u\n" * 50_000)

    async def read() -> None:
        rows = read_feeds([str(path)], FeedSettings(block=4096))
        await anext(rows)

        async def fail(*_: object) -> bytes:
            await asyncio.sleep(0)
            raise OSError(5, "Input/output error")

        monkeypatch.setattr("aiofiles.threadpool.binary.AsyncFileIO.read", fail)
        async for _ in rows:
            pass

    with pytest.raises(FeedError, match=r"can't be read: Input/output error\.$"):
        asyncio.run(read())


def test_stopping_early_leaves_nothing_open(tmp_path: Path) -> None:
    """Closing the rows closes the file; an unclosed one would be a ResourceWarning, here an error."""
    path = tmp_path / "feed.csv"
    path.write_bytes(b"sku,url\n" + b"S,u\n" * 500_000)

    async def read() -> None:
        rows = read_feeds([str(path)], FeedSettings(block=4096))
        await anext(rows)
        await rows.aclose()

    asyncio.run(read())
