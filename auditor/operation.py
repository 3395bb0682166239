"""A run as those see it who operate it: events as they happen, then its figures, and a word to where they look."""

import asyncio
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from auditor import texts
from auditor.course import Ending
from auditor.engines.nursery import Nursery
from auditor.errors import AuditorError, Sentence, SettingsError, reason
from auditor.outset import see_the_paths
from auditor.reports.events import Note, open_events
from auditor.reports.metrics import Run, metrics
from auditor.reports.part import PART, is_device
from auditor.run import Interrupt, run
from auditor.settings import Settings
from auditor.state import feed_name
from auditor.texts import Texts

FAULT, INTERRUPTED = 3, 130
_BEGINNING = b"# HELP auditor_"


class _End(NamedTuple):
    """How a run ended: its exit code, what is said of it, and the facts of summary.json, if there are any."""

    code: int
    said: str
    facts: Mapping[str, Any]


async def operate(
    settings: Settings, interrupt: Interrupt, tell: Callable[[str], object], nursery: Nursery | None = None
) -> Ending:
    """Run as `run` does, and tell of it as the settings have it. What can't be told stops nothing.

    Raises what `run` does, and `SettingsError` for an address, a log or a file of figures that can't be; of such a run
    nothing is told.
    """
    words = texts.load(settings.report.language)
    address = _address(settings.unattended.notify) if settings.unattended.notify else None
    see_the_paths(settings)  # before anything is written of what it then refuses
    _see_that_they_are_figures(settings.unattended.metrics)
    with open_events(settings.unattended.log_json, settings.clock, words, tell) as note:
        operator = _Operator(settings, words, tell, note)
        end = _End(FAULT, "", {})
        try:
            ending = await run(settings, interrupt, tell, nursery)
            end = _End(ending.exit_code, ending.lead, ending.facts)
            if ending.parts:
                address = None  # who presses Ctrl-C won't wait for a chat
        except AuditorError as error:
            end = _End(error.exit_code, words.said(error.sentence), {})
            raise
        except asyncio.CancelledError:
            end, address = _End(INTERRUPTED, "", {}), None  # likewise
            raise
        finally:
            await operator.end(end, address)
    return ending


class _Operator:
    """Tells of a run's end."""

    def __init__(self, settings: Settings, words: Texts, tell: Callable[[str], object], note: Note) -> None:
        self._settings = settings
        self._words = words
        self._tell = tell
        self._note = note
        self._began = settings.clock()
        self._feed = _label(settings)

    async def end(self, end: _End, address: str | None) -> None:
        """Write the figures, note the end, send the notice."""
        ended = self._settings.clock()
        seconds = round(ended - self._began, 3)
        self._note("ended", exit_code=end.code, seconds=seconds, said=end.said)
        if self._settings.unattended.metrics is not None:
            content = metrics(Run(self._feed, ended, seconds, end.code), end.facts)
            self._write(self._settings.unattended.metrics, content)
        if address is not None:
            await self._send(end, address)

    def _write(self, path: Path, content: str) -> None:
        """Write the figures in one step: whoever reads them may do so at any time."""
        part = path.with_name(path.name + PART)
        try:
            part.write_text(content, encoding="utf-8", errors="backslashreplace")
            os.replace(part, path)  # noqa: PTH105  # the same everywhere else
        except OSError as error:
            self._tell(self._words.phrase("metrics-failed", path=path, why=self._words.said(reason(error))))

    async def _send(self, end: _End, address: str) -> None:
        text = self._words.phrase("notice", feed=self._feed, said=end.said, code=end.code)
        told = {name: end.facts[name] for name in ("changes", "rows") if name in end.facts}
        from auditor.notice import send  # noqa: PLC0415  # as below

        fault = await send(address, {"text": text, "auditor": {"feed": self._feed, "exit_code": end.code, **told}})
        if fault is None:
            self._note("notice-sent")
            return
        self._note("notice-failed", why=str(fault))
        self._tell(self._words.phrase("notice-failed", why=self._words.said(fault)))


def _address(text: str) -> str:
    from auditor.notice import read_address  # noqa: PLC0415  # what sends takes longer to load than a small feed

    return read_address(text)


def _label(settings: Settings) -> str:
    """What a feed is called in figures and notices, where several have no name of their own too."""
    try:
        return feed_name(settings)
    except SettingsError:
        return ", ".join(Path(feed).name or feed for feed in settings.feeds)


def _see_that_they_are_figures(path: Path | None) -> None:
    """Raise `SettingsError` rather than write over something else, or where nothing could be written."""
    if path is None:
        return
    if is_device(path):  # nothing can take its place, and to open a pipe may take for ever
        raise _no_figures(path, Sentence("a file of another kind is there"))
    try:
        with path.open("rb") as file:
            beginning = file.read(len(_BEGINNING))
    except FileNotFoundError:
        beginning = b""
    except OSError as error:
        raise _no_figures(path, reason(error)) from None
    if beginning not in (b"", _BEGINNING):
        raise _no_figures(path, Sentence("a file of another kind is there"))
    if not path.parent.is_dir():
        raise _no_figures(path, Sentence("there is no such folder"))


def _no_figures(path: Path, why: Sentence) -> SettingsError:
    return SettingsError("--metrics can't be written to {path}: {why}. Give it another name.", path=path, why=why)
