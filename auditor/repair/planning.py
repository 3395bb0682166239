"""A plan, told before anything is done: each image with something to be done about it, and the counts."""

from collections.abc import Callable
from contextlib import aclosing

from auditor.errors import IncompleteError
from auditor.repair.account import Account
from auditor.repair.basis import Basis
from auditor.repair.entry import Entry
from auditor.repair.listing import open_listing
from auditor.settings import RepairSettings


async def plan(basis: Basis, wanted: RepairSettings, show: Callable[[str], object]) -> int:
    """Show the plan, and write it as CSV where that is wanted. Gives the exit code.

    It is 1 if something will remain, 3 if that isn't known of some images. Raises as the survey does, and
    `ReportError`.
    """
    account = Account(0)
    async with open_listing(wanted.report, basis.words) as listing, aclosing(basis.survey.images()) as images:
        async for some, _ in images:
            entries = [Entry(planned.ref, planned.remedy) for planned in some]
            for entry in entries:
                account.add(entry)
                show(entry.line(basis.words))
            await listing.add(entries)
    account.nothing, account.unaudited = basis.survey.nothing, basis.survey.unaudited
    show("\n".join(account.planned(basis.words)))
    if wanted.report:
        show(basis.words.phrase("repair-listed", file=wanted.report))
    if account.unaudited:
        return IncompleteError.exit_code
    return 1 if account.remaining else 0
