"""The looks of a run, with the memory of earlier ones around them where there is one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from auditor.checks import Judge, Passing
from auditor.engines.asker import Recalling
from auditor.engines.order import Order
from auditor.model import Answered, Probe
from auditor.policies import written
from auditor.probe import Looks
from auditor.settings import Settings

if TYPE_CHECKING:
    from auditor.state import Recall


class Remembering:
    """What an asker asks with: `look`, and `recall` for what needn't be asked; None where nothing is remembered."""

    def __init__(self, looks: Looks, recall: "Recall | None") -> None:
        self._looks = looks
        self._recall = recall
        self.look: Callable[[Any], Awaitable[Probe]] = recall or looks.look
        self.recall: Recalling | None = recall.known if recall else None

    @property
    def cost(self) -> dict[str, Any]:
        """What looks have cost, and what the memory has spared."""
        return {**self._looks.cost, **(self._recall.cost if self._recall else {})}

    async def flush(self) -> None:
        """Write down what was learnt, while the run can still say that this failed. Raises `StateError`."""
        if self._recall:
            await self._recall.flush()


def passing(order: Order, judge: Judge) -> Callable[[str, Answered], bool]:
    """Give what says that an image needn't be asked for.

    What passed the last night isn't asked for because the policy has changed since: it is judged anew, from memory.
    """
    passes = Passing(judge)
    if order.before is None or written(order.before) == written(judge.policy):
        return passes
    passed = Passing(order._replace(policy=order.before).judge())
    return lambda url, probe: passes(url, probe) or passed(url, probe)


@asynccontextmanager
async def remembering(order: Order, judge: Judge, looks: Looks) -> AsyncIterator[Remembering]:
    """Open the state file that an order names, if it names one. Raises `StateError`."""
    settings = order.settings
    if settings.state is None:
        yield Remembering(looks, None)
        return
    # Only here: most runs have none, and to load it takes a twentieth of the time until one begins.
    from auditor.state import Memory, manner_of, open_recall  # noqa: PLC0415

    memory = Memory(passing(order, judge), order.started, settings.max_age, manner_of(settings.probe))
    async with open_recall(settings.state, looks.look, memory) as recall:
        yield Remembering(looks, recall)


def try_state(settings: Settings) -> None:
    """Make the state file, or bring it up to date, before several workers open it. Raises `StateError`."""
    if settings.state is not None:
        from auditor.state import open_database  # noqa: PLC0415  # as above

        open_database(settings.state).close()
