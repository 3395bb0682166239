"""The clock by which commands tell how long ago something was. Tests put another in its place."""

import time


def now() -> float:
    """Tell the time in seconds since the epoch."""
    return time.time()
