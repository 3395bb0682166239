"""What flags take: the types that click lacks."""

import math
import re
from typing import Any

import click

from auditor.cli.usage import Refusal
from auditor.errors import Sentence, SettingsError
from auditor.settings import SAMPLE_ROWS, SLOTS, SLOWEST, Sample

_SHARE = re.compile(r"(\d+|\d*\.\d+)\s*%", re.ASCII)
_DURATION = re.compile(r"(\d{1,9}(?:\.\d{1,9})?)\s*([smhd]?)", re.ASCII)
_UNITS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = 10 * 365 * 86_400.0  # seconds: what a clock of the system's can be set to
_PART = re.compile(r"\d*\.\d+", re.ASCII)


class Seconds(click.ParamType[float]):
    """A positive, finite number of seconds."""

    name = "seconds"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        try:
            seconds = float(value)
        except (ValueError, OverflowError):
            seconds = math.nan
        if not 0 < seconds < math.inf:
            raise Refusal(Sentence("{value!r} is no positive number of seconds.", value=value), param, ctx)
        return seconds


class Rate(click.ParamType[float]):
    """Requests a second; a fraction is one now and then."""

    name = "rate"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        try:
            rate = float(value)
        except (ValueError, OverflowError):
            rate = math.nan
        if not SLOWEST <= rate < math.inf:
            raise Refusal(
                Sentence(
                    "{value!r} is no number of requests a second: write one from {least} on, such as 0.5.",
                    value=value,
                    least=SLOWEST,
                ),
                param,
                ctx,
            )
        return rate


class Duration(click.ParamType[float]):
    """A length of time such as `90s`, `15m`, `6h` or `2d`; a number alone is seconds."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it; a file may have it as a number."""
        match = _DURATION.fullmatch(str(value).strip())
        seconds = float(match[1]) * _UNITS[match[2]] if match else 0.0
        if not 0 < seconds <= LONGEST:
            raise Refusal(
                Sentence("{value!r} is no length of time: write one such as 90s, 15m or 6h.", value=str(value)),
                param,
                ctx,
            )
        return seconds


class Moment(click.ParamType[float]):
    """A date and time, in a zone that it names or else in that of this computer, as seconds since the epoch."""

    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it."""
        from auditor.aftermath.moments import read_moment

        if isinstance(value, float):
            return value
        try:
            return read_moment(str(value))
        except SettingsError as error:
            raise Refusal(error.sentence, param, ctx) from None


class Slots(click.ParamType[tuple[str, ...]]):
    """Slots, separated by commas."""

    name = "slots"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        slots = tuple(slot.strip().upper() for slot in value.split(","))
        for slot in slots:
            if slot not in SLOTS:
                raise Refusal(
                    Sentence("{slot!r} is no slot. Slots are {known}.", slot=slot, known=", ".join(SLOTS)), param, ctx
                )
        return slots


class Names(click.ParamType[tuple[str, ...]]):
    """Names of columns, separated by commas."""

    name = "names"

    def convert(
        self,
        value: Any,
        param: click.Parameter | None,  # noqa: ARG002  # click's signature
        ctx: click.Context | None,  # noqa: ARG002  # likewise
    ) -> tuple[str, ...]:
        """Read them."""
        if isinstance(value, tuple):
            return value
        return tuple(name.strip() for name in value.split(",") if name.strip())


class SampleType(click.ParamType[Sample]):
    """A number of product rows, or a share such as `10%` or `0.1`."""

    name = "sample"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Sample:
        """Read it; a file may have it as a number."""
        if isinstance(value, Sample):
            return value
        sample = _sample(str(value).strip())
        if sample is None:
            raise Refusal(
                Sentence(
                    "{value!r} is no sample: write a number of product rows from 1 to {most}, or a share such as 10% "
                    "or 0.1.",
                    value=str(value),
                    most=SAMPLE_ROWS,
                ),
                param,
                ctx,
            )
        return sample


class ShareType(click.ParamType[float]):
    """A share such as `5%` or `0.05`, above 0 and up to 1."""

    name = "share"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """Read it; a file may have it as a number."""
        share = 1.0 if str(value).strip() == "1" else _share(str(value).strip())
        if share is None:
            raise Refusal(
                Sentence("{value!r} is no share: write one such as 5% or 0.05.", value=str(value)), param, ctx
            )
        return share


def _sample(text: str) -> Sample | None:
    if text.isascii() and text.isdigit() and len(text) <= len(str(SAMPLE_ROWS)):
        return Sample(rows=int(text)) if 0 < int(text) <= SAMPLE_ROWS else None
    share = _share(text)
    return None if share is None else Sample(share=share)


def _share(text: str) -> float | None:
    percent = _SHARE.fullmatch(text)
    if percent is None and not _PART.fullmatch(text):
        return None
    share = float(percent[1]) / 100 if percent else float(text)
    return share if 0 < share <= 1 else None


class Lines(click.ParamType[str]):
    """A text of which the environment may hold several, one a line: names of columns have spaces and commas."""

    name = "text"
    envvar_list_splitter = "\n"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002  # click's signature
        """Take it as it is."""
        return str(value)
