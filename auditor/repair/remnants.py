"""What a killed run has left: pictures without their name yet, and downloads beside its journal.

Only for whoever has the lock of that journal: to all others, these are the files of a run that is at work.
"""

import os
import re
from contextlib import suppress
from pathlib import Path

from auditor.probe import clear_spools

# As `pictures/conversion.py` names what it writes; the number is its process, which may outlive the run by a picture.
_PICTURE = re.compile(r"\.(?:[a-z0-9-]+-)?[0-9a-f]{20}\.(?:jpg|tif)\.([0-9]{1,7})\.part")


def clear_remnants(images: Path, journal: Path) -> None:
    """Remove them. What isn't surely ours stays, and so does what the system won't remove. Blocks."""
    clear_spools(journal)
    with suppress(OSError):
        for part in images.iterdir():
            _clear(part)


def _clear(part: Path) -> None:
    """Remove a picture that nobody is at any more, if it is one."""
    found = _PICTURE.fullmatch(part.name)
    with suppress(OSError):
        if found and part.is_file() and not part.is_symlink() and not _lives(int(found[1])):
            part.unlink()


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True
