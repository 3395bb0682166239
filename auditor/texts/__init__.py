"""What a finding means to a seller: symptom, reason and solution, one TOML file per language."""

import math
import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, NamedTuple

from auditor.errors import Sentence, SettingsError
from auditor.model import Finding, Values
from auditor.texts.numbers import Numbers

_SUFFIX = ".toml"
_CHANNEL = "Amazon"  # whom the texts name
_PLACEHOLDER = re.compile(r"\{(\w+)(?::(\w+))?\}")


class Text(NamedTuple):
    """The three sentences about one finding, in a seller's words."""

    symptom: str
    reason: str
    solution: str


class Texts:
    """The texts of one language.

    `words` are tables of words by placeholder: a value that is a slug of its placeholder's table is shown by its word.
    `placeholders` says what the value of each is. `messages` are sentences of the program by their English. `channels`
    hold what is said otherwise where another than Amazon shows the images. `steps` and `refusals` say what became of a
    picture that was to be converted.
    """

    def __init__(self, table: Mapping[str, Any]) -> None:
        self._table = table
        self.words: Mapping[str, Mapping[str, str]] = table["words"]
        self.summary: Mapping[str, str] = table["summary"]
        self.codes: Mapping[str, Mapping[str, Any]] = table["codes"]
        self.placeholders: Mapping[str, str] = table["placeholders"]
        self.messages: Mapping[str, str] = table.get("messages", {})
        self.channels: Mapping[str, Mapping[str, Any]] = table.get("channels", {})
        self.steps: Mapping[str, str] = table["steps"]
        self.refusals: Mapping[str, str] = table["refusals"]
        self._numbers = Numbers(table["numbers"])

    def under(self, channel: str) -> "Texts":
        """Give the texts where `channel` shows the images: they name it, and claim of it what is known of it."""
        if channel == _CHANNEL:
            return self
        own = self.channels.get(channel, {})
        spoken = {part: _over(_renamed(self._table[part], channel), own.get(part, {})) for part in ("summary", "codes")}
        return Texts({**self._table, **spoken})

    def of(self, finding: Finding) -> Text:
        """Put a finding into words. A finding's `case` chooses its own wording where there is one."""
        texts, values = self.codes[finding.code], finding.values
        case = texts.get(str(values["case"]), texts) if "case" in values else texts
        symptom, reason, solution = (case.get(part) or texts[part] for part in Text._fields)
        return Text(self._fill(symptom, values), self._fill(reason, values), self._fill(solution, values))

    def meaning(self, code: str) -> str:
        """Say in a few words what a code stands for, whatever the values."""
        meaning: str = self.codes[code]["meaning"]
        return meaning

    def wordings(self, code: str) -> Mapping[str, Mapping[str, str]]:
        """Give the sentences of a code, and under each of its cases those that are the case's own.

        Where a finding fills in a value, they say in ‹› what it is.
        """
        texts = self.codes[code]
        cases = {"": texts} | {case: own for case, own in texts.items() if not isinstance(own, str)}
        return {
            case: {part: self._named(own[part]) for part in Text._fields if part in own} for case, own in cases.items()
        }

    def phrase(self, name: str, /, **values: object) -> str:
        """What the program itself says, with its values filled in as `str.format` does."""
        return self._numbers.vformat(self.summary[name], (), values)

    def number(self, value: float, form: str = ",") -> str:
        """Write a number alone, in a form that `format` knows."""
        return self._numbers.format_field(value, form)

    def said(self, sentence: Sentence) -> str:
        """Say a sentence in this language; one that the catalogue lacks stays English."""
        values = {
            name: self.said(value) if isinstance(value, Sentence) else value for name, value in sentence.values.items()
        }
        template = self.messages.get(sentence.template, sentence.template)
        return self._numbers.vformat(template, (), values) if values else template

    def _fill(self, text: str, values: Values) -> str:
        if "{" not in text:
            return text
        return _PLACEHOLDER.sub(lambda place: self._show(place[1], place[2], values), text)

    def _named(self, text: str) -> str:
        return _PLACEHOLDER.sub(lambda place: _aside(f"‹{self.placeholders[place[1]]}›", place[2]), text)

    def _show(self, name: str, unit: str | None, values: Values) -> str:
        value = values[name]
        if isinstance(value, str):
            return _aside(self.words.get(name, {}).get(value, value), unit)
        if unit == "MB":
            # Rounded up: a file just over a limit of 10 MB shall not be said to have 10 MB.
            return self.number(math.ceil(value / 100_000) / 10, "g")
        return str(value)


def _renamed(table: Mapping[str, Any], channel: str) -> dict[str, Any]:
    """Name another channel in all texts of a table."""
    return {
        key: said.replace(_CHANNEL, channel) if isinstance(said, str) else _renamed(said, channel)
        for key, said in table.items()
    }


def _over(table: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Put the texts of one table in place of those of another."""
    merged = dict(table)
    for key, said in own.items():
        merged[key] = said if isinstance(said, str) else _over(merged.get(key, {}), said)
    return merged


def _aside(text: str, unit: str | None) -> str:
    """A text as it is; where it is an aside, in brackets, or nothing if there is none."""
    if unit != "aside":
        return text
    return f" (“{text}”)" if text else ""


def names() -> tuple[str, ...]:
    """List the languages there are texts for."""
    found = (entry.name for entry in files(__name__).iterdir())
    return tuple(sorted(name.removesuffix(_SUFFIX) for name in found if name.endswith(_SUFFIX)))


@cache
def load(language: str) -> Texts:
    """Load the texts of a language, such as "en". Raises SettingsError if there are none."""
    known = names()
    if language not in known:
        raise SettingsError(
            "There are no texts in the language {language!r}: there are {known}.",
            language=language,
            known=", ".join(known),
        )
    return Texts(tomllib.loads(files(__name__).joinpath(language + _SUFFIX).read_text(encoding="utf-8")))
