"""The keys of tables that users write: known ones, or an error with the nearest."""

import re
from collections.abc import Collection, Iterable
from difflib import get_close_matches
from pathlib import Path

from auditor.errors import SettingsError

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


def shown(key: str) -> str:
    """Show a key in a message; in any but a plain one a secret may have slipped."""
    return key if _PLAIN.fullmatch(key) else "…"


def check_keys(path: Path, found: Iterable[str], known: Collection[str], place: str = "") -> None:
    """See that a table has no keys but the known ones; `place` is the table's own key. Raises `SettingsError`."""
    for key in found:
        if key in known:
            continue
        name = f"{place}.{shown(key)}" if place else shown(key)
        close = get_close_matches(key.replace("_", "-").lower(), known, 1)
        if close:
            raise SettingsError(
                "The configuration file {file} has the unknown key {key}: did you mean {close}?",
                file=path,
                key=name,
                close=close[0],
            )
        if not place:
            raise SettingsError(
                "The configuration file {file} has the unknown key {key}: it takes the options of auditor check, "
                "without their dashes in front, and hosts.",
                file=path,
                key=name,
            )
        raise SettingsError(
            "The configuration file {file} has the unknown key {key}: it takes {known}.",
            file=path,
            key=name,
            known=", ".join(known),
        )
