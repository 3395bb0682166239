"""One run at a time per report: a file beside it, locked for as long as the run lives.

The kernel lets go of the lock when its holder ends, however it does; so a file that a killed run has left stops nobody.
"""

import errno
import os
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

from auditor.errors import ReportError, Sentence
from auditor.reports.unwritable import telling

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

LOCK = ".lock"
_HOLDER = re.compile(r"(\d{1,10}) (\S{1,40})")
# What file systems without locks answer, network ones above all.
_WITHOUT = frozenset({errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EINVAL})


class TakenError(Exception):
    """Another process has the lock. `pid` and `started` are what it says of itself, empty where it doesn't."""

    def __init__(self, pid: str, started: str) -> None:
        super().__init__(pid, started)
        self.pid = pid
        self.started = started


class Lock(NamedTuple):
    """A lock that is held."""

    path: Path
    number: int  # of the open file

    def release(self) -> None:
        """Remove the file, then let go: whoever waits for it then finds that it has no name any more."""
        with suppress(OSError):
            self.path.unlink()
        os.close(self.number)


def take_lock(path: Path, holder: str) -> Lock | None:
    """Lock a file, and write into it who holds it; None where the file system has no locks.

    Raises `TakenError` if somebody else has it, `OSError` where the file can't be made.
    """
    if fcntl is None:
        return None
    while True:
        number = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if _leads_to(path, number):
                os.truncate(number, 0)
                os.write(number, holder.encode())
                return Lock(path, number)
        except BlockingIOError:
            said = _HOLDER.fullmatch(os.pread(number, 100, 0).decode("ascii", "replace"))
            os.close(number)
            raise TakenError(*(said.groups() if said else ("", ""))) from None
        except OSError as error:
            os.close(number)
            if error.errno in _WITHOUT:
                return None
            raise
        os.close(number)  # its last holder has removed it in between


def _leads_to(path: Path, number: int) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(number))
    except FileNotFoundError:
        return False


@contextmanager
def lock_reports(
    paths: Sequence[Path], now: float, lock: Callable[[Path, str], Lock | None] = take_lock
) -> Iterator[bool]:
    """Keep other runs from writing these reports. Says whether that could be done: not every file system has locks.

    Raises `ReportError` where another run writes one of them, or nothing can be written beside it.
    """
    holder = f"{os.getpid()} {datetime.fromtimestamp(now, UTC).isoformat(timespec='seconds')}"
    with ExitStack() as held:
        locked = True
        for path in paths:
            try:
                with telling(path):
                    found = lock(path.with_name(path.name + LOCK), holder)
            except TakenError as taken:
                known = Sentence(" (process {pid}, started {started})", pid=taken.pid, started=taken.started)
                raise ReportError(
                    "Another run{who} is writing {path}. Wait for its end, or choose another place for the report.",
                    who=known if taken.pid else "",
                    path=path,
                ) from None
            if found is None:
                locked = False
            else:
                held.callback(found.release)
        yield locked
