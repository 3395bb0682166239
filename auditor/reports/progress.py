"""The progress line on stderr: rows, rate, failing, and the time left from the share of the file read."""

import sys

from tqdm import tqdm

from auditor.reports.totals import Totals
from auditor.texts import Texts


class Progress:
    """A tqdm bar on a terminal; nothing where stderr is none or with `quiet`."""

    def __init__(self, texts: Texts, *, quiet: bool) -> None:
        self._texts = texts
        self._bar = tqdm(
            total=None,
            unit=" " + texts.phrase("progress-rows"),
            dynamic_ncols=True,
            mininterval=0.5,
            smoothing=0.1,
            file=sys.stderr,
            disable=quiet or not sys.stderr.isatty(),
        )

    def read(self, rows: int, share: float | None) -> None:
        """Note that so many rows make up this share of the feeds; that estimates how many there are in all."""
        if share and not self._bar.disable:
            self._bar.total = max(rows, round(rows / share))

    def done(self, rows: int, totals: Totals) -> None:
        """Note that so many more rows are done."""
        if not self._bar.disable:
            self._bar.set_postfix_str(self._texts.phrase("progress-failing", failing=totals.failing), refresh=False)
            self._bar.update(rows)

    def close(self) -> None:
        """Take the bar away, so that what follows stands on a line of its own."""
        self._bar.close()
