"""The progress line on stderr: rows, rate, failing, and the time left from the share of the file read."""

import sys
from typing import Any

from tqdm import tqdm

from auditor.reports.totals import Totals
from auditor.texts import Texts

_KNOWN = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]"
_UNKNOWN = "{n_fmt}{unit} [{elapsed}, {rate_fmt}{postfix}]"  # how many rows there are


class _Bar(tqdm):  # type: ignore[type-arg]  # generic in its stubs only
    """A bar whose numbers are written as a language writes them."""

    def __init__(self, texts: Texts, **options: Any) -> None:
        self._texts = texts
        super().__init__(**options)

    @property
    def format_dict(self) -> dict[str, Any]:
        """What stands in the bar, beside what tqdm puts there."""
        facts = dict(super().format_dict)
        done, total, elapsed = facts["n"], facts["total"], facts["elapsed"]
        known = bool(total) and done <= total
        rate = facts["rate"] or (done / elapsed if elapsed else 0)
        return facts | {
            "bar_format": _KNOWN if known else _UNKNOWN,
            "n_fmt": self._texts.number(done),
            "total_fmt": self._texts.number(total) if known else "",
            "rate_fmt": f"{self._texts.number(rate, ',.1f')}{facts['unit']}/s",
        }


class Progress:
    """A tqdm bar on a terminal; nothing where stderr is none or with `quiet`."""

    def __init__(self, texts: Texts, *, quiet: bool) -> None:
        self._texts = texts
        self._bar = _Bar(
            texts,
            total=None,
            unit=" " + texts.phrase("progress-rows"),
            dynamic_ncols=True,
            mininterval=0.5,
            smoothing=0.1,
            file=sys.stderr,
            disable=quiet or not sys.stderr.isatty(),
        )

    def read(self, rows: int, share: float | None) -> None:
        """Note that so many rows make up this share of the feeds; that estimates how many there are in all.

        Without rows it is the share that was read to choose some.
        """
        if not share or self._bar.disable:
            return
        if not rows:
            self._bar.set_postfix_str(self._texts.phrase("progress-reading", share=share), refresh=False)
            self._bar.update(0)
        else:
            self._bar.total = max(rows, round(rows / share))

    def done(self, rows: int, totals: Totals) -> None:
        """Note that so many more rows are done."""
        if not self._bar.disable:
            self._bar.set_postfix_str(self._texts.phrase("progress-failing", failing=totals.failing), refresh=False)
            self._bar.update(rows)

    def close(self) -> None:
        """Take the bar away, so that what follows stands on a line of its own."""
        self._bar.close()
