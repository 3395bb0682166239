"""Files made to bring a decoder down: each is told for what it is, within bounds, and the next image is decoded."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from images import made
from pixels.bombs import BOMBS, MIB, Bomb, busy_jpeg

from auditor.model import Body, Doubt, Excess, Excessive, Format, ImageInfo, Pixels, Undetermined
from auditor.pixels import Decoders, open_decoders
from auditor.settings import DeepSettings
from auditor.sniff import Held, Need, sniff

SMALL = DeepSettings(memory=300 * MIB, seconds=1, processes=2)
GOOD = made("JPEG", size=(300, 200))


def first_bytes(data: bytes, format_: Format) -> ImageInfo | Undetermined:
    """What an audit knows of a file before it is decoded."""
    body = sniff(Held(data[:65_536]), len(data))
    assert isinstance(body, ImageInfo | Need)
    return Undetermined(format_, Doubt.TOO_MANY_BYTES) if isinstance(body, Need) else body


def run(use: Callable[[Decoders], Awaitable[Any]], settings: DeepSettings = SMALL) -> Any:
    """Use some decoders, and see that none of their processes is left."""

    async def main() -> Any:
        async with open_decoders(settings) as decoders:
            outcome = await use(decoders)
            processes = [process.pid for process in decoders._processes._idle]
            left.extend(processes)
        return outcome

    left: list[int] = []
    outcome = asyncio.run(main())
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]
    return outcome


async def decode(decoders: Decoders, folder: Path, data: bytes, format_: Format = Format.JPEG) -> Body:
    """Decode some bytes."""
    path = folder / f"{time.monotonic_ns()}"
    path.write_bytes(data)
    return await decoders.decode(path, first_bytes(data, format_))


def peaks(decoders: Decoders) -> list[int]:
    """The most memory that each idle process has ever had, in bytes of addresses."""
    found = []
    for process in decoders._processes._idle:
        status = Path(f"/proc/{process.pid}/status").read_text()
        found.append(1024 * int(status.split("VmPeak:")[1].split()[0]))
    return found


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb.name)
def test_a_bomb_is_told_for_what_it_is(bomb: Bomb, tmp_path: Path) -> None:
    """What is too much of each bomb is said; memory stays within its limit, and a good image decodes afterwards."""
    data = bomb.make()
    assert len(data) < MIB

    async def use(decoders: Decoders) -> list[Body]:
        bodies = [await decode(decoders, tmp_path, data, bomb.format), await decode(decoders, tmp_path, GOOD)]
        assert max(peaks(decoders)) <= SMALL.memory
        return bodies

    told, after = run(use)
    assert told == Excessive(bomb.format, bomb.excess)
    assert isinstance(after, Pixels)


def test_the_decoder_itself_refuses_what_a_header_hides(tmp_path: Path) -> None:
    """Where the first bytes say nothing of the size, the process finds out, and lives on."""

    async def use(decoders: Decoders) -> list[Body]:
        unknown = Undetermined(Format.PNG, Doubt.TOO_MANY_BYTES)
        path = tmp_path / "bomb"
        bodies = []
        for bomb in BOMBS:
            if bomb.format is Format.PNG:
                path.write_bytes(bomb.make())
                bodies.append(await decoders.decode(path, unknown))
        assert len(decoders._processes._idle) == 1
        return bodies

    assert [body.excess for body in run(use)] == [bomb.excess for bomb in BOMBS if bomb.format is Format.PNG]


def test_a_killed_process_loses_nobodys_answer(tmp_path: Path) -> None:
    """When something ends a process in the middle of an image, that image and all others still get their answers."""
    patient = DeepSettings(processes=2, seconds=60)

    async def use(decoders: Decoders) -> list[Body]:
        started: list[int] = []
        first = asyncio.Event()
        start = decoders._processes._start

        async def noted() -> Any:
            process = await start()
            started.append(process.pid)
            first.set()
            return process

        decoders._processes._start = noted  # type: ignore[method-assign]  # to know whom to kill
        noise = os.urandom(3 * 2000 * 2000)
        slow = b"BM" + (54 + len(noise)).to_bytes(4, "little") + bytes(4) + (54).to_bytes(4, "little")
        slow += (40).to_bytes(4, "little") + (2000).to_bytes(4, "little") * 2 + b"\1\0\x18\0" + bytes(24) + noise
        tasks = [asyncio.create_task(decode(decoders, tmp_path, slow, Format.BMP)) for _ in range(6)]
        await first.wait()
        os.kill(started[0], signal.SIGKILL)
        bodies = await asyncio.gather(*tasks)
        assert len(started) == 3
        return list(bodies)

    assert all(isinstance(body, Pixels) for body in run(use, patient))


def test_a_file_that_takes_every_process_with_it_is_undetermined(tmp_path: Path) -> None:
    """A decoder that breaks down over a file twice is blamed on neither the host nor the picture."""

    async def use(decoders: Decoders) -> list[Body]:
        start = decoders._processes._start

        async def doomed() -> Any:
            process = await start()
            process.kill()
            return process

        decoders._processes._start = doomed  # type: ignore[method-assign]  # a decoder that breaks down
        crashed = await decode(decoders, tmp_path, GOOD)
        decoders._processes._start = start  # type: ignore[method-assign]
        return [crashed, await decode(decoders, tmp_path, GOOD)]

    crashed, after = run(use)
    assert crashed == Undetermined(Format.JPEG, Doubt.CRASHED)
    assert isinstance(after, Pixels)


def test_no_more_processes_than_allowed(tmp_path: Path) -> None:
    """Many images at once share the processes there are."""

    async def use(decoders: Decoders) -> int:
        await asyncio.gather(*(decode(decoders, tmp_path, GOOD) for _ in range(20)))
        return len(decoders._processes._idle)

    assert run(use) == SMALL.processes


def test_who_no_longer_waits_leaves_no_process_behind(tmp_path: Path) -> None:
    """A decoding that is cancelled ends its process at once, and the next gets one of its own."""
    endless = DeepSettings(processes=1, seconds=600)

    async def use(decoders: Decoders) -> Body:
        task = asyncio.create_task(decode(decoders, tmp_path, busy_jpeg()))
        await asyncio.sleep(0.5)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        return await decode(decoders, tmp_path, GOOD)

    assert isinstance(run(use, endless), Pixels)


def test_a_decoder_keeps_only_what_it_was_told_to_keep(tmp_path: Path) -> None:
    """A kind of file that this Pillow doesn't know says nothing about the image."""
    path = tmp_path / "a.heic"
    path.write_bytes(b"\0\0\0\x18ftypheic")
    unknown = Undetermined(Format.HEIC, Doubt.TOO_MANY_BYTES)
    told = run(lambda decoders: decoders.decode(path, unknown))
    assert told == Undetermined(Format.HEIC, Doubt.UNSUPPORTED)


def test_pillow_is_imported_for_nothing_else() -> None:
    """A check without --deep never loads Pillow: only the decoding processes do."""
    script = "import sys, auditor.run, auditor.cli.check; print('PIL' in sys.modules)"

    async def main() -> bytes:
        python = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
        return (await python.communicate())[0]

    assert asyncio.run(main()).strip() == b"False"


def test_excesses_are_all_played() -> None:
    """Every way to be too much has a bomb of its own, and there are ten of them or more."""
    assert {bomb.excess for bomb in BOMBS} | {Excess.BYTES} == set(Excess)
    assert len(BOMBS) >= 10
