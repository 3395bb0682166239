"""How far a run has come: a small file beside its reports, from which the same command goes on.

Two lines of JSON: the version of this format with the digest of the second line, then what is known. It is read as
what anybody may have written: whatever isn't exactly right counts as damaged.
"""

import asyncio
import errno
import json
import math
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from auditor.errors import ReportError, reason
from auditor.reports.disk import Disk
from auditor.reports.part import PART, Held
from auditor.settings import MIB, UnattendedSettings

FORMAT = 1
_MOST = 256 * MIB  # bytes read of one: two thousand contents with a few addresses each are under one


class Mark(NamedTuple):
    """A place in the feeds: so many product rows, and the digest in hex of what they hold."""

    rows: int
    digest: str


class Checkpoint(NamedTuple):
    """What a run knew when so many product rows were in its reports.

    `identity` is what another run must share to go on from here. `now` is the time that its first start took for now,
    `written` that of this checkpoint, both in seconds since the epoch. `mark` is at or shortly before the last of the
    rows. `files` are the reports, `totals` the counters. It is `whole` when nothing is left but to give reports their
    names.
    """

    identity: Mapping[str, Any]
    now: float
    written: float
    rows: int
    mark: Mark
    files: Sequence[Held]
    totals: Mapping[str, Any]
    whole: bool

    def printed(self) -> bytes:
        """The file's content."""
        body = json.dumps(self._asdict(), ensure_ascii=True, separators=(",", ":")).encode()
        head = json.dumps({"checkpoint": FORMAT, "sha256": sha256(body).hexdigest()}).encode()
        return head + b"\n" + body + b"\n"

    @classmethod
    def read(cls, data: bytes) -> "Checkpoint | None":
        """Read what `printed` gives; None for anything else."""
        try:
            head, body, rest = data.split(b"\n")
            if rest or json.loads(head) != {"checkpoint": FORMAT, "sha256": sha256(body).hexdigest()}:
                return None
            found = cls(**json.loads(body))
            found = found._replace(mark=Mark(*found.mark), files=[Held(*held) for held in found.files])
        except (ValueError, TypeError, RecursionError):
            return None
        return found if found.sound() else None

    def sound(self) -> bool:
        """Whether every value is of its kind: a digest can be made by anybody."""
        counts = [self.rows, self.mark.rows, *(held.length for held in self.files)]
        texts = [self.mark.digest, *(held.digest for held in self.files)]
        times = [self.now, self.written]
        others: list[object] = [self.identity, self.totals, self.whole]
        return (
            all(type(count) is int and count >= 0 for count in counts)
            and all(type(text) is str for text in texts)
            and all(type(moment) is float and math.isfinite(moment) for moment in times)
            and [type(other) for other in others] == [dict, dict, bool]
            and self.mark.rows <= self.rows
        )


class Checkpoints:
    """Writes a run's checkpoints, and finds the one that an earlier run has left."""

    def __init__(self, out: Path, disk: Disk, settings: UnattendedSettings, clock: Callable[[], float]) -> None:
        self.path = checkpoint_path(out)
        self.due = False  # whether it is time for the next one; asked for with every row
        self.rows = 0  # in the reports, as the last checkpoint says
        self.whole = False
        self._disk = disk
        self._settings = settings
        self._clock = clock
        self._fresh = 0  # rows in the reports that it doesn't say
        self._lapsed = False  # the seconds after which there is to be another one
        self._alarm: asyncio.TimerHandle | None = None  # goes off with them
        self._identity: Mapping[str, Any] = {}
        self._now = 0.0
        self._mark: Callable[[int], Mark] = lambda _: Mark(0, "")

    async def find(self) -> bytes | None:
        """What an earlier run has left; None if nothing. Raises OSError if it can't be read."""
        found = bytearray()
        try:
            async with aclosing(self._disk.read(self.path)) as blocks:
                async for block in blocks:
                    found += block
                    if len(found) > _MOST:
                        return b""  # no checkpoint of ours is so large
        except FileNotFoundError:
            return None
        return bytes(found)

    def begin(self, identity: Mapping[str, Any], now: float, mark: Callable[[int], Mark], rows: int) -> None:
        """Note what every checkpoint of this run says. `mark` gives the last mark at or before so many rows.

        `rows` are in the reports already, as the checkpoint of an earlier run says.
        """
        self._identity, self._now, self._mark, self.rows = identity, now, mark, rows
        self._wait()

    def count(self, rows: int) -> None:
        """Note that so many rows are in the reports."""
        self._fresh = rows - self.rows
        self.due = self._fresh > 0 and (self._lapsed or self._fresh >= self._settings.checkpoint_rows)

    def close(self) -> None:
        """Let no more time pass."""
        if self._alarm is not None:
            self._alarm.cancel()

    def _wait(self) -> None:
        """Let the time begin after which the next one is due. It is the loop's: the wall clock may jump."""
        self.close()
        self._lapsed = self.due = False
        self._alarm = asyncio.get_running_loop().call_later(self._settings.checkpoint_seconds, self._lapse)

    def _lapse(self) -> None:
        self._lapsed, self.due = True, self._fresh > 0

    async def write(self, rows: int, files: Sequence[Held], totals: Mapping[str, Any], *, whole: bool) -> None:
        """Write one, in one step. What it counts must be on the disk. Raises `ReportError`.

        It takes a file number; where there is none left for a while, the next one will do.
        """
        self._wait()
        mark = self._mark(rows)
        content = Checkpoint(self._identity, self._now, self._clock(), rows, mark, files, totals, whole).printed()
        part = self.path.with_name(self.path.name + PART)
        try:
            file = await self._disk.open(part)
            try:
                await file.write(content)
                await file.sync()
            finally:
                await file.close()
            await self._disk.replace(part, self.path)
            await self._disk.sync_folder(self.path.parent)
        except OSError as error:
            if error.errno in (errno.EMFILE, errno.ENFILE):
                return
            raise ReportError(
                "{path} can't be written: {why}. It says how far the run has come; make room, or choose another place "
                "for the report.",
                path=self.path,
                why=reason(error),
            ) from error
        self.rows, self.whole, self._fresh, self.due = rows, whole, 0, False

    async def remove(self) -> None:
        """Remove it, for good: a run that goes on from another's end would write nonsense. Raises `ReportError`."""
        try:
            await self._disk.remove(self.path.with_name(self.path.name + PART))
            await self._disk.remove(self.path)
            await self._disk.sync_folder(self.path.parent)
        except OSError as error:
            raise ReportError(
                "{path} can't be removed: {why}. Remove it, or the next run goes on where this one has ended.",
                path=self.path,
                why=reason(error),
            ) from error


def checkpoint_path(out: Path) -> Path:
    """Where the checkpoint of a report goes: beside it."""
    return out.with_name(f"{out.name}.checkpoint")
