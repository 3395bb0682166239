"""`auditor history`: what earlier nights found about a product, or know of an address."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from auditor.cli.help import Command
from auditor.cli.lang import language_option

if TYPE_CHECKING:
    from auditor.state import Fact, Spell
    from auditor.texts import Texts


@click.command("history", cls=Command, short_help="Show what earlier nights found about a product.")
@click.argument("name", metavar="PRODUCT|URL")
@click.option(
    "--state",
    "state",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The state file of `auditor check --state`.",
)
@language_option
@click.pass_context
def command(ctx: click.Context, /, name: str, state: Path, language: str) -> None:
    """Show when which finding about a product came and went, the oldest first; or what is known of an image's address.

    Times are UTC. Exit code: 0, or 2 if nothing is known.
    """
    from auditor import texts
    from auditor.cli.streams import answer

    words = texts.load(language)
    ctx.exit(answer(lambda: _told(name, state, words), language))


def _told(name: str, path: Path, words: "Texts") -> str:
    from contextlib import closing

    from auditor.errors import StateError
    from auditor.state import find_everywhere, open_database, spells

    with closing(open_database(path, create=False)) as database:
        if "://" in name:
            lines = [line for fact in find_everywhere(path, database, name) for line in _fact(fact, words)]
        else:
            lines = list(_timeline(list(spells(path, database, name)), words))
    if not lines:
        raise StateError("The state file {path} knows nothing of {name}.", path=path, name=name)
    return "\n".join(lines)


def _timeline(known: list["Spell"], words: "Texts") -> Iterator[str]:
    """What came and what went, in order."""
    from auditor.feeds.cells import shown
    from auditor.urls import redact

    events = []
    for spell in known:
        meaning = words.meaning(spell.code) if spell.code in words.codes else "…"  # of another version
        what = f"{spell.slot} {spell.code}: {meaning}"
        where = shown(redact(" ".join(filter(None, (spell.asin, spell.sku, spell.marketplace)))))
        events.append((spell.since, words.phrase("history-found"), what, where, spell.feed))
        if spell.ended is not None:
            how = words.phrase(f"history-{spell.how}", nights=spell.nights)
            events.append((spell.ended, how, what, where, spell.feed))
        else:
            lasts = words.phrase("history-lasts", nights=spell.nights)
            events.append((float("inf"), lasts, what, where, spell.feed))
    for when, event, what, where, feed in sorted(events):
        moment = _moment(when) if when != float("inf") else words.phrase("history-now")
        yield f"{moment:<16}  {event}  {what}  ({where}, {feed})"


def _fact(fact: "Fact", words: "Texts") -> Iterator[str]:
    """What a host said of an address, and when."""
    body = fact.probe.body
    size = getattr(body, "width", None)
    measure = words.phrase("picture-size", width=size, height=getattr(body, "height", None)) if size else ""
    kind = getattr(body, "format", None) or getattr(body, "kind", "")
    yield ", ".join(filter(None, (words.phrase("picture-status", status=fact.probe.status), str(kind), measure)))
    for name in ("fetched", "confirmed", "changed"):
        yield f"  {_moment(getattr(fact, name))}  {words.phrase(f'history-{name}')}"


def _moment(when: float) -> str:
    return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M")
