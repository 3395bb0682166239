"""What is told of the feeds of a run beside their rows: to the user before and after it, and in summary.json."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

from auditor.feeds.opening import Feeds
from auditor.texts import Texts

_TOLD = 10  # files left out that are named one by one
_LISTED = 100  # of them in summary.json


def told(feeds: Feeds, words: Texts) -> Iterator[str]:
    """Yield what the user should know before a run, a sentence each: what was left out, and what a map holds."""
    for _, why in islice(feeds.skipped, _TOLD):
        yield words.phrase("left-out", why=words.said(why))
    if len(feeds.skipped) > _TOLD:
        yield words.phrase("left-out-more", count=len(feeds.skipped) - _TOLD)
    for file in feeds.asin_files:
        yield words.phrase("asin-map", file=file.path, rows=file.rows, without=file.without)
    if feeds.asins is not None and feeds.asins.conflicts:
        example = feeds.asins.conflict_examples[0]
        asins = ", ".join(example["asins"])
        yield words.phrase("asin-map-conflicts", count=feeds.asins.conflicts, sku=example["sku"], asins=asins)


def noted(feeds: Feeds, words: Texts) -> Iterator[str]:
    """Yield what the summary of a finished run says of its feeds, a line each."""
    if feeds.skipped:
        yield words.phrase("left-out-count", count=len(feeds.skipped))
    if feeds.asins is not None:
        yield words.phrase("asin-map-filled", count=feeds.asins.filled)
        if feeds.asins.contradicted:
            example = feeds.asins.contradiction_examples[0]
            yield words.phrase("asin-map-contradicted", count=feeds.asins.contradicted, **example)


def about(feeds: Feeds) -> dict[str, Any]:
    """Return what is known before a run, as JSON has it: nothing that differs between two equal ones."""
    facts: dict[str, Any] = {
        "feeds": [
            {
                "path": feed.path,
                "size": feed.size,
                "head_sha256": feed.digest,
                "recognised": feed.recognised,
                "ignored_columns": list(feed.ignored),
            }
            for feed in feeds
        ]
    }
    if feeds.skipped:
        listed = [{"path": path, "why": str(why)} for path, why in feeds.skipped[:_LISTED]]
        facts["left_out"] = {"files": len(feeds.skipped), "first": listed}
    if feeds.asins is not None:
        facts["asin_map"] = {
            "files": [
                {
                    "path": file.path,
                    "size": file.size,
                    "sha256": file.digest,
                    "rows": file.rows,
                    "without_asin": file.without,
                }
                for file in feeds.asin_files
            ],
            "skus": feeds.asins.skus,
            "conflicting_skus": feeds.asins.conflicts,
            "conflicts": feeds.asins.conflict_examples,
        }
    return facts


def counted(feeds: Feeds) -> dict[str, Any]:
    """Return the same after a run, with what was counted in it."""
    facts = about(feeds)
    for feed, entry in zip(feeds, facts["feeds"], strict=True):
        entry["rows_read"] = feed.read
    if feeds.asins is not None:
        facts["asin_map"] |= {
            "rows_filled": feeds.asins.filled,
            "rows_contradicting": feeds.asins.contradicted,
            "contradictions": feeds.asins.contradiction_examples,
        }
    return facts
