"""What a marketplace takes: one dated TOML file per set of rules, and the record that it fills.

A new policy is one new file in this directory; a file of the user's own loads the same way.
"""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from auditor.errors import Sentence, SettingsError, reason
from auditor.model import Format, Severity
from auditor.policies.keys import Change, read

__all__ = ["Change", "Policy", "choose", "load", "load_file", "names", "read_written", "rules", "written"]

_SUFFIX = ".toml"


@dataclass(frozen=True, slots=True)
class Policy:
    """One set of rules, with its date and its source. Where the numbers come from stands beside them in the file.

    `channel` is who shows the images, as texts call it. The sizes are pixels, "longest" is the longer of width and
    height, "shortest" the other, and `maximum_pixels` their product (None: no limit). `tracking_pixel` bounds both
    sides. `severity` holds only what differs from the defaults that the checks declare. `changes` are rules that hold
    from a day on, by day.
    """

    name: str
    file: str  # as a message calls it
    title: str
    date: str  # a year, month or day, as ISO 8601 writes it
    source: str
    channel: str
    formats: tuple[Format, ...]
    minimum_longest: int
    minimum_shortest: int
    zoom_longest: int
    maximum_longest: int
    maximum_pixels: int | None
    swatch_longest: int
    tracking_pixel: int
    maximum_bytes: int
    maximum_url: int  # characters
    white_level: int  # of the darkest channel, from which on a pixel counts as white
    white_border: int  # percent of the outermost pixels of a main image
    severity: Mapping[str, Severity]
    changes: tuple[Change, ...] = ()

    def at(self, now: datetime) -> "Policy":
        """Return the rules as they are at a time in UTC: `changes` are then those still to come."""
        today = now.date().isoformat()
        past = [change for change in self.changes if change.date <= today]
        policy = self.on(past[-1]) if past else self
        return replace(policy, changes=self.changes[len(past) :])

    def on(self, change: Change) -> "Policy":
        """Return the rules of the day on which one of them changes."""
        before = tuple(one for one in self.changes if one.date <= change.date)
        rules = {key: value for one in before for key, value in one.rules.items() if key != "severity"}
        severity = dict(self.severity)
        for one in before:
            severity |= one.rules.get("severity", {})
        return replace(self, **rules, severity=severity, changes=())


def written(policy: Policy) -> str:
    """Write a policy down as it holds now, without what changes later: another run may want to judge as this one."""
    return json.dumps(asdict(replace(policy, file="", changes=())))


def read_written(text: str) -> Policy | None:
    """Read what `written` gives; None for what another version has written."""
    try:
        table = json.loads(text)
        formats = tuple(map(Format, table.pop("formats")))
        severity = {code: Severity(how) for code, how in table.pop("severity").items()}
        return Policy(**{**table, "changes": ()}, formats=formats, severity=severity)
    except (AttributeError, KeyError, TypeError, ValueError):
        return None


def names() -> tuple[str, ...]:
    """List the policies that come with the program, in alphabetical order."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


def load(name: str) -> Policy:
    """Load a policy that comes with the program. Raises SettingsError for a name it doesn't know."""
    return _read(name, name + _SUFFIX, rules(name).encode())


def rules(name: str) -> str:
    """Give the file of a policy that comes with the program. Raises SettingsError for a name it doesn't know."""
    known = names()
    if name not in known:
        close = get_close_matches(name, known, 1, 0.4)
        own = Sentence("a file of your own is named with its {suffix}.", suffix=_SUFFIX)
        raise SettingsError(
            "There is no policy named {name!r}: there are {known}; {hint}",
            name=name,
            known=", ".join(known),
            hint=Sentence("did you mean {close}?", close=close[0]) if close else own,
        )
    return files(__name__).joinpath(name + _SUFFIX).read_text(encoding="utf-8")


def choose(name: str) -> Policy:
    """Load a policy by name, or from a file if that is what is named: it ends in .toml or holds a slash."""
    if name.endswith(_SUFFIX) or "/" in name or os.sep in name:
        return load_file(Path(name))
    return load(name)


def load_file(path: Path) -> Policy:
    """Load a policy of the user's own; it is named after its file. Raises SettingsError, naming file and key."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise SettingsError("The policy {file} can't be read: {why}.", file=path, why=reason(error)) from error
    return _read(path.name.removesuffix(_SUFFIX), str(path), content)


def _read(name: str, file: str, content: bytes) -> Policy:
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))  # Windows' editors begin a text with a mark
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError("The policy {file} isn't a TOML file: {why}.", file=file, why=_place(error)) from error
    return Policy(name=name, file=file, **read(table, file))


def _place(error: ValueError) -> Sentence:
    """Say where a file is no TOML, as far as that is told."""
    place = re.search(r"\(at line (\d+), column (\d+)\)", str(error))
    if str(error).startswith("Cannot "):  # declare twice, overwrite
        line = Sentence("line {line}", line=place[1]) if place else Sentence("its last line")
        return Sentence("{line} begins or says again what a line above it does; leave one of them out", line=line)
    if place:
        return Sentence("what stands at line {line}, column {column} can't be read", line=place[1], column=place[2])
    return Sentence("it is no text in UTF-8") if isinstance(error, UnicodeDecodeError) else Sentence("it ends early")
