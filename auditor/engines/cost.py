"""What asking has cost, as summary.json shows it: counts, and counts within counts."""

from collections.abc import Mapping
from typing import Any

TOGETHER = frozenset({"outages", "outage_seconds"})  # of the counts, those of the same events


def added(cost: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    """Add up counts, and those within counts; what all workers went through together counts once."""
    total = dict(cost)
    for name, count in more.items():
        known = total.get(name)
        if isinstance(count, dict):
            total[name] = added(known or {}, count)
        else:
            total[name] = max(known or 0, count) if name in TOGETHER else (known or 0) + count
    return total
