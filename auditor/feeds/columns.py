"""Which column of a table holds what: recognised by name, or named by the user."""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import NamedTuple

from auditor.errors import Sentence
from auditor.feeds.cells import shown
from auditor.settings import SLOTS, FeedSettings
from auditor.urls import INVISIBLE

# Names as `_plain` makes them. Of several columns for one use, the name that stands first here wins, the more precise
# one; of several of the same name, the leftmost. Names: templates, listing reports and plain tables, domain section 3.
_ASIN = ("asin", "asin1")
_SKU = ("sku", "sellersku", "itemsku")
_TYPED = ("externalproductid", "externalproductidtype")  # an ASIN, EAN, UPC, …, and which of these it is
_IMAGES = {
    "MAIN": ("mainimageurl", "imageurl", "url"),
    **{f"PT{number:02d}": (f"otherimageurl{number}",) for number in range(1, 9)},
    "SWCH": ("swatchimageurl",),
}
# Rows that need no image: deletions, and parents of variations.
_EXEMPT = {
    "updatedelete": "delete",
    "recordaction": "delete",
    "operationtype": "delete",
    "parentchild": "parent",
    "parentage": "parent",
}
_LOOKED_FOR = "main_image_url, image_url, url, other_image_url1…8, swatch_image_url"
_SHOWN = 30  # column names listed in a message


class Columns(NamedTuple):
    """The columns in use, as indexes into a row (-1: none). `images` and `exempt` pair an index with slot or word.

    `typed` are those of an id that is an ASIN only where the other says so.
    """

    header: tuple[str, ...]
    asin: int
    sku: int
    images: tuple[tuple[int, str], ...]
    exempt: tuple[tuple[int, str], ...]
    typed: tuple[int, int] | None = None

    @property
    def used(self) -> int:
        """How many columns hold an id or an image: the evidence that this is a header."""
        return (self.asin >= 0) + (self.sku >= 0) + (self.typed is not None) + len(self.images)

    def described(self) -> str:
        """Say which columns are used for what, for the user."""
        names = [shown(self.header[index]) for index in (self.asin, self.sku) if index >= 0]
        names += [f"{shown(self.header[self.typed[0]])} (where it is an ASIN)"] if self.typed else []
        names += [f"{shown(self.header[index])} ({slot})" for index, slot in self.images]
        return f"{self.used} column{'s' if self.used > 1 else ''} used: {', '.join(names)}"


def find_columns(header: Sequence[str], settings: FeedSettings) -> Columns:
    """Find the columns in use. Names that the user gave and the header lacks are left out: `complaint` tells them."""
    names = [_plain(name) for name in header]
    return Columns(
        header=tuple(name.strip(INVISIBLE) for name in header),
        asin=_find(header, names, _ASIN if settings.asin_column is None else settings.asin_column),
        sku=_find(header, names, _SKU if settings.sku_column is None else settings.sku_column),
        images=tuple(_images(header, names, settings.url_columns)),
        exempt=tuple((index, _EXEMPT[name]) for index, name in enumerate(names) if name in _EXEMPT),
        typed=_typed(names) if settings.asin_column is None else None,
    )


def _typed(names: Sequence[str]) -> tuple[int, int] | None:
    """Return where an id and its type are; without its type it may be anything."""
    return (names.index(_TYPED[0]), names.index(_TYPED[1])) if all(name in names for name in _TYPED) else None


def _images(header: Sequence[str], names: Sequence[str], chosen: Sequence[str]) -> Iterator[tuple[int, str]]:
    wanted = zip(SLOTS, chosen, strict=False) if chosen else _IMAGES.items()
    for slot, name in wanted:
        index = _find(header, names, name)
        if index >= 0:
            yield index, slot


def _find(header: Sequence[str], names: Sequence[str], wanted: str | Sequence[str]) -> int:
    """Return where a column is: for a user's name, exactly so if there is one; else by the plain names."""
    if isinstance(wanted, str):
        if wanted in header:
            return header.index(wanted)
        wanted = (_plain(wanted),)
    return next((names.index(name) for name in wanted if name in names), -1)


def complaint(columns: Columns, settings: FeedSettings) -> Sentence | None:
    """Say what is wrong with the columns found, and what to do; None if they will do."""
    names = [_plain(name) for name in columns.header]
    chosen = (settings.asin_column, settings.sku_column, *settings.url_columns)
    for name in chosen:
        if name is not None and _find(columns.header, names, name) < 0:
            found, guess = _listed(columns.header), _guess(name, columns.header)
            return Sentence(
                "has no column {column!r}; its columns are {found}{guess}", column=name, found=found, guess=guess
            )
    if len(settings.url_columns) > len(SLOTS) - 1:
        most, count = len(SLOTS) - 1, len(settings.url_columns)
        return Sentence(
            "can be read with at most {most} columns of image links, not {count:,}.", most=most, count=count
        )
    if len(columns.header) > settings.column_limit:
        count, most = len(columns.header), settings.column_limit
        return Sentence(
            "has {count:,} columns, more than the {most:,} that are read; is it a table?", count=count, most=most
        )
    if columns.images:
        return None
    if any(name.lower().startswith(("http://", "https://")) for name in columns.header):
        return Sentence(
            "has links in its first row, where the column names should be; add a row with names such as asin, url."
        )
    return Sentence(
        "has no column of image links; looked for {wanted}; its columns are {found}; name yours with --url-column.",
        wanted=_LOOKED_FOR,
        found=_listed(columns.header),
    )


def _listed(header: Sequence[str]) -> Sentence | str:
    names = ", ".join(shown(name[:40]) or "“”" for name in header[:_SHOWN])
    if len(header) <= _SHOWN:
        return names
    return Sentence("{names} and {count:,} more", names=names, count=len(header) - _SHOWN)


def _guess(name: str, header: Sequence[str]) -> Sentence | str:
    by_plain = {_plain(column): column for column in header if column}
    close = get_close_matches(_plain(name), by_plain, n=1)
    return Sentence("; did you mean {close}?", close=f"'{shown(by_plain[close[0]])}'") if close else "."


def _plain(name: str) -> str:
    """Leave case, spaces and punctuation out of a name: `Seller-SKU`, `seller_sku` and `::seller sku` are one."""
    return re.sub(r"[\s_:\-]+", "", name.strip(INVISIBLE)).casefold()
