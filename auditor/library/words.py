"""What findings mean: how much they matter under a policy, and their texts."""

from collections.abc import Mapping
from functools import lru_cache

from auditor import policies, texts
from auditor.checks import Judge
from auditor.model import Code, Finding
from auditor.settings import Settings
from auditor.texts import Text


def codes(policy: str = Settings().policy) -> Mapping[str, Code]:
    """Every code that a finding can have, with its kind and its severity under a policy, as its rules are today.

    The policy is named as `auditor policies` lists it, or is the path of a TOML file. Raises `SettingsError` if there
    is none, or it has a mistake.
    """
    return Judge(policies.choose(policy), now=Settings().clock()).codes


def in_words(finding: Finding, language: str = "en", policy: str = Settings().policy) -> Text:
    """Put a finding into words: symptom, reason and solution.

    They name who shows the images under the policy, which is named as for `codes` and read once. Raises `SettingsError`
    as that does, and for a language without texts.
    """
    return _texts(language, policy).of(finding)


@lru_cache(16)
def _texts(language: str, policy: str) -> texts.Texts:
    return texts.load(language).under(policies.choose(policy).channel)
