"""What the first row of an Amazon template says about the rows below it. Pure."""

import csv
import re
from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote

_ROW_LINES = 100  # physical lines it may have: a quote that is never closed
# The row may stand in one cell, its parts apart by tabs, commas or spaces.
_SETTINGS = re.compile(r"""(?:^|[\s"',;|])settings=([^\s"',;|]*)""")
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
    row = "\t".join(next((row for row in rows if any(row)), ()))
    found = _SETTINGS.search(row.replace("&amp;", "&"))
    text = found[1] if found else ""
    pairs = parse_qsl(text if "=" in text else unquote(text))
    values = {name.casefold(): value.strip() for name, value in pairs}
    marketplace = values.get("primarymarketplaceid", "").rpartition(".")[2]
    return SettingsRow(
        values.get("attributerow", ""),
        values.get("datarow", ""),
        values.get("contentlanguagetag", ""),
        marketplace if _MARKETPLACE.fullmatch(marketplace) else "",
    )


def row_number(stated: str) -> int | None:
    """Return a row's number as stated, or None for what is none."""
    return int(stated) if _NUMBER.fullmatch(stated) else None
