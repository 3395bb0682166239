"""The feed beside its complaints: row by row, and nothing kept of rows that nobody complains of."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import NamedTuple

from auditor.aftermath.codes import Codes
from auditor.aftermath.complaint import name_of
from auditor.aftermath.docket import Docket, Numbered
from auditor.aftermath.standing import EXACT, Looked, faults, rule

Row = Sequence[Looked]  # the images of one product row, at least one


class _Known(NamedTuple):
    """The complaints about some rows: by SKU, and those without one by message and by ASIN."""

    by_sku: Mapping[str, list[Numbered]]
    by_message: Mapping[int, list[Numbered]]
    by_asin: Mapping[str, list[Numbered]]


class Join:
    """Joins product rows to complaints, in feed order.

    An SKU leads to its rows, and where a complaint has none, an ASIN. `numbered` names the feeds whose rows are
    numbered as their messages are: to those, a message's number leads, too.
    """

    def __init__(self, docket: Docket, codes: Codes, numbered: frozenset[str]) -> None:
        self.rows = 0  # product rows with images
        self.images = 0
        self.unaudited = 0  # of these, such as the audit doesn't have with their present address
        self._docket = docket
        self._codes = codes
        self._numbered = numbered

    async def see(self, portions: AsyncIterator[Sequence[Row]]) -> None:
        """Note what holds of all rows of the feed. Raises what reading them raises."""
        async for rows in portions:
            by_sku = self._docket.of_skus(_sku(row) for row in rows)
            by_message = self._docket.of_messages({row[0].ref.row for row in rows if self._is_numbered(row)})
            by_asin = self._docket.of_asins(row[0].ref.asin for row in rows)
            known = _Known(by_sku, by_message, by_asin)
            for row in rows:
                self._see(row, known)

    def _see(self, row: Row, known: _Known) -> None:
        self.rows += 1
        self.images += len(row)
        self.unaudited += sum(1 for image in row if image.found is None)
        for number, complaint in self._about(row, known):
            exact = EXACT if self._is_numbered(row) and complaint.message_id == row[0].ref.row else 0
            rulings = rule(self._codes.meaning(complaint), row)
            self._docket.put(self.rows, row, number, [one._replace(rank=one.rank + exact) for one in rulings])
        found = list(faults(row))
        if found:
            self._docket.put(self.rows, row, None, found)

    def _about(self, row: Row, known: _Known) -> Iterable[Numbered]:
        """Return the complaints about a row, each once: one may name both its message and its ASIN."""
        about = [*known.by_sku.get(_sku(row), ()), *known.by_asin.get(row[0].ref.asin, ())]
        if self._is_numbered(row):
            about += known.by_message.get(row[0].ref.row, ())
        return {numbered.number: numbered for numbered in about}.values()

    def _is_numbered(self, row: Row) -> bool:
        return row[0].ref.feed in self._numbered


def _sku(row: Row) -> str:
    return name_of(row[0].ref.sku)
