"""The progress bar: tqdm's, with its numbers as a language writes them."""

import sys
from typing import Any

from tqdm import tqdm

from auditor.texts import Texts

_KNOWN = "{l_bar}{bar}| {n_fmt}/{total_fmt} [{elapsed}<{remaining}, {rate_fmt}{postfix}]"
_UNKNOWN = "{n_fmt}{unit} [{elapsed}, {rate_fmt}{postfix}]"  # how many rows there are


class Bar(tqdm):  # type: ignore[type-arg]  # generic in its stubs only
    """A bar on stderr."""

    def __init__(self, texts: Texts, unit: str = "progress-rows", total: int | None = None) -> None:
        self._texts = texts
        unit = " " + texts.phrase(unit)
        super().__init__(total=total, unit=unit, dynamic_ncols=True, mininterval=0.5, smoothing=0.1, file=sys.stderr)

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
