"""All the looks of a run: the plain one at every image, and the further ones that the user has asked for."""

import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from auditor.model import Further, Manner, Probe, Question
from auditor.pixels import open_decoders
from auditor.probe.clients import open_probe
from auditor.probe.look import Look
from auditor.probe.spool import spool_folder
from auditor.probe.whole import Whole
from auditor.settings import Header, ProbeSettings, Settings

# What Chrome asks images with.
BROWSERS_ACCEPT = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


class Looks:
    """One look for each manner. `look` makes them all, and is the plain one alone where there is no other."""

    def __init__(self, plain: Look, further: Mapping[Manner, Look]) -> None:
        self._plain = plain
        self._further = further
        self.look: Callable[[Any], Awaitable[Probe]] = self if further else plain

    async def __call__(self, question: Question) -> Probe:
        """Look at one URL, in the manner that is asked for."""
        if isinstance(question, Further):
            return await self._further[question.manner](question.url)
        return await self._plain(question)

    @property
    def cost(self) -> dict[str, Any]:
        """Requests and bytes so far, the further looks' apart, as summary.json shows them."""
        further = {manner.value: dataclasses.asdict(look.traffic) for manner, look in self._further.items()}
        return {**dataclasses.asdict(self._plain.traffic), **({"further_looks": further} if further else {})}


@asynccontextmanager
async def open_looks(settings: Settings, beside: Path | None = None) -> AsyncIterator[Looks]:
    """Open what a run asks with. Raises as `open_probe` does, and `SettingsError` where nothing can be decoded.

    Files are downloaded beside that one, or into the system's folder of temporary files.
    """
    async with AsyncExitStack() as stack:
        further: dict[Manner, Look] = {}
        if settings.further.second_look:
            further[Manner.SECOND] = await stack.enter_async_context(
                open_probe(_as_a_browser(settings.probe), settings.frontier)
            )
        if settings.further.deep:
            deep = settings.further.decoding
            decoders = await stack.enter_async_context(open_decoders(deep))
            folder = stack.enter_context(spool_folder(beside))
            patient = dataclasses.replace(settings.probe, timeout=max(deep.timeout, settings.probe.timeout))
            look = await stack.enter_async_context(open_probe(patient, settings.frontier))
            look.attempt = Whole(deep.bytes, decoders, folder)
            further[Manner.DEEP] = look
        plain = await stack.enter_async_context(open_probe(settings.probe, settings.frontier))
        yield Looks(plain, further)


def _as_a_browser(settings: ProbeSettings) -> ProbeSettings:
    """The same requests, but that they take what a browser takes. Who asks is still said as it is."""
    others = tuple(header for header in settings.extra_headers if header.name.lower() != "accept")
    return dataclasses.replace(settings, extra_headers=(*others, Header("Accept", BROWSERS_ACCEPT)))
