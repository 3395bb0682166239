"""What a killed repair has left is removed by the next one; nothing else is."""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from hosts import Exchange, serve
from images import made
from repairs import HEADER, audit, mend, settings_in

from auditor.probe import spool_folder
from auditor.repair.journal import journal_path
from auditor.repair.remnants import clear_remnants

PNG = made("PNG", size=(600, 600))
# A process that is killed between the last byte of a picture and its name.
KILLED = """
import os, signal, sys
from pathlib import Path
from auditor.repair.pictures.conversion import convert
from auditor.settings import Recipe
Path.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
convert(Path(sys.argv[1]), Path(sys.argv[2]), Recipe(), label="Shoe №1", pixels=1_000_000)
"""


def everything(folder: Path) -> set[str]:
    """All that lies in a folder, by name."""
    return {path.name for path in folder.iterdir()}


def test_the_next_repair_removes_it(tmp_path: Path) -> None:
    """A picture half written and a folder of downloads, as they really are called."""
    out = tmp_path / "out"
    out.mkdir()
    (tmp_path / "shoe.png").write_bytes(PNG)
    killed = subprocess.run([sys.executable, "-c", KILLED, tmp_path / "shoe.png", out], check=False)  # noqa: S603  # our own program
    assert killed.returncode == -signal.SIGKILL
    assert [name.endswith(".part") for name in everything(out)] == [True]

    async def shop(exchange: Exchange) -> None:
        await exchange.answer_range(PNG)

    async def main() -> None:
        with spool_folder(journal_path(out)) as spool:
            (spool / "7.image").write_bytes(PNG)
            async with serve(shop) as host:
                feed = f"S1\t{host.url('/1.png')}\t{host.url('/1.png')}\n"
                (tmp_path / "feed.tsv").write_text(HEADER + feed)
                settings = settings_in(tmp_path)
                await audit(settings)
                await mend(tmp_path, settings, "https://cdn.example/")
            assert not spool.exists()

    asyncio.run(main())
    assert [name.startswith("1-") for name in everything(out)] == [True]
    assert not [name for name in everything(tmp_path) if name.startswith(".")]


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    """A folder for new files, and its journal."""
    (tmp_path / "out").mkdir()
    return tmp_path / "out", journal_path(tmp_path / "out")


def test_what_is_the_users_own_stays(places: tuple[Path, Path]) -> None:
    """Names that are only alike, links, and folders that hold something else or that others may read."""
    out, journal = places
    digest = "0123456789abcdef0123"
    names = ("shoe.part", f"{digest}.jpg.1.part", f".{digest}.png.9999999.part", f".shoe-{digest}.jpg.part")
    for name in (*names, f".{digest[1:]}.jpg.9999999.part", f".{digest}.jpg.9999999.part.txt"):
        (out / name).write_bytes(b"mine")
    (out / f".{digest}.jpg.9999998.part").mkdir()
    (out / f".{digest}.jpg.9999997.part").symlink_to("shoe.part")
    beside = journal.parent
    for name, file in (("holidays", "beach.image"), ("0123abcd", "7.image.txt")):
        folder = beside / f".{journal.name}.{name}"
        folder.mkdir(mode=0o700)
        (folder / file).write_bytes(b"mine")
    (beside / f".{journal.name}.shared00").mkdir(mode=0o755)
    (beside / f".{journal.name}.nofolder").write_bytes(b"mine")
    (beside / ".others.journal.01234567").mkdir(mode=0o700)
    before = everything(out), everything(beside)
    clear_remnants(out, journal)
    assert (everything(out), everything(beside)) == before


def test_a_picture_that_is_being_written_stays(places: tuple[Path, Path]) -> None:
    """By a process that lives, which may end what it is at after its run was killed."""
    out, journal = places
    for pid in (os.getpid(), os.getppid(), 1):
        (out / f".0123456789abcdef0123.tif.{pid}.part").write_bytes(b"half")
    clear_remnants(out, journal)
    assert len(everything(out)) == 3


def test_a_folder_that_is_gone_is_no_matter(tmp_path: Path) -> None:
    """It has no remnants."""
    clear_remnants(tmp_path / "none", tmp_path / "nowhere" / "none.journal")
