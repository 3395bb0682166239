"""What findings mean: how much they matter under a policy, and their texts."""

from collections.abc import Mapping

from auditor import policies, texts
from auditor.checks import Judge
from auditor.model import Code, Finding
from auditor.settings import Settings
from auditor.texts import Text


def codes(policy: str = Settings().policy) -> Mapping[str, Code]:
    """Every code that a finding can have, with its kind and its severity under a policy.

    The policy is named as `auditor policies` lists it, or is the path of a TOML file. Raises `SettingsError` if there
    is none, or it has a mistake.
    """
    return Judge(policies.choose(policy)).codes


def in_words(finding: Finding, language: str = "en") -> Text:
    """Put a finding into words: symptom, reason and solution. Raises `SettingsError` for a language without texts."""
    return texts.load(language).of(finding)
