"""What became of an address that was to be mended."""

import json
from enum import StrEnum
from typing import Any, NamedTuple, TypeAlias

from auditor.errors import Sentence
from auditor.model import Finding
from auditor.repair.pictures.converted import Refusal


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

    `digest` is the SHA-256 of the new file in hex. `lasting` is what the same file will always give.
    """

    became: Became
    name: str = ""
    why: Why | None = None
    digest: str = ""
    lasting: bool = False


def written(why: Why | None) -> str:
    """Write why something is left as JSON."""
    match why:
        case Finding():
            return json.dumps({"code": why.code, "values": dict(why.values)})
        case Refusal():
            return json.dumps({"refusal": why.value})
        case Sentence():
            return json.dumps({"said": why.template, "values": why.values})
    return ""


def read(text: str) -> Why | None:
    """Read it again. Raises `ValueError`, `KeyError` or `TypeError` for what isn't so written."""
    if not text:
        return None
    told: dict[str, Any] = json.loads(text)
    if "code" in told:
        return Finding(str(told["code"]), dict(told["values"]))
    if "refusal" in told:
        return Refusal(told["refusal"])
    template = str(told["said"])
    return Sentence(template, **told["values"])
