"""Formats are found, not listed."""

import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from pathlib import Path

import pytest
from feeds.reading import opened, rows_of

from auditor.errors import Sentence
from auditor.feeds import formats
from auditor.feeds.formats import FeedFormat
from auditor.feeds.source import Source
from auditor.model import ProductRow
from auditor.settings import FeedSettings

MODULE = """
from feeds.test_formats import declared
FORMAT = declared()
"""


class Greeting:
    """A reader that finds one empty row in anything."""

    recognised: Sequence[Sentence] = (Sentence("a greeting"),)
    slots = frozenset({"MAIN"})

    def __init__(self, _source: Source, _settings: FeedSettings) -> None:
        pass

    async def read(self) -> AsyncGenerator[list[ProductRow], None]:
        """Yield the one row."""
        yield [()]


def declared() -> FeedFormat:
    """Return a format that takes files which greet."""
    return FeedFormat("greeting", (".hi",), lambda head: 0.9 if head.startswith(b"hello") else None, greet)


@pytest.fixture
def dropped_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder with one more format, as if its file stood beside the others."""
    (tmp_path / "greeting.py").write_text(MODULE)
    monkeypatch.setattr(formats, "__path__", [*formats.__path__, str(tmp_path)])
    formats.every_format.cache_clear()
    yield
    formats.every_format.cache_clear()
    sys.modules.pop("auditor.feeds.formats.greeting", None)


@pytest.mark.usefixtures("dropped_in")
def test_a_new_file_is_a_new_format(tmp_path: Path) -> None:
    """A module dropped into the folder is found without editing another, and goes by content, not by suffix."""
    greeting, table = tmp_path / "a.csv", tmp_path / "b.hi"
    greeting.write_text("hello,url\n1,u\n")
    table.write_text("sku,url\n1,u\n")
    first, second = opened(greeting, table)
    assert first.recognised == "a greeting"
    assert second.recognised.startswith("comma-separated text")
    assert rows_of(greeting) == [()]


async def greet(source: Source, settings: FeedSettings) -> Greeting:
    """Read a greeting."""
    return Greeting(source, settings)


async def another(source: Source, settings: FeedSettings) -> Greeting:
    """Read another."""
    return Other(source, settings)


class Other(Greeting):
    """The same under another name."""

    recognised: Sequence[Sentence] = (Sentence("another"),)


def test_the_suffix_breaks_a_tie(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where two formats are equally sure, the suffix decides."""
    tie = (
        FeedFormat("one", (".one",), lambda _: 0.5, greet),
        FeedFormat("two", (".two",), lambda _: 0.5, another),
    )
    monkeypatch.setattr(formats, "every_format", lambda: tie)
    for suffix, said in ((".one", "a greeting"), (".two.gz", "another")):
        path = tmp_path / f"feed{suffix}"
        path.write_text("x")
        assert opened(path)[0].recognised == said
