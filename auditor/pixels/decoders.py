"""Processes that decode, one file at a time each."""

import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from auditor.errors import SettingsError
from auditor.model import (
    Body,
    Corrupt,
    Doubt,
    Excess,
    Excessive,
    Flaw,
    Format,
    ImageInfo,
    Pixels,
    Undetermined,
    Unmeasured,
)
from auditor.pixels.confined import Confined, Limits, Lost
from auditor.settings import DeepSettings

WORKER = Path(__file__).with_name("worker.py")
CANVAS = 16  # bytes per pixel that libwebp and libavif take for their canvases, and don't say when they can't have them

_ON_CANVAS = frozenset({Format.WEBP, Format.AVIF})
_FLAWS = {"ends-early": Flaw.ENDS_EARLY, "bad-data": Flaw.BAD_DATA}
_EXCESSES = {"pixels": Excess.PIXELS, "memory": Excess.MEMORY, "time": Excess.TIME}


class Decoders:
    """A number of decoding processes, started when they are first needed."""

    def __init__(self, settings: DeepSettings) -> None:
        self._settings = settings
        limits = Limits(settings.memory, settings.seconds, settings.processes)
        self._processes = Confined(WORKER, limits, str(settings.pixels))

    async def decode(self, path: Path, image: ImageInfo | Undetermined | Unmeasured, /) -> Body:
        """Decode a whole file, of which the first bytes say this. Waits for a process that is free.

        What is known by name only stays so. Raises what the system does when no process can be started.
        """
        if isinstance(image, Unmeasured):
            return image
        format_ = image.format
        excess = self._foreseen(image) if isinstance(image, ImageInfo) else None
        if excess is not None:
            return Excessive(format_, excess)
        reply = await self._processes.ask([str(path), format_.upper()])
        if reply is Lost.TIME:
            return Excessive(format_, Excess.TIME)
        return Undetermined(format_, Doubt.CRASHED) if isinstance(reply, Lost) else _body(reply, format_)

    async def aclose(self) -> None:
        """End all processes."""
        await self._processes.aclose()

    def _foreseen(self, image: ImageInfo) -> Excess | None:
        """What the image would take too much of, by its own account."""
        pixels = image.width * image.height
        if pixels > self._settings.pixels:
            return Excess.PIXELS
        return Excess.MEMORY if image.format in _ON_CANVAS and pixels * CANVAS > self._settings.memory else None


@asynccontextmanager
async def open_decoders(settings: DeepSettings) -> AsyncIterator[Decoders]:
    """Open decoders, and end their processes afterwards. Raises `SettingsError` where the system has no such limits."""
    if os.name != "posix":
        raise SettingsError("--deep needs limits of memory and time that this system hasn't got: leave it out.")
    decoders = Decoders(settings)
    try:
        yield decoders
    finally:
        await decoders.aclose()


def _body(reply: Mapping[str, Any], format_: Format) -> Body:
    """What a reply says of an image."""
    fault = reply.get("fault")
    if fault is None:
        return Pixels(format_, reply["width"], reply["height"], reply["spread"], reply["border"], tuple(reply["white"]))
    if fault in _EXCESSES:
        return Excessive(format_, _EXCESSES[fault])
    return Corrupt(format_, _FLAWS[fault]) if fault in _FLAWS else Undetermined(format_, Doubt.UNSUPPORTED)
