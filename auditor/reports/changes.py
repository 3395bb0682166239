"""What changed since the completed run before, as summary.json and the summary for people lead with it."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from auditor.model import Comparison
from auditor.texts import Texts


def changes_facts(compared: Comparison) -> dict[str, Any]:
    """What summary.json says of it. What isn't known of a part of the feed is left out."""
    since = compared.since
    counts = {name: count for name, count in compared.changes._asdict().items() if count is not None}
    return {
        "changes": {
            "feed": compared.feed,
            "since": None if since is None else datetime.fromtimestamp(since, UTC).isoformat(timespec="seconds"),
            **counts,
            "judged_alike": compared.judged_alike,
            "entered": compared.entered,
        }
    }


def changes_told(compared: Comparison, texts: Texts) -> Iterator[str]:
    """Yield what is said of it, a line each."""
    say = texts.phrase
    if compared.since is None:
        yield say("changes-first" if compared.entered else "changes-none", feed=compared.feed)
    else:
        when = datetime.fromtimestamp(compared.since, UTC).strftime("%Y-%m-%d %H:%M")
        yield say("changes" if compared.entered else "changes-part", when=when, **compared.changes._asdict())
    if compared.changes.unjudged:
        yield say("changes-unjudged", unjudged=compared.changes.unjudged)
    if not compared.judged_alike:
        yield say("changes-rules")
    if not compared.entered:
        yield say("changes-not-entered")
