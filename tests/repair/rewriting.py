"""Short ways to write corrected feeds in tests."""

import asyncio
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from feeds.reading import DEFAULT, rows_of

from auditor.feeds import open_feeds
from auditor.model import BadRow, ImageRef
from auditor.repair.feeds.change import Change, Difference, Left, Told
from auditor.repair.feeds.output import Output
from auditor.repair.feeds.rewrite import corrected
from auditor.settings import FeedSettings
from auditor.urls import redact


def refs_of(path: Path, settings: FeedSettings = DEFAULT) -> list[ImageRef]:
    """Return every image that a feed asks for."""
    return [ref for row in rows_of(path, settings=settings) if not isinstance(row, BadRow) for ref in row]


def change_of(ref: ImageRef, new: str) -> Change:
    """Return the change of an image's link, as one knows it from the audit."""
    return Change(ref.row, ref.slot, ref.marketplace, redact(ref.url), new)


def rewrite(
    feed: Path, changes: Iterable[Change], output: Output | None, settings: FeedSettings = DEFAULT
) -> list[Told]:
    """Write a feed anew, and return what was told."""
    told: list[Told] = []

    async def write() -> None:
        (opened,) = await open_feeds([str(feed)], settings)
        counts = await corrected(opened, settings, changes, told.append, output)
        assert counts.changed == sum(isinstance(one, Difference) for one in told)
        assert counts.left == sum(isinstance(one, Left) for one in told)

    asyncio.run(write())
    return told


def only_differences(told: Sequence[Told]) -> list[Difference]:
    """Return what was told, of which nothing was left and nothing else said."""
    assert not [one for one in told if not isinstance(one, Difference)]
    return [one for one in told if isinstance(one, Difference)]


def replaced(before: bytes, after: bytes, news: Sequence[bytes]) -> list[bytes]:
    """Return what stood in a feed where links stand now, each of `news` once; all else has to be the same bytes."""
    places = sorted(news, key=after.index)
    pattern, at = b"", 0
    for new in places:
        place = after.index(new, at)
        pattern += re.escape(after[at:place]) + b"(.*?)"
        at = place + len(new)
    found = re.fullmatch(pattern + re.escape(after[at:]), before, re.DOTALL)
    assert found
    return list(found.groups())
