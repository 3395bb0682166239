"""The progress on stderr: rows, rate, failing, and the time left from the share of the file read."""

import sys
from typing import Any

from auditor.reports.totals import Totals
from auditor.texts import Texts


class Progress:
    """A bar on a terminal; nothing where stderr is none or with `quiet`."""

    def __init__(self, texts: Texts, *, quiet: bool) -> None:
        self._texts = texts
        self._bar: Any = None
        if not quiet and sys.stderr.isatty():
            from auditor.reports.bar import Bar  # noqa: PLC0415  # tqdm takes a while to import

            self._bar = Bar(texts)

    def resume(self, totals: Totals) -> None:
        """Note that these rows were done before: they don't count for the rate."""
        if self._bar is not None:
            self._bar.initial = self._bar.n = totals.read

    def read(self, rows: int, share: float | None) -> None:
        """Note that so many rows make up this share of the feeds; that estimates how many there are in all.

        Without rows it is the share that was read to choose some.
        """
        if not share or self._bar is None:
            return
        if not rows:
            self._bar.set_postfix_str(self._texts.phrase("progress-reading", share=share), refresh=False)
            self._bar.update(0)
        else:
            self._bar.total = max(rows, round(rows / share))

    def done(self, rows: int, totals: Totals) -> None:
        """Note that so many more rows are done."""
        if self._bar is not None:
            self._bar.set_postfix_str(self._texts.phrase("progress-failing", failing=totals.failing), refresh=False)
            self._bar.update(rows)

    def close(self) -> None:
        """Take the bar away, so that what follows stands on a line of its own."""
        if self._bar is not None:
            self._bar.close()
