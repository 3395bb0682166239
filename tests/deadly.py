"""Looks that end the process they run in: what a hostile image might do to it. Workers import this module by name."""

import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from auditor.errors import ProxyError
from auditor.model import Probe, Question
from auditor.probe import Looks, open_looks
from auditor.settings import Settings


class DeadlyLooks(Looks):
    """Real looks, but for addresses that are deadly, or that stop the whole run."""

    def __init__(self, looks: Looks) -> None:
        self._looks = looks
        self.look = self

    async def __call__(self, ask: Question) -> Probe:
        """Look, or die."""
        url = ask if isinstance(ask, str) else ask.url
        if "deadly" in url:
            os.kill(os.getpid(), signal.SIGKILL)
        if "refused" in url:
            raise ProxyError("The proxy {url} is gone.", url="http://p.example")
        if "fault" in url:
            raise KeyError("fault")
        return await self._looks.look(ask)

    @property
    def cost(self) -> dict[str, Any]:
        """What it has cost."""
        return self._looks.cost


@asynccontextmanager
async def deadly_looks(settings: Settings, beside: Path | None) -> AsyncIterator[Looks]:
    """Open them."""
    async with open_looks(settings, beside) as looks:
        yield DeadlyLooks(looks)


@asynccontextmanager
async def stillborn_looks(_settings: Settings, _beside: Path | None) -> AsyncIterator[Looks]:
    """End the process before it begins."""
    os._exit(1)
    yield  # type: ignore[unreachable]  # what makes it a generator
