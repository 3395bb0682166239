"""What a killed run has left: pictures without their name yet, and downloads beside its journal.

Only for whoever has the lock of that journal: to all others, these are the files of a run that is at work.
"""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# As `pictures/conversion.py` names what it writes; the number is its process, which may outlive the run by a picture.
_PICTURE = re.compile(r"\.(?:[a-z0-9-]+-)?[0-9a-f]{20}\.(?:jpg|tif)\.([0-9]{1,7})\.part")
# As `probe/spool.py` names folders, and files in them.
_FOLDER = r"\.{journal}\.[a-z0-9_]{{8}}"
_DOWNLOAD = re.compile(r"[0-9]+\.image")


def clear_remnants(images: Path, journal: Path) -> None:
    """Remove them. What isn't surely ours stays, and so does what the system won't remove. Blocks."""
    for part, found in _named(images, _PICTURE):
        with suppress(OSError):
            if part.is_file() and not part.is_symlink() and not _lives(int(found[1])):
                part.unlink()
    for folder, _ in _named(journal.parent, re.compile(_FOLDER.format(journal=re.escape(journal.name)))):
        with suppress(OSError):
            _remove(folder)


def _named(folder: Path, name: re.Pattern[str]) -> Iterator[tuple[Path, re.Match[str]]]:
    with suppress(OSError):
        for path in folder.iterdir():
            found = name.fullmatch(path.name)
            if found:
                yield path, found


def _remove(folder: Path) -> None:
    """Remove a folder of downloads, if it is one: for its owner only, and with nothing else in it."""
    there = folder.lstat().st_mode
    files = list(folder.iterdir()) if stat.S_ISDIR(there) and stat.S_IMODE(there) == stat.S_IRWXU else None
    if files is not None and all(_DOWNLOAD.fullmatch(file.name) for file in files):
        for file in files:
            file.unlink()
        folder.rmdir()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
