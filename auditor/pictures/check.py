"""Pictures → verdicts, in the order in which they were named."""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace

from auditor import policies, texts
from auditor.checks import Judge
from auditor.errors import AuditorError, IncompleteError, SettingsError
from auditor.library import Audits, audit_rows
from auditor.model import ImageRef, Outcome, Severity
from auditor.pictures.file import look
from auditor.pictures.names import is_address
from auditor.policies import Policy
from auditor.reports import Picture, outcome, spoken
from auditor.settings import Settings

Say = Callable[[str], object]


async def check(settings: Settings, tell: Say, show: Say) -> int:
    """Look at the pictures that stand in place of feeds, and give the exit code: 1 if one fails, else 0.

    `show` takes each verdict as soon as those before it are shown; `tell` what the user should know before. Raises
    `AuditorError`, of exit code 3 once the first verdict was shown.
    """
    slot = _slot(settings.feed.slots)
    policy = policies.choose(settings.policy)
    judge = Judge(
        _without_product(policy),
        allow_private=settings.probe.allow_private,
        now=settings.clock(),
    )
    words = texts.load(settings.report.language).under(policy.channel)
    if settings.probe.insecure:
        tell(words.phrase("insecure-begin"))
    fails, shown = False, 0
    async with _audits(settings, judge, slot) as audits:
        for name in settings.feeds:
            try:
                picture = await _look(name, audits, judge, slot)
            except AuditorError as error:
                raise _incomplete(error, shown, len(settings.feeds)) from error
            show(spoken(picture, judge.codes, words) + "\n")
            shown += 1
            fails = fails or outcome(picture, judge.codes) is Outcome.FAILING
    if settings.probe.insecure:
        show(words.phrase("insecure"))
    show(words.phrase("no-promise"))
    return 1 if fails and settings.report.fail_on != "never" else 0


def _slot(slots: Sequence[str]) -> str:
    """What the pictures are judged as. Raises `SettingsError`."""
    if len(slots) > 1:
        raise SettingsError("A picture is judged as one image of a product: name a single --slot, such as SWCH.")
    return slots[0] if slots else "MAIN"


def _without_product(policy: Policy) -> Policy:
    """The same rules where nobody asks to which product a picture belongs."""
    return replace(policy, severity={**policy.severity, "product-id-missing": Severity.OFF})


def _audits(settings: Settings, judge: Judge, slot: str) -> Audits:
    """The audits of the addresses among the names, asked all at once."""
    addresses = [name for name in settings.feeds if is_address(name)]
    rows = [(ImageRef("", row, "", "", "", slot, address),) for row, address in enumerate(addresses, 1)]
    # No more hands, and so no more open files, than there are addresses.
    concurrency = max(1, min(settings.frontier.concurrency, len(rows)))
    frontier = replace(settings.frontier, concurrency=concurrency)
    # A share of many images is meant by a sample, not one picture in so many calls.
    return audit_rows(
        rows, judge, replace(settings, frontier=frontier, further=replace(settings.further, deep_sample=1.0))
    )


async def _look(name: str, audits: Audits, judge: Judge, slot: str) -> Picture:
    if is_address(name):
        return Picture.of(name, await anext(audits))
    file = await asyncio.to_thread(look, name)
    return Picture(name, file.body, file.size, None, judge.file(name, slot, file.size, file.body), local=True)


def _incomplete(error: AuditorError, shown: int, names: int) -> AuditorError:
    """What stops it, once there are verdicts."""
    if not shown:
        return error
    return IncompleteError(
        "{fault} It stopped after {shown:,} of {names:,} pictures.", fault=error.sentence, shown=shown, names=names
    )
