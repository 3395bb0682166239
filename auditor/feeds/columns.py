"""Which column of a table holds what: recognised by name, or named by the user."""

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

from auditor.errors import Sentence
from auditor.feeds.attribute import parse_attribute
from auditor.feeds.cells import shown
from auditor.settings import SLOTS, FeedSettings
from auditor.urls import INVISIBLE

# Names as `plain` makes them. Of several columns for one use, the name that stands first here wins, the more precise
# one; of several of the same name, the leftmost. Names: templates, listing reports and plain tables, domain section 3.
_ASIN = ("asin", "asin1", "merchantsuggestedasin")
_SKU = ("sku", "sellersku", "itemsku", "contributionsku")
_GOOGLE = ("id", "imagelink")  # beside the latter, and without any of these, the former is a product's
# An id, and the column that says whether it is an ASIN, EAN, UPC, …
_TYPED = (
    ("externalproductid", "externalproductidtype"),
    ("amzn1.volt.ca.productidvalue", "amzn1.volt.ca.productidtype"),
    ("standardproductid", "productidtype"),
    ("productid", "productidtype"),
)
IS_ASIN = frozenset({"asin", "1"})  # the Inventory Loader and listing reports number the types
FURTHER = "PT"  # the slot of a column with a list of further images in each cell
_IMAGES = {
    "MAIN": ("mainproductimagelocator", "mainimageurl", "imageurl", "imagelink", "url"),
    **{f"PT{number:02d}": (f"otherproductimagelocator{number}", f"otherimageurl{number}") for number in range(1, 9)},
    FURTHER: (
        "additionalimagelink",
        "additionalimagelinks",
        "additionalimages",
        "additionalimageurls",
        "otherimageurls",
    ),
    "SWCH": ("swatchproductimagelocator", "swatchimageurl"),
    "OFFER": ("mainofferimagelocator", "mainofferimage"),
    **{f"OFFER{number}": (f"otherofferimagelocator{number}", f"offerimage{number}") for number in range(1, 6)},
}
_FURTHER_SLOTS = frozenset(slot for slot in SLOTS if slot.startswith(FURTHER))
_SLOTS = {names[0]: slot for slot, names in _IMAGES.items() if slot != FURTHER}  # by attribute
_PRECISE = ("main", "other", "swatch", "offer")  # what names begin with that say which image they are for
_NAMED_SLOTS = {
    name: slot for slot, names in _IMAGES.items() if slot != FURTHER for name in names if name.startswith(_PRECISE)
}
_LONG_NAMES = tuple(name for names in _IMAGES.values() for name in names if len(name) > 3)  # url is like too much
# The values of actions and levels are localised: in the languages of Amazon's marketplaces.
_DELETE = frozenset(
    (
        *("delete", "löschen", "supprimer", "elimina", "eliminar", "eliminare", "verwijderen", "usuń", "radera"),
        *("sil", "excluir", "xóa", "削除", "删除", "刪除"),
    )
)
PARENT = frozenset(
    (
        *("parent", "übergeordnet", "übergeordnetes", "principal", "principale", "padre", "genitore", "bovenliggend"),
        *("nadrzędny", "överordnad", "ana", "pai", "親", "親商品", "父", "父商品", "父体"),
    )
)
# Rows that need no image: deletions, and parents of variations.
_EXEMPT = {
    "updatedelete": _DELETE,
    "recordaction": _DELETE,
    "operationtype": _DELETE,
    "adddelete": frozenset({*_DELETE, "d", "x"}),  # the Inventory Loader: a (add), d (delete), x (delete wholly)
    "parentchild": PARENT,
    "parentage": PARENT,
    "parentagelevel": PARENT,
}
_LOOKED_FOR = "main_image_url, image_url, url, other_image_url1…8, swatch_image_url"
_PICTURE = re.compile("image|img|photo|foto|picture|pic|bild|画像|图片|hình", re.IGNORECASE)  # the closest guess
_SHOWN = 30  # column names listed in a message
_LONGEST = 200  # characters of a name in a report
_IGNORED = 100  # names of columns that are told not to be looked at
_NAMED = 9  # columns that the user can name: MAIN and PT01 to PT08


class ImageColumn(NamedTuple):
    """A column of image links: where it stands, and its slot. `marketplace` is empty where it is for the feed's own."""

    at: int
    slot: str
    marketplace: str = ""


