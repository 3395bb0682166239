"""Processes that answer questions about strangers' files, one at a time each, within limits that the system sets."""

import asyncio
import json
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple

TRIES = 2  # new processes that a file may take with it, in case something else had ended the first
PATIENCE = 10  # times the processor time, on a busy machine, until a process is ended from here


class Limits(NamedTuple):
    """What a process may have: bytes of addresses, seconds of processor time per question; and how many there are."""

    memory: int
    seconds: int
    processes: int


class Lost(Enum):
    """Why a question has no answer."""

    TIME = "time"  # it took more than it may
    CRASHED = "crashed"  # it took every process with it


class _EndedError(Exception):
    """A process ended before it answered. `overtime` says that it had used its time up."""

    def __init__(self, *, overtime: bool) -> None:
        super().__init__(overtime)
        self.overtime = overtime


class Confined:
    """A number of processes that run one program, started when they are first needed.

    The program is called with the memory, the seconds and what else it is told. It answers each line of JSON with one.
    """

    def __init__(self, program: Path, limits: Limits, *told: str) -> None:
        self._program = program
        self._limits = limits
        self._told = told
        self._room = asyncio.Semaphore(limits.processes)
        self._idle: list[Process] = []

    async def ask(self, question: object) -> dict[str, Any] | Lost:
        """Have a question answered. Waits for a process that is free; raises `OSError` when none can be started."""
        async with self._room:
            # One that waited may have been ended meanwhile, by the system that wants its memory: no try of this file's.
            waited = bool(self._idle)
            for _ in range(TRIES + waited):
                process = self._idle.pop() if waited else await self._start()
                waited = False
                try:
                    return await self._ask(process, question)
                except _EndedError as ended:
                    if ended.overtime:
                        return Lost.TIME
            return Lost.CRASHED

    async def aclose(self) -> None:
        """End all processes."""
        for process in self._idle:
            await _end(process)
        self._idle.clear()

    async def _ask(self, process: Process, question: object) -> dict[str, Any]:
        try:
            reply = await self._reply(process, question)
        except BaseException:
            # Whether it is dead, late or nobody waits any more: what it would say now belongs to no question.
            await _end(process)
            raise
        self._idle.append(process)
        return reply

    async def _reply(self, process: Process, question: object) -> dict[str, Any]:
        assert process.stdin is not None  # noqa: S101  # both are pipes
        assert process.stdout is not None  # noqa: S101
        try:
            async with asyncio.timeout(self._limits.seconds * PATIENCE):
                process.stdin.write(json.dumps(question).encode() + b"\n")
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
        told = (str(self._limits.memory), str(self._limits.seconds), *self._told)
        return await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", str(self._program), *told),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            start_new_session=True,  # a Ctrl-C is for whoever reads the reports
        )


async def _end(process: Process) -> None:
    with suppress(ProcessLookupError):
        process.kill()
    await process.wait()
    if process.stdin is not None:
        process.stdin.close()
