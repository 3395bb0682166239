"""What the first row of an Amazon template says about the rows below it. Pure."""

import csv
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

_ROW_LINES = 100  # physical lines it may have: a quote that is never closed
# The row may stand in one cell, its parts apart by tabs, commas or spaces. Long settings go on in further cells:
# settings=…, settings2=…, settings3=….
_SETTINGS = re.compile(r"""(?:^|[\s"',;|])settings(\d{0,3})=([^\s"',;|]*)""")
_MARKETPLACE = re.compile("[A-Z0-9]{8,20}")
_NUMBER = re.compile("[0-9]{1,7}")


class SettingsRow(NamedTuple):
    """What the settings state, empty where they don't; rows as written, which may be nonsense.

    `language` is that of the content, such as ja_JP; `marketplace` the id alone, such as ATVPDKIKX0DER.
    """

    attribute_row: str
    data_row: str
    language: str
    marketplace: str


def read_settings(lines: Sequence[str]) -> SettingsRow:
    """Read the settings in the first row that isn't blank, of lines without their ends."""
    rows = csv.reader((f"{line}\n" for line in lines[:_ROW_LINES]), delimiter="\t")
    return settings_of(next((row for row in rows if any(row)), ()))


def settings_of(row: Sequence[str]) -> SettingsRow:
    """Read the settings in the cells of a template's first row."""
    found = _SETTINGS.findall("\t".join(row).replace("&amp;", "&"))
    parts = [text for _, text in sorted(found, key=lambda part: int(part[0] or 1))]
    readings = tuple(_readings(parts))
    marketplace = _stated(readings, "primarymarketplaceid").rpartition(".")[2]
    return SettingsRow(
        _stated(readings, "attributerow"),
        _stated(readings, "datarow"),
        _stated(readings, "contentlanguagetag"),
        marketplace if _MARKETPLACE.fullmatch(marketplace) else "",
    )


def _readings(parts: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield what the settings say if they were cut anywhere, then if they were cut between two of them."""
    for text in ("".join(parts), "&".join(parts)):
        pairs = parse_qsl(text if "=" in text else unquote(text))
        yield {name.casefold(): value.strip() for name, value in pairs}


def _stated(readings: Sequence[dict[str, str]], name: str) -> str:
    """Return a value, from the first reading in which it makes sense, or as it stands where it makes none."""
    values = [reading[name] for reading in readings if name in reading]
    sensible = (value for value in values if not name.endswith("row") or row_number(value) is not None)
    return next(sensible, values[0] if values else "")


def row_number(stated: str) -> int | None:
    """Return a row's number as stated, or None for what is none."""
    return int(stated) if _NUMBER.fullmatch(stated) else None
