"""Whose rules an audit was made by: what comes from Amazon or goes to it can be set beside Amazon's own alone."""

from collections.abc import Mapping

from auditor import policies
from auditor.errors import Sentence, SettingsError

OWN = "Amazon"
CASE = Sentence("a support case goes to {own}", own=OWN)
REPORT = Sentence("the report is {own}'s", own=OWN)


def channel_of(rules: Mapping[str, object]) -> str:
    """Tell whose rules these are that an audit names; nothing where it was made before audits said so of own files."""
    name = str(rules.get("name", ""))
    known = policies.load(name).channel if name in policies.names() else ""
    return str(rules.get("channel", known))


def see_channel(policy: str, channel: str, why: Sentence) -> None:
    """See that rules are Amazon's, as far as that is known. Raises `SettingsError`, which says why they must be."""
    if channel not in ("", OWN):
        raise SettingsError(
            "The rules {policy} are those of {channel}, but {why}: audit the feed by rules of {own}, such as "
            "{example}.",
            policy=policy,
            channel=channel,
            why=why,
            own=OWN,
            example="amazon-us-2022",
        )
