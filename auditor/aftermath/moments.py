"""Points in time: as people write them, in whichever zone, and as they are shown. Pure but for the system's zone.

Inside, a moment is seconds since the epoch, so that 24 hours are 24 hours on days of 23 and 25, too.
"""

import re
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo

from auditor.errors import SettingsError

_WRITTEN = re.compile(
    r"(\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?)\s*(Z|UTC|[+-]\d\d:?\d\d|[A-Za-z][\w+-]*(?:/[\w+-]+)+)?"
)
_FIRST_YEAR = 1995  # that in which Amazon opened; times near the year 1 can't be shown in every zone


def read_moment(text: str) -> float:
    """Read a date and time, in a zone that it names or else in that of this computer. Raises `SettingsError`.

    A time that clocks skipped, or showed twice, when they were changed is refused: it could be off by an hour.
    """
    match = _WRITTEN.fullmatch(text.strip())
    if match is None:
        raise _unreadable(text)
    written, zone = match.groups()
    if int(written[:4]) < _FIRST_YEAR:
        raise SettingsError(
            "{text!r} can't be when something was sent to Amazon: it names a year before {year}.",
            text=text,
            year=_FIRST_YEAR,
        )
    try:
        if zone is not None and zone[0] in "+-":
            return datetime.fromisoformat(written + zone).timestamp()
        return _only(text, datetime.fromisoformat(written), _zone(zone))
    except (ValueError, OverflowError, OSError):
        raise _unreadable(text) from None


def _unreadable(text: str) -> SettingsError:
    return SettingsError(
        "{text!r} is no date and time: write it as 2026-11-24 09:30, with a zone behind it if it isn't that of this "
        "computer, such as +07:00, Z or America/Los_Angeles.",
        text=text,
    )


def _zone(name: str | None) -> tzinfo | None:
    """Find a zone by its name; None is this computer's."""
    if name is None:
        return None
    if name in ("Z", "UTC"):
        return UTC
    try:
        return ZoneInfo(name)
    except (OSError, ValueError, LookupError):
        raise SettingsError(
            "The time zone {name!r} isn't known here; write the difference to UTC in its place, such as +07:00.",
            name=name,
        ) from None


def _only(text: str, written: datetime, zone: tzinfo | None) -> float:
    """Tell the one moment at which clocks in a zone show a time. Raises `SettingsError` if there isn't exactly one."""
    candidates = {written.replace(tzinfo=zone, fold=fold).timestamp() for fold in (0, 1)}
    moments = sorted(at for at in candidates if datetime.fromtimestamp(at, zone).replace(tzinfo=None) == written)
    if not moments:
        raise SettingsError(
            "The time {text!r} didn't come about: clocks were put forward over it. Write what they showed then.",
            text=text,
        )
    if len(moments) > 1:
        first, second = (_aware(at, zone).strftime("%z") for at in moments)
        raise SettingsError(
            "The time {text!r} came twice, since clocks were put back: write {first} or {second} behind it.",
            text=text,
            first=first,
            second=second,
        )
    return moments[0]


def _aware(moment: float, zone: tzinfo | None) -> datetime:
    """Tell what a clock in a zone shows."""
    return datetime.fromtimestamp(moment, UTC).astimezone(zone)


def local(moment: float) -> str:
    """Write a moment as clocks of this computer show it, such as 2026-11-24 21:05 +07:00."""
    shown = _aware(moment, None)
    offset = shown.strftime("%z")
    return f"{shown:%Y-%m-%d %H:%M} {offset[:3]}:{offset[3:5]}"


def utc(moment: float) -> str:
    """Write a moment in universal time, such as 2026-11-24 14:05 UTC."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M} UTC"
