"""What Amazon's codes say of images: those that are known, patterns for the rest, and before them the user's own."""

import re
import tomllib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from auditor.aftermath.complaint import Complaint
from auditor.errors import SettingsError, reason
from auditor.feeds.columns import named_slot
from auditor.settings import SLOTS

_ATTRIBUTE = re.compile(r"[a-z]+(?:[_-][a-z0-9]+){1,5}", re.IGNORECASE | re.ASCII)
_MAIN = re.compile(r"\bmain (?:product )?image\b", re.IGNORECASE)
_REMEMBERED = 1000  # complaints that differ
_LOOKED_AT = 4000  # characters of a message in which attributes and words are looked for


class About(StrEnum):
    """What a complaint is about, as far as images go. codes.toml says more of each."""

    LINK = "link"
    MISSING = "missing"
    CONTENT = "content"
    ELSEWHERE = "elsewhere"
    IDENTICAL = "identical"
    OTHER = "other"


class Meaning(NamedTuple):
    """What a complaint says of images: the slots it names (none: any image of the product), and what explains it.

    `ours` are our own codes that do even where they only warn; `step` what to do, in the words of the user's own file.
    """

    about: About
    slots: tuple[str, ...] = ()
    ours: frozenset[str] = frozenset()
    step: str = ""


class _Rule(NamedTuple):
    """One entry of a file: an exact code, or patterns that a code, an attribute or a message must fit."""

    code: str
    patterns: Mapping[str, re.Pattern[str]]
    meaning: Meaning


_OTHER = Meaning(About.OTHER)
_KEYS = frozenset({"code", "about", "slot", "ours", "step", "source", "confidence", "attribute", "text"})


class Codes:
    """Says what complaints are about, by the rules of files; those that come first count first."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._exact: dict[str, Meaning] = {}
        for rule in rules:
            if rule.code:
                self._exact.setdefault(rule.code, rule.meaning)
        self._patterns = [rule for rule in rules if not rule.code]
        self._known = lru_cache(_REMEMBERED)(self._meaning)  # Amazon says the same of thousands of products

    @property
    def known(self) -> tuple[str, ...]:
        """The codes that are known one by one."""
        return tuple(self._exact)

    def meaning(self, complaint: Complaint) -> Meaning:
        """Say what a complaint is about. Slots that it names itself go before that of its code."""
        return self._known(complaint.code, complaint.attribute, complaint.message[:_LOOKED_AT])

    def _meaning(self, code: str, attribute: str, message: str) -> Meaning:
        complaint = Complaint(code=code, attribute=attribute, message=message)
        found = self._exact.get(complaint.code) or self._fitting(complaint)
        if found.about is About.OTHER or found.about is About.IDENTICAL:
            return found
        return found._replace(slots=_slots(complaint) or found.slots)

    def _fitting(self, complaint: Complaint) -> Meaning:
        words = {"code": complaint.code, "attribute": complaint.attribute, "text": complaint.message}
        for rule in self._patterns:
            if all(
                pattern.fullmatch(words[name]) if name == "code" else pattern.search(words[name])
                for name, pattern in rule.patterns.items()
            ):
                return rule.meaning
        return _OTHER


def _slots(complaint: Complaint) -> tuple[str, ...]:
    """Return the slots of the attributes that a complaint names, in a field for them or within its message."""
    named = [named_slot(name) for name in complaint.attribute.split(",")]
    named += map(named_slot, _ATTRIBUTE.findall(complaint.message))
    named += ["MAIN"] if _MAIN.search(complaint.message) else []
    return tuple(dict.fromkeys(slot for slot in named if slot))


def load_codes(path: Path | None = None) -> Codes:
    """Load the codes that are known, and before them those of a file of the user's own. Raises SettingsError."""
    own = [] if path is None else _read(str(path), _content(path))
    built_in = files(__package__).joinpath("codes.toml").read_bytes()
    return Codes([*own, *_read("codes.toml", built_in)])


def _content(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise SettingsError("The file of codes {file} can't be read: {why}.", file=path, why=reason(error)) from error


def _read(file: str, content: bytes) -> list[_Rule]:
    try:
        table = tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise SettingsError("The file of codes {file} isn't a TOML file: {why}.", file=file, why=str(error)) from error
    unknown = next((key for key in table if key not in {"code", "pattern"}), None)
    every = [(kind, entry) for kind in ("code", "pattern") for entry in _listed(table.get(kind, []))]
    entries = [(kind, entry) for kind, entry in every if isinstance(entry, dict)]
    if unknown is not None or len(entries) < len(every):
        raise SettingsError(
            "The file of codes {file} holds something else than {known}.", file=file, known="[[code]], [[pattern]]"
        )
    return [_rule(file, number, kind, entry) for number, (kind, entry) in enumerate(entries, 1)]


def _listed(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else (value,)


def _rule(file: str, number: int, kind: str, entry: Mapping[str, object]) -> _Rule:
    """Read one entry. Raises SettingsError that names it, and what is allowed."""
    code = str(entry["code"]) if kind == "code" and "code" in entry else ""
    patterns = {name: str(entry[name]) for name in ("code", "attribute", "text") if name in entry and not code}
    if not (code or patterns):
        raise SettingsError(
            "Entry {number} of the file of codes {file} lacks the key that says what it is for: {keys}.",
            number=number,
            file=file,
            keys="code" if kind == "code" else "code, attribute, text",
        )
    _see_values(file, number, entry)
    try:
        compiled = {name: re.compile(text, re.IGNORECASE) for name, text in patterns.items()}
    except re.error as error:
        raise SettingsError(
            "Entry {number} of the file of codes {file} has a pattern that can't be read: {why}.",
            number=number,
            file=file,
            why=str(error),
        ) from error
    slots = (str(entry["slot"]),) if entry.get("slot") else ()
    ours = frozenset(map(str, _listed(entry.get("ours", []))))
    return _Rule(code, compiled, Meaning(About(str(entry["about"])), slots, ours, str(entry.get("step", ""))))


def _see_values(file: str, number: int, entry: Mapping[str, object]) -> None:
    """See that an entry has no other keys, and that those with a closed list of values have one of it."""
    wrong = next((key for key in entry if key not in _KEYS), None)
    if wrong is not None:
        raise SettingsError(
            "Entry {number} of the file of codes {file} has the unknown key {key}: it takes {known}.",
            number=number,
            file=file,
            key=wrong,
            known=", ".join(sorted(_KEYS)),
        )
    for key, value, known in (
        ("about", entry.get("about"), tuple(About)),
        ("slot", entry.get("slot", ""), ("", *SLOTS)),
    ):
        if value not in known:
            raise SettingsError(
                "Entry {number} of the file of codes {file} has a wrong value for the key {key}: it takes {known}.",
                number=number,
                file=file,
                key=key,
                known=", ".join(filter(None, known)),
            )
