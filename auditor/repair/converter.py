"""Converts pictures, each in a process of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from auditor.repair.converted import Conversion
from auditor.repair.picture import convert
from auditor.settings import ConversionSettings


class Converter:
    """A number of converting processes, started when they are first needed."""

    def __init__(self, settings: ConversionSettings) -> None:
        self._settings = settings

    async def convert(self, source: Path, folder: Path, label: str = "") -> Conversion:
        """Convert the picture in the file `source` into `folder`. Waits for a process that is free.

        `label` becomes the readable part of the name, as far as it is safe there: a product's SKU, or the name that
        the picture had. Raises `PictureError` where the source can't be read, `ReportError` where the folder can't be
        written, and what the system does when no process can be started.
        """
        return convert(source, folder, self._settings.recipe, label=label, pixels=self._settings.pixels)

    async def aclose(self) -> None:
        """End all processes."""


@asynccontextmanager
async def open_converter(settings: ConversionSettings) -> AsyncIterator[Converter]:
    """Open a converter, and end its processes afterwards. Raises `SettingsError` where the system has no limits."""
    converter = Converter(settings)
    try:
        yield converter
    finally:
        await converter.aclose()