class Columns(NamedTuple):
    """The columns in use, as indexes into a row (-1: none).

    `images` stand by marketplace in order of appearance, and there by slot. `exempt` pairs an index with the words that
    exempt a row. `typed` are those of an id that is an ASIN only where the other says so. `kept` are carried along.
    """

    header: tuple[str, ...]
    asin: int
    sku: int
    images: tuple[ImageColumn, ...]
    exempt: tuple[tuple[int, frozenset[str]], ...]
    typed: tuple[int, int] | None = None
    kept: tuple[int, ...] = ()

    @property
    def used(self) -> int:
        """How many columns hold an id or an image: the evidence that this is a header."""
        return (self.asin >= 0) + (self.sku >= 0) + (self.typed is not None) + len(self.images)

    @property
    def slots(self) -> frozenset[str]:
        """The slots that there are columns for."""
        slots = {column.slot for column in self.images}
        return frozenset(slots | _FURTHER_SLOTS if FURTHER in slots else slots)

    @property
    def marketplaces(self) -> tuple[str, ...]:
        """The marketplaces that columns are for, in order of appearance."""
        return tuple(dict.fromkeys(column.marketplace for column in self.images if column.marketplace))

    @property
    def wanted(self) -> frozenset[int]:
        """The columns that are looked at."""
        used = {self.asin, self.sku, *(self.typed or ()), *self.kept, *(index for index, _ in self.exempt)}
        return frozenset(used | {column.at for column in self.images})

    @property
    def ignored(self) -> tuple[str, ...]:
        """The names of all other columns, the first hundred of them."""
        wanted = self.wanted
        names = (shown(name[:_LONGEST]) for index, name in enumerate(self.header) if index not in wanted and name)
        return tuple(islice(names, _IGNORED))

    def described(self) -> Sentence:
        """Say which columns are used for what, for the user."""
        names = [shown(self.header[index]) for index in (self.asin, self.sku) if index >= 0]
        names += [f"{shown(self.header[column.at])} ({column.slot})" for column in self.images]
        listed: object = ", ".join(names)
        if self.typed:
            name = shown(self.header[self.typed[0]])
            listed = Sentence("{listed}, and {name} where it is an ASIN", listed=listed, name=name)
        if self.used == 1:
            return Sentence("1 column used: {listed}", listed=listed)
        return Sentence("{count} columns used: {listed}", count=self.used, listed=listed)


def find_columns(header: Sequence[str], settings: FeedSettings) -> Columns:
    """Find the columns in use. Names that the user gave and the header lacks are left out: `complaint` tells them."""
    names = [plain(name) for name in header]
    kept = (_find(header, names, name) for name in settings.keep)
    return Columns(
        header=tuple(name.strip(INVISIBLE) for name in header),
        asin=_find(header, names, _ASIN if settings.asin_column is None else settings.asin_column),
        sku=_find(header, names, _sku(names) if settings.sku_column is None else settings.sku_column),
        images=tuple(_images(header, names, settings.url_columns)),
        exempt=tuple((index, _EXEMPT[name]) for index, name in enumerate(names) if name in _EXEMPT),
        typed=_typed(names) if settings.asin_column is None else None,
        kept=tuple(index for index in kept if index >= 0),
    )


def _sku(names: Sequence[str]) -> Sequence[str]:
    """Return the names of a SKU; in tables of Google Merchant an id is one."""
    return (*_SKU, _GOOGLE[0]) if _GOOGLE[1] in names and not any(name in names for name in _ASIN) else _SKU


def _typed(names: Sequence[str]) -> tuple[int, int] | None:
    """Return where an id and its type are; without its type it may be anything."""
    found = (pair for pair in _TYPED if all(name in names for name in pair))
    return next(((names.index(number), names.index(kind)) for number, kind in found), None)


def _images(header: Sequence[str], names: Sequence[str], chosen: Sequence[str]) -> Iterator[ImageColumn]:
    wanted: Iterable[tuple[str, str | Sequence[str]]] = (
        zip(SLOTS[:_NAMED], chosen, strict=False) if chosen else _IMAGES.items()
    )
    found = [ImageColumn(index, slot, place) for slot, name in wanted for place, index in _places(header, names, name)]
    found += _repeated(names, found)
    for place in dict.fromkeys(column.marketplace for column in sorted(found)):
        yield from (column for column in found if column.marketplace == place)


def _repeated(names: Sequence[str], found: Sequence[ImageColumn]) -> Iterator[ImageColumn]:
    """Yield the further columns of a name that holds further images: Google's tables repeat it, once an image."""
    for first in [column for column in found if column.slot == FURTHER]:
        same = (index for index, name in enumerate(names) if index > first.at and name == names[first.at])
        yield from (ImageColumn(index, FURTHER, first.marketplace) for index in same)


