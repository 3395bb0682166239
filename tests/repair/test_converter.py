"""Conversion in processes of their own: nothing that a file does to one stops anything else."""

import asyncio
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from images import made, saved
from PIL import Image
from pixels.bombs import BOMBS, busy_jpeg
from repair.profiles import cmyk, gray

from auditor import texts
from auditor.errors import PictureError, ReportError, SettingsError
from auditor.model import Format
from auditor.repair.pictures.conversion import convert
from auditor.repair.pictures.converted import Before, Conversion, Converted, Refusal, Refused, Step
from auditor.repair.pictures.converter import Converter, open_converter
from auditor.repair.pictures.wording import in_words
from auditor.settings import CONVERSION_BASE, CONVERSION_PIXEL, ConversionSettings, Recipe

LARGEST = 1400  # pixels of the side of the largest picture that is allowed here
SMALL = ConversionSettings(pixels=LARGEST**2, seconds=2, processes=2)
GOOD = made("PNG", size=(300, 200))


def run(use: Callable[[Converter], Awaitable[Any]], settings: ConversionSettings = SMALL) -> Any:
    """Use a converter, and see that none of its processes is left."""

    async def main() -> Any:
        async with open_converter(settings) as converter:
            outcome = await use(converter)
            left.extend(process.pid for process in converter._processes._idle)
        return outcome

    left: list[int] = []
    outcome = asyncio.run(main())
    assert not [pid for pid in left if Path(f"/proc/{pid}").exists()]
    return outcome


def file(folder: Path, name: str, content: bytes) -> Path:
    """Write a file to be converted."""
    path = folder / name
    path.write_bytes(content)
    return path


def converting(source: Path, folder: Path, label: str = "") -> Callable[[Converter], Awaitable[Conversion]]:
    """To convert that file."""
    return lambda converter: converter.convert(source, folder, label)


def peak(converter: Converter) -> int:
    """The most memory that any idle process has ever had, in bytes of addresses."""
    statuses = [Path(f"/proc/{process.pid}/status").read_text() for process in converter._processes._idle]
    return max(1024 * int(status.split("VmPeak:")[1].split()[0]) for status in statuses)


def test_a_process_does_what_is_done_here(tmp_path: Path) -> None:
    """The same name, bytes and steps, whatever the recipe."""
    for name, recipe in {"a": Recipe(), "b": Recipe(format="TIFF", longest=100, quality=80)}.items():
        source, here, there = file(tmp_path, name, GOOD), tmp_path / f"{name}-here", tmp_path / f"{name}-there"
        here.mkdir()
        there.mkdir()
        expected = convert(source, here, recipe, label="x", pixels=SMALL.pixels)
        told = run(converting(source, there, "x"), replace(SMALL, recipe=recipe))
        assert told == expected
        assert isinstance(told, Converted)
        assert (here / told.name).read_bytes() == (there / told.name).read_bytes()


def test_a_process_opens_every_kind_of_file(tmp_path: Path) -> None:
    """It has the decoders of all that a plan promises to convert, whatever else runs here has loaded."""
    kinds = ("JPEG", "TIFF", "GIF", "PNG", "WEBP", "BMP", "AVIF", "JPEG2000")

    async def use(converter: Converter) -> dict[str, Conversion]:
        return {kind: await converter.convert(file(tmp_path, kind, made(kind)), tmp_path) for kind in kinds}

    told = run(use, replace(SMALL, pixels=40_000_000))
    assert [kind for kind, became in told.items() if not isinstance(became, Converted)] == []


