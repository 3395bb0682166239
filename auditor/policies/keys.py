"""The keys of a policy file, each with what it takes: the file is read strictly, so that a slip of the pen is found."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, TypeVar

from auditor.errors import Sentence, SettingsError
from auditor.model import Format, Severity

_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?", re.ASCII)
_Word = TypeVar("_Word", bound=StrEnum)


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
    return values


def _text(value: object) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _Slip("a text in quotes")
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


def _word(words: type[_Word], value: object, allowed: Sentence) -> _Word:
    """Read one word of a closed list."""
    if isinstance(value, str) and value in list(words):
        return words(value)
    raise _Slip("{allowed}, not {value!r}", allowed=allowed, value=value)


# What may be left out, and what holds then. How white is white enough no marketplace says.
_OPTIONAL: Mapping[str, object] = {"severity": {}, "white_level": 250, "white_border": 80}
_KEYS: Mapping[str, Callable[[object], Any]] = {
    "title": _text,
    "date": _date,
    "source": _text,
    "formats": _formats,
    "minimum_longest": _count,
    "zoom_longest": _count,
    "maximum_longest": _count,
    "swatch_longest": _count,
    "tracking_pixel": _count,
    "maximum_bytes": _count,
    "maximum_url": _count,
    "white_level": _level,
    "white_border": _percent,
    "severity": _severity,
}
