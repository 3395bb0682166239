"""Which products that were sent still wait, and which are due for a look: the lines of `auditor pending`."""

from collections.abc import Iterable, Iterator

from auditor.aftermath.missing import Missing
from auditor.aftermath.moments import local, utc
from auditor.aftermath.waiting import Wait, waits
from auditor.feeds.cells import shown
from auditor.state import Sent, Upload
from auditor.texts import Texts


class Pending:
    """Tells what was sent and isn't known to show. `listed` counts products told, `showing` those known to be done.

    Times are in seconds; `missing` is the list of products without a picture, if there is one.
    """

    def __init__(self, missing: Missing | None, now: float, wait: float) -> None:
        self.listed = 0
        self.showing = 0
        self._missing = missing
        self._now = now
        self._wait = wait
        self._named: set[int] = set()  # places on the list that were sent

    def told(self, every: Iterable[Sent], words: Texts) -> Iterator[str]:
        """Yield lines, those of each upload under a heading; `every` comes in the order of uploads."""
        told: tuple[Upload, Wait] | None = None
        for sent in every:
            standing = self._standing(sent)
            if standing is None:
                self.showing += 1
                continue
            if told != (sent.first, standing):
                told = (sent.first, standing)
                yield self._heading(*told, words)
            self.listed += 1
            yield _line(sent.asin, sent.sku, sent.slots)
        yield from self._unsent(words)

    def _standing(self, sent: Sent) -> Wait | None:
        place = self._missing.find(sent.asin, sent.sku) if self._missing else None
        if place is not None:
            self._named.add(place)
        on_list = None if self._missing is None else place is not None
        return waits(sent.first.sent, self._now, self._wait, missing=on_list)

    def _heading(self, upload: Upload, standing: Wait, words: Texts) -> str:
        until = upload.sent + self._wait
        batch = words.phrase("pending-batch", batch=shown(upload.batch)) if upload.batch else ""
        return words.phrase(
            f"pending-{standing}",
            upload=" ".join(filter(None, (batch, shown(upload.feed)))),
            local=local(until),
            utc=utc(until),
        )

    def _unsent(self, words: Texts) -> Iterator[str]:
        """Yield what is on the list and was never noted as sent."""
        if self._missing is None or len(self._named) == len(self._missing.products):
            return
        yield words.phrase("pending-unsent")
        for place, product in enumerate(self._missing.products):
            if place not in self._named:
                self.listed += 1
                yield _line(product.asin, product.sku, ())


def _line(asin: str, sku: str, slots: Iterable[str]) -> str:
    """Write a product's ASIN, SKU and slots in columns; a place of its own for the ASIN that isn't known."""
    return f"  {shown(asin):<10}  {shown(sku)}  {' '.join(slots)}".rstrip()
