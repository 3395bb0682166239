"""Where the workers of a run come from: asked for before its event loop begins."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from auditor.engines.nursery import Nursery


@contextmanager
def open_nursery(workers: int | None) -> "Iterator[Nursery | None]":
    """Open a nursery where this system can have one, and more workers than one may be wanted; see it off afterwards."""
    from auditor.engines.nursery import SUPPORTED, Nursery
    from auditor.engines.shares import cores

    if not SUPPORTED or (workers or cores()) == 1:
        yield None
        return
    with Nursery() as nursery:
        yield nursery
