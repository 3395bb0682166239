"""What holds for every image of a repair: how it is judged and known again, and what a policy asks of new pictures."""

import dataclasses
import json
import math
from importlib.util import find_spec
from typing import NamedTuple

from auditor.checks import Judge
from auditor.errors import SettingsError
from auditor.model import Format
from auditor.policies import Policy
from auditor.repair.key import Keys
from auditor.repair.remedy import Bounds
from auditor.settings import VERSION, ConversionSettings, Target

_JPEG_SIDE = 65_500  # pixels: what a JPEG's own header can say, and what libraries write of it
_TARGETS: tuple[tuple[Format, Target], ...] = ((Format.JPEG, "JPEG"), (Format.TIFF, "TIFF"))


class Rules(NamedTuple):
    """What holds for every image of a repair."""

    judge: Judge
    keys: Keys
    bounds: Bounds


def conversion_under(policy: Policy, settings: ConversionSettings) -> ConversionSettings:
    """Give settings whose pictures keep to a policy. Raises `SettingsError` where it takes nothing that can be made."""
    target = next((target for format_, target in _TARGETS if format_ in policy.formats), None)
    if target is None:
        raise SettingsError(
            "The policy {file} takes neither JPEG nor TIFF, and nothing else can be made here.", file=policy.file
        )
    longest = min(policy.maximum_longest, _JPEG_SIDE)
    if policy.maximum_pixels is not None:
        longest = min(longest, math.isqrt(policy.maximum_pixels))
    recipe = dataclasses.replace(settings.recipe, format=target, longest=longest, length=policy.maximum_bytes)
    return dataclasses.replace(settings, recipe=recipe)


def rules_under(judge: Judge, conversion: ConversionSettings) -> Rules:
    """Give the rules of repairs that are judged so, with these pictures."""
    told = [VERSION, {**dataclasses.asdict(judge.policy), "file": ""}, dataclasses.asdict(conversion.recipe)]
    keys = Keys(json.dumps(told, default=str, sort_keys=True))
    heic = find_spec("pillow_heif") is not None
    return Rules(judge, keys, Bounds(conversion.bytes, conversion.pixels, heic=heic))
