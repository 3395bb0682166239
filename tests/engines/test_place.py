"""A worker's place, with the test at the other end of its channel."""

import asyncio
import marshal
import socket
from typing import Any

from auditor.engines.channel import Channel, Kind
from auditor.engines.chunk import packed
from auditor.engines.nursery import no_worker
from auditor.engines.place import TRIES, Ledger, Place
from auditor.errors import Sentence
from auditor.model import BadRow, BadRowReason, Outcome, ProductRow
from auditor.reports import RowReport, Tally

SILENT = RowReport((b"",), Tally(Outcome.PASSING, 1))
ROWS: list[tuple[int, ProductRow]] = [(n, BadRow("feed.tsv", n, BadRowReason.NOT_JSON, "?")) for n in range(2)]


async def pair() -> tuple[Channel, Channel]:
    """Both ends of a channel: the program's and a worker's."""
    ours, theirs = socket.socketpair()
    return await Channel.over(ours), await Channel.over(theirs)


def cost(requests: int) -> bytes:
    """What a worker says that it has spent."""
    spent: dict[str, Any] = {"requests": requests, "further_looks": {"deep_look": {"bytes": 10 * requests}}}
    return marshal.dumps(spent)


def test_what_a_killed_worker_has_spent_counts() -> None:
    """It said so with the last rows that it told of; the one in its place is counted beside it.

    That one is the third: whatever killed the first one did so to two more, before they could begin.
    """

    async def main() -> None:
        (first, killed), (second, worker) = await pair(), await pair()

        born: list[bool] = []

        async def hire() -> Channel:
            born.append(len(born) == TRIES - 1)
            if not born[-1]:
                raise no_worker(Sentence("it ended before it could begin"))
            return second

        finished: list[int] = []
        ledger = Ledger(SILENT, lambda ticket, _: finished.append(ticket), lambda _: SILENT)
        place = Place(first, hire, ledger)
        place.add(ROWS)
        place.no_more()
        running = asyncio.create_task(place.run())
        for kind, body in ((Kind.COST, cost(3)), (Kind.COST, cost(5)), (Kind.REPORTS, packed([(0, SILENT)], SILENT))):
            killed.send(kind, body)
        killed.close()
        worker.send(Kind.REPORTS, packed([(1, SILENT)], SILENT))
        worker.send(Kind.DONE, cost(2))
        await asyncio.wait_for(running, 30)
        for channel in (first, second, killed, worker):
            channel.close()
            await channel.closed()
        assert finished == [0, 1]
        assert place.cost == {"requests": 7, "further_looks": {"deep_look": {"bytes": 70}}}

    asyncio.run(main())
