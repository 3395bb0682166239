"""What two runs must share for one to go on with the other."""

import dataclasses
import json
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

from auditor.errors import Sentence
from auditor.feeds import Feed
from auditor.policies import Policy

# Settings that change nothing in any row's lines. Whatever isn't named here has to be the same.
FREE: Mapping[str, frozenset[str]] = {
    "report": frozenset({"quiet", "fail_on", "backlog", "block"}),
    "frontier": frozenset(
        {"concurrency", "per_host", "adapt", "at_first", "rate", "hosts", "window", "recent", "grace", "outage_wait"}
    ),
}


# What files hold, and what is said where it has changed.
_FILES: Mapping[str, Sentence] = {
    "policy": Sentence("the policy was changed"),
    "placeholders": Sentence("the file of placeholders was changed"),
    "asin_map": Sentence("the map of ASINs was changed"),
}


def identity(
    facts: Mapping[str, Any], policy: Policy, placeholders: Iterable[str], feeds: Sequence[Feed]
) -> Mapping[str, Any]:
    """What a run is, as JSON has it: the facts that its reports tell, contents of files, and when feeds were written.

    Of values that are secret nothing is told, so a new password is no new run.
    """
    told = {
        "version": facts["version"],
        "policy": _digest({**dataclasses.asdict(policy), "file": ""}),
        "placeholders": _digest(sorted(placeholders)),
        "asin_map": _digest([file["sha256"] for file in facts.get("asin_map", {"files": []})["files"]]),
        "feeds": [{**fact, "modified": feed.modified} for fact, feed in zip(facts["feeds"], feeds, strict=True)],
        "settings": {name: value for name, value in _flat(facts["settings"]) if not _is_free(name)},
    }
    plain: Mapping[str, Any] = json.loads(json.dumps(told))
    return plain


def difference(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> Sentence | None:
    """Say what has changed, if anything has, as the end of a sentence."""
    if ours == theirs:
        return None
    if ours["version"] != theirs.get("version"):
        return Sentence("it was begun by another version of auditor")
    if ours["feeds"] != theirs.get("feeds"):
        return Sentence("the feed was changed, or is another one")
    for name, sentence in _FILES.items():
        if ours[name] != theirs.get(name):
            return sentence
    others = theirs.get("settings")
    before = others if isinstance(others, dict) else {}
    names = (name for name, value in ours["settings"].items() if name not in before or before[name] != value)
    return Sentence("the setting {name} was changed", name=next(names, ""))


def _flat(table: Mapping[str, Any], above: str = "") -> list[tuple[str, Any]]:
    """Give the values of nested tables under their whole names."""
    found: list[tuple[str, Any]] = []
    for name, value in table.items():
        found += _flat(value, f"{above}{name}.") if isinstance(value, dict) else [(above + name, value)]
    return found


def _is_free(name: str) -> bool:
    group, _, field = name.partition(".")
    return field in FREE.get(group, ())


def _digest(value: object) -> str:
    return sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
