"""Converts pictures in processes of their own, some at a time."""

import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from auditor.errors import PictureError, ReportError, SettingsError
from auditor.pixels.confined import Confined, Limits, Lost
from auditor.repair.pictures.converted import Conversion, Refusal, Refused, conversion_of
from auditor.settings import ConversionSettings

WORKER = Path(__file__).with_name("worker.py")

_LOST = {Lost.TIME: Refusal.TIME, Lost.CRASHED: Refusal.CRASHED}


class Converter:
    """A number of converting processes, started when they are first needed.

    Together they never have more than `processes` times the `memory` of the settings, which `pixels` decides.
    """

    def __init__(self, settings: ConversionSettings) -> None:
        limits = Limits(settings.memory, settings.seconds, settings.processes)
        recipe = json.dumps(asdict(settings.recipe), default=str)
        self._processes = Confined(WORKER, limits, str(settings.pixels), recipe)

    async def convert(self, source: Path, folder: Path, label: str = "") -> Conversion:
        """Convert the picture in the file `source` into `folder`. Waits for a process that is free.

        `label` becomes the readable part of the name, as far as it is safe there: a product's SKU, or the stem of what
        the picture was called. A picture that lies there already isn't made again. Raises `PictureError` where the
        source can't be read, `ReportError` where the folder can't be written, `OSError` when no process can be started.
        """
        reply = await self._processes.ask([str(source), str(folder), label])
        return Refused(_LOST[reply]) if isinstance(reply, Lost) else _conversion(reply)

    async def aclose(self) -> None:
        """End all processes."""
        await self._processes.aclose()


@asynccontextmanager
async def open_converter(settings: ConversionSettings) -> AsyncIterator[Converter]:
    """Open a converter, and end its processes afterwards.

    Raises `SettingsError` for a profile that is none for CMYK, and where the system can't limit memory and time.
    """
    if os.name != "posix":
        raise SettingsError(
            "auditor repair needs limits of memory and time that this system hasn't got: run it on Linux or macOS."
        )
    if settings.recipe.cmyk_profile is not None:
        from auditor.repair.pictures.colors import need_cmyk  # noqa: PLC0415  # it imports Pillow, which only processes need

        need_cmyk(settings.recipe.cmyk_profile)
    converter = Converter(settings)
    try:
        yield converter
    finally:
        await converter.aclose()


def _conversion(reply: dict[str, Any]) -> Conversion:
    """What a reply says; raises the error that it says."""
    ((kind, told),) = reply.items()
    if kind == "Refused":
        return Refused(Refusal(told[0]))
    if kind == "Converted":
        return conversion_of(told)
    template, values = told
    raise (PictureError if kind == "PictureError" else ReportError)(template, **values)
