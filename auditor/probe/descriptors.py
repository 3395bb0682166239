"""File descriptors: each connection takes one, and a system allows a program only so many."""

import errno
import os

SPARE = 64  # descriptors for feeds, reports, the loop, look-ups of names
SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})


def make_room(connections: int) -> int:
    """Raise this program's limit of open files as far as needed and allowed; return how many connections then fit.

    Idle connections are kept beside the busy ones, so twice as many are asked for.
    """
    try:
        import resource  # noqa: PLC0415  # Windows has no such module, and no such limit
    except ImportError:
        return connections
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 2 * connections + SPARE
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return connections
    allowed = needed if hard == resource.RLIM_INFINITY else min(hard, needed)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    except (OSError, ValueError):
        allowed = soft
    return max(1, min(connections, (allowed - SPARE) // 2))


def is_shortage(error: BaseException | None) -> bool:
    """Whether an error says that this machine, not the host, has run out of something."""
    return isinstance(error, OSError) and error.errno in SHORTAGES


def check_shortage() -> None:
    """Raise the system's own error if no descriptor is left: a resolver without one only says that it failed."""
    os.close(os.open(os.devnull, os.O_RDONLY))
