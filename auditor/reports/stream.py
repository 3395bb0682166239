"""Paths that stand for what the program was started with: /dev/stdout and the like."""

import os
from pathlib import Path

STDOUT = 1
_LINKS = 40  # to follow at most, as the kernel has it


def stream_number(path: Path) -> int | None:
    """The number of the open file of ours that a path leads to; None for all others.

    Such a path can only be written through that number. `auditor … --out /dev/stdout >file` leads to a regular file,
    but a report that takes its place takes that of /dev/stdout itself, and one that opens it anew writes over what is
    printed there.
    """
    folders = (Path(f"/proc/{os.getpid()}/fd"), Path("/dev/fd"))
    for _ in range(_LINKS):
        folder = path.parent.resolve()
        if folder in folders and path.name.isdecimal():
            return int(path.name)
        if not path.is_symlink():
            return None
        path = folder / path.readlink()
    return None
