"""A run as one night of many: compared with those before, and entered among them once it is complete."""

import asyncio
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from auditor.checks import closer, image, later
from auditor.errors import SettingsError
from auditor.model import Comparison
from auditor.policies import Policy, written
from auditor.reports import Reports
from auditor.reports.lines import Cell
from auditor.reports.part import is_device
from auditor.reports.tables import FAIL_AND_WARN, FAIL_ONLY, fixed_csv
from auditor.resume import Begun
from auditor.settings import Settings
from auditor.state import Ended, Night, Nights
from auditor.texts import Texts

# What a run judges by, of what its identity holds: with other rules, other things are found on the same day.
_RULES = ("policy", "placeholders")
_RULE_SETTINGS = ("further.", "probe.check_tail", "probe.allow_private")
# What isn't found by a policy alone, but by further looks, a file of contents, or for a day to come; damage is found
# by the first bytes in part. Under other rules than those of the night before, nobody knows why such a finding is
# missing. Of all others, `engines.unsaid` does.
_LOOKED_FOR = (*closer.SECOND, *closer.PIXELS, *closer.MAIN, *closer.UNDECODED, *image.KNOWN, *image.DAMAGED)
_UNSURE = frozenset(check.code.slug for check in (*_LOOKED_FOR, *later.LATER))
FIXED = "fixed"


class Nightly:
    """One night. `identity` says what the run is, as for resuming; `policy` is the one that holds tonight."""

    def __init__(
        self, settings: Settings, nights: Nights, identity: Mapping[str, Any], policy: Policy, texts: Texts
    ) -> None:
        self._settings = settings
        self._nights = nights
        self._rules = rules_of(identity)
        self._policy = policy
        self._texts = texts

    async def compare(self, reports: Reports, begun: Begun) -> Comparison:
        """Compare sealed reports with the night before; enter a whole feed's. Raises `StateError` and `ReportError`."""
        lines, totals = reports.night, reports.totals
        assert lines is not None  # noqa: S101  # these reports remember
        if is_part(self._settings):
            return await asyncio.to_thread(self._nights.compare, self._rules, lines)
        night = Night(
            begun.now,
            self._settings.clock(),
            written(self._policy),
            self._rules,
            totals.read,
            totals.images,
            totals.failing,
        )
        return await asyncio.to_thread(self._nights.enter, night, lines, _UNSURE)

    def fixed(self, compared: Comparison) -> Iterator[bytes] | None:
        """Give fixed.csv, in blocks; None where nobody knows what was fixed. It takes its time."""
        if not compared.entered:
            return None
        report = self._settings.report
        severities = FAIL_AND_WARN if report.include_warnings else FAIL_ONLY
        rows = (self._cells(one) for one in self._nights.ended() if one.how == FIXED and one.severity in severities)
        return fixed_csv(rows, bom=report.bom)

    def _cells(self, one: Ended) -> list[Cell]:
        since = datetime.fromtimestamp(one.since, UTC).isoformat(timespec="seconds")
        meaning = self._texts.meaning(one.code) if one.code in self._texts.codes else ""  # of another version
        slot = [one.asin, one.sku, one.marketplace, one.slot]
        return [*slot, one.code, meaning, since, one.nights, one.left]


def is_part(settings: Settings) -> bool:
    """Whether a run looks at a part of its feed only: what it doesn't find may be in the rest."""
    feed = settings.feed
    return bool(feed.limit or feed.sample or feed.slots)


def rules_of(identity: Mapping[str, Any]) -> str:
    """Give a digest of all that a run judges by."""
    settings = {name: value for name, value in identity["settings"].items() if name.startswith(_RULE_SETTINGS)}
    told = [settings, *(identity[name] for name in _RULES)]
    return sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def see_that_it_can(settings: Settings) -> None:
    """Raise `SettingsError` for a report that leaves no place for what a night notes beside it."""
    if settings.state is not None and is_device(settings.report.out):
        raise SettingsError(
            "--state needs a file beside the report, and {path} is a device or a pipe. Give --out a file.",
            path=settings.report.out,
        )
