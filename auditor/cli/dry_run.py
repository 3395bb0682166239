"""`auditor check --dry-run`: what a run would do, without a request."""

from collections.abc import Iterator

from auditor import texts
from auditor.cli.streams import show
from auditor.feeds import facts
from auditor.rehearsal import MOST, Rehearsal, rehearse
from auditor.settings import Settings
from auditor.texts import Texts


async def show_rehearsal(settings: Settings) -> int:
    """Print it. Gives the exit code; raises `AuditorError` for what would keep a run from beginning."""
    words = texts.load(settings.report.language)
    show("\n".join(_lines(await rehearse(settings), words)))
    return 0


def _lines(found: Rehearsal, words: Texts) -> Iterator[str]:
    say = words.phrase
    for feed in found.feeds:
        yield say("recognised", feed=feed.path, what=", ".join(map(words.said, feed.facts)))
    yield from facts.told(found.feeds, words)
    yield say("dry-images", rows=found.rows, images=found.images, asked=found.asked)
    if found.forecast is not None:
        yield say("dry-memory", **found.forecast._asdict())
    yield say("dry-hosts-many" if found.hosts >= MOST else "dry-hosts", count=found.hosts)
    wide = max((len(words.number(count)) for _, count in found.worst), default=0)
    for host, count in found.worst:
        yield f"  {words.number(count):>{wide}}  {host}"
    yield say("dry-end")
