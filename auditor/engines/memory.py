"""The looks of a run, with the memory of earlier ones around them where there is one."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from auditor.checks import Judge, Passing
from auditor.engines.asker import Recalling
from auditor.engines.order import Order
from auditor.model import Probe
from auditor.probe import Looks
from auditor.state import Memory, Recall, manner_of, open_recall


class Remembering:
    """What an asker asks with: `look`, and `recall` for what needn't be asked; None where everything is."""

    def __init__(self, looks: Looks, recall: Recall | None, *, spares: bool) -> None:
        self._looks = looks
        self._recall = recall
        self.look: Callable[[Any], Awaitable[Probe]] = recall or looks.look
        self.recall: Recalling | None = recall.known if recall and spares else None

    @property
    def cost(self) -> dict[str, Any]:
        """What looks have cost, and what the memory has spared."""
        return {**self._looks.cost, **(self._recall.cost if self._recall else {})}

    async def flush(self) -> None:
        """Write down what was learnt, while the run can still say that this failed. Raises `StateError`."""
        if self._recall:
            await self._recall.flush()


@asynccontextmanager
async def remembering(order: Order, judge: Judge, looks: Looks) -> AsyncIterator[Remembering]:
    """Open the state file that an order names, if it names one. Raises `StateError`."""
    settings = order.settings
    if settings.state is None:
        yield Remembering(looks, None, spares=False)
        return
    memory = Memory(Passing(judge), order.started, settings.max_age, manner_of(settings.probe))
    async with open_recall(settings.state, looks.look, memory) as recall:
        yield Remembering(looks, recall, spares=settings.max_age is not None)
