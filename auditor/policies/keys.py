"""The keys of a policy file, each with what it takes: the file is read strictly, so that a slip of the pen is found."""

import re
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, NamedTuple, TypeVar

from auditor.errors import Sentence, SettingsError
from auditor.model import Format, Severity

_NAME = re.compile(r"[^{}\x00-\x1f]{1,40}")
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)
_Word = TypeVar("_Word", bound=StrEnum)


class Change(NamedTuple):
    """Rules that hold from a day on, in place of those before; `date` is the day, which begins at midnight UTC."""

    date: str
    rules: Mapping[str, Any]


class _Slip(SettingsError):  # noqa: N818  # it never leaves this module
    """What a value must be, as the end of a sentence that begins with file and key."""


def read(table: Mapping[str, object], file: str) -> dict[str, Any]:
    """Read every key of a policy. Raises SettingsError that names the file, the key, and what is allowed."""
    for key in table:
        if key not in _KEYS:
            close = get_close_matches(key, _KEYS, 1)
            takes = Sentence("it takes {known}.", known=", ".join(_KEYS))
            raise SettingsError(
                "The policy {file} has the unknown key {key}: {hint}",
                file=file,
                key=key,
                hint=Sentence("did you mean {close}?", close=close[0]) if close else takes,
            )
    values = {}
    for key, reader in _KEYS.items():
        try:
            values[key] = reader(table[key] if key in table else _OPTIONAL.get(key))
        except _Slip as slip:
            lacks = Sentence("The policy {file} lacks the key {key}", file=file, key=key)
            wrong = Sentence("The policy {file} has a wrong value for the key {key}", file=file, key=key)
            what = lacks if key not in table else wrong
            raise SettingsError("{what}: it must be {slip}.", what=what, slip=slip.sentence) from None
    values["changes"] = values.pop("from")
    return values


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Slip("a text in quotes")
    return value


def _channel(value: object) -> str:
    if not isinstance(value, str) or not value.strip() or not _NAME.fullmatch(value):
        raise _Slip("a name in quotes, without braces")
    return value


def _date(value: object) -> str:
    if not isinstance(value, str) or not _DATE.fullmatch(value):
        raise _Slip('a year, month or day in quotes, such as "2022" or "2022-05-31"')
    return value


def _count(value: object) -> int:
    if type(value) is not int or value < 1:  # a bool is an int too
        raise _Slip("a whole number of at least 1")
    return value


def _level(value: object) -> int:
    if type(value) is not int or not 240 <= value <= 255:
        raise _Slip("a whole number from 240 to 255")
    return value


def _percent(value: object) -> int:
    if type(value) is not int or not 0 <= value <= 100:
        raise _Slip("a whole number from 0 to 100")
    return value


def _formats(value: object) -> tuple[Format, ...]:
    allowed = Sentence("a list of formats, of {known}", known=", ".join(Format))
    if not isinstance(value, list) or not value:
        raise _Slip("{allowed}", allowed=allowed)
    return tuple(dict.fromkeys(_word(Format, name, allowed) for name in value))


def _severity(value: object) -> dict[str, Severity]:
    allowed = Sentence("a table of codes, each of them {known}", known=", ".join(Severity))
    if not isinstance(value, dict):
        raise _Slip("{allowed}", allowed=allowed)
    return {str(code): _word(Severity, severity, allowed) for code, severity in value.items()}


def _changes(value: object) -> tuple[Change, ...]:
    allowed = Sentence('a list of tables, each with a date such as "2027-01-31" and the keys that change on that day')
    if not isinstance(value, list) or not all(isinstance(table, dict) for table in value):
        raise _Slip("{allowed}", allowed=allowed)
    return tuple(sorted((_change(table, allowed) for table in value), key=lambda change: change.date))


def _change(table: dict[str, object], allowed: Sentence) -> Change:
    day = table.get("date")
    if not isinstance(day, str) or not _is_day(day) or len(table) < 2:
        raise _Slip("{allowed}", allowed=allowed)
    rules = {}
    for key in table.keys() - {"date"}:
        if key not in _CHANGEABLE:
            raise _Slip("{allowed}; {key} isn't one that can", allowed=allowed, key=key)
        try:
            rules[key] = _KEYS[key](table[key])
        except _Slip as slip:
            raise _Slip("{allowed}; {key} takes {slip}", allowed=allowed, key=key, slip=slip.sentence) from None
    return Change(day, {key: rules[key] for key in _KEYS if key in rules})


def _is_day(text: str) -> bool:
    try:
        return _DAY.fullmatch(text) is not None and date.fromisoformat(text) is not None
    except ValueError:
        return False


def _maybe_count(value: object) -> int | None:
    return None if value is None else _count(value)


def _word(words: type[_Word], value: object, allowed: Sentence) -> _Word:
    """Read one word of a closed list."""
    if isinstance(value, str) and value in list(words):
        return words(value)
    raise _Slip("{allowed}, not {value!r}", allowed=allowed, value=value)


# What may be left out, and what holds then. How white is white enough no marketplace says.
_OPTIONAL: Mapping[str, object] = {
    "channel": "Amazon",
    "minimum_shortest": 1,
    "severity": {},
    "white_level": 250,
    "white_border": 80,
    "from": [],
}
_KEYS: Mapping[str, Callable[[object], Any]] = {
    "title": _text,
    "date": _date,
    "source": _text,
    "channel": _channel,
    "formats": _formats,
    "minimum_longest": _count,
    "minimum_shortest": _count,
    "zoom_longest": _count,
    "maximum_longest": _count,
    "maximum_pixels": _maybe_count,
    "swatch_longest": _count,
    "tracking_pixel": _count,
    "maximum_bytes": _count,
    "maximum_url": _count,
    "white_level": _level,
    "white_border": _percent,
    "severity": _severity,
    "from": _changes,
}
_CHANGEABLE = _KEYS.keys() - {"title", "date", "source", "channel", "from"}
