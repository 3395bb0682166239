"""How far a repair is, on stderr."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from auditor.texts import Texts


class Progress:
    """A bar of images on a terminal; nothing where stderr is none, or with `quiet`."""

    def __init__(self, bar: Any = None) -> None:
        self._bar = bar

    def read(self, images: int, share: float | None) -> None:
        """Note that there are so many images in this share of the feed."""
        if self._bar is not None and share and images:
            self._bar.total = max(images, round(images / share))

    def done(self, images: int) -> None:
        """Note that so many more are done."""
        if self._bar is not None:
            self._bar.update(images)


@contextmanager
def open_progress(words: Texts, *, quiet: bool) -> Iterator[Progress]:
    """Show how far it is, and take the bar away afterwards."""
    if quiet or not sys.stderr.isatty():
        yield Progress()
        return
    from auditor.reports.bar import Bar  # noqa: PLC0415  # tqdm takes a while to import

    with Bar(words, "progress-images") as bar:
        yield Progress(bar)
