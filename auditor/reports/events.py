"""What happens in a run, for programs that watch it: a JSON object a line, the moment it happens.

Nothing of what hosts send stands in it, and no secret.
"""

import errno
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import FileIO
from pathlib import Path
from typing import Any, Protocol

from auditor.errors import SettingsError, reason
from auditor.texts import Texts
from auditor.urls import redact

_BEGINNING = b'{"time": '


class Note(Protocol):
    """What takes an event: its name, and what is known of it, as JSON has it."""

    def __call__(self, event: str, /, **facts: Any) -> object:
        """Note it."""
        ...


def unnoted(event: str, /, **facts: Any) -> None:
    """Take an event that nobody wants to know of."""


@contextmanager
def open_events(
    path: Path | None, clock: Callable[[], float], texts: Texts, tell: Callable[[str], object]
) -> Iterator[Note]:
    """Open a log of events; what stands in it stays. Without a path, events go nowhere.

    Raises `SettingsError` where it can't be opened, or is a file of another kind. What can't be written later is told,
    once: it stops no run.
    """
    if path is None:
        yield unnoted
        return
    try:
        file = FileIO(path, "ab", opener=_at_once)
    except OSError as error:
        raise SettingsError("The log {path} can't be written: {why}.", path=path, why=reason(error)) from None
    with file:
        if not _is_log(path):
            raise SettingsError(
                "{path} is no log of ours, so nothing is added to it. Give --log-json another name.", path=path
            )
        yield _Log(file, clock, lambda error: tell(texts.phrase("log-full", path=path, why=texts.said(reason(error)))))


class _Log:
    def __init__(self, file: FileIO, clock: Callable[[], float], refused: Callable[[OSError], object]) -> None:
        self._file = file
        self._clock = clock
        self._refused = refused
        self._broken = False

    def __call__(self, event: str, /, **facts: Any) -> None:
        """Write a line, in one piece: another process may write to the same file."""
        time = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        line = json.dumps({"time": time, "event": event, **{name: _plain(fact) for name, fact in facts.items()}})
        try:
            if self._file.write(line.encode() + b"\n") is None:  # nobody empties the pipe
                raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        except OSError as error:
            if not self._broken:
                self._broken = True
                self._refused(error)


def _at_once(path: str, flags: int) -> int:
    """Open a path at once: a pipe from which nobody reads would else stop the run, for good and past any interrupt."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0), 0o666)


def _plain(fact: Any) -> Any:
    if isinstance(fact, str | Path):
        return redact(str(fact))
    if isinstance(fact, dict):
        return {name: _plain(inner) for name, inner in fact.items()}
    return [_plain(inner) for inner in fact] if isinstance(fact, list | tuple) else fact


def _is_log(path: Path) -> bool:
    """Whether a file is a log of ours, or empty; a pipe or a terminal takes whatever comes."""
    if not path.is_file():
        return True
    with path.open("rb") as file:
        beginning = file.read(len(_BEGINNING))
    return beginning in (b"", _BEGINNING)
