"""The event loop that a run turns on, and the pace of its garbage collector."""

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import asyncio


def loop_factory() -> "Callable[[], asyncio.AbstractEventLoop] | None":
    """The faster loop where it exists: uvloop is declared for every platform that has it."""
    try:
        import uvloop  # noqa: PLC0415  # Windows has none
    except ImportError:
        return None
    return uvloop.new_event_loop


def calm_collector() -> None:
    """Let the garbage collector look less often.

    Every row under way is some objects to it, which at its usual pace would walk all of the window again and again, and
    never find anything: 5 % of a run's time. While modules are imported it is as useless.
    """
    gc.set_threshold(20_000, 50, 1000)
