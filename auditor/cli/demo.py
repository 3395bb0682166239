"""`auditor demo`: the real pipeline over a host on this machine that has every fault, and a comparison."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from auditor.cli.help import Command
from auditor.cli.lang import language_option

if TYPE_CHECKING:
    from auditor.demo import Planting
    from auditor.run import Interrupt
    from auditor.settings import Settings
    from auditor.texts import Texts

SERVED_PORT = 8765  # at which data/sample.tsv points
SHOWN = 20  # differences printed


@click.command("demo", cls=Command, short_help="Check a demo feed with every fault.")
@click.option(
    "--dir",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("auditor-demo"),
    show_default=True,
    help="Where feed and reports are left.",
)
@click.option(
    "--rows",
    type=click.IntRange(500, 1_000_000),
    default=3000,
    show_default=True,
    metavar="N",
    help="Product rows of the demo feed.",
)
@click.option(
    "--closer",
    is_flag=True,
    help="Also plant what only --second-look, --deep and --placeholders find, and check with them.",
)
@click.option(
    "--serve", "serve_only", is_flag=True, help="Only run the image host, until Ctrl-C; data/sample.tsv points at it."
)
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    metavar="N",
    show_default="a free one; with --serve 8765",
    help="Port of the image host.",
)
@language_option
@click.pass_context
def command(ctx: click.Context, /, **flags: Any) -> None:
    """Check a feed with every kind of fault against an image host on this machine, and compare.

    The host listens on 127.0.0.1 only. Exit code: 0 every planted fault was found and nothing else, 1 there are
    differences, 2 couldn't run, 130 interrupted.
    """
    from auditor.cli.running import run_command

    async def demo(interrupt: "Interrupt") -> int:
        if flags["serve_only"]:
            return await _serve(flags["port"] or SERVED_PORT, flags["language"], interrupt)
        settings = _settings(flags["folder"], flags["language"], closer=flags["closer"])
        return await _demo(settings, flags["rows"], flags["port"] or 0, interrupt)

    ctx.exit(run_command(demo, flags["language"]))


async def _serve(port: int, language: str, interrupt: "Interrupt") -> int:
    from auditor import texts
    from auditor.cli.streams import show
    from auditor.demo import serve

    words = texts.load(language)
    stopped = asyncio.Event()
    interrupt.then(stopped.set)
    async with serve(port) as host:
        show(words.phrase("demo-serving", base=host.base))
        if port == SERVED_PORT:
            show(words.phrase("demo-sample"))
        await stopped.wait()
    return 0


async def _demo(settings: "Settings", rows: int, port: int, interrupt: "Interrupt") -> int:
    from auditor import texts
    from auditor.cli.streams import show, tell
    from auditor.demo import CLOSER, PLANTS, serve, write_feed, write_placeholders
    from auditor.errors import ReportError, reason
    from auditor.run import run

    words = texts.load(settings.report.language)
    feed = Path(settings.feeds[0])
    async with serve(port) as host:
        try:
            feed.parent.mkdir(parents=True, exist_ok=True)  # before anything runs that it could hold up
            known = settings.further.placeholders
            if known:
                write_placeholders(known)
            plantings = write_feed(feed, host.base, rows, (*PLANTS, *CLOSER) if known else PLANTS)
        except OSError as error:
            raise ReportError(
                "The demo feed {feed} can't be written: {why}. Choose another folder with --dir.",
                feed=feed,
                why=reason(error),
            ) from error
        tell(words.phrase("demo-begin", feed=feed, rows=rows, base=host.base))
        ending = await run(settings, interrupt, tell)
    show(ending.printed())
    if ending.parts:
        return ending.exit_code
    return _compare(plantings, settings, words)


def _settings(folder: Path, language: str, *, closer: bool) -> "Settings":
    """Short limits of the demo's own: its faults are on this machine, and nobody wants to wait for them."""
    from auditor.settings import (
        FrontierSettings,
        FurtherSettings,
        ProbeSettings,
        ReportSettings,
        Settings,
        UnattendedSettings,
    )

    return Settings(
        feeds=(str(folder / "feed.tsv"),),
        probe=ProbeSettings(timeout=3.0, connect_timeout=2.0, stall_timeout=2.0, allow_private=True),
        frontier=FrontierSettings(
            adapt=False,  # its one host has every fault there is
            retries=1,
            backoff=0.05,
            suspend_after=0,  # what is planted is found, however much of it points at a host that isn't there
        ),
        report=ReportSettings(
            out=folder / "failing.csv",
            jsonl=folder / "all.jsonl",
            summary=folder / "summary.json",
            language=language,
        ),
        further=FurtherSettings(
            second_look=closer, deep=closer, placeholders=folder / "placeholders.txt" if closer else None
        ),
        unattended=UnattendedSettings(resume="fresh"),  # its host has another port each time
    )


def _compare(plantings: Sequence["Planting"], settings: "Settings", words: "Texts") -> int:
    """Print what was planted and found, kind by kind, and every difference."""
    from auditor.cli.streams import show
    from auditor.demo import expected

    assert settings.report.jsonl is not None  # noqa: S101  # the demo's own settings
    found = _found(settings.report.jsonl)
    wanted = expected(plantings)
    planted = Counter(code for codes in wanted.values() for code in codes)
    told = Counter(code for codes in found.values() for code in codes)
    show("\n" + words.phrase("demo-table"))
    wide = max(map(len, planted | told))
    for code in sorted(planted | told):
        mark = "✓" if planted[code] == told[code] else "✗"
        counts = f"{words.number(planted[code]):>7} {words.number(told[code]):>7}"
        show(f"{mark} {counts}  {code:<{wide}}  {words.meaning(code)}")
    differences = [place for place in sorted(wanted.keys() | found.keys()) if wanted.get(place) != found.get(place)]
    names = {(planting.row, planting.slot): planting.plant.name for planting in plantings}
    for place in differences[:SHOWN]:
        show(
            words.phrase(
                "demo-difference",
                row=place[0],
                slot=place[1],
                plant=names.get(place, "—"),
                wanted=_listed(wanted.get(place)),
                found=_listed(found.get(place)),
            )
        )
    kinds = len({planting.plant.name for planting in plantings if planting.plant.codes})
    verdict = "demo-differs" if differences else "demo-agrees"
    show("\n" + words.phrase(verdict, count=len(differences), kinds=kinds, images=len(wanted)))
    return 1 if differences else 0


def _found(jsonl: Path) -> Mapping[tuple[int, str], frozenset[str]]:
    """The codes of each image, as the product itself reports them."""
    with jsonl.open(encoding="utf-8") as lines:
        next(lines)
        audits = [json.loads(line) for line in lines]
    return {
        (audit["row"], audit.get("slot", "")): frozenset(finding["code"] for finding in audit["findings"])
        for audit in audits
    }


def _listed(codes: frozenset[str] | None) -> str:
    return ", ".join(sorted(codes or ())) or "—"
