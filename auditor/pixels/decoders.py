"""Processes that decode, one file at a time each."""

import asyncio
import json
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from auditor.errors import SettingsError
from auditor.model import Body, Corrupt, Doubt, Excess, Excessive, Flaw, Format, ImageInfo, Pixels, Undetermined
from auditor.settings import DeepSettings

WORKER = Path(__file__).with_name("worker.py")
TRIES = 2  # processes that a file may take with it, in case something else had ended the first
PATIENCE = 10  # times the processor time, on a busy machine, until a process is ended from here

CANVAS = 16  # bytes per pixel that libwebp and libavif take for their canvases, and don't say when they can't have them

_ON_CANVAS = frozenset({Format.WEBP, Format.AVIF})
_FLAWS = {"ends-early": Flaw.ENDS_EARLY, "bad-data": Flaw.BAD_DATA}
_EXCESSES = {"pixels": Excess.PIXELS, "memory": Excess.MEMORY, "time": Excess.TIME}


class _EndedError(Exception):
    """A process ended before it answered. `overtime` says that it had used its time up."""

    def __init__(self, *, overtime: bool) -> None:
        super().__init__(overtime)
        self.overtime = overtime


class Decoders:
    """A number of decoding processes, started when they are first needed."""

    def __init__(self, settings: DeepSettings) -> None:
        self._settings = settings
        self._room = asyncio.Semaphore(settings.processes)
        self._idle: list[Process] = []

    async def decode(self, path: Path, image: ImageInfo | Undetermined) -> Body:
        """Decode a whole file, of which the first bytes say this. Waits for a process that is free.

        Raises what the system does when no process can be started.
        """
        format_ = image.format
        excess = self._foreseen(image) if isinstance(image, ImageInfo) else None
        if excess is not None:
            return Excessive(format_, excess)
        async with self._room:
            for _ in range(TRIES):
                try:
                    return _body(await self._ask(path, format_), format_)
                except _EndedError as ended:
                    if ended.overtime:
                        return Excessive(format_, Excess.TIME)
            return Undetermined(format_, Doubt.CRASHED)

    def _foreseen(self, image: ImageInfo) -> Excess | None:
        """What the image would take too much of, by its own account."""
        pixels = image.width * image.height
        if pixels > self._settings.pixels:
            return Excess.PIXELS
        return Excess.MEMORY if image.format in _ON_CANVAS and pixels * CANVAS > self._settings.memory else None

    async def aclose(self) -> None:
        """End all processes."""
        for process in self._idle:
            await _end(process)
        self._idle.clear()

    async def _ask(self, path: Path, format_: Format) -> dict[str, Any]:
        process = self._idle.pop() if self._idle else await self._start()
        try:
            reply = await self._reply(process, path, format_)
        except BaseException:
            # Whether it is dead, late or nobody waits any more: what it would say now belongs to no question.
            await _end(process)
            raise
        self._idle.append(process)
        return reply

    async def _reply(self, process: Process, path: Path, format_: Format) -> dict[str, Any]:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            async with asyncio.timeout(self._settings.seconds * PATIENCE):
                process.stdin.write(json.dumps([str(path), format_.upper()]).encode() + b"\n")
                await process.stdin.drain()
                line = await process.stdout.readline()
                if not line:
                    await process.wait()
        except TimeoutError:
            raise _EndedError(overtime=True) from None
        except ConnectionError:
            raise _EndedError(overtime=False) from None
        if not line.endswith(b"\n"):
            raise _EndedError(overtime=process.returncode == -signal.SIGPROF)
        reply: dict[str, Any] = json.loads(line)
        return reply

    async def _start(self) -> Process:
        settings = self._settings
        limits = (settings.memory, settings.seconds, settings.pixels)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(WORKER), *map(str, limits)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,  # a Ctrl-C is for whoever reads the reports
        )


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


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    if process.stdin is not None:
        process.stdin.close()
