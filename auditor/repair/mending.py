"""The wishes of a run, seen through: asked for by the engine of a check, with its limits and its politeness."""

import asyncio
import dataclasses
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Sequence
from contextlib import AsyncExitStack, aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from auditor.engines.local import LocalEngine
from auditor.model import Ask, Probe
from auditor.probe import Look, open_probe, spool_folder
from auditor.probe.whole import Whole
from auditor.repair.errand import Errand, Mended, Wish
from auditor.repair.journal import Journal, journal_path
from auditor.repair.making import Making, digest_of, label_of
from auditor.repair.outcome import Became, Outcome
from auditor.repair.pictures.converter import open_converter
from auditor.repair.progress import Progress
from auditor.repair.rules import Rules
from auditor.settings import ConversionSettings, Settings
from auditor.urls import Target


class Wishes(NamedTuple):
    """A batch of wishes, as an engine takes rows, and the share of all that are there by its end."""

    rows: Sequence[Wish]
    share: float | None


class Asking:
    """What a repair asks with: plain looks at first bytes, and whole images that are converted."""

    def __init__(self, plain: Look, whole: Look) -> None:
        self._plain = plain
        self._whole = whole

    async def __call__(self, ask: Ask) -> Probe:
        """Look at one address."""
        return await (self._plain(ask) if isinstance(ask, str) else self._whole(ask.url))

    @property
    def cost(self) -> dict[str, Any]:
        """Requests and bytes so far, as summary.json shows them."""
        whole = dataclasses.asdict(self._whole.traffic)
        return {**dataclasses.asdict(self._plain.traffic), "whole_images": whole}


@asynccontextmanager
async def open_asking(settings: Settings, conversion: ConversionSettings, images: Path) -> AsyncIterator[Asking]:
    """Open it; new files go into the folder `images`, downloads beside its journal. Raises as `open_probe` does."""
    async with AsyncExitStack() as stack:
        converter = await stack.enter_async_context(open_converter(conversion))
        spool = stack.enter_context(spool_folder(journal_path(images)))
        patient = dataclasses.replace(settings.probe, timeout=max(conversion.timeout, settings.probe.timeout))
        whole = await stack.enter_async_context(open_probe(patient, settings.frontier))

        def attempt(look: Look, target: Target) -> Awaitable[Probe]:
            return Whole(conversion.bytes, Making(converter, images, label_of(target.path)), spool)(look, target)

        whole.attempt = attempt
        plain = await stack.enter_async_context(open_probe(settings.probe, settings.frontier))
        yield Asking(plain, whole)


class Ledger:
    """Notes what became of each wish as soon as it is known: the engine's outlet."""

    def __init__(self, journal: Journal, progress: Progress) -> None:
        self._journal = journal
        self._progress = progress
        self._count = 0

    def put(self, _ticket: int, mended: Mended) -> bool:
        """Note one."""
        self._journal.note(mended.key, mended.outcome, made=mended.made)
        self._count += 1
        return True

    async def flush(self) -> int:
        """Say how many were noted since it was last asked for."""
        count, self._count = self._count, 0
        self._progress.done(count)
        return count

    async def read(self, rows: int, share: float | None) -> None:
        """Note that so many wishes, this share of them, are there. There is always room for more."""
        self._progress.read(rows, share)


class Mender:
    """Sees wishes through, but for those of which an earlier run knows what came of them.

    `kept` counts images whose new file it has left.
    """

    def __init__(self, journal: Journal, images: Path) -> None:
        self.kept = 0
        self._journal = journal
        self._images = images

    def engine(self, settings: Settings, asking: Asking, rules: Rules, ledger: Ledger) -> LocalEngine[Mended]:
        """Give the engine that sees them through."""
        begin = partial(Errand, rules, self._known)
        return LocalEngine(settings, begin, asking, ledger)

    async def missing(self, wishes: AsyncGenerator[Wishes, None]) -> AsyncGenerator[Wishes, None]:
        """Yield the wishes that have to be seen through, each once; note the others."""
        async with aclosing(wishes):
            async for some, share in wishes:
                yield Wishes([wish for wish in some if await self._is_missing(wish)], share)

    async def _is_missing(self, wish: Wish) -> bool:
        if not self._journal.claim(wish.key):
            return False
        outcome = self._journal.made(wish.key)
        if outcome is None or not await asyncio.to_thread(self._is_there, outcome):
            return True
        self.kept += outcome.became is Became.CONVERTED
        self._journal.note(wish.key, outcome)
        return False

    def _known(self, key: bytes) -> Outcome | None:
        """What was made of a file by now.

        Reads what was made, which blocks: few lead here, redirects and what is another file since the audit.
        """
        outcome = self._journal.made(key)
        return outcome if outcome is not None and self._is_there(outcome) else None

    def _is_there(self, outcome: Outcome) -> bool:
        """Whether a new file is as it was made."""
        if outcome.became is not Became.CONVERTED:
            return True
        return digest_of(self._images / outcome.name) == outcome.digest
