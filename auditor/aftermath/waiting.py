"""Whether images can be expected to show by now. Pure."""

from enum import StrEnum


class Wait(StrEnum):
    """How long ago a product's images were sent, and what is known of them since."""

    WAITING = "waiting"  # they may still appear by themselves
    DUE = "due"  # time to look whether they have
    OVERDUE = "overdue"  # they should have, and there is no picture


def waits(sent: float, now: float, period: float, *, missing: bool | None) -> Wait | None:
    """Tell how a product stands, with times in seconds; None for one that shows its picture.

    `missing` says whether it is on a list of those without a picture; None that there is no list.
    """
    if now < sent + period:
        return Wait.WAITING
    if missing is None:
        return Wait.DUE
    return Wait.OVERDUE if missing else None