def test_the_users_own_profile_reaches_the_processes(tmp_path: Path) -> None:
    """It is told by its own name, and one that isn't for CMYK is refused before anything is begun."""
    profile = file(tmp_path, "own.icc", cmyk())
    source = file(tmp_path, "a", saved(Image.new("CMYK", (9, 9)), "TIFF"))
    settings = replace(SMALL, recipe=Recipe(cmyk_profile=profile))
    told = run(lambda converter: converter.convert(source, tmp_path), settings)
    assert told.profile == "made by hand"
    assert "made by hand" in " ".join(in_words(told, texts.load("en")))
    for wrong in (gray(1.8), b"", b"x" * 200):
        profile.write_bytes(wrong)
        with pytest.raises(SettingsError, match="no ICC profile for CMYK"):
            run(lambda converter: converter.convert(source, tmp_path), settings)
    profile.unlink()
    with pytest.raises(SettingsError, match="can't be read: No such file"):
        run(lambda converter: converter.convert(source, tmp_path), settings)


def test_bombs_are_refused_within_bounds(tmp_path: Path) -> None:
    """What is too much of each is said; memory stays within its limit, and a good picture is converted after each."""

    async def use(converter: Converter) -> dict[str, Conversion]:
        told = {}
        for bomb in BOMBS:
            told[bomb.name] = await converter.convert(file(tmp_path, "bomb", bomb.make()), tmp_path)
            after = await converter.convert(file(tmp_path, "good", GOOD), tmp_path, bomb.name)
            assert isinstance(after, Converted)
            assert peak(converter) <= SMALL.memory
        return told

    hidden = {"png-text", "png-profile"}  # behind small pictures
    expected = {bomb.name: Refused(Refusal.MEMORY if bomb.name in hidden else Refusal.PIXELS) for bomb in BOMBS}
    assert run(use) == expected


def test_time_is_limited(tmp_path: Path) -> None:
    """A file made to keep a decoder busy costs the time that is allowed, and no more."""
    roomy = replace(SMALL, pixels=40_000_000, seconds=1)
    told = run(lambda converter: converter.convert(file(tmp_path, "busy", busy_jpeg()), tmp_path), roomy)
    assert told == Refused(Refusal.TIME)


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("JPEG", "RGB", {"progressive": True, "quality": 95, "subsampling": 0}),
        ("PNG", "RGBA", {"compress_level": 0}),
        ("PNG", "I;16", {"compress_level": 0}),
        ("WEBP", "RGBA", {"lossless": True, "quality": 0, "method": 0}),
        ("TIFF", "CMYK", {}),
    ],
)
def test_the_largest_picture_that_is_allowed_has_room(
    name: str, mode: str, options: dict[str, Any], tmp_path: Path
) -> None:
    """A process's memory is bounded by the pixels allowed, and the bound is wide enough for every kind of picture."""
    assert SMALL.pixels == LARGEST**2
    assert SMALL.memory == CONVERSION_BASE + CONVERSION_PIXEL * SMALL.pixels
    source = file(tmp_path, "a", made(name, mode, (LARGEST, LARGEST), **options))

    async def use(converter: Converter) -> Conversion:
        await converter.convert(file(tmp_path, "good", GOOD), tmp_path)
        before = peak(converter)
        told = await converter.convert(source, tmp_path)
        assert peak(converter) - before <= CONVERSION_PIXEL * SMALL.pixels
        return told

    assert isinstance(run(use, replace(SMALL, seconds=20)), Converted)


def test_all_processes_together_have_a_bound(tmp_path: Path) -> None:
    """However many pictures wait, there are no more processes than allowed, each within its memory."""
    sources = [file(tmp_path, f"{number}", made("PNG", size=(300, 201 + number))) for number in range(20)]

    async def use(converter: Converter) -> list[Conversion]:
        told = await asyncio.gather(*(converter.convert(source, tmp_path) for source in sources))
        assert len(converter._processes._idle) == SMALL.processes
        assert peak(converter) <= SMALL.memory
        return told

    told = run(use)
    assert len({conversion.name for conversion in told}) == 20


