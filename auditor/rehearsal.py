"""A run without a request: what the feeds are, whom they would have us ask for how much, and what is known of it."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, closing
from typing import Any, NamedTuple

from auditor import policies
from auditor.audit import beginning
from auditor.contents import read_contents
from auditor.engines.memory import passing
from auditor.engines.order import Order
from auditor.feeds import Feeds
from auditor.model import Probe
from auditor.reports.topk import TopK
from auditor.resume import Reading
from auditor.settings import Settings
from auditor.state import Forecast, Memory, Recall, feed_name, last_policy, manner_of, open_database, open_recall

HOSTS = 1000  # counted: see Totals
NAMED = 10
MOST = 100_000  # hosts told apart: a feed may name another one in each row


class Rehearsal(NamedTuple):
    """What a run would do. `hosts` counts them up to `MOST`; `worst` are those with most images.

    `forecast` says how the images would be asked for; None without a state file.
    """

    feeds: Feeds
    rows: int
    images: int
    asked: int
    hosts: int
    worst: Sequence[tuple[str, int]]
    forecast: Forecast | None


async def rehearse(settings: Settings) -> Rehearsal:
    """Read the feeds to their end, as a run would. Raises `AuditorError` as it does before its first request."""
    placeholders = read_contents(settings.further.placeholders)
    order = Order(settings, policies.choose(settings.policy), placeholders, settings.clock())
    begin = beginning(order.judge(), lambda _: None, None)
    counts: Counter[str] = Counter()
    hosts: set[str] = set()
    frequent = TopK(HOSTS)
    forecast: Forecast | None = None
    async with aclosing(await Reading.open(settings)) as reading, _open_recall(order) as recall:
        async with aclosing(reading.rows()) as batches:
            async for batch in batches:
                requests = [request for row in batch.rows for request in begin(row).requests()]
                for _, _, host in requests:
                    frequent.add(host)
                    if len(hosts) < MOST:
                        hosts.add(host)
                counts["rows"] += len(batch.rows)
                counts["images"] += sum(1 for row in batch.rows for ref in row if getattr(ref, "url", ""))
                counts["asked"] += len(requests)
                if recall is not None:
                    forecast = (forecast or Forecast()) + await recall.forecast([url for _, url, _ in requests])
        return Rehearsal(
            reading.feeds,
            counts["rows"],
            counts["images"],
            counts["asked"],
            len(hosts),
            frequent.most_common(NAMED),
            forecast,
        )


@asynccontextmanager
async def _open_recall(order: Order) -> AsyncIterator[Recall | None]:
    """Open the memory, if there is one: none is made, and nothing is written into it."""
    settings = order.settings
    path = settings.state
    if path is None or not path.is_file() or not path.stat().st_size:
        yield None
        return
    with closing(open_database(path, write=False)) as database:
        policy = last_policy(path, database, feed_name(settings))
    order = order._replace(before=policies.read_written(policy) if policy else None)
    memory = Memory(passing(order, order.judge()), order.started, settings.max_age, manner_of(settings.probe))
    async with open_recall(path, _nobody_is_asked, memory, write=False) as recall:
        yield recall


async def _nobody_is_asked(_: Any) -> Probe:
    raise AssertionError
