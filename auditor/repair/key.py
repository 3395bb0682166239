"""What stands for an address that is to be mended, and for all that its repair depends on."""

import json
from collections.abc import Mapping
from hashlib import blake2b
from typing import Any

from auditor.urls import repair

# Of what a server did, what tells one file from another.
_FILE = ("content_length", "etag", "last_modified", "digest")


class Keys:
    """Gives keys. `rules` is what all repairs depend on: the policy, and how pictures are converted."""

    def __init__(self, rules: str) -> None:
        self._rules = rules

    def of_file(self, url: str, slot: str, facts: Mapping[str, Any]) -> bytes:
        """Stand for the file that a look has found, by the look's facts.

        What lies under the same address by then has other facts, and so another key.
        """
        return self._digest(repair(url), slot == "SWCH", [facts.get(name) for name in _FILE])

    def of_way(self, url: str, slot: str) -> bytes:
        """Stand for an address that leads to another one."""
        return self._digest(repair(url), slot == "SWCH")

    def _digest(self, *told: object) -> bytes:
        return blake2b(json.dumps([self._rules, *told]).encode(), digest_size=16).digest()