def test_a_process_that_dies_loses_no_picture(tmp_path: Path) -> None:
    """What it had is given to another one; a file that takes two with it is refused, and the next is converted."""
    source = file(tmp_path, "a", GOOD)

    async def use(converter: Converter) -> list[Conversion]:
        start = converter._processes._start
        doomed = [True, False, True, True]

        async def started() -> Any:
            process = await start()
            if doomed and doomed.pop(0):
                process.kill()
            return process

        converter._processes._start = started  # type: ignore[method-assign]  # a decoder that breaks down
        told = [await converter.convert(source, tmp_path)]
        os.kill(converter._processes._idle[0].pid, signal.SIGKILL)
        converter._processes._idle.clear()
        return [*told, await converter.convert(source, tmp_path), await converter.convert(source, tmp_path)]

    first, crashed, after = run(use)
    assert isinstance(first, Converted)
    assert crashed == Refused(Refusal.CRASHED)
    assert after == first


def test_a_process_that_died_idle_costs_no_picture_a_try(tmp_path: Path) -> None:
    """The system may end processes that wait, to have their memory: however many, it says nothing of a picture."""
    sources = [file(tmp_path, str(number), made("PNG", size=(300, 201 + number))) for number in range(3)]

    async def use(converter: Converter) -> Conversion:
        for _ in range(2):
            await asyncio.gather(*(converter.convert(source, tmp_path) for source in sources))
            idle = converter._processes._idle
            assert len(idle) == 3
            for process in idle:
                os.kill(process.pid, signal.SIGKILL)
            told = await converter.convert(sources[0], tmp_path)
        return told

    assert isinstance(run(use, replace(SMALL, processes=3)), Converted)


def test_what_is_cut_short_leaves_no_half_picture(tmp_path: Path) -> None:
    """A conversion that nobody waits for any more ends at once, and no file has a picture's name."""
    out = tmp_path / "out"
    out.mkdir()
    source = file(tmp_path, "busy", busy_jpeg())

    async def use(converter: Converter) -> None:
        task = asyncio.create_task(converter.convert(source, out))
        await asyncio.sleep(0.3)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    run(use, replace(SMALL, pixels=40_000_000, seconds=600))
    assert not list(out.iterdir())


def test_what_stops_a_run_is_a_sentence(tmp_path: Path) -> None:
    """A source that is gone, and a folder that can't be written, as they are told here and in Vietnamese."""
    source = file(tmp_path, "a", GOOD)
    with pytest.raises(ReportError) as unwritten:
        run(lambda converter: converter.convert(source, tmp_path / "gone"))
    with pytest.raises(PictureError) as unread:
        run(lambda converter: converter.convert(tmp_path / "gone", tmp_path))
    for told in (unwritten, unread):
        assert "No such file or directory" in str(told.value)
        assert str(tmp_path) in texts.load("vi").said(told.value.sentence)
        assert texts.load("vi").said(told.value.sentence) != str(told.value)


def test_only_processes_import_pillow() -> None:
    """The program that waits for them stays small."""
    script = (
        "import sys, auditor.repair.pictures.converter, auditor.repair.pictures.wording; print('PIL' in sys.modules)"
    )

    async def main() -> bytes:
        python = await asyncio.create_subprocess_exec(sys.executable, "-c", script, stdout=asyncio.subprocess.PIPE)
        return (await python.communicate())[0]

    assert asyncio.run(main()).strip() == b"False"


@pytest.mark.parametrize("language", texts.names())
def test_every_conversion_can_be_put_into_words(language: str) -> None:
    """Each step and each refusal has its clause, with its values filled in."""
    words = texts.load(language)
    before = Before(Format.WEBP, 14, 10)
    every = Converted("a.jpg", Format.JPEG, 7, 5, 9, tuple(Step), before, "A profile")
    clauses = in_words(every, words)
    assert len(clauses) == len(Step)
    assert all(told in " ".join(clauses) for told in ("7 × 5", "14 × 10", "WebP", "A profile"))
    clauses += tuple(clause for why in Refusal for clause in in_words(Refused(why), words))
    assert not any("{" in clause or clause.endswith(".") for clause in clauses)
