"""The products that show no picture, as a list names them. Pure."""

import re
from typing import NamedTuple

from auditor.errors import FeedError, Sentence

_ASIN = re.compile(r"B[0-9A-Z]{9}|\d{9}[\dX]")  # Amazon's own, or the ISBN that a book has for one
_LONGEST = 1000  # characters of a name: no product has such a long one, and all of them wait in memory


class Product(NamedTuple):
    """A product on the list; what it doesn't say of it is empty. `row` is its line, or its place among all."""

    asin: str
    sku: str
    row: int


class Missing:
    """A list of products, found by SKU or ASIN, in the order in which they stand there.

    `what` says what the list was taken for. Of what it holds besides, `showing` counts products with a picture,
    `others` rows with another trouble than pictures, `silent` products of which it doesn't tell, and `unreadable` rows
    that can't be read or name nothing.
    """

    def __init__(self, name: Sentence | str, most: int) -> None:
        self.name = name
        self.what = Sentence("")
        self.products: list[Product] = []
        self.showing = 0
        self.others = 0
        self.silent = 0
        self.unreadable = 0
        self._most = most
        self._by_sku: dict[str, int] = {}
        self._by_asin: dict[str, int] = {}

    @property
    def unknown(self) -> int:
        """How many entries don't tell of a product whether it has a picture."""
        return self.silent + self.unreadable

    def add(self, asin: str, sku: str, row: int) -> None:
        """Take a product; one that is there already isn't taken twice. Raises FeedError for too long a list."""
        if not (asin or sku) or max(len(asin), len(sku)) > _LONGEST:
            self.unreadable += 1
            return
        if (self._by_sku if sku else self._by_asin).get(sku or asin) is not None:
            return
        bare = self._by_asin.get(asin) if asin and sku else None
        if bare is not None and not self.products[bare].sku:  # now its SKU is known, too
            self.products[bare] = self.products[bare]._replace(sku=sku)
            self._by_sku[sku] = bare
            return
        if len(self.products) == self._most:
            raise FeedError(
                "{name} lists more than {most:,} products, which is more than fits; split it.",
                name=self.name,
                most=self._most,
            )
        place = len(self.products)
        self.products.append(Product(asin, sku, row))
        if asin:
            self._by_asin.setdefault(asin, place)
        if sku:
            self._by_sku.setdefault(sku, place)

    def add_name(self, name: str, row: int) -> None:
        """Take a product of which only a name is there, ASIN or SKU: what looks like an ASIN may be either."""
        if not is_asin(name):
            self.add("", name, row)
            return
        before = len(self.products)
        self.add(name, "", row)
        if len(self.products) > before:
            self._by_sku.setdefault(name, before)

    def find(self, asin: str, sku: str) -> int | None:
        """Return the place of a product on the list; None if it isn't there. Two offers of one ASIN share a picture."""
        found = self._by_sku.get(sku) if sku else None
        return self._by_asin.get(asin) if found is None and asin else found


def is_asin(text: str) -> bool:
    """Say whether a text looks like an ASIN."""
    return _ASIN.fullmatch(text) is not None
