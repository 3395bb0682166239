"""The configuration file: TOML, read strictly, so that a slip of the pen is found.

timeout = 5                            # every option of `auditor check`, under its own name
url-column = ["photo", "second photo"]

[hosts."cdn.example.com"]              # what goes to one host alone: `hosts.py`
headers = { Authorization = "Bearer …" }

A value means what it would mean as a flag: a path is relative to the folder in which the program runs.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple

import click

from auditor.cli.hosts import read_hosts
from auditor.cli.keys import check_keys
from auditor.cli.option import PREFIX, Option, options_of
from auditor.cli.types import Duration, Rate, SampleType, Seconds, ShareType
from auditor.errors import Sentence, SettingsError, reason
from auditor.settings import HostSettings

HOSTS = "hosts"
VARIABLES = frozenset(("TRACEBACK", "GOLDEN"))  # what the program knows beside its options, and what its tests do


class Config(NamedTuple):
    """What a configuration file says: values of options by parameter name, and hosts; or the fault that it has."""

    path: Path | None = None
    values: Mapping[str, Any] = {}
    hosts: tuple[HostSettings, ...] = ()
    fault: SettingsError | None = None


def read_config(ctx: click.Context, _: click.Parameter, path: Path | None) -> Config:
    """Make what the file says the defaults of the other options.

    A fault is kept until the options are known: one of them is the language in which it is told.
    """
    return read_config_of(ctx.command, ctx, path)


def read_config_of(command: click.Command, ctx: click.Context, path: Path | None) -> Config:
    """Do so with a file for that command, of whose options this one's are some."""
    if path is None or ctx.resilient_parsing:  # the shell only wants to complete a line
        return Config()
    try:
        config = load(path, [flag for flag in options_of(command) if flag.storable])
    except SettingsError as fault:
        return Config(path, fault=fault)
    own = {flag.name for flag in options_of(ctx.command) if flag.storable}
    ctx.default_map = {name: value for name, value in config.values.items() if name in own}
    return config


def load(path: Path, options: Iterable[Option]) -> Config:
    """Read a configuration file. Raises `SettingsError`."""
    table = _table(path)
    known = {option.key: option for option in options}
    check_keys(path, table, (*known, HOSTS))
    values = {known[key].name or "": _fitting(path, known[key], value) for key, value in table.items() if key != HOSTS}
    return Config(path, values, read_hosts(path, table.get(HOSTS, {})))


def check_variables(names: Iterable[str], options: Iterable[Option]) -> None:
    """See that each variable of the environment that looks like one of ours is. Raises `SettingsError`."""
    known = {str(option.envvar).removeprefix(PREFIX) for option in options if option.envvar} | VARIABLES
    for name in names:
        bare = name.removeprefix(PREFIX)
        if bare == name or bare in known:
            continue
        close = get_close_matches(bare, sorted(known), 1)
        if close:
            raise SettingsError(
                "The environment has the unknown variable {name}: did you mean {close}?",
                name=name,
                close=PREFIX + close[0],
            )
        raise SettingsError(
            "The environment has the unknown variable {name}: take it out. Options have their names there, such as "
            "AUDITOR_TIMEOUT for --timeout.",
            name=name,
        )


def _table(path: Path) -> Mapping[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise SettingsError(
            "The configuration file {file} can't be read: {why}.", file=path, why=reason(error)
        ) from None
    except UnicodeDecodeError:
        raise SettingsError("The configuration file {file} is no text in UTF-8.", file=path) from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        # Only the place: the message may quote what stands there.
        raise SettingsError(
            "The configuration file {file} is no TOML{where}.", file=path, where=_place(error)
        ) from None


def _place(error: Exception) -> Sentence | str:
    """Where it is wrong, such as ` (at line 3, column 1)`."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if str(error).startswith("Cannot "):  # declare twice, overwrite
        line = Sentence("line {line}", line=place[1]) if place else Sentence("its last line")
        return Sentence(" ({line} begins or says again what a line above it does)", line=line)
    if place:
        return Sentence(" (at line {line}, column {column})", line=place[1], column=place[2])
    return Sentence(" (it ends early)") if "end of document" in str(error) else ""


def _fitting(path: Path, option: Option, value: Any) -> Any:
    """Give the value if it is of the kind that the option takes; what it may be, the option itself knows.

    Raises `SettingsError`: a number in quotes is a slip, and so is a text where yes or no is asked.
    """
    kinds, what = _taken(option)
    values = value if option.multiple and isinstance(value, list) else [value]
    fits = isinstance(value, list) == option.multiple and all(type(one) in kinds for one in values)
    if not fits or any(isinstance(one, str) and "\0" in one for one in values):
        raise SettingsError(
            "The configuration file {file} needs {what} for {key}.", file=path, what=what, key=option.key
        )
    return value


def _taken(option: Option) -> tuple[tuple[type, ...], Sentence]:
    """Which of TOML's types an option takes, and that in words."""
    if option.multiple:
        return (str,), Sentence('a list of texts, such as ["…", "…"],')
    if option.is_flag:
        return (bool,), Sentence("true or false, without quotes,")
    for kind, kinds, what in _NUMBERS:
        if isinstance(option.type, kind):
            return kinds, what
    return (str,), Sentence("a text in quotes")


_NUMBERS: tuple[tuple[type, tuple[type, ...], Sentence], ...] = (
    (SampleType, (int, float, str), Sentence('a number, or a share such as "10%",')),
    (ShareType, (int, float, str), Sentence('a share such as "5%",')),
    (Rate, (int, float), Sentence("a number, without quotes,")),
    (Duration, (int, float, str), Sentence('a length of time such as "6h",')),
    (Seconds, (int, float), Sentence("a number, without quotes,")),
    (click.IntRange, (int,), Sentence("a whole number, without quotes,")),
)