def _places(header: Sequence[str], names: Sequence[str], wanted: str | Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the columns of one name: one for each marketplace, the leftmost."""
    first = _find(header, names, wanted)
    if first < 0:
        return
    seen: set[str] = set()
    last = first + 1 if wanted == header[first] else len(names)  # whoever names one marketplace's wants no other
    for index in range(first, last):
        if names[index] == names[first]:
            place = parse_attribute(header[index].strip(INVISIBLE)).marketplace
            if place not in seen:
                seen.add(place)
                yield place, index


def _find(header: Sequence[str], names: Sequence[str], wanted: str | Sequence[str]) -> int:
    """Return where a column is: for a user's name, exactly so if there is one; else by the plain names."""
    if isinstance(wanted, str):
        if wanted in header:
            return header.index(wanted)
        wanted = (plain(wanted),)
    return next((names.index(name) for name in wanted if name in names), -1)


def complaint(columns: Columns, settings: FeedSettings) -> Sentence | None:
    """Say what is wrong with the columns found, and what to do; None if they will do."""
    missing = lacking(columns, settings)
    if missing:
        return missing
    if len(settings.url_columns) > _NAMED:
        return Sentence(
            "can be read with at most {most} columns of image links, not {count:,}.",
            most=_NAMED,
            count=len(settings.url_columns),
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
    guess = like_images(columns.header)
    return Sentence(
        "has no column of image links; looked for {wanted}; its columns are {found}; {hint}",
        wanted=_LOOKED_FOR,
        found=listed(columns.header),
        hint=Sentence("did you mean --url-column '{guess}'?", guess=guess)
        if guess
        else Sentence("name yours with --url-column."),
    )


def like_images(header: Sequence[str]) -> str | None:
    """Return the first column that is called as if it held images, or nearly as one that does; None if none is."""
    short = [name for name in header if len(name) <= _LONGEST]
    found = next((name for name in short if _PICTURE.search(name)), None)
    if found is None:
        found = next((name for name in short[:_SHOWN] if get_close_matches(plain(name), _LONG_NAMES, 1, 0.8)), None)
    return None if found is None else shown(found)


@lru_cache(4096)
def slot_of(name: str) -> str | None:
    """Return the slot of an image attribute; None for any other attribute."""
    return _SLOTS.get(plain(name))


def named_slot(name: str) -> str | None:
    """Return the slot of a column or attribute, of whatever kind of feed, whose name alone says which image it is."""
    return _NAMED_SLOTS.get(plain(name))


def lacking(columns: Columns, settings: FeedSettings) -> Sentence | None:
    """Say which column that the user named isn't there, and which may be meant; None if all are."""
    names = [plain(name) for name in columns.header]
    for name in (settings.asin_column, settings.sku_column, *settings.url_columns, *settings.keep):
        if name is not None and _find(columns.header, names, name) < 0:
            found, guess = listed(columns.header), _guess(name, columns.header)
            return Sentence(
                "has no column {column!r}; its columns are {found}{guess}", column=name, found=found, guess=guess
            )
    return None


def listed(header: Sequence[str]) -> Sentence | str:
    """Name the columns of a header, the first thirty of them, for a message."""
    names = ", ".join(shown(name[:40]) or "“”" for name in header[:_SHOWN])
    if len(header) <= _SHOWN:
        return names
    return Sentence("{names} and {count:,} more", names=names, count=len(header) - _SHOWN)


def _guess(name: str, header: Sequence[str]) -> Sentence | str:
    by_plain = {plain(column): column for column in header if column}
    close = get_close_matches(plain(name), by_plain, n=1)
    return Sentence("; did you mean {close}?", close=f"'{shown(by_plain[close[0]])}'") if close else "."


def plain(name: str) -> str:
    """Leave case, spaces and punctuation out of a name: `Seller-SKU`, `seller_sku` and `::seller sku` are one.

    Of a unified template's name, marketplace and language go too, and the first instance's own value or place:
    `contribution_sku#1.value` is `contributionsku`. Other fields and instances are other columns.
    """
    name = name.strip(INVISIBLE)
    if "#" in name or "[" in name:
        attribute = parse_attribute(name)
        if attribute.instance <= 1 and attribute.field in {"", "value", "media_location"}:
            name = attribute.name
    return re.sub(r"[\s_:\-]+", "", name).casefold()
