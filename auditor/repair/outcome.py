"""What became of an address that was to be mended."""

import json
from collections.abc import Mapping
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from auditor.errors import Sentence
from auditor.model import Finding
from auditor.repair.pictures.converted import Converted, Refusal, conversion_of


class Became(StrEnum):
    """How it ended."""

    CONVERTED = "converted"  # a new file is there
    REPLACED = "replaced"  # by another address
    SOUND = "sound"  # it passes by now
    LEFT = "left"


# Why something is left: what is found there, why it isn't converted, or a sentence.
Why: TypeAlias = Finding | Refusal | Sentence


class Outcome(NamedTuple):
    """How it ended. `name` is the new file's in its folder, or the new address; `why` says why it is left.

    `now` says that a finding is of the address itself, as it is by now, and not of what it leads to or what was made of
    it. `digest` is the SHA-256 of the new file in hex, and `done` what was done for it. `lasting` is what the same file
    will always give.
    """

    became: Became
    name: str = ""
    why: Why | None = None
    digest: str = ""
    lasting: bool = False
    now: bool = False
    done: Converted | None = None


def written(outcome: Outcome) -> str:
    """Write an outcome as JSON, but for whether it lasts: what is written does."""
    told = {**outcome._asdict(), "why": _written(outcome.why)}
    del told["lasting"]
    return json.dumps(told)


def read(text: str) -> Outcome:
    """Read it again. Raises `ValueError`, `KeyError` or `TypeError` for what isn't so written."""
    told: dict[str, Any] = json.loads(text)
    done = told["done"] and conversion_of(told["done"])
    why = told["why"] and _read(told["why"])
    return Outcome(Became(told["became"]), told["name"], why, told["digest"], lasting=True, now=told["now"], done=done)


def _written(why: Why | None) -> Mapping[str, Any] | None:
    match why:
        case Finding():
            return {"code": why.code, "values": dict(why.values)}
        case Refusal():
            return {"refusal": why.value}
        case Sentence():
            return {"said": why.template, "values": why.values}
    return None


def _read(told: Mapping[str, Any]) -> Why:
    if "code" in told:
        return Finding(str(told["code"]), dict(told["values"]))
    if "refusal" in told:
        return Refusal(told["refusal"])
    template = str(told["said"])
    return Sentence(template, **told["values"])
