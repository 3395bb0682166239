"""How one run's budgets are shared out among workers. Pure.

The parts of all workers add up to exactly what one would have, so no host sees more requests at once, or a second, than
it was allowed, however many there are. Each worker needs a part of every budget, so there are never more workers than
the smallest budget has: a host that may be asked four at once is asked by four workers at the most.

A product row goes to the worker that its first address points to, and is judged whole there. So the same address in
many rows is asked once, as long as it is their first; behind that, once per worker at the most.
"""

import os
from dataclasses import replace
from zlib import crc32

from auditor.model import BadRow, ProductRow
from auditor.settings import SLOWEST, SOLO_BYTES, SOLO_ROWS, Settings
from auditor.urls import repair


def cores() -> int:
    """How many processors this program may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def workers_for(settings: Settings, size: int | None) -> int:
    """How many workers a run has, for feeds of so many bytes.

    Where the user hasn't said: one per core; one for a feed that is done before a second would be worth its start. A
    feed of unknown size, such as standard input, is taken for a large one: a start wasted on a small one costs
    milliseconds, a core wasted on a large one half the time.
    """
    return min(settings.workers or (1 if _is_small(settings, size) else cores()), most_workers(settings))


def most_workers(settings: Settings) -> int:
    """How many workers there can be at all."""
    frontier = settings.frontier
    budgets = [frontier.concurrency, frontier.per_host]
    budgets += [host.per_host for host in frontier.hosts if host.per_host is not None]
    rates = [frontier.rate, *(host.rate for host in frontier.hosts)]
    budgets += [max(1, int(rate / SLOWEST)) for rate in rates if rate is not None]
    if settings.further.deep:
        budgets.append(settings.further.decoding.processes)
    return min(budgets)


def share(settings: Settings, number: int, of: int) -> Settings:
    """The settings of worker `number`, from 0, of so many: every budget of the run is here, by its part."""

    def part(whole: int) -> int:
        return whole // of + (number < whole % of)

    def pace(whole: float | None) -> float | None:
        return None if whole is None else whole / of

    frontier = replace(
        settings.frontier,
        at_first=max(1, part(settings.frontier.at_first)),
        rate=pace(settings.frontier.rate),
        hosts=tuple(
            replace(host, per_host=None if host.per_host is None else part(host.per_host), rate=pace(host.rate))
            for host in settings.frontier.hosts
        ),
        concurrency=part(settings.frontier.concurrency),
        per_host=part(settings.frontier.per_host),
        recent=part(settings.frontier.recent),
    )
    decoding = replace(settings.further.decoding, processes=max(1, part(settings.further.decoding.processes)))
    return replace(settings, frontier=frontier, further=replace(settings.further, decoding=decoding))


def route(row: ProductRow, per_host: int, of: int) -> int:
    """The number of the worker that a row goes to: each gets addresses in proportion to its part of a host's budget."""
    if isinstance(row, BadRow):
        return row.row % of
    url = ""
    for ref in row:
        url = ref.url
        if url:
            break
    return crc32(repair(url).encode("utf-8", "surrogatepass")) % per_host % of


def _is_small(settings: Settings, size: int | None) -> bool:
    sample = settings.feed.sample.rows if settings.feed.sample else None
    rows = [number for number in (settings.feed.limit, sample) if number is not None]
    return (size is not None and size < SOLO_BYTES) or any(number < SOLO_ROWS for number in rows)
