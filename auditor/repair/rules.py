"""What a policy asks of new pictures, and what keys of repairs depend on."""

import dataclasses
import json
import math

from auditor.errors import SettingsError
from auditor.model import Format
from auditor.policies import Policy
from auditor.repair.key import Keys
from auditor.settings import VERSION, ConversionSettings, Target

_JPEG_SIDE = 65_500  # pixels: what a JPEG's own header can say, and what libraries write of it
_TARGETS: tuple[tuple[Format, Target], ...] = ((Format.JPEG, "JPEG"), (Format.TIFF, "TIFF"))


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


def keys_under(policy: Policy, conversion: ConversionSettings) -> Keys:
    """Give the keys of repairs under a policy, with these pictures."""
    rules = [VERSION, {**dataclasses.asdict(policy), "file": ""}, dataclasses.asdict(conversion.recipe)]
    return Keys(json.dumps(rules, default=str, sort_keys=True))
